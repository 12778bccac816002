"""The tabs, one per module: its controls, and what it shows for an address."""
