"""Code that the tasks share."""
