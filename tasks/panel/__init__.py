"""The reference panel of a bank: scripted candidates of known quality, scored by the code that scores models.

A candidate's quality is the share of items that it answers as the bank's own answer key or reference replies do. Nothing here
depends on any model. `python -m docs.generate.bank_panel` computes what each bank can tell apart, and writes it down.
"""
