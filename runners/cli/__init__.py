"""The commands of `counsel` that run models or talk to a server."""
