"""The stored answers of one model to one task, read from checked files, and the notice that travels with them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from counsel_leaderboard.registry.cards.catalog import card, files_of
from counsel_leaderboard.registry.cards.schema import DataFile, DatasetCard
from counsel_leaderboard.registry.common.errors import CardError, ChecksumError, FetchError
from counsel_leaderboard.registry.recorded import response_answers, stigma_answers
from counsel_leaderboard.registry.recorded.answer_files import Answer, RecordError
from counsel_leaderboard.registry.recorded.catalog import find
from counsel_leaderboard.registry.recorded.response_items import items
from counsel_leaderboard.registry.recorded.schema import RecordedModel, RecordedSource, Recording
from counsel_leaderboard.registry.recorded.session_loading import sessions
from counsel_leaderboard.registry.sources.fetch import fetch
from counsel_leaderboard.registry.sources.files import find as find_file
from counsel_leaderboard.registry.sources.files import locate
from counsel_leaderboard.registry.sources.loading import load, require_split

MAX_NOTICE = 64 * 1024
PROMPTS = ("llms-as-therapists", "prompts")
STIMULI = ("llms-as-therapists-answers", "response_human_therapists")
"""The released rows that hold every stimulus with its question and right answer."""


class UnlockedError(ChecksumError):
    """A file of which the card has no checksum yet: it is not used."""


def answers(model: str, task: str) -> Sequence[Answer]:
    """What SOURCE/MODEL answered to the items of `task`.

    Raises CardError for an unknown model or task, ChecksumError for changed bytes, FetchError for a source that cannot be
    reached, RecordError for a file that is not what was published.
    """
    _, source, recorded_model = find(model)
    recording = recording_of(recorded_model, task)
    if recording.of_sessions:
        return [session.answer() for session in sessions(source, recorded_model, recording)[0]]
    path, file = location(source, recording)
    if recording.format == "stigma":
        return stigma_answers.read(path, file, [str(row["prompt"]) for row in load(*PROMPTS).rows])
    return response_answers.read(path, file, require_split(card(source.card), recording.split).rows)


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
    """See that a recording's file and its source's notice are on this machine, checked: from mirror or cache, or fetched.

    deadline: until when to fetch, on the monotonic clock; None fetches nothing. Raises UnlockedError for a file of which the
    card has no checksum, ChecksumError for another file, FetchError where it cannot be had.
    """
    card_ = card(source.card)
    ratings = files_of(card_, require_split(card_, source.ratings)) if recording.of_sessions and source.ratings else ()
    for needed in (*files(source, recording), *ratings, *([card_.notice] if card_.notice else ())):
        _obtain(card_, needed, deadline)


def files(source: RecordedSource, recording: Recording) -> tuple[DataFile, ...]:
    """The files of a recording: one of answers, one or several of sessions. Raises CardError."""
    if not recording.of_sessions:
        return (_file(source, recording)[1],)
    card_ = card(source.card)
    return files_of(card_, require_split(card_, recording.split))


def _obtain(card_: DatasetCard, file: DataFile, deadline: float | None) -> None:
    if file.sha256 is None:
        raise UnlockedError(f"{card_.name}: the card has no checksum for {file.path}; run `counsel data lock {card_.name}`")
    if find_file(card_, file) is None:
        if deadline is None or time.monotonic() > deadline:
            raise FetchError(f"{card_.name}: {file.path} is not on this machine, and its source gave nothing in time")
        fetch(card_, file, deadline)


def location(source: RecordedSource, recording: Recording) -> tuple[str, Path]:
    """The path in the source and on this machine of a recording's one file, fetched where it must be, and checked.

    Raises as `registry.sources.files.locate`.
    """
    card_, file = _file(source, recording)
    return file.path, locate(card_, file)


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
