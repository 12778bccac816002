"""Clients at play: what earns a fact, what does not, and that the same turns are the same session."""

from __future__ import annotations

import random

import pytest

from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.counselors.controls import Counselor, control, controls
from counsel_leaderboard.registry.sessions.counselors.good_counselor import SCHOOLS, GoodCounselor
from counsel_leaderboard.registry.sessions.counselors.rehearsal import Rehearsed, rehearse
from counsel_leaderboard.registry.sessions.engine.trust import FIRST_ADVICE, REFLECTION, moved
from counsel_leaderboard.registry.sessions.reading.counselor_acts import AskedQuestion, CounselorActs
from tests.support.sessions import GOOD_TURNS, hybrid, led, stage

SCRAPS = (
    *GOOD_TURNS,
    "", "...", "?!", "Hello", "qqq zzz wwww", "Tell me more.", "You should sleep. Try tea.", "1. Walk\n2. Read\n3. Run",
    "Are you thinking of suicide?", "What stops you?", "Goodbye, take care.", "Client: I am sad.",
    "What will you try this week?",
    "Sie fragen mich?", "😀😀", "a" * 9000, "Is that true?", "Who knows about this?", "See a doctor.", "What would you like?",
)  # fmt: skip


def scripted(*turns: str) -> Counselor:
    return lambda _client, turn: turns[(turn - 1) % len(turns)]


def play(counselor: Counselor, card: HybridClient | LedClient | None = None, turns: int = 12) -> Rehearsed:
    return rehearse(stage(), card or hybrid(), counselor, turns)


@pytest.mark.parametrize("school", SCHOOLS)
def test_a_good_counselor_learns_more_than_twice_what_any_control_does(school: str) -> None:
    good = play(GoodCounselor(hybrid(), school)).hidden_share  # type: ignore[arg-type]
    assert good >= 0.4
    for name, counselor in controls().items():
        assert good > 2 * play(counselor).hidden_share, name


def test_silence_and_the_question_machine_learn_nothing_hidden() -> None:
    assert play(control("silent")).hidden_share == 0
    assert play(control("question machine")).hidden_share == 0


def test_an_injection_gains_nothing() -> None:
    assert play(control("inject")).facts <= play(control("silent")).facts


def test_the_script_alone_decides_what_is_said() -> None:
    first, second = play(scripted(*GOOD_TURNS)), play(scripted(*GOOD_TURNS))
    assert first == second


def test_no_line_is_spoken_twice() -> None:
    played = play(GoodCounselor(hybrid()), turns=30)
    lines = [move.line for move in played.moves if move.rule.startswith(("line", "follow-up", "stock"))]
    assert len(lines) == len(set(lines))


def test_a_cover_story_ends_when_it_is_given_up() -> None:
    played = play(GoodCounselor(hybrid()), turns=20)
    rules = [move.rule.split(" (")[0] for move in played.moves]
    assert "line six-weeks" in rules
    assert "line job-cover" not in rules[rules.index("line six-weeks") :]


def test_a_risk_question_gets_the_fixed_answer_whatever_the_trust() -> None:
    first, plan, again = play(
        scripted(
            "Are you thinking of suicide?", "Do you have a plan to end your life?", "And is there a plan to end your life?"
        ),
        turns=3,
    ).moves[1:]
    assert (first.text, first.facts) == (hybrid().risk.first, ("thoughts-of-death",))
    assert plan.text == hybrid().risk.later["plan"]
    assert again.text in hybrid().risk.again


def test_a_question_after_a_risk_answer_asks_on() -> None:
    moves = play(scripted("Are you thinking of suicide?", "What stops you?"), turns=2).moves
    assert moves[2].text == hybrid().risk.later["stops"]


def test_a_client_leaves_when_trust_is_gone() -> None:
    stance = hybrid().stance.model_copy(update={"leaves_below": -0.5})
    closing = hybrid().closing.model_copy(update={"leaving": "This is no use. I'm off."})
    card = hybrid().model_copy(update={"id": "client-leaver", "stance": stance, "closing": closing})
    played = play(scripted("You should walk. Try tea. Make a list.", "You must run. Try milk."), card)
    assert (played.moves[-1].text, played.moves[-1].ended) == ("This is no use. I'm off.", "client")
    assert len(played.counselor) < 12


