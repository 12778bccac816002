"""What is asked and how an answer is scored: plain lm-eval tasks."""
