"""What must hold for every open item bank: row schemas, and checks that find what a reader overlooks.

Functions here report what they see; `tests/registry/bank_checks` decides what is allowed. Loading a bank runs none of them.
"""
