"""The documents of `counsel_psyllm`: one for each client turn of a case, with the reference replies as history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tasks.chat import Message
from tasks.counselor import conversation
from tasks.order import Doc, balanced
from tasks.source import Items, Suite, load

Row = Mapping[str, Any]


def items(source: str = "open") -> Items:
    """Client turns of the open cases, of CPsyCounE (`upstream`), or of OpenR1-Psy (`openr1-psy`)."""
    suites = {
        "open": Suite("open-psyllm", lambda rows: documents(rows, "open-psyllm")),
        "upstream": Suite("cpsycoune", lambda rows: documents(rows, "cpsycoune")),
        "openr1-psy": Suite("openr1-psy", lambda rows: documents(rows, "openr1-psy")),
    }
    return load("counsel_psyllm", source, suites)


def documents(rows: Sequence[Row], dataset: str) -> list[Doc]:
    """Client turns in a seeded order balanced over topics, the turns of a case together."""
    return balanced([doc for row in rows for doc in turns(row, dataset)])


def turns(row: Row, dataset: str) -> Iterator[Doc]:
    """One document for each client turn: what was said up to it, and the reference reply as the target."""
    said: list[dict[str, str]] = []
    for number, turn in enumerate(row["turns"], start=1):
        said.append({"speaker": "client", "words": turn["client"]})
        yield {
            "id": f"{row['case']}/{number:02}",
            "cluster": row["case"],
            "stratum": row["topic"],
            "dataset": dataset,
            "content_note": row.get("content_note", ""),
            "risk": False,
            "target": turn["counselor"],
            "said": list(said),
        }
        said.append({"speaker": "counselor", "words": turn["counselor"]})


def messages(doc: Mapping[str, Any]) -> list[list[Message]]:
    """The one request of a document."""
    return [conversation((line["speaker"], line["words"]) for line in doc["said"])]
