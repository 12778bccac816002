"""Running one model: engines, the relay, the harness, and the commands that use them."""
