"""Pure functions from answers to values and from values to scores, for whoever has to compute a score: the tasks while they
run, the ingest when it checks or computes one again. Imports nothing of the project but itself.
"""
