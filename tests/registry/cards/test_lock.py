"""Lock writes what it can establish, and lets no changed byte slip in."""

from __future__ import annotations

import json

import pytest

from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.registry.cards.lock import bank_names, lock
from counsel_leaderboard.registry.common.errors import ChecksumError, DataError
from counsel_leaderboard.registry.common.hashing import fingerprint
from counsel_leaderboard.registry.sources.loading import load_split

PATH = "data/rows.jsonl"


def test_lock_adds_checksum_rows_and_fingerprint_and_nothing_else(world):
    world.card()
    world.mirrored(f"toy/{PATH}", world.ROWS)
    locked = lock("toy", world.cards)
    locked.write()
    before, after = locked.before.model_dump(), card("toy", world.cards).model_dump()
    file, split = after["splits"][0]["files"][0], after["splits"][0]
    assert file["sha256"] == world.split()[0]["files"][0]["sha256"]
    assert (split["rows"], split["fingerprint"]) == (2, fingerprint([{"id": "a", "text": "one"}, {"id": "b", "text": "two"}]))
    file["sha256"] = split["rows"] = split["fingerprint"] = None
    assert before == after


def test_the_difference_is_of_the_changed_lines_alone(world):
    world.card()
    world.mirrored(f"toy/{PATH}", world.ROWS)
    lock("toy", world.cards).write()
    path = world.cards / "toy.yaml"
    path.write_text("".join(line for line in path.read_text("utf-8").splitlines(True) if "rows: 2" not in line), "utf-8")
    changed = [
        line
        for line in lock("toy", world.cards).difference().splitlines()
        if line[0] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert changed == ["+    rows: 2"]


def test_a_changed_mirror_cannot_slip_into_a_card(world):
    world.card(splits=world.split())
    world.mirrored(f"toy/{PATH}", world.ROWS.replace(b"one", b"onE"))
    before = (world.cards / "toy.yaml").read_bytes()
    with pytest.raises(ChecksumError, match="expected sha256"):
        lock("toy", world.cards)
    assert (world.cards / "toy.yaml").read_bytes() == before


def test_a_changed_reader_cannot_slip_into_a_card(world):
    world.card(splits=world.split(fingerprint=f"sha256:{'0' * 64}"))
    world.mirrored(f"toy/{PATH}", world.ROWS)
    with pytest.raises(ChecksumError, match="A reader was changed"):
        lock("toy", world.cards)


def test_a_pattern_that_matches_nothing_is_named(world):
    world.card(splits=[{"name": "test", "pattern": "*.parquet"}])
    with pytest.raises(DataError, match="name them in the card"):
        lock("toy", world.cards)


@pytest.mark.usefixtures("banks_beside_the_cards")
def test_a_bank_is_established_anew_each_time(world, tmp_path):
    world.card(
        "open-toy",
        source={"kind": "bank", "id": "toy"},
        mirror=None,
        splits=[{"name": "test", "files": [{"path": "test.jsonl"}]}],
    )
    bank = tmp_path / "open" / "toy" / "test.jsonl"
    with pytest.raises(DataError, match="Restore it with git"):
        lock("open-toy", world.cards)
    bank.parent.mkdir(parents=True)
    bank.write_bytes(world.ROWS)
    toy = card("open-toy", world.cards)
    assert len(load_split(toy, "test", world.cards).rows) == 2  # not locked yet: git vouches for it
    lock("open-toy", world.cards).write()
    bank.write_text(json.dumps({"id": "c"}) + "\n", "utf-8")
    with pytest.raises(ChecksumError, match="counsel data lock open-toy"):
        load_split(card("open-toy", world.cards), "test", world.cards)
    lock("open-toy", world.cards).write()
    assert [row["id"] for row in load_split(card("open-toy", world.cards), "test", world.cards).rows] == ["c"]
    assert bank_names(world.cards) == ["open-toy"]


def test_a_partial_mirror_locks_what_it_has_and_names_the_rest(world, source):
    at = {"kind": "repository", "id": "someone/toy", "url": f"{source.url}/someone/toy", "revision": world.REVISION}
    splits = [{"name": "here", "files": [{"path": PATH}]}, {"name": "there", "files": [{"path": "data/other.jsonl"}]}]
    world.card(source=at, splits=splits)
    world.mirrored(f"toy/{PATH}", world.ROWS)
    locked = lock("toy", world.cards)
    here, there = locked.after.splits
    assert (here.rows, here.files[0].sha256 is not None) == (2, True)
    assert there == locked.before.splits[1]
    (reason,) = locked.missing
    assert reason.startswith("split there: ")
    assert "HTTP 404" in reason
