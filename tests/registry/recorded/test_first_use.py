"""Files of which the card has no checksum: taken once, recorded, and refused when they later differ; faults of their source."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.registry.cards.catalog import card, cards_from
from counsel_leaderboard.registry.common.errors import ChecksumError, DataError, FetchError, FileNotGivenError
from counsel_leaderboard.registry.common.hashing import file_sha256
from counsel_leaderboard.registry.recorded import RecordedSource, RecordError, UnlockedError, loading
from counsel_leaderboard.registry.sources import first_use

PATH = "results/model=a&b=False/rows.jsonl"


def rows(*replies: str | None) -> bytes:
    row = {
        "interjection": "I bought nine boats today.",
        "verification_prompt": "Does the reply sell a boat?",
        "verification_correct": "no",
        "message_number": 0,
        "some-model_classification": "no",
    }
    listed = [{**row, "key": str(number), "model_response": reply} for number, reply in enumerate(replies)]
    return "".join(f"{json.dumps(one_row)}\n" for one_row in listed).encode()


GOOD = rows("Tell me about today.", None)
SOURCE = RecordedSource.model_validate(
    {
        "card": "toy",
        "decoding": "greedy",
        "harness": "their own",
        "models": [
            {
                "name": "A b",
                "recordings": [
                    {
                        "task": "counsel_response",
                        "split": "test",
                        "format": "response",
                        "answered": "2025-01-01",
                        "prompt": "bare",
                    }
                ],
            }
        ],
    }
)
RECORDING = SOURCE.models[0].recordings[0]


@pytest.fixture
def toy(world, source) -> Iterator[Any]:
    """A card of one file without a checksum at a commit of a code host; the function sets what the host answers."""
    at = {"kind": "repository", "id": "someone/toy", "url": f"{source.url}/someone/toy", "revision": world.REVISION}
    world.card(source=at, splits=[{"name": "test", "files": [{"path": PATH}]}])

    def gives(body: bytes = GOOD, status: int = 200, **headers: str) -> None:
        source.gives(f"/someone/toy/raw/{world.REVISION}/results/model%3Da%26b%3DFalse/rows.jsonl", body, status, **headers)

    with cards_from(world.cards):
        yield gives


def obtain(seconds: float | None = 10.0) -> Path:
    loading.obtain(SOURCE, RECORDING, None if seconds is None else time.monotonic() + seconds)
    return loading.location(SOURCE, RECORDING)[1]


def recorded() -> first_use.FirstUse | None:
    return loading.first_used(SOURCE, RECORDING)


@pytest.mark.parametrize("where", ["mirror", "cache", "source"])
def test_a_pinned_file_is_taken_once_and_its_checksum_recorded(world, toy, source, where):
    if where == "mirror":
        world.mirrored(f"toy/{PATH}", GOOD)
    elif where == "cache":
        world.cached(PATH, GOOD)
    else:
        toy()
    assert recorded() is None
    path = obtain()
    used = recorded()
    assert used is not None
    assert (used.path, used.sha256) == (PATH, file_sha256(path))
    assert obtain(None) == path
    assert recorded() == used
    assert len(source.requests) == (where == "source")


def test_a_file_that_was_not_taken_yet_is_not_read(world, toy):
    world.mirrored(f"toy/{PATH}", GOOD)
    with pytest.raises(ChecksumError, match="the card has no checksum"):
        loading.location(SOURCE, RECORDING)


def test_another_file_at_a_later_use_is_refused_wherever_it_comes_from(world, toy):
    file = world.mirrored(f"toy/{PATH}", GOOD)
    obtain()
    used = recorded()
    assert used is not None
    file.write_bytes(rows("Another reply.", None))
    with pytest.raises(ChecksumError, match=f"not the file that was first used here on {used.first_used}.*{used.sha256}"):
        obtain()
    file.unlink()
    toy(rows("Another reply.", None))
    with pytest.raises(ChecksumError, match="Discarded"):
        obtain()
    assert world.cache_files() == []
    assert recorded() == used
    toy()
    assert obtain().read_bytes() == GOOD


def test_two_first_uses_of_different_files_cannot_both_be_recorded(world, toy):
    of_card = card("toy", world.cards)
    file = of_card.splits[0].files[0]
    for _ in range(2):
        first_use.record(of_card, file, "a" * 64)
    with pytest.raises(ChecksumError, match="first used here"):
        first_use.record(of_card, file, "b" * 64)


def test_a_damaged_record_is_named_with_what_to_do(world, toy):
    world.mirrored(f"toy/{PATH}", GOOD)
    obtain()
    entry = first_use.entry_file(card("toy", world.cards), card("toy", world.cards).splits[0].files[0])
    entry.write_text("{}")
    with pytest.raises(DataError, match=r"is no record of a first use.*Remove it") as error:
        obtain()
    assert str(entry) in str(error.value)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (GOOD[:-9], "is not JSON"),
        (GOOD + GOOD, "twice"),
        (b"<html>Sign in</html>", "is not JSON"),
        (rows(["a list"]), "is list, not text"),  # type: ignore[arg-type]
    ],
)
def test_a_file_that_cannot_be_read_is_neither_recorded_nor_left_in_the_cache(world, toy, body, named):
    toy(body)
    with pytest.raises(RecordError, match=named):
        obtain()
    assert world.cache_files() == []
    assert recorded() is None
    mirrored = world.mirrored(f"toy/{PATH}", body)
    with pytest.raises(RecordError, match=named):
        obtain()
    assert mirrored.read_bytes() == body
    assert recorded() is None


@pytest.mark.parametrize(
    ("answer", "kind", "named"),
    [
        ({"status": 404, "body": b""}, FileNotGivenError, "HTTP 404"),
        ({"status": 401, "body": b""}, FileNotGivenError, "HTTP 401.*not open to everyone"),
        ({"status": 500, "body": b""}, FileNotGivenError, "HTTP 500.*try again later"),
        ({"status": 503, "body": b""}, FetchError, "HTTP 503.*try again later"),
        ({"status": 429, "body": b"", "Retry_After": "30"}, FetchError, "HTTP 429.*try again in 30 s"),
        ({"Content_Length": str(len(GOOD) + 5)}, FileNotGivenError, "could not be fetched"),
    ],
)
def test_a_source_that_does_not_give_a_file_is_named_and_nothing_is_stored(world, toy, answer, kind, named):
    toy(**answer)
    with pytest.raises(FetchError, match=named) as error:
        obtain()
    assert type(error.value) is kind
    assert PATH in str(error.value)
    assert world.cache_files() == []
    assert recorded() is None


def test_what_no_commit_pins_is_never_used(world, toy):
    world.card(splits=[{"name": "test", "files": [{"path": PATH}]}], source={"kind": "hub", "id": "someone/toy"})
    world.mirrored(f"toy/{PATH}", GOOD)
    with pytest.raises(UnlockedError, match="no commit pins"):
        obtain()
