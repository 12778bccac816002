"""The probe against models that know a bank by heart, that know half of it, and that know nothing."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from counsel_leaderboard import registry
from counsel_leaderboard.leaderboard.board import contamination
from counsel_leaderboard.registry.private.ledger import Ledger
from counsel_leaderboard.registry.private.slices import Period
from counsel_leaderboard.runners.probe.passages import passages
from counsel_leaderboard.runners.probe.probe import BANKS
from counsel_leaderboard.runners.probe.recall import grams, recall

CANARY = "COUNSEL-BENCH canary 6f1d2c8e-5b0a-4d7e-9c53-2f6a81e4b7d0"
GENERIC = "I hear you, and what you feel makes sense. Tell me more about how the last few weeks have been for you and yours."
HIDDEN = [
    {
        "id": f"priv-{index}",
        "speech": " ".join(f"{word}{index}" for word in ("one two three four five six seven eight " * 8).split()),
    }
    for index in range(12)
]


def known(bank: str, every: int = 1) -> dict[str, str]:
    return {passage.first_half: passage.second_half for passage in passages(bank, registry.load(f"open-{bank}").rows)[::every]}


def by_heart(memory: dict[str, str]) -> Any:
    """A model that goes on with what it knows, and with a kind sentence elsewhere."""

    def reply(payload: dict[str, Any]) -> str:
        prompt = payload["messages"][-1]["content"].split("\n\n", 1)[1]
        return memory.get(prompt, GENERIC)

    return reply


def banks(home: Path) -> dict[str, contamination.BankProbe]:
    (probe,) = contamination.probes(home)
    return {bank.bank: bank for bank in probe.banks}


def test_every_row_of_every_bank_carries_the_one_canary():
    for bank in BANKS:
        assert {row["canary"] for row in registry.load(f"open-{bank}").rows} == {f"{CANARY}: benchmark items, not for training"}


def test_recall_by_hand():
    """Nine words have five runs of five; the answer holds three of them (words 1-7), whatever its capitals and commas."""
    rest = grams("one two three four five six seven eight nine")
    assert len(rest) == 5
    assert recall(grams("So: One, two, three four five six seven, and no more."), rest) == 3 / 5
    assert (recall(grams(""), rest), recall(rest, grams("too short a text")), recall(rest, rest)) == (0, 0, 1)


def strings(value: Any) -> Iterator[str]:
    """Every text inside a row."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def test_every_item_gives_a_passage_that_is_cut_in_the_middle():
    for bank in BANKS:
        rows = registry.load(f"open-{bank}").rows
        shown_passages = passages(bank, rows)
        assert [passage.item for passage in shown_passages] == [row["id"] for row in rows]
        assert all(abs(len(passage.first_half.split()) - len(passage.second_half.split())) <= 1 for passage in shown_passages)
        assert all(
            any(
                " ".join(f"{passage.first_half} {passage.second_half}".split()) in " ".join(text.split())
                for text in strings(row)
            )
            for passage, row in zip(shown_passages, rows, strict=True)
        )


@pytest.mark.slow
def test_a_model_that_knows_a_bank_is_found_and_one_that_does_not_is_not(serve, counsel, home):
    model = serve(by_heart(known("preference", every=2) | {"COUNSEL-BENCH canary 6f1d2c8e-": CANARY}))
    outcome = counsel("probe", "contamination", "some-model", "--url", model.url)
    assert outcome.code == 0, outcome.err
    probed = banks(home)
    assert [name for name, bank in probed.items() if bank.recalled] == ["preference"]
    half = probed["preference"]
    assert (half.recall, half.control, half.n_items) == (pytest.approx(0.5, abs=0.01), "other items", 120)
    assert half.low < half.difference < half.high
    assert re.search(r"preference: SEEMS KNOWN; recall 0\.50\d, other items 0\.00\d, difference 0\.\d+ \(0\.4", outcome.out)
    assert "stigma: no sign" in outcome.out
    assert "canary: COMPLETED" in outcome.out
    (probe,) = contamination.probes(home)
    assert probe.recalled == ("preference", "canary")
    assert contamination.of_model(home, "some-model", None) == probe
    assert contamination.of_model(home, "some-model", "abc") is None


