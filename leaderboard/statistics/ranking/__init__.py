"""From scores to tiers, rank sets and the overall order."""
