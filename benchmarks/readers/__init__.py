"""The jobs that `reader_jobs.py` times."""
