"""AnnoMI as the exam reads it: for the exam alone, from a folder of the host's; nothing of it is shipped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.registry.skills.codes import Behaviour
from counsel_leaderboard.tasks.skills.human_labels.csv_rows import csv_rows

BEHAVIOUR: Mapping[str, Behaviour] = {
    "reflection": "reflection",
    "question": "question",
    "therapist_input": "input",
    "other": "other",
}
PARTS = {"reflection": "reflection_exists", "question": "question_exists", "input": "therapist_input_exists"}
_SOURCE = "Take the files from https://github.com/uccollab/AnnoMI; it has no licence file, so they stay on this machine"


@dataclass(frozen=True)
class Utterance:
    """One utterance of a therapist, with the client's before it, and what people coded as its main behaviour."""

    transcript: str
    is_high: bool
    text: str
    previous: str
    behaviour: Behaviour


def utterances(folder: Path) -> list[Utterance]:
    """The therapists' utterances in order. Raises DataError if the file is missing or has no such columns."""
    rows = _rows(folder / "AnnoMI-simple.csv", ("transcript_id", "mi_quality", "interlocutor", "utterance_text"))
    result, previous, transcript = [], "", ""
    for row in rows:
        if row["transcript_id"] != transcript:
            transcript, previous = row["transcript_id"], ""
        if row["interlocutor"] == "client":
            previous = row["utterance_text"]
        else:
            label = BEHAVIOUR[row["main_therapist_behaviour"]]
            result.append(Utterance(transcript, row["mi_quality"] == "high", row["utterance_text"], previous, label))
    return result


def people(folder: Path) -> dict[str, list[list[str]]]:
    """The codings of utterances that several people coded: under `main` the main behaviour, then whether each part exists."""
    units: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in _rows(folder / "AnnoMI-full.csv", ("transcript_id", "utterance_id", "annotator_id", *PARTS.values())):
        if row["interlocutor"] == "therapist":
            units[row["transcript_id"], row["utterance_id"]].append(row)
    shared = [unit for unit in units.values() if len(unit) > 1]
    columns = {"main": "main_therapist_behaviour", **PARTS}
    return {name: [[row[column] for row in unit] for unit in shared] for name, column in columns.items()}


def _rows(file: Path, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    return csv_rows(file, (*columns, "interlocutor", "main_therapist_behaviour"), _SOURCE)
