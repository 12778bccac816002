"""Row schemas of the open item banks, their texts, and the cross-validated guesses that two of their READMEs print.

Functions here report; `tests/registry/bank_checks` decides what is allowed. Loading a bank runs none of them.
"""
