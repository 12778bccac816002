"""Whether a model continues the open items from memory: asked for the second half of texts whose first half it is shown."""
