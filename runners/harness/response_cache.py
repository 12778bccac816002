"""lm_eval's cache of answers, between two starts of the same request."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sqlitedict import SqliteDict

from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.registry.sessions.transcript import TranscriptError, read_transcript


def delete_missing_replies(cache: Path) -> int:
    """Delete null and empty answers, and sessions that failed, from the cache at that path prefix: a resumed run asks again.

    Returns the number of remaining answers. lm_eval appends `_rank0.db` to the path that it is given.
    """
    file = cache.with_name(f"{cache.name}_rank0.db")
    if not file.exists():
        return 0
    if not _is_private(file):
        # The answers are pickles, which run as code when they are read: asking again is cheaper than trusting another user.
        file.unlink()
        return 0
    with SqliteDict(str(file), autocommit=True) as answers:
        for key in [key for key, answer in answers.items() if _is_missing(answer)]:
            del answers[key]
        return len(answers)


def _is_missing(answer: object) -> bool:
    if answer in ("", NOT_GENERATED):
        return True
    try:
        # A session that failed, for example because the engine died, goes on from its stored turns.
        return read_transcript(str(answer)).failure is not None
    except TranscriptError:
        return False


def _is_private(file: Path) -> bool:
    """Whether no other user can write the file, or put another in its place."""
    return all(
        status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        for status in (file.lstat(), file.parent.stat())
    )
