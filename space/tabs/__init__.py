"""One tab a module: its controls, and what it shows for an address."""
