"""The page of one task: what it asks, how it is scored, how its column came about, and its items by model."""
