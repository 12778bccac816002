"""The turns of a session as they come, one JSON line each, so that a session goes on after a kill where it was."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from counsel_leaderboard.registry.sessions.transcript import SessionTurn


class TurnLog:
    """The stored turns of one session."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> list[SessionTurn]:
        """The complete turns, in order. What follows a torn or foreign line is dropped, from the file too."""
        try:
            raw = self._file.read_bytes()
        except FileNotFoundError:
            return []
        turns, length = list[SessionTurn](), 0
        for line in raw.splitlines(keepends=True):
            try:
                turn = SessionTurn.model_validate_json(line)
            except ValidationError:
                break
            if not line.endswith(b"\n") or turn.speaker != ("counselor" if len(turns) % 2 else "client"):
                break
            turns.append(turn)
            length += len(line)
        if length < len(raw):
            os.truncate(self._file, length)
        return turns

    def append(self, turn: SessionTurn) -> None:
        """Store a turn in one write."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab", buffering=0) as out:
            out.write(f"{turn.model_dump_json()}\n".encode())
