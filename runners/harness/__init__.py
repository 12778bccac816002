"""lm_eval as a child process, and the proxy between it and an engine."""
