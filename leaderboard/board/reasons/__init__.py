"""Why something is shown and not ranked: a code with its parameters, put into words in one place."""

from leaderboard.board.reasons.reason import FORMS, Code, Form, Reason, wording

__all__ = ["FORMS", "Code", "Form", "Reason", "wording"]
