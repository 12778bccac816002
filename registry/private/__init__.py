"""Private slices: committed to by hash, used, revealed."""
