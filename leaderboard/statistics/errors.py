"""What can be wrong with the input of a ranking."""

from counsel_leaderboard.registry.common.errors import CounselError


class RankingError(CounselError):
    """The frame cannot be ranked as it stands; the message names the rows and the rule they break."""
