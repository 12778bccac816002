"""What tasks there are; the server needs to know as well, so it is read in `leaderboard.catalogue`."""

from leaderboard.catalogue import TaskInfo, UnknownTaskError, catalogue, include_path, select

__all__ = ["TaskInfo", "UnknownTaskError", "catalogue", "include_path", "select"]
