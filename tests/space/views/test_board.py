from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from counsel_leaderboard.leaderboard.board import gate_columns
from counsel_leaderboard.leaderboard.board.controls import ControlToBeat
from counsel_leaderboard.leaderboard.board.reasons import Code, Reason, wording
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.views import board, board_filters, pictures
from counsel_leaderboard.space.views import board_frame as view
from counsel_leaderboard.space.views.board_frame import CELL, Column
from tests.support.overall_task import write_task

STIGMA = Column("counsel_stigma", "stigma", "stigma_response", False, 0.0, 1.0, True, False, "open-stigma")
ACC = Column("counsel_preference_rank", "acc", "preference", True, -1.0, 1.0, True, False, "open-preference")
COLUMNS = (STIGMA, ACC)
CONTROL, NOT_JUDGED = Reason(Code.CONTROL), Reason(Code.NOT_JUDGED)
ENDS = ("low", "high", "bound_low", "bound_high")
TOO_FEW = Reason(Code.TOO_FEW_SCORED, {"percent": 45, "needed": 95})
SAMPLE = Reason(Code.SAMPLE, {"asked": 48, "whole": 1296})


def cell(value: float | None, low: float | None = None, high: float | None = None, **more: object) -> dict[str, object]:
    reasons = more.pop("reasons", ())
    assert isinstance(reasons, tuple)
    more |= {
        "unranked_reasons": [reason.json() for reason in reasons],
        "unranked_reason": "; ".join(map(wording, reasons)) or None,
    }
    known = {"value": value, "low": low, "high": high, "n_items": 24, "n_unscored": 0, "n_total": 24, "sample": False}
    return dict.fromkeys(CELL) | known | {"ranked": not reasons} | more


def row(name: str, stigma: dict | None, acc: dict | None = None, **more: object) -> dict[str, object]:
    known = {
        "run_id": f"run-{name}", "model": name, "family": None, "parameters": 10**9, "licence": "mit", "role": "candidate",
        "engine": "vllm", "judge": None, "self_reported": False, "sample": False, "record": None, "missing": [],
        **dict.fromkeys(gate_columns.COLUMNS), "gate": "not run",
        "open_weights": True, "qualified": None,
        "overall": None, STIGMA.key: stigma, ACC.key: acc,
    }  # fmt: skip
    return known | more


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    cells = pl.Struct(
        dict.fromkeys(("value", "low", "high", "bound_low", "bound_high"), pl.Float64)
        | dict.fromkeys(("n_items", "n_unscored", "n_total", "tier", "rank_low", "rank_high"), pl.Int64)
        | dict.fromkeys(("sample", "ranked", "partial"), pl.Boolean)
        | dict.fromkeys(("unranked_reason", "note"), pl.String)
        | {"unranked_reasons": pl.List(pl.String)}
    )
    overall = pl.Struct(dict.fromkeys(("value", "low", "high"), pl.Float64) | dict.fromkeys(("tier", "rank_low", "rank_high"), pl.Int64))  # fmt: skip # noqa: E501
    types = {
        STIGMA.key: cells,
        ACC.key: cells,
        "overall": overall,
        "licence": pl.String,
        "judge": pl.String,
        "record": pl.String,
    }
    return pl.DataFrame(
        list(rows), schema_overrides={**types, "parameters": pl.Int64, "family": pl.String, "qualified": pl.Boolean}
    )


def names(rows: pl.DataFrame) -> list[str]:
    return rows["model"].to_list()


THREE = frame(row("a", cell(0.5), cell(0.2)), row("b", cell(0.1), None), row("c", None, cell(0.9)), row("d", cell(None)))


@pytest.mark.parametrize(
    ("sort", "worst", "order"),
    [
        # Lower stigma is better; missing and unscored stay last whichever way it is turned.
        ("counsel_stigma", False, ["b", "a", "c", "d"]),
        ("counsel_stigma", True, ["a", "b", "c", "d"]),
        ("counsel_preference_rank", False, ["c", "a", "b", "d"]),
        ("counsel_preference_rank", True, ["a", "c", "b", "d"]),
        ("model", True, ["d", "c", "b", "a"]),
    ],
)
def test_the_better_end_comes_first_and_missing_last(sort: str, worst: bool, order: list[str]) -> None:
    assert names(view.ordered(THREE, COLUMNS, sort, worst)) == order


