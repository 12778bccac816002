"""Private slices: what is sealed is what is revealed, whatever somebody changes in between is seen, and nothing leaks early."""

from __future__ import annotations

import datetime
import hashlib
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from counsel_leaderboard import registry
from counsel_leaderboard.registry.cli.data_commands import data
from counsel_leaderboard.registry.private.ledger import Ledger
from counsel_leaderboard.registry.private.slices import Opening, Period, PrivateError, commit, faults, seal

ROWS = [{"id": f"priv-{number}", "speech": f"Nobody has seen text {number} yet."} for number in range(3)]
SPRING = Period(first=datetime.date(2026, 3, 1), last=datetime.date(2026, 5, 31))
SUMMER = Period(first=datetime.date(2026, 6, 1), last=datetime.date(2026, 8, 31))
IN_SPRING, AFTER = datetime.date(2026, 4, 1), datetime.date(2026, 9, 1)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    new_ledger = Ledger(tmp_path / "private")
    new_ledger.commit(ROWS, "preference", SPRING)
    return new_ledger


def public(ledger: Ledger, name: str = "preference-2026-03-01.json") -> Path:
    return ledger.folder / "ledger" / name


def changed(file: Path, change: Any) -> None:
    value = json.loads(file.read_text())
    change(value)
    file.write_text(json.dumps(value))


def test_a_seal_is_the_hash_that_anyone_can_compute():
    """Written out by hand: salt, newline, canonical JSON."""
    expected = hashlib.sha256(b'00ff\n{"a":1,"id":"x"}').hexdigest()
    assert seal({"id": "x", "a": 1}, "00ff") == expected


def test_the_same_items_never_give_the_same_hashes():
    """Without a salt a guessed item could be confirmed."""
    first, second = (commit(ROWS, "preference", SPRING)[0] for _ in range(2))
    assert not set(first.items) & set(second.items)
    assert len(set(first.items)) == 3


def test_what_is_published_holds_no_word_of_an_item(ledger):
    text = public(ledger).read_text()
    assert not any(word in text for row in ROWS for word in (row["id"], "Nobody", "seen"))
    (sealed,) = (ledger.folder / "sealed").iterdir()
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600


def test_revealed_after_its_period_it_verifies(ledger):
    with pytest.raises(PrivateError, match="in use until 2026-05-31; it must stay secret until then"):
        ledger.reveal("preference", SPRING.first, SPRING.last)
    ledger.reveal("preference", SPRING.first, AFTER)
    (item_slice,) = ledger.slices(AFTER)
    assert (item_slice.state, item_slice.problems) == ("revealed", ())
    assert json.loads(public(ledger, "preference-2026-03-01.revealed.json").read_text())["rows"] == ROWS
    with pytest.raises(PrivateError, match="never overwritten"):
        ledger.reveal("preference", SPRING.first, AFTER)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda value: value["rows"][1].update(speech="Nobody has seen text 1 yet!"), "item 2 (priv-1) is not the one"),
        (lambda value: value["rows"].reverse(), "item 1 (priv-2) is not the one"),
        (lambda value: value["salts"].__setitem__(0, "0" * 64), "item 1 (priv-0) is not the one"),
        (lambda value: value["rows"].pop(), "3 items were committed to, 2 with 3 salts are here"),
        (lambda value: value["rows"].append({"id": "late"}), "3 items were committed to, 4 with 3 salts are here"),
    ],
)
def test_items_changed_after_the_commitment_are_seen(ledger, change, message):
    ledger.reveal("preference", SPRING.first, AFTER)
    changed(public(ledger, "preference-2026-03-01.revealed.json"), change)
    (item_slice,) = ledger.slices(AFTER)
    assert message in item_slice.problems[0]
    with pytest.raises(PrivateError, match=r"preference-2026-03-01\.revealed\.json"):
        ledger.opening(item_slice.commitment)


