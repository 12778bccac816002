"""Whole counseling sessions: what a transcript holds, whoever played its client."""
