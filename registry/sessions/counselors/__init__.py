"""Scripted counselors: controls that nothing may reward, a good one as the positive control, and sessions with them."""