@pytest.mark.slow
def test_against_a_private_slice(serve, counsel, home):
    """The control is what nobody published: 12 sealed items, of which the model knows nothing, then everything."""
    today = datetime.datetime.now(datetime.UTC).date()
    days = datetime.timedelta(days=3)
    sealed = Ledger(home / "private").commit(HIDDEN, "preference", Period(first=today - days, last=today + days))
    arguments = ("probe", "contamination", "some-model", "--bank", "preference", "--url")
    assert counsel(*arguments, serve(by_heart(known("preference"))).url).code == 0
    first = banks(home)["preference"]
    assert (first.control, first.slice, first.n_control) == ("private slice", sealed.digest, 12)
    assert (first.recall, first.control_recall, first.difference) == (1, 0, 1)
    assert first.recalled
    (file,) = (home / contamination.FOLDER).iterdir()
    file.unlink()
    # A model that goes on word for word everywhere does so for a reason that is not the bank.
    everything = known("preference") | {passage.first_half: passage.second_half for passage in passages("preference", HIDDEN)}
    assert counsel(*arguments, serve(by_heart(everything)).url).code == 0
    second = banks(home)["preference"]
    assert (second.recall, second.control_recall, second.difference, second.recalled) == (1, 1, 0, False)


def test_a_slice_that_was_changed_is_no_control(serve, counsel, home):
    today = datetime.datetime.now(datetime.UTC).date()
    Ledger(home / "private").commit(HIDDEN, "preference", Period(first=today, last=today + datetime.timedelta(days=1)))
    (file,) = (home / "private/sealed").iterdir()
    file.write_text(file.read_text().replace("one3", "ten3"))
    outcome = counsel("probe", "contamination", "some-model", "--bank", "preference", "--url", serve(lambda _: "x").url)
    assert outcome.code == 1
    assert "item 4 (priv-3) is not the one that was committed to" in outcome.err
    assert not (home / contamination.FOLDER).exists()


def test_unanswered_items_are_left_out_and_counted(serve, counsel, home):
    memory = by_heart(known("response"))
    some = list(known("response"))[:3]
    model = serve(lambda payload: None if any(text in payload["messages"][-1]["content"] for text in some) else memory(payload))
    outcome = counsel("probe", "contamination", "some-model", "--bank", "response", "--url", model.url)
    assert outcome.code == 0, outcome.err
    response_bank = banks(home)["response"]
    assert (response_bank.n_items, response_bank.n_unanswered, response_bank.recall) == (125, 3, 1)


def test_a_model_that_answers_nothing_gets_no_record(serve, counsel, home):
    outcome = counsel(
        "probe", "contamination", "some-model", "--bank", "response", "--limit", "6", "--url", serve(lambda _: None).url
    )
    assert outcome.code == 1
    assert "answered none of the requests of response" in outcome.err
    assert not (home / contamination.FOLDER).exists()


def test_limits_of_a_difference_by_hand():
    """Means .5 and 0 of 40 items each; Wilson with t = 2.0227 (39 degrees of freedom) gives .5 +- .1523 and 0 to .0928.

    Square and add: .5 - sqrt(.1523^2 + .0928^2) = .3216, and .5 + sqrt(.1523^2 + 0^2) = .6523.
    """
    names = [str(number) for number in range(40)]
    own = pl.DataFrame({"item": names, "cluster": names, "value": [0.0, 1.0] * 20})
    difference, low, high = contamination.unpaired(own, own.with_columns(value=pl.lit(0.0)))
    assert difference == 0.5
    assert low == pytest.approx(0.3216, abs=2e-4)
    assert high == pytest.approx(0.6523, abs=2e-4)


def test_a_file_that_is_no_record_is_named(home):
    (home / contamination.FOLDER).mkdir(parents=True)
    (home / contamination.FOLDER / "x.json").write_text("{}")
    with pytest.raises(contamination.ContaminationError, match=r"x\.json: is no record of a probe"):
        contamination.of_model(home, "m", None)
