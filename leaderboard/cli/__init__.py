"""The `counsel` command, and its verbs for the store."""
