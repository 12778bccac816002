"""Helpers of several test modules: stand-in servers, run folders, homes, a browser."""
