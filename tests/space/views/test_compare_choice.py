from __future__ import annotations

import polars as pl

from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.views import compare_choice


def rows(*names: str) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"model": name, "judge": None, "run_id": f"{index:016x}", "role": "candidate", "self_reported": False}
            for index, name in enumerate(names)
        ],
        schema={"model": pl.String, "judge": pl.String, "run_id": pl.String, "role": pl.String, "self_reported": pl.Boolean},
    )


def listed(frame: pl.DataFrame, typed: str) -> list[str]:
    return compare_choice.matches(frame, typed)["model"].to_list()


def test_any_of_a_thousand_models_is_listed_first_by_its_name() -> None:
    frame = rows(*(f"lab/model-{number}" for number in range(1000)))
    assert listed(frame, "model-777") == ["lab/model-777"]
    assert listed(frame, "LAB/Model-7")[0] == "lab/model-7"
    assert len(listed(frame, "model-99")) == 11


def test_every_word_counts_and_a_name_that_begins_so_comes_first() -> None:
    frame = rows("lab/not-llama", "meta/Llama-3.1-8B", "meta/Llama-3.1-70B")
    assert listed(frame, "llama") == ["meta/Llama-3.1-70B", "meta/Llama-3.1-8B", "lab/not-llama"]
    assert listed(frame, "8b llama") == ["meta/Llama-3.1-8B"]
    assert listed(frame, "[.*") == []


def test_links_add_and_take_out_and_four_are_the_most(reader: BoardReader) -> None:
    suite = reader.suite("open")
    runs = suite.display["run_id"].to_list()
    page = compare_choice.html(suite, Address(tab="compare", runs=",".join(runs[:2])), "")
    assert f'href="?tab=compare&amp;runs={runs[1]}"' in page
    assert f"?tab=compare&amp;runs={runs[0]}%2C{runs[1]}%2C{runs[2]}" in page
    full = compare_choice.html(suite, Address(tab="compare", runs=",".join(runs[:4])), "x")
    assert "Take one out" in full
    assert "Models that can be added" not in full


def test_what_is_typed_is_text(reader: BoardReader) -> None:
    page = compare_choice.html(reader.suite("open"), Address(tab="compare"), '"><script>nobody')
    assert "<script>" not in page
    assert "No other model on this board holds" in page
