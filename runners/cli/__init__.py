"""The verbs of `counsel` that run models or speak to a server."""
