"""Which datasets exist, where each byte comes from, and loading them."""
