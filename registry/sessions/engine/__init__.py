"""Playing a client: trust, choosing what is due, and the two engines. Pure: the same turns give the same session."""
