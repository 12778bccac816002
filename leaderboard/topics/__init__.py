"""Topics of stored runs: their counselors' remarks, the groups that a fitted topic model gives them, and the stored result."""
