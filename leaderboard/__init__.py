"""The store, the reading of lm-eval results, statistics, ranking, and the `counsel` command."""
