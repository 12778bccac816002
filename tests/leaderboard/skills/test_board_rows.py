"""A file of the board and the API hold the rates of techniques, with intervals by case, beside the scores."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from counsel_leaderboard.leaderboard.board import board
from counsel_leaderboard.leaderboard.exchange import board_files
from counsel_leaderboard.leaderboard.skills import result as results
from counsel_leaderboard.leaderboard.skills.board_rows import PREFIX, with_rates
from counsel_leaderboard.leaderboard.skills.scoring import score
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.skills.references import reported_codes
from counsel_leaderboard.registry.skills.weights import version
from tests.support.topics import store_talk

ASK, INTRODUCE = "What happened then? ", "Hello, my name is Ann and I am your counselor. "


def scored(home: Path) -> None:
    with Store.open(home) as store:
        results.save(score(store, progress=lambda _: None), home)


def test_a_csv_has_the_rates_of_a_model_by_hand(tmp_path: Path) -> None:
    """Case a asks in 2 of 2 sentences, b in 1 of 2, c in none of 1: of five sentences three ask, all openly."""
    store_talk(tmp_path, "org/model", {"a": ASK + ASK, "b": ASK + INTRODUCE, "c": INTRODUCE})
    scored(tmp_path)
    with Store.open(tmp_path) as store:
        frame = pl.read_csv(io.BytesIO(board_files.read(store, "open", "csv").raw))
        full = board.read(store).scores
    rates = {row["metric"]: row for row in frame.filter(pl.col("metric").str.starts_with(PREFIX)).iter_rows(named=True)}
    asked = rates["skills_per_100_open_question"]
    assert frame.height == full.height + len(rates)
    assert (asked["model"], asked["value"], asked["n_items"], asked["n_clusters"]) == ("org/model", 60, 3, 3)
    assert asked["low"] < 60 < asked["high"]
    assert (asked["headline"], asked["ranked"], asked["higher_is_better"], asked["tier"]) == (False, False, None, None)
    assert asked["note"] == f"coder {version()}"
    assert asked["task"] == full["task"][0]
    assert asked["dataset_fingerprint"] == full["dataset_fingerprint"][0]
    assert rates["skills_share_open"]["value"] == 1


def test_codes_below_the_bar_have_no_row(tmp_path: Path) -> None:
    store_talk(tmp_path, "org/model", {"a": ASK, "b": "That is an excuse, and you know it."})
    scored(tmp_path)
    with Store.open(tmp_path) as store:
        metrics = set(with_rates(board.read(store), store)["metric"].to_list())
    codes = {name.removeprefix("skills_per_100_") for name in metrics if name.startswith("skills_per_100_")}
    assert codes == set(reported_codes())
    assert "confront" not in codes


def test_a_board_that_was_read_before_has_the_rates_once_they_are_stored(tmp_path: Path) -> None:
    store_talk(tmp_path, "org/model", {"a": ASK, "b": ASK})
    with Store.open(tmp_path) as store:
        before = board_files.read(store, "open", "json")
        assert b"skills_" not in before.raw
        results.save(score(store, progress=lambda _: None), tmp_path)
        after = board_files.read(store, "open", "json")
        assert b'"metric":"skills_words_a_reply"' in after.raw
        assert after.tag != before.tag
        assert board_files.read(store, "open", "json") is after


def test_rates_of_other_weights_are_left_out(tmp_path: Path) -> None:
    store_talk(tmp_path, "org/model", {"a": ASK, "b": ASK})
    with Store.open(tmp_path) as store:
        result = score(store, progress=lambda _: None)
        results.save(result.model_copy(update={"coder": "of another version"}), tmp_path)
        assert with_rates(board.read(store), store) is board.read(store).scores
