"""Runs many requests in parallel on a Ray cluster."""
