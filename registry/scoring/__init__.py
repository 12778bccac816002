"""Pure functions from answers to values and from values to scores, used by the tasks while they
run and by the ingest when it checks a score. Imports nothing of the project but itself.
"""
