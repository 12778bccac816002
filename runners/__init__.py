"""Running one model: engines, the proxy before them, the harness, and the commands that use them."""
