"""Run folders on their way from a worker to the server: packed, checked for secrets, stripped of what may not be shown."""

from counsel_leaderboard.leaderboard.exchange.pack import pack
from counsel_leaderboard.leaderboard.exchange.redaction import strip
from counsel_leaderboard.leaderboard.exchange.secrets import SecretError, Secrets, refuse_secrets
from counsel_leaderboard.leaderboard.exchange.unpack import ArchiveError, TooLargeError, unpack

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
