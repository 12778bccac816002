"""Whole sessions that others published: one reader a source, and what people said of them."""
