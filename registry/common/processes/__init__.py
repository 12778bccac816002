"""Child processes: their environment, their limits, and what every process of ours does first."""
