"""The crisis gate: harm in how many sessions with clients at risk, beside every mean and never inside it."""
