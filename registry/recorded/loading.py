"""The stored answers of one model to one task, read from checked files, and the notice that travels with them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from counsel_leaderboard.registry.cards.catalog import card, files_of
from counsel_leaderboard.registry.cards.schema import DataFile, DatasetCard
from counsel_leaderboard.registry.common.errors import CardError, ChecksumError, CounselError, FetchError
from counsel_leaderboard.registry.common.hashing import file_sha256
from counsel_leaderboard.registry.recorded import response_answers, stigma_answers
from counsel_leaderboard.registry.recorded.answer_files import Answer, RecordError
from counsel_leaderboard.registry.recorded.catalog import find
from counsel_leaderboard.registry.recorded.response_items import items
from counsel_leaderboard.registry.recorded.schema import RecordedModel, RecordedSource, Recording
from counsel_leaderboard.registry.recorded.session_loading import sessions
from counsel_leaderboard.registry.sources import first_use
from counsel_leaderboard.registry.sources.fetch import fetch
from counsel_leaderboard.registry.sources.files import locate
from counsel_leaderboard.registry.sources.first_use import FirstUse
from counsel_leaderboard.registry.sources.loading import load, require_split

MAX_NOTICE = 64 * 1024
PROMPTS = ("llms-as-therapists", "prompts")
STIMULI = ("llms-as-therapists-answers", "response_human_therapists")
"""The released rows that hold every stimulus with its question and right answer."""


class UnlockedError(ChecksumError):
    """A file that neither a checksum nor a commit pins: it is not used."""


def answers(model: str, task: str) -> Sequence[Answer]:
    """What SOURCE/MODEL answered to the items of `task`.

    Raises CardError for an unknown model or task, ChecksumError for changed bytes, FetchError for a source that cannot be
    reached, RecordError for a file that is not what was published.
    """
    _, source, recorded_model = find(model)
    recording = recording_of(recorded_model, task)
    if recording.of_sessions:
        return [session.answer() for session in sessions(source, recorded_model, recording)[0]]
    return _read(source, recording, location(source, recording)[1])


def _read(source: RecordedSource, recording: Recording, path: Path) -> Sequence[Answer]:
    card_, file = _file(source, recording)
    if recording.format == "stigma":
        return stigma_answers.read(file.path, path, [str(row["prompt"]) for row in load(*PROMPTS).rows])
    return response_answers.read(file.path, path, require_split(card_, recording.split).rows, recording.labels)


def comparable(model: str, task: str) -> tuple[list[Answer], dict[str, int]]:
    """The answers to items that other models were asked as well, and how many there are to each other item, by its hash.

    `item` is then the item's id, and the answers to one item are numbered from 0. Raises as `answers`.
    """
    given = answers(model, task)
    if recording_of(find(model)[2], task).format != "response":
        return list(given), {}
    known, repeats = items(), Counter[str]()
    usable: list[Answer] = []
    for answer in given:
        if answer.item in known:
            name = known[answer.item].id
            usable.append(replace(answer, item=name, repeat=repeats[name]))
            repeats[name] += 1
    return usable, dict(Counter(answer.item for answer in given if answer.item not in known))


def recording_of(model: RecordedModel, task: str) -> Recording:
    """The model's recording for that task. Raises CardError."""
    recording = next((recording for recording in model.recordings if recording.task == task), None)
    if recording is None:
        tasks = ", ".join(recording.task for recording in model.recordings)
        raise CardError(f"{model.name} has no stored answers to {task}; it has some to {tasks}")
    return recording


def require_items(recording: Recording) -> None:
    """Load what the recording's task is asked on. Raises as `registry.load` where that is missing."""
    if recording.of_sessions:
        return
    load(*(PROMPTS if recording.format == "stigma" else STIMULI))


def obtain(source: RecordedSource, recording: Recording, deadline: float | None) -> None:
    """Fetch a recording's file, and the source's notice, into the cache where they are not on this machine.

    deadline: when to give up, on the monotonic clock; None fetches nothing. A file of which the card has no checksum is read,
    and its checksum recorded as that of its first use. Raises UnlockedError where no commit pins it, ChecksumError for another
    file, FetchError where it cannot be had; a file without a checksum is not left in the cache where it cannot be read.
    """
    card_ = card(source.card)
    if card_.notice:
        obtain_file(card_, card_.notice, deadline)
    if recording.of_sessions:
        ratings = files_of(card_, require_split(card_, source.ratings)) if source.ratings else ()
        for needed in (*files(source, recording), *ratings):
            obtain_file(card_, needed, deadline)
        return
    (file,) = files(source, recording)
    used = first_use.entry(card_, file)
    path, fetched = obtain_file(card_, file, deadline)
    if file.sha256 is not None or used is not None:
        return
    try:
        digest = file_sha256(path)
        _read(source, recording, path)
    except CounselError:
        if fetched:
            path.unlink(missing_ok=True)
        raise
    first_use.record(card_, file, digest)


def obtain_file(card_: DatasetCard, file: DataFile, deadline: float | None) -> tuple[Path, bool]:
    """The checked file on this machine, and whether it was fetched now; `deadline` and errors as for `obtain`."""
    if file.sha256 is None and card_.source.revision is None:
        raise UnlockedError(f"{card_.name}: no checksum and no commit pins {file.path}; run `counsel data lock {card_.name}`")
    if path := first_use.find(card_, file):
        return path, False
    if deadline is None or time.monotonic() > deadline:
        raise FetchError(f"{card_.name}: {file.path} is not on this machine, and its source gave nothing in time")
    return fetch(card_, first_use.with_checksum(file, first_use.entry(card_, file)), deadline), True


def files(source: RecordedSource, recording: Recording) -> tuple[DataFile, ...]:
    """The files of a recording: one of answers, one or several of sessions. Raises CardError."""
    if not recording.of_sessions:
        return (_file(source, recording)[1],)
    card_ = card(source.card)
    return files_of(card_, require_split(card_, recording.split))


def is_here(source: RecordedSource, recording: Recording) -> bool:
    """Whether all files of a recording are on this machine. Raises ChecksumError where it is another file."""
    card_ = card(source.card)
    return all(first_use.find(card_, file) is not None for file in files(source, recording))


def first_used(source: RecordedSource, recording: Recording) -> FirstUse | None:
    """When a recording's file was first used here, where its card has no checksum for it. Raises DataError."""
    return None if recording.of_sessions else first_use.entry(*_file(source, recording))


def location(source: RecordedSource, recording: Recording) -> tuple[str, Path]:
    """The path in the source and on this machine of a recording's one file, fetched where it must be, and checked.

    Raises as `registry.sources.files.locate`.
    """
    card_, file = _file(source, recording)
    return file.path, first_use.locate(card_, file)


def _file(source: RecordedSource, recording: Recording) -> tuple[DatasetCard, DataFile]:
    card_ = card(source.card)
    split = require_split(card_, recording.split)
    if len(split.files) != 1:
        raise CardError(f"{card_.name}: split {split.name} must name one file, the answers of one model")
    return card_, split.files[0]


def notice(source: RecordedSource) -> str:
    """The text of the source's licence file with its disclaimer, as fetched. Raises as `location`, or RecordError."""
    card_ = card(source.card)
    if card_.notice is None:
        return ""
    path = locate(card_, card_.notice)
    if path.stat().st_size > MAX_NOTICE:
        raise RecordError(f"{card_.notice.path}: is longer than {MAX_NOTICE:,} bytes, so it is no notice. It is not shown")
    return path.read_text("utf-8", errors="replace").strip()
