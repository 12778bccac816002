"""Readers of what strangers send: archives, JSON and YAML, within limits."""
