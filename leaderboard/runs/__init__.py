"""Reading an lm-eval run folder, and checking that its parts agree."""
