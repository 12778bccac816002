"""Sentences as vectors, offline: one model for clients of sessions, for duplicates and for topics."""