def test_a_commitment_changed_later_breaks_the_chain(ledger):
    """Whoever makes a new opening and puts its hashes into an old commitment is seen by the next one."""
    ledger.commit([{"id": "later", "speech": "Another text."}], "preference", SUMMER)
    assert [item_slice.problems for item_slice in ledger.slices(AFTER)] == [(), ()]
    forged, opening = commit([{"id": "easy", "speech": "A text made to fit."}], "preference", SPRING)
    public(ledger).write_text(forged.model_dump_json())
    (ledger.folder / "sealed" / public(ledger).name).write_text(opening.model_dump_json())
    first, second = ledger.slices(AFTER)
    assert first.problems == ()
    assert second.problems == ("the slice before it (preference-2026-03-01) is not the one that it was committed after",)


def test_slices_rotate_without_overlap(ledger):
    with pytest.raises(PrivateError, match="the slice of 2026-03-01 is in use until 2026-05-31"):
        ledger.commit([{"id": "x", "speech": "New."}], "preference", Period(first=IN_SPRING, last=AFTER))
    ledger.commit([{"id": "x", "speech": "New."}], "preference", SUMMER)
    assert ledger.in_use("preference", IN_SPRING).period == SPRING
    assert ledger.in_use("preference", datetime.date(2026, 6, 1)).period == SUMMER
    assert ledger.in_use("preference", AFTER) is None
    assert [item_slice.state for item_slice in ledger.slices(IN_SPRING)] == ["in use", "to come"]


def test_a_commitment_that_cannot_be_written_leaves_no_opening(ledger):
    public(ledger, "preference-2026-06-01.json").mkdir()
    with pytest.raises(PrivateError, match="never overwritten"):
        Ledger(ledger.folder).commit([{"id": "x", "speech": "New."}], "preference", SUMMER)
    assert [file.name for file in (ledger.folder / "sealed").iterdir()] == ["preference-2026-03-01.json"]


def test_items_that_were_seen_are_refused(ledger):
    """One of the open bank under another name, and one of the slice before."""
    shown = dict(registry.load("open-preference").rows[0], id="renamed")
    for row in (shown, dict(ROWS[0], id="again")):
        with pytest.raises(PrivateError, match=f"{row['id']}: are in the open bank or an earlier slice"):
            ledger.commit([row], "preference", SUMMER)
    assert len(ledger.commitments()) == 1


@pytest.mark.parametrize("rows", [[], [{"speech": "x"}], [{"id": ""}], [{"id": "a"}, {"id": "a"}], [{"id": 3}]])
def test_items_need_names(rows):
    with pytest.raises(PrivateError, match="each with an `id` of its own"):
        commit(rows, "preference", SPRING)


def test_faults_of_another_slice():
    first, _ = commit(ROWS, "preference", SPRING)
    assert len(faults(first, Opening(salts=("0" * 64,) * 3, rows=tuple(ROWS)))) == 3


def test_on_the_command_line(tmp_path):
    file = tmp_path / "items.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    folder = ("private", "--folder", str(tmp_path / "private"))
    run = CliRunner()
    done = run.invoke(data, [*folder, "commit", "preference", str(file), "--first", "2020-01-01", "--last", "2020-03-31"])
    assert done.exit_code == 0, done.output
    assert "preference-2020-01-01: 3 items sealed, digest " in done.output
    assert "2020-01-01 to 2020-03-31  over  3 items" in run.invoke(data, [*folder, "list"]).output
    assert "revealed, 3 items" in run.invoke(data, [*folder, "reveal", "open-preference", "--first", "2020-01-01"]).output
    assert run.invoke(data, [*folder, "verify"]).exit_code == 0
    changed(tmp_path / "private/ledger/preference-2020-01-01.revealed.json", lambda value: value["rows"].reverse())
    done = run.invoke(data, [*folder, "verify"])
    assert done.exit_code == 1
    assert "PROBLEM  preference-2020-01-01: preference-2020-01-01.revealed.json: item 1" in done.output
