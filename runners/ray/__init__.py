"""Many requests at a time on a Ray cluster."""
