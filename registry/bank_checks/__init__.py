"""What must hold for every open item bank: row schemas, and checks that find what a reader overlooks.

Functions here look and report; `tests/open` decides what is allowed. Nothing of this runs when a bank is loaded.
"""
