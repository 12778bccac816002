"""Readers that turn published files into rows: one per shape, selected by the split's `shape`.

A reader gets (path in the source, file on this machine) pairs in the card's order and yields rows of JSON values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from counsel_leaderboard.registry.cards.vocabulary import Shape
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.common.untrusted.yaml_loader import load_bounded
from counsel_leaderboard.registry.sources.table_files import read_json, table_rows

Row = dict[str, Any]
Named = tuple[str, Path]
Reader = Callable[[str, Sequence[Named]], Iterator[Row]]

_CLIENT, _COUNSELOR = "求助者", "支持者"
_VOICES_FILE: Final = re.compile(r"(?P<case>[^/]{1,200})_P(?P<phase>\d{1,3})_(?P<kind>conversation|metadata)s?\.json$")


def rows(_name: str, files: Sequence[Named]) -> Iterator[Row]:
    """The rows of JSONL, JSON, CSV or Parquet files as published, one file after the other."""
    for source, path in files:
        yield from table_rows(source, path)


def cpsycoune(name: str, files: Sequence[Named]) -> Iterator[Row]:
    """`{id, topic, case, turns: [{client, counselor}]}` from one JSON dialogue a file, named `<topic>/<number>.json`.

    Role prefixes are dropped; `case` equals `id`. Raises DataError unless client and counselor alternate, client first.
    """
    for source, path in files:
        pure = PurePosixPath(source)
        key = f"{name}-{_slug(pure.parent.name)}-{pure.stem}"
        yield {"id": key, "topic": pure.parent.name, "case": key, "turns": _alternating(source, read_json(source, path))}


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _alternating(source: str, lines: object) -> list[dict[str, str]]:
    if not isinstance(lines, list) or not lines or len(lines) % 2:
        raise DataError(f"{source}: expected a list with an even number of utterances, client and counselor in turn")
    utterances = [_without_prefix(source, line, (_CLIENT, _COUNSELOR)[number % 2]) for number, line in enumerate(lines)]
    return [
        {"client": client, "counselor": counselor} for client, counselor in zip(utterances[::2], utterances[1::2], strict=True)
    ]


def _without_prefix(source: str, line: object, role: str) -> str:
    if not isinstance(line, str) or not line.startswith((f"{role}：", f"{role}:")):
        raise DataError(f"{source}: expected an utterance that begins with {role!r} and a colon, found {str(line)[:12]!r}")
    return line[len(role) + 1 :].strip()


def openr1(name: str, files: Sequence[Named]) -> Iterator[Row]:
    """`{id, topic, case, turns: [{client, counselor}]}` from tables with `post_id` and `conversation`.

    A turn's `patient` is the client and `counselor_content` the counselor; the counselor's thoughts are left out.
    The topic is not published and reads "unknown".
    """
    for row in rows(name, files):
        try:
            key = f"{name}-{row['post_id']}"
            turns = [{"client": turn["patient"], "counselor": turn["counselor_content"]} for turn in row["conversation"]]
        except (KeyError, TypeError) as error:
            raise DataError(
                f"{name}: a row without post_id, or a turn without patient and counselor_content ({error!r})"
            ) from error
        yield {"id": key, "topic": "unknown", "case": key, "turns": turns}


def voices(name: str, files: Sequence[Named]) -> Iterator[Row]:
    """`{id, case, phases: [{phase, turns: [{therapist, client}]}], profile, trauma_info}`, one row a case, phases as numbers.

    Reads `<case>_P<n>_conversation.json` and `<case>_P<n>_metadata.json`, with or without a plural s. Lines of one speaker
    in succession are joined; a session that the client opens begins with an empty `therapist`, one that the therapist closes
    ends with an empty `client`. Profile and trauma_info are those of the case's first phase. Raises DataError for a
    conversation without metadata.
    """
    by_case: dict[str, dict[int, dict[str, Named]]] = {}
    for source, path in files:
        match = _VOICES_FILE.search(source)
        if match is None:
            raise DataError(f"{name}: {source} is neither a conversation nor a metadata file of a case and a phase")
        by_case.setdefault(match["case"], {}).setdefault(int(match["phase"]), {})[match["kind"]] = (source, path)
    for case in sorted(by_case, key=_numeric):
        yield _voices_case(name, case, by_case[case])


def _numeric(case: str) -> tuple[int, str]:
    return (int(case), case) if case.isdecimal() else (0, case)


def _voices_case(name: str, case: str, phases: Mapping[int, Mapping[str, Named]]) -> Row:
    order = sorted(phases)
    for phase in order:
        for kind in ("conversation", "metadata"):
            if kind not in phases[phase]:
                raise DataError(f"{name}: case {case}, phase P{phase} has no {kind} file")
    about = _mapping(*phases[order[0]]["metadata"])
    return {
        "id": f"{name}-{case}",
        "case": case,
        "phases": [{"phase": f"P{phase}", "turns": _session(*phases[phase]["conversation"])} for phase in order],
        "profile": about.get("client_profile"),
        "trauma_info": about.get("trauma_info"),
    }


def _mapping(source: str, path: Path) -> Mapping[str, Any]:
    value = read_json(source, path)
    if not isinstance(value, dict):
        raise DataError(f"{source}: expected a JSON object")
    return value


def _session(source: str, path: Path) -> list[dict[str, str]]:
    turns: list[dict[str, str]] = []
    last = "client"
    for role, text in _speeches(source, _mapping(source, path).get("full_conversation")):
        if role == "therapist" and last == "client":
            turns.append({"therapist": text, "client": ""})
        elif not turns:
            turns.append({"therapist": "", "client": text})
        else:
            turns[-1][role] = f"{turns[-1][role]}\n{text}".strip()
        last = role
    return turns


def _speeches(source: str, lines: object) -> Iterable[tuple[str, str]]:
    if not isinstance(lines, list):
        raise DataError(f"{source}: expected a list under full_conversation")
    for line in lines:
        role, colon, text = str(line).partition(":")
        if not colon or role.strip().lower() not in ("therapist", "client"):
            raise DataError(f"{source}: expected 'Therapist: ...' or 'Client: ...', found {str(line)[:20]!r}")
        yield role.strip().lower(), text.strip()


def texts(_name: str, files: Sequence[Named]) -> Iterator[Row]:
    """`{path, text}`: each file whole, as UTF-8 text. Raises DataError for other bytes."""
    for source, path in files:
        try:
            yield {"path": source, "text": path.read_text("utf-8")}
        except UnicodeDecodeError as error:
            raise DataError(f"{source}: not UTF-8 text: {error}") from error


def documents(_name: str, files: Sequence[Named]) -> Iterator[Row]:
    """`{path, document}`: the JSON value of each file."""
    for source, path in files:
        yield {"path": source, "document": read_json(source, path)}


def clients(_name: str, files: Sequence[Named]) -> Iterator[Row]:
    """`{id, kind, risk, client}`: the client of each YAML file whole, and whether anything about suicide or self-harm is to be
    heard. Raises DataError for a file that is no client.
    """
    for source, path in files:
        try:
            client = load_bounded(path.read_bytes())
            risk = client["risk"] if client["kind"] == "hybrid" else client["branches"]["risk"]
            yield {"id": client["id"], "kind": client["kind"], "risk": risk["level"] != "none", "client": client}
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise DataError(f"{source}: is no client of a session ({type(error).__name__})") from error


READERS: Final[dict[Shape, Reader]] = {
    "rows": rows,
    "cpsycoune": cpsycoune,
    "openr1": openr1,
    "voices": voices,
    "texts": texts,
    "documents": documents,
    "clients": clients,
}
