"""The linter sees each fault that is planted in a copy of the example."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from counsel_leaderboard.registry.sessions.checks.lint import distances, lint, lint_together
from counsel_leaderboard.registry.sessions.checks.lint_play import play_faults, reach_faults, retrieval_faults
from counsel_leaderboard.registry.sessions.checks.lint_texts import text_faults
from counsel_leaderboard.registry.sessions.client_card import HybridClient
from counsel_leaderboard.registry.sessions.client_files import ClientError, load_clients, read_client
from counsel_leaderboard.registry.sessions.shared_bank import CLIENTS, reaction_bank, stock_bank
from tests.support.sessions import WordEmbedding, hybrid, led, stage

FILE = CLIENTS / "hybrid" / "client-dragan.yaml"


def planted(folder: Path, change: Callable[[dict[str, Any]], object]) -> HybridClient:
    """The example with a fault, under an id of its own so that no index of the other is used."""
    card = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    card["id"] = f"planted-{folder.name.replace('_', '-')[-30:].strip('-')}"
    change(card)
    file = folder / f"{card['id']}.yaml"
    file.write_text(yaml.safe_dump(card, allow_unicode=True), encoding="utf-8")
    read = read_client(file)
    assert isinstance(read, HybridClient)
    return read


def line(card: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in card["lines"] if each["id"] == name)


def test_the_examples_have_no_fault_in_their_texts() -> None:
    assert text_faults(hybrid()) == []
    assert lint(stage(), led()) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda card: line(card, "chess").update(text="He plays chess no more."), "'He' has no noun"),
        (lambda card: line(card, "chess").update(text="Because of the chess."), "'because' needs `after`"),
        (lambda card: line(card, "chess").update(text=card["opening"]), "stands also in opening"),
        (lambda card: card["answers"].update(work={"text": "I am off work, my eyes are bad."}), "gives away"),
        (lambda card: card["topics"][0].update(words=["sleep", "badly", "night"]), "'badly' is no noun"),
        (lambda card: line(card, "chess").pop("fact"), "fact no-friends-now: no line gives it"),
    ],
)
def test_planted_faults_in_texts(tmp_path: Path, change: Callable[[dict[str, Any]], object], fault: str) -> None:
    (only,) = text_faults(planted(tmp_path, change))
    assert fault in only


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            lambda card: (line(card, "chess").update(after=["motorcycle"]), line(card, "motorcycle").update(after=["chess"])),
            "loop",
        ),
        (lambda card: line(card, "library").update(until=["six-weeks"]), "`until` names six-weeks"),
        (lambda card: line(card, "chess").update(turns=[12, 12]), "its turns begin at 12"),
    ],
)
def test_lines_that_are_never_reached(tmp_path: Path, change: Callable[[dict[str, Any]], object], fault: str) -> None:
    faults = reach_faults(stage().index(planted(tmp_path, change)))
    assert faults
    assert all("never reached" in each for each in faults)
    assert any(fault in each for each in faults)


def test_a_held_out_cue_that_leads_elsewhere(tmp_path: Path) -> None:
    card = planted(
        tmp_path, lambda card: line(card, "chess").update(held_out=["Tell me about the warehouse.", "What of chess?"])
    )
    assert any("'Tell me about the warehouse.' leads to" in fault for fault in retrieval_faults(card, stage().index(card)))


def test_a_hidden_fact_that_anybody_hears(tmp_path: Path) -> None:
    def change(card: dict[str, Any]) -> None:
        line(card, "nights-short")["follow_ups"][0]["fact"] = "sleeps-badly"
        card["facts"][0].update(hidden=True, trust=0.5, gives_away=["ceiling", "alarm"])
        line(card, "nights-short").update(fact=None)

    easy = planted(tmp_path, change)
    assert not any("told to the control" in fault for fault in play_faults(stage(), easy)), "its trust still locks it"


def test_a_hidden_fact_that_nobody_reaches(tmp_path: Path) -> None:
    card = planted(tmp_path, lambda card: card["stance"].update(gain=0.1))
    assert any("fact afraid-burden: no good counselor" in fault for fault in play_faults(stage(), card))


def test_clients_share_no_line() -> None:
    twin = led().model_copy(update={"id": "ctrs-twin"})
    faults = lint_together({led().id: led(), twin.id: twin}, WordEmbedding())
    assert any("ctrs-twin, ctrs-yewande" in fault for fault in faults)
    assert distances([led(), twin], WordEmbedding())[0].distance == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda card: card.update(mood="low"), "mood"),
        (lambda card: card["answers"].pop("sleep"), "`answers` lacks sleep"),
        (lambda card: card["answers"].update(nothing="not applicable"), "no stock question"),
        (lambda card: line(card, "chess").update(after=["nowhere"]), "nowhere"),
        (lambda card: line(card, "chess").update(topic="nowhere"), "nowhere"),
        (lambda card: line(card, "chess").update(id="library"), "used twice"),
        (lambda card: line(card, "chess").update(cues=["Why?"]), "cues"),
        (lambda card: card["stance"].update(leaves_below=-1), "leaving"),
        (lambda card: card["facts"][6].update(gives_away=[]), "gives_away"),
    ],
)
def test_a_file_that_breaks_the_format_is_named(tmp_path: Path, change: Callable[[dict[str, Any]], object], words: str) -> None:
    with pytest.raises(ClientError, match=words):
        planted(tmp_path, change)


def test_all_clients_of_this_release_can_be_read() -> None:
    assert {"client-dragan", "ctrs-yewande"} <= set(load_clients())


def test_the_shared_bank() -> None:
    questions = stock_bank().questions
    assert len(questions) >= 50
    asked = [text for question in questions for text in (*question.paraphrases, *question.held_out)]
    assert len({text.lower() for text in asked}) == len(asked)
    assert len(reaction_bank().reactions) >= 60
    for register in ("plain", "casual", "formal", "clipped", "rambling"):
        for kind in {reaction.kind for reaction in reaction_bank().reactions}:
            assert reaction_bank().of(kind, register), (kind, register)  # type: ignore[arg-type]
