"""Published answers through lm_eval to the board: the values of protocols/recorded.md; skipped where the mirror is missing."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from counsel_leaderboard.leaderboard.board import board as boards
from counsel_leaderboard.leaderboard.board import transcripts
from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.runners.progress import ProgressDisplay
from counsel_leaderboard.runners.recorded.adding import add
from counsel_leaderboard.runners.recorded.availability import look
from tests.support.paths import MIRROR

SOURCE = "llms-as-therapists"
NO_TIME = 1e-9


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home with the runs of people, a bot, and a model with three kinds of answers."""
    if not (MIRROR / SOURCE).is_dir():
        pytest.skip(f"the published files are not here ({MIRROR})")
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUNSEL_MIRROR", str(MIRROR))
        patch.setenv("COUNSEL_CACHE", str(tmp_path_factory.mktemp("cache")))
        names = [f"{SOURCE}/{key}" for key in ("Human-therapists", "gpt-4o-2024-08-06", "Noni-7cups")]
        display = ProgressDisplay(Console(quiet=True))
        first = add(look(names, NO_TIME).ready, folder, display)
        again = add(look(names, NO_TIME).ready, folder, display)
    assert first.failed == again.failed == ()
    assert first.new == again.known
    assert again.new == first.known == ()
    assert first.new[:3] == ("Human therapists", "gpt-4o-2024-08-06", "Noni (7cups)")
    assert not list((folder / "work").glob("*"))
    return folder


@pytest.fixture(scope="module")
def heads(home: Path) -> dict[tuple[str, str], dict]:
    with Store.open(home) as store:
        scores = boards.scores(store, "upstream", headlines=True)
        assert boards.read(store).scores.is_empty()  # never on the open suite
        assert boards.opening_suite(store) == "upstream"
    return {(row["model"], row["task"]): row for row in scores.iter_rows(named=True)}


def codes(row: dict) -> list[Code]:
    return [Reason.parse(text).code for text in row["unranked_reasons"]]


@pytest.mark.slow
def test_values_are_the_published_ones(heads):
    expected = {
        ("Human therapists", "counsel_response"): (0.9375, 80, 0),
        ("gpt-4o-2024-08-06", "counsel_response"): (0.2857, 66, 0),
        ("Noni (7cups)", "counsel_response"): (3 / 9, 9, 1),
        ("gpt-4o-2024-08-06", "counsel_stigma"): (0.3826, 149, 175),
        ("gpt-4o-2024-08-06", "counsel_stigma_plain"): (0.5620, 274, 50),
        ("control/letter-c", "counsel_stigma"): (1 / 6, 324, 0),
        ("control/empty", "counsel_response"): (0.0, 10, 0),
    }
    measured = {key: (heads[key]["value"], heads[key]["n_items"], heads[key]["n_unscored"]) for key in expected}
    for key, (value, *counts) in expected.items():
        assert measured[key] == (pytest.approx(value, abs=1e-4), *counts), key


@pytest.mark.slow
def test_what_is_ordered_and_why_the_rest_is_not(heads):
    assert heads["gpt-4o-2024-08-06", "counsel_stigma_plain"]["ranked"]  # letter-c does better, and unranks nobody here
    assert codes(heads["gpt-4o-2024-08-06", "counsel_stigma"]) == [Code.TOO_FEW_CODED]
    assert codes(heads["gpt-4o-2024-08-06", "counsel_response"]) == [Code.FEW_ITEMS]  # people checked its labels
    assert codes(heads["Human therapists", "counsel_response"]) == [Code.PEOPLE, Code.LABELS_UNCHECKED, Code.FEW_ITEMS]
    assert codes(heads["Noni (7cups)", "counsel_response"])[0] == Code.PRODUCT
    assert {row["role"] for row in heads.values()} == {"candidate", "control", "people", "product"}


@pytest.mark.slow
def test_the_run_says_its_source_and_the_therapists_replies_are_never_shown(home, heads):
    run_id = heads["Human therapists", "counsel_response"]["run_id"]
    with Store.open(home) as store:
        run = transcripts.run(store, run_id)
        shown = transcripts.samples(store, run_id, limit=100)
        coverage = boards.read(store, "upstream").coverage.filter(pl.col("run_id") == run_id).to_dicts()
    assert run["engine"] == "recorded"
    for part in ("jlcmoore/llms-as-therapists", "743e5c2d6ceb156f9114ff405786151628aac84e", "2025-04-14", "MIT License"):
        assert part in run["engine_options"]
    assert shown.total == 80
    assert {sample["answer"] for sample in shown.samples} == {None}
    assert {sample["score"] for sample in shown.samples} == {0.0, 1.0}
    assert [row["reason"] for row in coverage] == ["recorded answers of the past are in no overall order"]
