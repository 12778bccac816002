"""A reason as a code with parameters, and the words for each code.

Programs distinguish reasons by their code; the words are for people, may change, and come only from this module.
docs/reference/unranked.md lists the codes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from counsel_leaderboard.leaderboard.board.judge_columns import JudgeName

Param = str | int | float | None
Types = tuple[type, ...]


class Code(StrEnum):
    """The code of every reason."""

    CONTROL = "control"
    PEOPLE = "people"
    PRODUCT = "product"
    SELF_REPORTED = "self_reported"
    SELF_REPORTED_REPRODUCED = "self_reported_reproduced"
    SELF_REPORTED_DIFFERS = "self_reported_differs"
    SELF_REPORTED_UNSCORED = "self_reported_unscored"
    SAMPLE = "sample"
    DESCRIPTIVE_TASK = "descriptive_task"
    SESSIONS_UNRATED = "sessions_unrated"
    CLIENTS_SCRIPTED = "clients_scripted"
    ACTS_UNEXAMINED = "acts_unexamined"
    NOT_JUDGED = "not_judged"
    JUDGE_WITHOUT_CARD = "judge_without_card"
    JUDGE_OTHER_RUBRIC = "judge_other_rubric"
    JUDGE_OTHER_PROMPT = "judge_other_prompt"
    JUDGE_OLDER_EXAM = "judge_older_exam"
    JUDGE_EXAM_INCOMPLETE = "judge_exam_incomplete"
    JUDGE_FAILED_EXAM = "judge_failed_exam"
    LABELS_UNCHECKED = "labels_unchecked"
    LABELS_CHECKED_ELSEWHERE = "labels_checked_elsewhere"
    LABELS_DISAGREE_WITH_PEOPLE = "labels_disagree_with_people"
    FEW_ITEMS = "few_items"
    NOTHING_SCORED = "nothing_scored"
    SCORED_SHARE_UNKNOWN = "scored_share_unknown"
    TOO_FEW_SCORED = "too_few_scored"
    TOO_FEW_CODED = "too_few_coded"
    OTHER_ITEMS = "other_items"
    ANOTHER_JUDGE = "another_judge"
    SAME_MODEL_ANOTHER_JUDGE = "same_model_another_judge"
    NOT_BETTER_THAN_CONTROL = "not_better_than_control"
    NO_RANKED_SCORE = "no_ranked_score"
    HISTORICAL = "historical"
    AREA_SATURATED = "area_saturated"
    GATE_NOT_RUN = "gate_not_run"
    NOT_ON_BOARD = "not_on_board"
    PANEL_TOO_FEW_JUDGES = "panel_too_few_judges"
    PANEL_NO_SHARED_ITEM = "panel_no_shared_item"
    PAIR_TOO_FEW_JUDGES = "pair_too_few_judges"
    PAIR_NO_SHARED_ITEM = "pair_no_shared_item"
    JUDGE_FAMILY_UNKNOWN = "judge_family_unknown"
    JUDGE_OF_SAME_FAMILY = "judge_of_same_family"
    NOTHING_COMPARED = "nothing_compared"
    LENGTHS_DIFFER = "lengths_differ"


@dataclass(frozen=True)
class ReasonForm:
    """The form of a code: what it is about, its words with fields for the parameters, and the types of these.

    about: "score" (of a run, on the board), "run", "panel" (of judges) or "win rate" (at equal length). `{judge}` in the words
    stands for the judge with its `revision`, `{more}` for how many faults more there are.
    """

    about: str
    words: str
    params: Mapping[str, Types] = field(default_factory=dict)


_TEXT: Final[Types] = (str,)
_COUNT: Final[Types] = (int,)
_JUDGE: Final[Mapping[str, Types]] = {"judge": _TEXT, "revision": (str, type(None))}
_REPRODUCED: Final[Mapping[str, Types]] = dict.fromkeys(("value", "difference", "tolerance"), (float,))

FORMS: Final[Mapping[Code, ReasonForm]] = {
    Code.CONTROL: ReasonForm("score", "a scripted control, which is no model"),
    Code.PEOPLE: ReasonForm("score", "people: what they reached is a reference, and they are not ranked among models"),
    Code.PRODUCT: ReasonForm("score", "a commercial bot of its day, whose model is not known: not ranked among models"),
    Code.SELF_REPORTED: ReasonForm("score", "self-reported, not reproduced by a worker"),
    Code.SELF_REPORTED_REPRODUCED: ReasonForm(
        "score",
        "self-reported; a worker's run gave {value}, {difference} away, which is within the tolerance of {tolerance}",
        _REPRODUCED,
    ),
    Code.SELF_REPORTED_DIFFERS: ReasonForm(
        "score",
        "self-reported; a worker's run gave {value}, {difference} away, which is beyond the tolerance of {tolerance}",
        _REPRODUCED,
    ),
    Code.SELF_REPORTED_UNSCORED: ReasonForm(
        "score", "self-reported; a worker ran the same, and in one of the two runs nothing could be scored"
    ),
    Code.SAMPLE: ReasonForm("score", "a sample: {asked} of {whole} questions tried", {"asked": _COUNT, "whole": _COUNT}),
    Code.DESCRIPTIVE_TASK: ReasonForm("score", "descriptive task: nobody is ranked on it"),
    Code.SESSIONS_UNRATED: ReasonForm("score", "people have not yet rated sessions with the same clients"),
    Code.CLIENTS_SCRIPTED: ReasonForm("score", "no model worded the clients: they spoke the lines of their scripts"),
    Code.ACTS_UNEXAMINED: ReasonForm(
        "score", "no judge has yet shown by exam that it finds what must and what must not happen in such sessions"
    ),
    Code.NOT_JUDGED: ReasonForm("score", "replies were not judged"),
    Code.JUDGE_WITHOUT_CARD: ReasonForm("score", "judge {judge} has no card on file", _JUDGE),
    Code.JUDGE_OTHER_RUBRIC: ReasonForm("score", "judge {judge} was examined with another rubric than this score's", _JUDGE),
    Code.JUDGE_OTHER_PROMPT: ReasonForm(
        "score",
        "judge {judge} was examined with version {examined} of the judge's prompt, and this score has another",
        {**_JUDGE, "examined": _TEXT},
    ),
    Code.JUDGE_OLDER_EXAM: ReasonForm(
        "score",
        "judge {judge} was examined by an older exam (version {examined}), and only version {needed} can qualify it",
        {**_JUDGE, "examined": _TEXT, "needed": _TEXT},
    ),
    Code.JUDGE_EXAM_INCOMPLETE: ReasonForm(
        "score",
        "judge {judge} was asked {asked} of the {whole} questions of its exam, and only a whole exam can qualify it",
        {**_JUDGE, "asked": _COUNT, "whole": _COUNT},
    ),
    Code.JUDGE_FAILED_EXAM: ReasonForm(
        "score", "judge {judge} failed its exam: {fault}{more}", {**_JUDGE, "fault": _TEXT, "more": _COUNT}
    ),
    Code.LABELS_UNCHECKED: ReasonForm("score", "labels of one source, unchecked ({labels})", {"labels": _TEXT}),
    Code.LABELS_CHECKED_ELSEWHERE: ReasonForm(
        "score", "labeller checked on one model: people checked the {of} alone ({labels})", {"labels": _TEXT, "of": _TEXT}
    ),
    Code.LABELS_DISAGREE_WITH_PEOPLE: ReasonForm(
        "score",
        "{labels}: agreement with {people} people on {replies} replies has the lower limit {low}, and needs 0.8 with two "
        "people or more on 90",
        {"labels": _TEXT, "people": _COUNT, "replies": _COUNT, "low": (float,)},
    ),
    Code.FEW_ITEMS: ReasonForm(
        "score", "{items} questions are too few to tell models apart: shown with intervals and without ranks", {"items": _COUNT}
    ),
    Code.NOTHING_SCORED: ReasonForm("score", "nothing was scored"),
    Code.SCORED_SHARE_UNKNOWN: ReasonForm("score", "the run does not say how many of its questions could be scored"),
    Code.TOO_FEW_SCORED: ReasonForm(
        "score",
        "only {percent}% of its questions could be scored, and a ranked score needs {needed}%",
        {"percent": _COUNT, "needed": _COUNT},
    ),
    Code.TOO_FEW_CODED: ReasonForm(
        "score",
        "only {percent}% of its answers have a value (the others are “do not know” or missing), and the order needs {needed}%",
        {"percent": _COUNT, "needed": _COUNT},
    ),
    Code.OTHER_ITEMS: ReasonForm(
        "score",
        "made with version {version} of the task; the newest run here has other items or another version",
        {"version": _TEXT},
    ),
    Code.ANOTHER_JUDGE: ReasonForm("score", "by another judge than this board's, {judge}", _JUDGE),
    Code.SAME_MODEL_ANOTHER_JUDGE: ReasonForm("score", "the same model stands here already, in a run with another judge"),
    Code.NOT_BETTER_THAN_CONTROL: ReasonForm("score", "not better than the control {control}", {"control": _TEXT}),
    Code.NO_RANKED_SCORE: ReasonForm("run", "no ranked score in {tasks}", {"tasks": _TEXT}),
    Code.HISTORICAL: ReasonForm("run", "recorded answers of the past are in no overall order"),
    Code.AREA_SATURATED: ReasonForm(
        "run", "there is no overall order: every task of {areas} is saturated, see its page", {"areas": _TEXT}
    ),
    Code.GATE_NOT_RUN: ReasonForm("run", "its crisis gate was not run, and without it there is no overall rank"),
    Code.NOT_ON_BOARD: ReasonForm("run", "this run does not stand on the board"),
    Code.PANEL_TOO_FEW_JUDGES: ReasonForm(
        "panel", "judges that may count for it: {judges}, and a panel needs {needed}", {"judges": _COUNT, "needed": _COUNT}
    ),
    Code.PANEL_NO_SHARED_ITEM: ReasonForm("panel", "no item was scored by all of its judges"),
    Code.PAIR_TOO_FEW_JUDGES: ReasonForm(
        "panel", "judges that may judge both: {judges}, and a panel needs {needed}", {"judges": _COUNT, "needed": _COUNT}
    ),
    Code.PAIR_NO_SHARED_ITEM: ReasonForm("panel", "no item was scored for both by all of these judges"),
    Code.JUDGE_FAMILY_UNKNOWN: ReasonForm("panel", "its family or the candidate's is not known"),
    Code.JUDGE_OF_SAME_FAMILY: ReasonForm("panel", "of the candidate's own family, {family}", {"family": _TEXT}),
    Code.NOTHING_COMPARED: ReasonForm("win rate", "no comparison could be scored"),
    Code.LENGTHS_DIFFER: ReasonForm(
        "win rate", "lengths differ too much: equal length lies outside the 5-95% range of this model's replies"
    ),
}


@dataclass(frozen=True)
class Reason:
    """One reason. Raises ValueError where the names or types of `params` are not those of its code."""

    code: Code
    params: Mapping[str, Param] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expected = FORMS[self.code].params
        if self.params.keys() != expected.keys():
            raise ValueError(
                f"reason {self.code}: takes {_names(expected)}, not {_names(self.params)}. See docs/reference/unranked.md."
            )
        for name, types in expected.items():
            value = self.params[name]
            if type(value) not in types or (isinstance(value, float) and not math.isfinite(value)):
                allowed = " or ".join(kind.__name__ for kind in types)
                raise ValueError(f"reason {self.code}: {name} is {allowed}, not {value!r}. See docs/reference/unranked.md.")
        object.__setattr__(self, "params", {name: self.params[name] for name in expected})

    def json(self) -> str:
        """As a JSON object of `code` and `params`, which `parse` reads back."""
        record = {"code": self.code, "params": self.params}
        return json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    @classmethod
    def parse(cls, text: str) -> Reason:
        """The reason in a JSON text. Raises ValueError where it holds none."""
        record = json.loads(text)
        if not (isinstance(record, dict) and record.keys() == {"code", "params"} and isinstance(record["params"], dict)):
            raise ValueError(f"{text[:80]!r} is no reason: it is an object of code and params. See docs/reference/unranked.md.")
        return cls(Code(record["code"]), record["params"])


def wording(reason: Reason) -> str:
    """The reason in words, without a full stop."""
    shown = {name: round(value, 4) if isinstance(value, float) else value for name, value in reason.params.items()}
    if "judge" in shown:
        shown["judge"] = str(JudgeName(str(shown["judge"]), _text(shown["revision"])))
    if "more" in shown:
        shown["more"] = f" and {shown['more']} more on its card" if shown["more"] else ""
    return FORMS[reason.code].words.format(**shown)


def _text(value: Param) -> str | None:
    return None if value is None else str(value)


def _names(params: Mapping[str, object]) -> str:
    return ", ".join(params) or "no parameters"
