"""Reading a counselor's turn: what it does, and whether it asks about risk."""
