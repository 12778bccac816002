"""Why something is shown and not ranked: a code with its parameters, put into words in one place."""

from counsel_leaderboard.leaderboard.board.reasons.reason import FORMS, Code, Reason, ReasonForm, wording

__all__ = ["FORMS", "Code", "Reason", "ReasonForm", "wording"]
