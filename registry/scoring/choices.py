"""Comparisons of two replies: what a choice is worth, and what two choices in both orders are worth together."""

from __future__ import annotations


def outcome(choice: str, own: str) -> float:
    """1 if the reply at position `own` (A or B) was chosen, .5 for a tie, else 0."""
    return 0.5 if choice == "tie" else float(choice == own)


def win(first: float, second: float) -> float:
    """Win 1 and loss 0 only where both orders say so; a tie, or orders that disagree, .5."""
    return first if first == second else 0.5
