"""Evaluation specs and run requests, with one id from submission to board."""
