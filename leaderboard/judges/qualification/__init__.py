"""Whether a judge may rank: its exam measured and held against the thresholds."""
