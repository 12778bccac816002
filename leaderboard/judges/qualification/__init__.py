"""Whether a judge's scores may be ranked: the measures of its exam compared with the thresholds."""
