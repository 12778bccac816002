"""Refusals. Each error names the field, the rule and the next step; the API maps it to an HTTP status."""

from __future__ import annotations

from counsel_leaderboard.registry.common.errors import CounselError


class RefusedError(CounselError):
    """The submission breaks a rule: `field` is the part at fault, `rule` a stable name of the rule."""

    def __init__(self, field: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.field, self.rule = field, rule


class HostOnlyError(RefusedError):
    """Only the host may ask for this."""


class QuotaError(RefusedError):
    """That person or address used up what it may send in 24 hours."""


class DecidedError(RefusedError):
    """The host decided about it already."""
