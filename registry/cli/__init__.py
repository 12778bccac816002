"""`counsel data`."""
