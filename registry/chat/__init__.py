"""Talking to an OpenAI-compatible server, for candidates and judges alike: one HTTP policy, one reader, one adaptation."""