def test_a_candidate_stands_before_a_control_of_the_same_value() -> None:
    rows = frame(row("z", cell(0.5)), row("a", cell(0.5), role="control"))
    assert names(view.ordered(rows, COLUMNS, "counsel_stigma", False)) == ["z", "a"]


def test_places_on_the_range_follow_direction_and_ends() -> None:
    # 0 on a range from -1 to 1 is its middle; 0.2 stigma of 1 is 0.8 good; outside values stay at the end.
    assert ACC.position(0.0) == 50
    assert STIGMA.goodness(0.2) == pytest.approx(0.8)
    assert (STIGMA.position(1.5), STIGMA.position(None), replace(STIGMA, hi=0.0).position(0.5)) == (100, None, None)


FILTERED = frame(
    row("elm/Listener", None, parameters=70 * 10**9, licence="llama3.3", judge="arbiter"),
    row("northwind/Harbor", None, parameters=None, licence=None, engine="llama_cpp", sample=True),
    row("quiet/Self", None, self_reported=True),
)


@pytest.mark.parametrize(
    ("view_", "left"),
    [
        (Address(q="ELM lis"), ["elm/Listener"]),
        (Address(q="arbiter"), ["elm/Listener"]),
        (Address(q="a.*"), []),
        (Address(size="40B and more"), ["elm/Listener"]),
        (Address(size="1B to 10B"), ["quiet/Self"]),
        (Address(size="unknown"), ["northwind/Harbor"]),
        (Address(licence="unknown"), ["northwind/Harbor"]),
        (Address(engine="llama_cpp"), ["northwind/Harbor"]),
        (Address(judge="none"), ["northwind/Harbor", "quiet/Self"]),
        (Address(samples=False), ["elm/Listener", "quiet/Self"]),
        (Address(reported=False), ["elm/Listener", "northwind/Harbor"]),
        (Address(engine="nothing"), []),
    ],
)
def test_search_and_filters(view_: Address, left: list[str]) -> None:
    assert names(board_filters.matching(FILTERED, view_)) == left


def test_controls_have_rows_on_a_short_board_or_when_asked_for() -> None:
    few = frame(*(row(str(n), None) for n in range(4)), row("echo", None, role="control"))
    many = frame(*(row(str(n), None) for n in range(5)), row("echo", None, role="control"))
    assert [view.with_controls(rows, Address()) for rows in (few, many)] == [True, False]
    assert view.with_controls(many, Address(controls="yes"))
    assert not view.with_controls(few, Address(controls="no"))


def test_the_best_control_is_the_one_that_the_ranking_compared_with() -> None:
    rows = frame(
        row("m1", cell(0.30)), row("echo", cell(0.20, reasons=(CONTROL,)), role="control"),
        row("letter", cell(0.60, reasons=(CONTROL,)), role="control"),
    )  # fmt: skip
    ranked = {STIGMA.task: ControlToBeat("run-letter", "letter", 0.6, 1, 3, beside=False)}
    assert view.best_controls(rows, COLUMNS, ranked) == ranked
    # Lower is better, so without a ranking the best control is echo, and nobody was compared with it.
    alone = view.best_controls(rows, COLUMNS, {})
    assert alone == {STIGMA.task: ControlToBeat("run-echo", "echo", 0.2, 0, 0, beside=False)}


def test_reasons_are_counted_apart_and_controls_left_out() -> None:
    rows = frame(
        row("a", cell(0.5, reasons=(SAMPLE, NOT_JUDGED))),
        row("b", cell(0.5, reasons=(NOT_JUDGED,)), cell(0.1, reasons=(NOT_JUDGED,))),
        row("c", cell(0.5, reasons=(CONTROL,)), role="control"),
    )
    assert view.reasons(rows, COLUMNS).rows() == [
        ("replies were not judged", ["counsel_preference_rank", "counsel_stigma"], 2),
        ("a sample: 48 of 1296 questions tried", ["counsel_stigma"], 1),
    ]


def test_denominators_say_what_was_scored_and_of_a_sample_what_was_tried() -> None:
    sample = cell(0.5, n_total=None, sample=True, reasons=(Reason(Code.SELF_REPORTED), SAMPLE))
    assert board.denominators(sample) == "48 of 1296 questions tried"
    assert board.denominators(cell(0.5, n_items=610, n_total=648)) == "610 of 648 questions scored"
    assert board.denominators(cell(0.5, n_items=29, n_total=30), "recorded_sessions") == "29 of 30 sessions scored"


