"""Run folders on their way from a worker to the server: packed, checked for secrets, stripped of what may not be shown."""

from counsel_leaderboard.leaderboard.exchange.archive import ArchiveError, TooLargeError, pack, unpack
from counsel_leaderboard.leaderboard.exchange.redaction import strip
from counsel_leaderboard.leaderboard.exchange.secrets import SecretError, Secrets, refuse_secrets

__all__ = [
    "ArchiveError",
    "SecretError",
    "Secrets",
    "TooLargeError",
    "pack",
    "refuse_secrets",
    "strip",
    "unpack",
]
