"""Judging as a child process, and a judge served here."""