def test_the_page_says_when_nothing_matches_and_when_a_column_is_unknown() -> None:
    page = board.html(THREE, COLUMNS, Address(q="nobody", sort="counsel_nothing"))
    assert "No model matches" in page
    assert "No column is named" in page
    assert "<b>0</b>\n of 4 models" in page or "<b>0</b> of 4 models" in page


def test_missing_is_shown_as_missing_and_never_as_a_zero() -> None:
    page = board.html(frame(row("a", None, cell(None))), COLUMNS, Address())
    assert "not asked" in page
    assert "not scored" in page
    assert "0.000" not in page


def test_each_number_leads_to_its_transcripts() -> None:
    page = board.html(THREE, COLUMNS, Address())
    # Every run with a score, and the one whose answers could not be scored; never a run that was not asked.
    assert set(re.findall(r'href="\?tab=model&amp;run=run-(\w)&amp;task=(\w+)"', page)) == {
        *(("a", "counsel_stigma"), ("a", "counsel_preference_rank"), ("b", "counsel_stigma")),
        *(("c", "counsel_preference_rank"), ("d", "counsel_stigma")),
    }


def test_the_board_opens_sorted_by_the_task_that_ranks_most_models() -> None:
    first, second = cell(0.2, tier=1), cell(0.3, tier=2)
    assert view.default_sort(frame(row("a", first, first), row("b", cell(0.1), second)), COLUMNS) == ACC.task
    assert (
        view.default_sort(frame(row("a", first, first), row("b", second, second)), COLUMNS) == STIGMA.task
    )  # as many: the first
    assert view.default_sort(frame(row("a", first)), ()) == "model"


def test_a_header_turns_the_order_round_and_says_it() -> None:
    page = board.html(THREE, COLUMNS, Address(sort="counsel_stigma"))
    assert 'aria-sort="descending"><a href="?sort=counsel_stigma&amp;worst=yes"' in page
    assert page.count('aria-sort="none"') == 2
    turned = board.html(THREE, COLUMNS, Address(sort="counsel_stigma", worst=True))
    assert 'aria-sort="ascending"><a href="?sort=counsel_stigma"' in turned
    assert "stigma ↓" in page
    assert "lower is better" in page


def test_intervals_are_compared_with_the_best_or_the_chosen_one() -> None:
    rows = frame(
        row("best", cell(0.10, 0.05, 0.20)), row("near", cell(0.25, 0.20, 0.30)), row("far", cell(0.60, 0.31, 0.70)),
        row("bare", cell(0.01)), row("none", None),
    )  # fmt: skip
    spec = pictures.intervals(rows, STIGMA)
    # bare has no interval, so it cannot be the reference; near touches best at .20, far touches neither.
    assert spec.select("model", "reference", "overlaps").rows() == [
        ("bare", False, None), ("best", True, True), ("near", False, True), ("far", False, False),
    ]  # fmt: skip
    chosen = pictures.intervals(rows, STIGMA, "run-far")
    assert chosen.filter("overlaps")["model"].to_list() == ["far"]
    assert not pictures.intervals(frame(row("bare", cell(0.1))), STIGMA)["reference"].any()


def test_the_heat_map_is_strongest_at_the_better_end() -> None:
    assert pictures.shade(STIGMA, cell(0.1)) == 90
    assert pictures.shade(ACC, cell(0.0)) == 50
    assert (pictures.shade(ACC, None), pictures.shade(ACC, cell(None))) == (None, None)


def test_the_heat_map_fades_samples_and_what_is_not_ranked() -> None:
    shown = cell(0.0), cell(0.0, sample=True), cell(0.0, reasons=(NOT_JUDGED,))
    assert [pictures.is_faded(each) for each in shown] == [False, True, True]
    rows = frame(row("whole", shown[0]), row("sampled", shown[1]), row("unjudged", shown[2]))  # shown by name
    heat = pictures.html(rows, (STIGMA,), Address()).split('class="heat"')[1]
    assert re.findall(r'<td style="--dark:100%"( class="faded")?>', heat) == [' class="faded"', ' class="faded"', ""]


