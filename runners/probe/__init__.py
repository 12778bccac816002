"""Tests whether a model knows the open items by heart: it sees the first half of a text and is asked to write the second."""
