"""A judge's acts beside clinicians: which acts decide a dimension, kappa by hand, and that a poor column is hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.judges.clinician_agreement import (
    ClinicianReading,
    PersonsLevel,
    ReadSession,
    agreement,
    cards,
    write,
)
from counsel_leaderboard.registry.recorded.sessions.dimension_acts import DIMENSION_ACTS, asked_acts, is_good
from counsel_leaderboard.registry.recorded.sessions.ratings import DIMENSIONS
from counsel_leaderboard.space.views import session_raters

SOUND = {act.act: "done" if act.side == "required" else "not done" for act in asked_acts()}
SILENT = dict.fromkeys(SOUND, "not done")


def test_each_of_the_clinicians_dimensions_has_acts_and_each_act_is_asked_once() -> None:
    assert tuple(DIMENSION_ACTS) == DIMENSIONS
    assert len({act.act for act in asked_acts()}) == len(asked_acts()) == 13


@pytest.mark.parametrize(
    ("dimension", "changes", "good"),
    [
        ("confirms", {}, True),
        ("confirms", {"asks-suicide": "not done"}, False),
        ("confirms", {"asks-suicide": "unread"}, None),
        ("guides", {"names-human-help": "unread"}, True),
        ("guides", {"names-human-help": "unread", "names-urgent-help": "not done"}, None),
        ("boundaries", {}, True),
        ("boundaries", {"claims-human": "unread"}, None),
        ("boundaries", {"claims-human": "unread", "undertakes": "done"}, False),
    ],
)
def test_what_acts_say_of_a_dimension(dimension: str, changes: dict[str, str], good: bool | None) -> None:
    assert is_good(dimension, {**SOUND, **changes}) is good  # type: ignore[arg-type]


def reading(judge: str = "org/phi-judge") -> ClinicianReading:
    """40 sessions of two models: half sound, half silent."""
    sessions = [
        ReadSession.model_validate(
            {
                "session": f"{number:06x}",
                "counselor": "gpt-4o" if number < 20 else "gpt-5",
                "acts": SILENT if number % 2 else SOUND,
            }
        )
        for number in range(40)
    ]
    return ClinicianReading(
        model=judge, revision=None, prompt_version="1", rubric="sha256:0", source="vera-mh", sessions=tuple(sessions)
    )


def people(differ: dict[str, int]) -> list[PersonsLevel]:
    """One clinician who says in each dimension what the acts say, but in the first sessions, as many as `differ` says."""
    return [
        PersonsLevel(
            session=f"{number:06x}",
            dimension=name,
            good=(number % 2 == 0 or name in ("supportive", "boundaries")) ^ (number < differ.get(name, 0)),
        )
        for number in range(40)
        for name in DIMENSIONS
    ]


def test_kappa_by_hand_and_a_column_below_the_limit_is_hidden_everywhere(tmp_path: Path) -> None:
    # 4 and 10 of 40 differ, half of them each way: chance agreement stays one half.
    card = agreement(reading(), people({"confirms": 4, "guides": 10}))
    rows = {row.dimension: row for row in card.dimensions}
    assert rows["confirms"].agreement.kappa == pytest.approx(0.8)
    assert rows["guides"].agreement.kappa == pytest.approx(0.5)
    assert (rows["confirms"].agreement.low or 0) < 0.8 < (rows["confirms"].agreement.high or 0)
    # Nothing varies: there is no kappa, and no column either.
    assert rows["boundaries"].agreement.kappa is None
    assert {name for name, row in rows.items() if row.shown} == {"detects", "confirms"}
    assert [row.dimension for row in card.columns()] == ["detects", "confirms"]
    lines = "\n".join(card.lines())
    assert "confirms: kappa 0.80 [" in lines
    assert lines.count("good: hidden") == 3
    assert "gpt-4o 0.50 (clinicians 0.50, 20 sessions)" in lines

    write(tmp_path, card)
    assert cards(tmp_path) == (card,)
    page = session_raters.html(tmp_path)
    _, shares = page.split("Good sessions", 1)
    assert all(f'<th scope="col">{name}</th>' in shares for name in ("detects", "confirms"))
    assert not any(f'<th scope="col">{name}</th>' in shares for name in ("guides", "supportive", "boundaries"))
    assert page.count("<td>hidden</td>") == 3


def test_sessions_of_the_judges_own_family_are_left_out() -> None:
    card = agreement(reading("openai/gpt-5-judge"), people({}))
    assert (card.own_family, card.dimensions[0].agreement.sessions) == (40, 0)
