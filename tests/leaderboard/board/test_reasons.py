"""Reasons: one form and one wording a code, and a home for each code of the board."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counsel_leaderboard.leaderboard.board.reasons import FORMS, Code, Reason, wording
from counsel_leaderboard.leaderboard.board.reasons.columns import codes, listed, reason, together, worded
from counsel_leaderboard.leaderboard.exchange.board_files import read as board_file
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from tests.support.paths import ROOT
from tests.support.run_folders import Item, Task, request, write

SERVED = {"model": "org/judge", "revision": "r1"}
JUDGE = {"judge": "org/judge", "revision": "r1"}
VALUES = {str: "org/x", int: 3, float: 0.25, type(None): None}
OTHERS = {str: "org/y", int: 0, float: 0.5}


def an_example(code: Code) -> Reason:
    return Reason(code, {name: VALUES[types[0]] for name, types in FORMS[code].params.items()})


@pytest.mark.parametrize("code", Code)
def test_each_code_has_words_that_say_every_parameter(code: Code) -> None:
    example = an_example(code)
    assert wording(example)
    for name, types in FORMS[code].params.items():
        changed = Reason(code, {**example.params, name: OTHERS[types[0]]})
        assert wording(changed) != wording(example), name


def test_no_two_codes_say_the_same() -> None:
    assert len({wording(an_example(code)) for code in Code}) == len(Code) == len(FORMS)


def test_the_words_stand_in_one_place() -> None:
    """The longest run of plain words of each form occurs in no other module or page."""
    files = [file for package in ("leaderboard", "runners", "space") for file in (ROOT / package).rglob("*.*")]
    texts = {file: file.read_text(encoding="utf-8") for file in files if file.suffix in (".py", ".html", ".js")}
    del texts[ROOT / "leaderboard" / "board" / "reasons" / "reason.py"]
    for form in FORMS.values():
        longest = max(re.split(r"\{\w+\}", form.words), key=len)
        if len(longest) >= 20:  # a shorter one is an everyday phrase
            assert [file for file, text in texts.items() if longest in text] == [], longest


def params_of(code: Code) -> st.SearchStrategy[Reason]:
    values = {
        str: st.text(),
        int: st.integers(),
        float: st.floats(allow_nan=False, allow_infinity=False),
        type(None): st.none(),
    }
    strategies = {name: st.one_of([values[kind] for kind in kinds]) for name, kinds in FORMS[code].params.items()}
    return st.fixed_dictionaries(strategies).map(lambda params: Reason(code, params))


@given(st.sampled_from(Code).flatmap(params_of))
def test_a_reason_comes_back_from_its_json(original: Reason) -> None:
    assert Reason.parse(original.json()) == original


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_column_holds_what_a_reason_holds(name: str, sampled: int, whole: int) -> None:
    """Any text that a run may name a control by survives the column, and two reasons keep their order."""
    rows = pl.DataFrame({"name": [name], "asked": [sampled], "whole": [whole]}).select(
        said=listed(
            together(
                reason(Code.SAMPLE, asked=pl.col("asked"), whole=pl.col("whole")),
                pl.when(False).then(reason(Code.CONTROL)),
                reason(Code.NOT_BETTER_THAN_CONTROL, control=pl.col("name")),
            )
        )
    )
    expected = [
        Reason(Code.SAMPLE, {"asked": sampled, "whole": whole}),
        Reason(Code.NOT_BETTER_THAN_CONTROL, {"control": name}),
    ]
    assert [Reason.parse(text) for text in rows["said"][0]] == expected
    assert worded(rows["said"]).to_list() == [
        f"a sample: {sampled} of {whole} questions tried; not better than the control {name}"
    ]
    assert rows.select(codes(pl.col("said"))).item().to_list() == [Code.SAMPLE, Code.NOT_BETTER_THAN_CONTROL]


@pytest.mark.parametrize(
    ("code", "params"),
    [
        (Code.SAMPLE, {}),
        (Code.SAMPLE, {"asked": 1, "whole": 2, "more": 3}),
        (Code.SAMPLE, {"asked": 1, "whole": "2"}),
        (Code.SAMPLE, {"asked": True, "whole": 2}),
        (Code.SELF_REPORTED_DIFFERS, {"value": float("nan"), "difference": 0.1, "tolerance": 0.1}),
        (Code.NOT_BETTER_THAN_CONTROL, {"control": None}),
    ],
)
def test_other_parameters_are_refused(code: Code, params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=rf"reason {code}: .*docs/reference/unranked\.md"):
        Reason(code, params)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"code":"sample"}', '{"code":"no such","params":{}}'])
def test_a_text_that_is_no_reason_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Reason.parse(text)


@pytest.mark.parametrize(
    ("reason_value", "words"),
    [
        (
            Reason(Code.SELF_REPORTED_REPRODUCED, {"value": 0.81, "difference": 0.02, "tolerance": 0.05}),
            "self-reported; a worker's run gave 0.81, 0.02 away, which is within the tolerance of 0.05",
        ),
        # Numbers are rounded to four places, and a judge's revision is cut to 19 characters.
        (
            Reason(Code.SELF_REPORTED_DIFFERS, {"value": 1 / 3, "difference": 2 / 3, "tolerance": 0.00004}),
            "self-reported; a worker's run gave 0.3333, 0.6667 away, which is beyond the tolerance of 0.0",
        ),
        (Reason(Code.JUDGE_WITHOUT_CARD, {"judge": "org/j", "revision": None}), "judge org/j has no card on file"),
        (
            Reason(Code.ANOTHER_JUDGE, {"judge": "org/j", "revision": "sha256:0123456789abcdef"}),
            "by another judge than this board's, org/j at sha256:0123456789ab",
        ),
        (
            Reason(Code.JUDGE_FAILED_EXAM, {**JUDGE, "fault": "prefers the first", "more": 2}),
            "judge org/judge at r1 failed its exam: prefers the first and 2 more on its card",
        ),
        (
            Reason(Code.JUDGE_FAILED_EXAM, {**JUDGE, "fault": "prefers the first", "more": 0}),
            "judge org/judge at r1 failed its exam: prefers the first",
        ),
    ],
)
def test_the_words(reason_value: Reason, words: str) -> None:
    assert wording(reason_value) == words


def scored(n: int, of: int = 20, value: float = 1.0) -> list[Item]:
    """The first `n` of the items have the value, the others have none."""
    return [Item(f"v{i}", {"stigma": value, "scored_rate": 1.0} if i < n else {"scored_rate": 0.0}) for i in range(of)]


def task(items: list[Item] | None = None, **changes: Any) -> Task:
    return Task("counsel_stigma", items or scored(20), **changes)


class Shelf:
    """A store, a folder for each run, and what the JSON of the board says."""

    def __init__(self, store: Store, path: Path) -> None:
        self.store, self.path, self.count = store, path, 0

    def add(
        self, run_task: Task, model: str = "org/model", *, reported: bool = False, limit: int | None = None, **changes: Any
    ) -> str:
        """Store a run; `reported`: by its author, who says of the model what a request would."""
        self.count += 1
        record = request([run_task], model=model, limit=limit, **changes)
        folder = write(
            self.path / str(self.count), [run_task], record=None if reported else record, model=model, limit=limit,
            date=1.7e9 + self.count,
        )  # fmt: skip
        if reported:
            report = {"schema": 1, "model": record["model"], "submitter": "ada"}
            (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
        return ingest(folder, self.store.home, store=self.store).run_id

    def reasons(self, run_id: str) -> list[Reason]:
        rows = json.loads(board_file(self.store, "open", "json").raw)
        (row,) = [row for row in rows if row["run_id"] == run_id and row["headline"]]
        parsed = [Reason.parse(json.dumps(raw)) for raw in row["unranked_reasons"]]
        assert row["unranked_reason"] == ("; ".join(map(wording, parsed)) or None)
        assert row["ranked"] is not bool(parsed)
        assert all(row["unranked_reasons"] == [] for row in rows if not row["headline"])
        return parsed


@pytest.fixture
def shelf(store: Store, tmp_path: Path) -> Shelf:
    return Shelf(store, tmp_path / "folders")


@pytest.mark.parametrize(
    ("run_task", "changes", "expected"),
    [
        (task(), {}, []),
        (task(), {"role": "control"}, [Reason(Code.CONTROL)]),
        (task(full=40), {"limit": 20}, [Reason(Code.SAMPLE, {"asked": 20, "whole": 40})]),
        (task(ranked=False), {}, [Reason(Code.DESCRIPTIVE_TASK)]),
        (task(judged=True), {}, [Reason(Code.NOT_JUDGED)]),
        (task(judged=True, judge=SERVED), {"judge": SERVED}, [Reason(Code.JUDGE_WITHOUT_CARD, JUDGE)]),
        (task(scored(0)), {}, [Reason(Code.NOTHING_SCORED)]),
        (task([Item("a", {"stigma": 1.0})]), {}, [Reason(Code.SCORED_SHARE_UNKNOWN)]),
        # 18 of 20 are 90%.
        (task(scored(18)), {}, [Reason(Code.TOO_FEW_SCORED, {"percent": 90, "needed": 95})]),
        (task(), {"reported": True}, [Reason(Code.SELF_REPORTED)]),
        (
            task(scored(18), full=40),
            {"role": "control", "limit": 20},
            [
                Reason(Code.CONTROL),
                Reason(Code.SAMPLE, {"asked": 20, "whole": 40}),
                Reason(Code.TOO_FEW_SCORED, {"percent": 90, "needed": 95}),
            ],
        ),
    ],
)
def test_a_run_alone(shelf: Shelf, run_task: Task, changes: dict[str, Any], expected: list[Reason]) -> None:
    assert shelf.reasons(shelf.add(run_task, **changes)) == expected


def test_a_run_on_older_items(shelf: Shelf) -> None:
    old = shelf.add(task(version="1.0"), "org/old")
    shelf.add(task(version="2.0"), "org/new")
    assert shelf.reasons(old) == [Reason(Code.OTHER_ITEMS, {"version": "1.0"})]


def test_a_control_that_does_as_well(shelf: Shelf) -> None:
    """Lower is better: the control's 0 is as good as the first model's 0, and worse than nothing of the second's."""
    same = shelf.add(task(scored(20, value=0.0)), "org/same")
    shelf.add(task(scored(20, value=0.0)), "control/template", role="control")
    assert shelf.reasons(same) == [Reason(Code.NOT_BETTER_THAN_CONTROL, {"control": "control/template"})]


@pytest.mark.parametrize(
    ("by_worker", "expected"),
    [
        # The author had 20 of 20 at 1. The tolerance is one item of twenty.
        (scored(20), Reason(Code.SELF_REPORTED_REPRODUCED, {"value": 1.0, "difference": 0.0, "tolerance": 0.05})),
        (
            scored(20, value=0.5),
            Reason(Code.SELF_REPORTED_DIFFERS, {"value": 0.5, "difference": 0.5, "tolerance": 0.05}),
        ),
        (scored(0), Reason(Code.SELF_REPORTED_UNSCORED)),
    ],
)
def test_a_worker_ran_the_same(shelf: Shelf, by_worker: list[Item], expected: Reason) -> None:
    reported = shelf.add(task(), reported=True)
    assert shelf.reasons(reported) == [Reason(Code.SELF_REPORTED)]
    shelf.add(task(by_worker))
    assert shelf.reasons(reported) == [expected]
