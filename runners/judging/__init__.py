"""Judging in a child process, and judges that this machine serves."""
