"""Files of a dataset: fetched, checked, unpacked, read."""
