"""Items that occur in several datasets."""
