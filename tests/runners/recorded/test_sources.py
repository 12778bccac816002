"""The real catalog of recorded models, with made-up answers and a source on the loopback interface for the real one.

Prompts and notice are the published ones: skipped where the mirror beside the repository is missing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from rich.console import Console

from counsel_leaderboard.leaderboard.board import board as boards
from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry import card, load, recorded
from counsel_leaderboard.registry.cards.catalog import DATASETS, cards_from
from counsel_leaderboard.registry.recorded import RecordedModel
from counsel_leaderboard.registry.sources.paths import OPEN
from counsel_leaderboard.runners.progress import ProgressDisplay
from counsel_leaderboard.runners.recorded.adding import add
from counsel_leaderboard.runners.recorded.availability import look
from tests.support.file_source import source  # noqa: F401 - a fixture
from tests.support.paths import MIRROR

SOURCE, CARD = "llms-as-therapists", "llms-as-therapists-answers"
SHARED = ("LICENSE.md", "data/prompts.jsonl")
NO_TIME, SECONDS = 1e-9, 30.0


@pytest.fixture
def mirror(monkeypatch, tmp_path) -> Path:
    """A mirror that has the notice and the prompts."""
    monkeypatch.setenv("COUNSEL_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    copied(tmp_path / "mirror" / SOURCE, *SHARED, path_of("Human-therapists", "counsel_response"))
    return tmp_path / "mirror" / SOURCE


def copied(folder: Path, *paths: str) -> None:
    for path in paths:
        if not (MIRROR / SOURCE / path).is_file():
            pytest.skip(f"the published files are not here ({MIRROR})")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MIRROR / SOURCE / path, folder / path)


def model(key: str) -> RecordedModel:
    return recorded.find(f"{SOURCE}/{key}")[2]


def path_of(key: str, task: str) -> str:
    split = card(CARD).split(recorded.recording_of(model(key), task).split)
    assert split
    return split.files[0].path


def has_checksum(key: str, task: str) -> bool:
    split = card(CARD).split(recorded.recording_of(model(key), task).split)
    assert split
    return split.files[0].sha256 is not None


def answers(letters: str) -> bytes:
    """A file of answers to the stigma prompts in their order: the letters in turn."""
    prompts = [str(row["prompt"]) for row in load("llms-as-therapists", "prompts").rows]
    rows = [{"prompt": prompt, "output": letters[number % len(letters)]} for number, prompt in enumerate(prompts)]
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def stigma_models() -> list[str]:
    return [name for name, entry in recorded.models().items() if any(r.format == "stigma" for r in entry.recordings)]


@pytest.fixture
def gives(source, tmp_path) -> Iterator[Callable[..., None]]:  # noqa: F811 - the fixture
    """Set what the source answers for a path."""
    cards = tmp_path / "registry" / "datasets"
    shutil.copytree(DATASETS, cards)
    (cards.parent / "open").symlink_to(OPEN, target_is_directory=True)
    pinned, file = card(CARD).source, cards / f"{CARD}.yaml"
    changed = file.read_text("utf-8").replace(f"url: {pinned.url}\n", f"url: {source.url}\n", 1)
    file.write_text(changed, "utf-8")

    def answer(path: str, *body: bytes, **more: int | str) -> None:
        source.gives(f"/raw/{pinned.revision}/{quote(path)}", *body, **more)

    with cards_from(cards):
        assert card(CARD).source.url == source.url
        yield answer


def test_every_fault_of_a_source_is_named_and_the_rest_is_ready(mirror, gives):
    task = "counsel_stigma_plain"
    faults = {
        "Llama-3.1-8B-Instruct": ("404", {"status": 404}),
        "Llama-3.1-405B-Instruct-Turbo": ("peer closed connection", {"body": answers("B"), "Content_Length": "99999999"}),
        "Llama-2-7b-chat-hf": ("has 1007 rows", {"body": b"".join(answers("B").splitlines(keepends=True)[:-1])}),
        "Llama-3.1-70B-Instruct-Turbo": ("expected sha256", {"body": answers("B")}),
    }
    for key, (_, answer) in faults.items():
        gives(path_of(key, task), *([answer.pop("body")] if "body" in answer else []), **answer)
    gives(path_of("Llama-2-70b-chat-hf", task), answers("AB"))
    names = [f"{SOURCE}/{key}" for key in (*faults, "Llama-2-70b-chat-hf")]
    given = look(names, SECONDS)
    assert given.ready == {names[-1]: (task,)}
    report = "\n".join(given.lines())
    for key, (named, _) in faults.items():
        assert f"{key} in {task}" in report
        assert named in report
    assert len(given.absent[SOURCE]) + len(given.refused) >= len(faults)
    cached = [path.name for path in mirror.parents[1].joinpath("cache").rglob("*.jsonl")]
    assert cached == [Path(path_of("Llama-2-70b-chat-hf", task)).name]


@pytest.mark.parametrize(("status", "named"), [(429, "try again in 7 s"), (503, "HTTP 503")])
def test_a_busy_source_is_asked_once_and_what_the_mirror_has_is_used(mirror, gives, source, status, named):  # noqa: F811
    task = "counsel_stigma_plain"
    copied(mirror, path_of("gpt-4o-2024-08-06", task))
    for name in stigma_models():
        gives(path_of(name.partition("/")[2], task), status=status, Retry_After="7")
        gives(path_of(name.partition("/")[2], "counsel_stigma"), status=status, Retry_After="7")
    given = look(stigma_models(), SECONDS)
    assert given.ready == {f"{SOURCE}/gpt-4o-2024-08-06": (task,)}
    (line,) = given.lines()
    assert named in line
    assert len(source.requests) == 1


def test_the_files_that_a_partial_mirror_has_are_taken_and_listed_with_their_first_use(mirror, counsel, home):
    task = "counsel_stigma_plain"
    given_files = [name for name in stigma_models() if not has_checksum(name.partition("/")[2], task)][:2]
    for name in given_files:
        path = mirror / path_of(name.partition("/")[2], task)
        path.parent.mkdir(parents=True)
        path.write_bytes(answers("BC"))
    given = look(stigma_models(), NO_TIME)
    assert given.ready == dict.fromkeys(given_files, (task,))
    listed = counsel("recorded", "list").out
    assert listed.count(f"{task}: first used on ") == 2
    path.write_bytes(answers("BD"))
    again = look(stigma_models(), NO_TIME)
    assert again.ready == {given_files[0]: (task,)}
    (line,) = again.refused
    assert "is not the file that was first used here" in line


@pytest.mark.slow
def test_a_mirror_with_every_stigma_file_gives_six_ordered_names(mirror, home):
    task = "counsel_stigma_plain"
    letters = iter(["ABCD", "B", "BBC", "BBBBD", "CB", "ABE"])
    for name in stigma_models():
        path = path_of(name.partition("/")[2], task)
        if has_checksum(name.partition("/")[2], task):
            copied(mirror, path)
        else:
            (mirror / path).parent.mkdir(parents=True)
            (mirror / path).write_bytes(answers(next(letters)))
    given = look(stigma_models(), NO_TIME)
    assert given.ready == dict.fromkeys(stigma_models(), (task,))
    added = add(given.ready, home, ProgressDisplay(Console(quiet=True)))
    assert added.failed == ()
    with Store.open(home) as store:
        scores = boards.scores(store, "upstream", headlines=True)
    rows = {row["model"]: row for row in scores.iter_rows(named=True) if row["role"] == "candidate"}
    ordered = {name for name, row in rows.items() if row["ranked"]}
    assert len(rows) == len(stigma_models())
    assert len(ordered) >= 4
    for name, row in rows.items():
        reasons = [Reason.parse(text).code for text in row["unranked_reasons"]]
        assert reasons == ([] if name in ordered else [Code.TOO_FEW_CODED])