@pytest.mark.parametrize(("column", "ends"), [(STIGMA, ("1", "worse", "better", "0")), (ACC, ("-1", "worse", "better", "1"))])
def test_better_is_to_the_right_in_every_picture(column: Column, ends: tuple[str, ...]) -> None:
    rows = frame(row("a", cell(0.2, 0.1, 0.3), cell(0.2, 0.1, 0.3)))
    table, apart = board.html(rows, (column,), Address()), pictures.html(rows, (column,), Address())
    flips = column.higher_is_better is False
    for page in (table.split("<tbody>")[1].split("</tbody>")[0], apart.split('class="heat"')[0]):
        assert ('class="bar flip"' in page) == flips
        assert ('class="bar"' in page) != flips
    words = re.sub(r"<[^>]+>", " ", re.search(r'<span class="ends">.*?</span></span>', apart, re.DOTALL)[0])  # type: ignore[index]
    first, worse, _middle, better, last = words.split()
    assert (first, worse, better, last) == ends


def test_the_overall_cell_says_how_far_its_rank_hangs_on_the_weights() -> None:
    """Least and most over every other weighting: of 1, 3, 2, 1, 4 that is 1 to 4; the share of firsts is no rank."""
    standing = {"value": 0.5, "low": 0.4, "high": 0.6, "tier": 1, "rank_low": 1, "rank_high": 3, "rank": 2}
    order = pl.DataFrame([{"run_id": "r", **standing}])
    others = {"rank_without_quality": 1, "rank_double_quality": 3, "rank_mean_rank": 2, "rank_p5": 1, "rank_p95": 4}
    sensitivity = pl.DataFrame([{"run_id": "r", "rank": 2, **others, "share_first": 0.1}])
    ranks = SimpleNamespace(overall=SimpleNamespace(order=order, sensitivity=sensitivity))
    models = pl.DataFrame({name: ["r"] for name in (*view.MODEL, "revision", "judge_revision")})
    coverage, scores = (
        pl.DataFrame({"run_id": ["r"], "missing": [[]]}),
        pl.DataFrame(
            schema={"headline": pl.Boolean, "unranked_reasons": pl.List(pl.String), **dict.fromkeys(ENDS, pl.Float64)}
        ),
    )
    shown = SimpleNamespace(ranks=ranks, models=models, coverage=coverage, scores=scores, judges={})
    cell = view.display(shown, ())[view.OVERALL_COLUMN][0]  # type: ignore[arg-type]
    assert (cell["least"], cell["rank"], cell["most"]) == (1, 2, 4)


MIXED = frame(
    row("quiet/Open", cell(0.2), qualified=True),
    row("quiet/Closed", cell(0.3), open_weights=False, qualified=False, engine="endpoint"),
    row("quiet/Alone", cell(0.4)),
)


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ({"weights": "open"}, ["quiet/Open", "quiet/Alone"]),
        ({"weights": "unknown"}, ["quiet/Closed"]),
        # A run without a judge has no qualified one.
        ({"qualified": True}, ["quiet/Open"]),
    ],
)
def test_open_weights_and_qualified_judges_are_filters(filters: dict[str, object], left: list[str]) -> None:
    assert names(board_filters.matching(MIXED, Address(**filters))) == left  # type: ignore[arg-type]


def test_groups_of_columns_are_shown_alone_and_a_hidden_one_still_sorts() -> None:
    page = board.html(THREE, COLUMNS, Address(areas="preference", sort="counsel_stigma"))
    assert "Telling the better reply" in page
    assert page.count("Stigma, with guidelines") == 1  # in the line that says the order
    assert page.index(">b</a>") < page.index(">a</a>")
    assert view.in_areas(COLUMNS, "no such area") == COLUMNS


def test_a_saturated_column_says_that_it_has_left_the_overall_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_task(tmp_path)
    monkeypatch.setenv("COUNSEL_TASKS", str(tmp_path))
    toy = replace(ACC, task="toy")
    page = board.html(THREE.with_columns(pl.col(ACC.key).alias(toy.key)), (STIGMA, toy), Address(), overall="No order & why.")
    shown = page.split('id="what-toy"')[1]
    assert "Saturated: this version of its items stands at its ceiling, so it has left" in shown
    assert page.count("Saturated") == 2  # once below the table, once at the column
    assert "No order &amp; why." in page
