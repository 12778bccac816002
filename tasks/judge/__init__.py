"""The judge: asks a model for verdicts by a task's rubric, and reads them."""
