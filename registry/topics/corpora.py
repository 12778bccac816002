"""The corpora that a topic model can be fitted on: our banks' reference replies, and AnnoMI where a mirror of it is here."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from counsel_leaderboard.registry import load
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.common.settings import FolderSettings
from counsel_leaderboard.registry.topics.remarks import Remark, remarks_of

ANNOMI_FILE: Final = Path("annomi") / "AnnoMI-full.csv"
COLUMNS: Final = ("transcript_id", "utterance_id", "interlocutor", "utterance_text", "topic")


def banks() -> Iterator[Remark]:
    """What counselors say in our open banks: references of single replies, and the counselor's side of dialogues."""
    for bank in ("psyllm", "trajectory", "preference", "response"):
        for row in load(f"open-{bank}").rows:
            for turn, text in enumerate(_counselor(row)):
                yield from _remarks(text, f"bank {bank}", str(row["id"]), turn)


def _counselor(row: dict[str, object]) -> Iterator[str]:
    for key, value in row.items():
        if key in ("counselor", "therapist", "reference") and isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (text for entry in value if isinstance(entry, dict) for text in _counselor(entry))


def annomi() -> Iterator[Remark]:
    """The therapists of AnnoMI, with the subject of each conversation; read from a mirror and never shipped.

    Raises DataError where no mirror has it, or it is not the published file.
    """
    mirror = FolderSettings.read().mirror
    path = Path(mirror) / ANNOMI_FILE if mirror else None
    if path is None or not path.is_file():
        raise DataError(f"annomi: no mirror holds {ANNOMI_FILE}. Set COUNSEL_MIRROR to a folder that has it.")
    seen: set[tuple[str, str]] = set()
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
            raise DataError(f"{path}: has no column {missing[0]}, so it is not AnnoMI-full.csv as published.")
        for row in rows:
            key = (row["transcript_id"], row["utterance_id"])  # once for each annotator
            if row["interlocutor"] == "therapist" and key not in seen:
                seen.add(key)
                yield from _remarks(
                    row["utterance_text"], "annomi", row["transcript_id"], int(row["utterance_id"]), row["topic"]
                )


def _remarks(text: str, source: str, case: str, turn: int, subject: str = "") -> Iterator[Remark]:
    return (Remark(remark, source, case, turn, subject) for remark in remarks_of(text))


CORPORA: Final[dict[str, Callable[[], Iterator[Remark]]]] = {"banks": banks, "annomi": annomi}
