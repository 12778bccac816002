"""Techniques of stored runs: what their counselors do, sentence by sentence, as rates with intervals, and the stored result."""