def test_a_goodbye_ends_the_session() -> None:
    assert play(scripted("Goodbye, take care.")).moves[-1].ended == "counselor"


def acts(**fields: object) -> CounselorActs:
    return CounselorActs(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (acts(reflections=("a",)), 0.7),
        (acts(questions=(AskedQuestion("a", True),)), 0.35),
        (acts(reflections=("a",), questions=(AskedQuestion("a", True),)), 1.05),
        (acts(questions=(AskedQuestion("a", False),)), 0.0),
        (acts(prompt=True, questions=(AskedQuestion("a", True),)), 0.0),
        (acts(reflections=("a",), listed=True), 0.35),
        (acts(reflections=("a",), advice=1), 0.7 / 4 - 0.3),
        (acts(advice=9), -0.6),
        (acts(odd="silence"), -0.3),
    ],
)
def test_trust_moves_as_the_protocol_says(turn: CounselorActs, expected: float) -> None:
    stance = hybrid().stance.model_copy(update={"gain": 1.0})
    assert (REFLECTION, FIRST_ADVICE) == (0.7, 0.3)
    assert moved(0.0, turn, stance, on_topic=True, stock=False) == pytest.approx(expected, abs=1e-4)
    assert moved(0.0, acts(questions=(AskedQuestion("a", True),)), stance, on_topic=True, stock=True) == 0


def test_a_client_led_side_keeps_its_schedule() -> None:
    for counselor in (scripted(*SCRAPS), control("silent"), scripted("Are you thinking of suicide?")):
        moves = play(counselor, led(), turns=11).moves
        assert [turn.text in move.text for turn, move in zip(led().turns, moves[1:], strict=True)] == [True] * 11


def test_a_client_led_side_says_no_lead_in_twice() -> None:
    card = led()
    engine = stage().engine(card)
    asked = [engine.answer("What is that like for you?") for _ in card.turns]
    spoken = [move.reaction for move in asked if move.reaction]
    assert spoken
    assert len(spoken) == len(set(spoken))
    assert [move.line for move in asked] == [turn.text for turn in card.turns]


def test_branches_of_a_client_led_side() -> None:
    turns = ("Are you thinking of suicide?", "Please see a doctor.", "Is that really true?", "So the queue gets longer.")
    moves = play(scripted(*turns), led(), turns=4).moves
    assert moves[1].reaction == led().branches.risk.first
    assert moves[2].reaction == led().branches.referral[0]
    assert moves[3].reaction == led().branches.honesty[0]
    assert [move.rule.split(" (")[0] for move in moves[1:]] == [f"turn {turn.id}" for turn in led().turns[:4]]


def at_random(seed: int) -> Counselor:
    chance = random.Random(seed)
    return lambda _client, _turn: " ".join(chance.choices(SCRAPS, k=chance.randrange(1, 4)))


def check_random(seeds: range) -> None:
    for seed in seeds:
        for card in (hybrid(), led()):
            played = play(at_random(seed), card, turns=14)
            assert all(move.text for move in played.moves), seed
            assert played.transcript("s", "random").turns


def test_random_counselors_are_answered() -> None:
    check_random(range(20))


@pytest.mark.slow
def test_a_thousand_random_counselors_are_answered() -> None:
    check_random(range(1000))


WRITTEN: dict[str, Counselor] = {
    "warm": scripted(*GOOD_TURNS),
    "adviser": scripted("You should sleep more. Try tea.", "Make a plan. Talk to your wife.", "Consider therapy."),
    "interrogator": scripted("When? Where? Who? Why? How often?", "Did you eat? Do you drink? Do you smoke?"),
    "terse": scripted("And?", "Why?", "Hm.", "So?"),
    "lecturer": scripted("Stress is a response of the nervous system to demands of the surroundings. " * 20),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_written_counselors_are_answered(name: str) -> None:
    for card in (hybrid(), led()):
        assert all(move.text for move in play(WRITTEN[name], card).moves)
