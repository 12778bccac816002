"""What is asked of a model, and the one id that it has everywhere."""
