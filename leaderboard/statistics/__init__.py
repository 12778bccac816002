"""Statistics and ranking: how sure each number is, and which ranks a model could hold.

Pure functions over polars and numpy; docs/method/statistics.md states every rule,
benchmarks/results/ranking_coverage.md how often the intervals hold.
"""
