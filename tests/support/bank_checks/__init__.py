"""Checks of the open item banks that find what a reader overlooks."""
