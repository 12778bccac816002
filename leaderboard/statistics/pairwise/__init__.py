"""Comparisons of two replies: win rates, Bradley-Terry, the schedule of an arena."""
