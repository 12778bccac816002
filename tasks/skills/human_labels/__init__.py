"""Sets that people labelled: read from a folder of the host for the exam alone, with the coders that are retrained on them."""
