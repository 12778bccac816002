"""`counsel doctor`: what of this machine, of a server and of a judge will cause trouble, each with the next step."""
