"""Dataset cards: schema, vocabulary, flags, and cards as text."""
