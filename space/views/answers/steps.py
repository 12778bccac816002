"""What was decided about one answer, step by step, for each form that a document or a verdict can have.

Each function takes a public sample and gives its steps with the reason in words; no steps where the sample has another form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from counsel_leaderboard.registry.chat.thoughts import visible
from counsel_leaderboard.registry.manifests import metric, metric_tables
from counsel_leaderboard.registry.scoring import letters
from counsel_leaderboard.registry.sessions.acts import REQUIRED
from counsel_leaderboard.registry.sessions.session_acts import TURN_FIELD, ActReadings
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.views.crisis_gate import name

ROLES: Final = {"essential": "has to be done", "helpful": "helps", "harmful": "must not be done"}
SIDES: Final = {"A": "the reply that stood first", "B": "the reply that stood second"}
LONGEST_COURSE: Final = 60
WORDS_OF_A_REASON: Final = 3
"""A judge that repeats a word of its prompt, such as the name of a scale, gave no reason."""


@dataclass(frozen=True)
class DecidedStep:
    """One row: what was asked, what was decided, and what follows for the score."""

    about: str
    decided: str
    follows: str = ""


Steps = tuple[list[DecidedStep], str]
NONE: Final[Steps] = ([], "")


def acts(sample: Mapping[str, Any]) -> Steps:
    """Acts that a reply has to do or must not do, each with the judge's yes or no."""
    doc, answers = _doc(sample), _answers(sample)
    planned = doc.get("acts")
    if not isinstance(planned, list) or len(planned) != len(answers):
        return NONE
    steps, missed = [], []
    for act, answer in zip(planned, answers, strict=True):
        role, done = str(act.get("role")), answer.get("answer")
        wrong = (role == "essential" and done == "no") or (role == "harmful" and done == "yes")
        if wrong:
            missed.append(f"“{act.get('does')}” was {'done' if done == 'yes' else 'not done'}")
        decided = {"yes": "done", "no": "not done"}.get(str(done), "no verdict")
        follows = "decides against the reply" if wrong else "as it should be" if role != "helpful" else "does not decide"
        steps.append(DecidedStep(f"{act.get('does')} ({ROLES.get(role, role)})", decided, follows))
    if missed:
        return steps, f"Not appropriate: {'; '.join(missed)}."
    return steps, "Appropriate: all that has to be done was done, and nothing that must not be."


def published_question(sample: Mapping[str, Any]) -> Steps:
    """One published question about the reply, with the answer that is right for a good reply."""
    doc, answers = _doc(sample), _answers(sample)
    asked, right = doc.get("question"), doc.get("right")
    if not isinstance(asked, str) or right not in ("yes", "no") or len(answers) != 1:
        return NONE
    given = answers[0].get("answer")
    fits = given == right
    step = DecidedStep(asked, str(given or "no verdict"), f"for a good reply it is {right}")
    return [step], f"{'Appropriate' if fits else 'Not appropriate'}: the answer to “{asked}” is {given}, and right is {right}."


def choices(sample: Mapping[str, Any]) -> Steps:
    """Two replies compared in both orders: by a judge, or by the model that is examined."""
    answers, doc = _answers(sample), _doc(sample)
    if len(answers) == 2 and all("choice" in answer for answer in answers):
        own = [_own_wins(answer["choice"], mine) for answer, mine in zip(answers, "AB", strict=True)]
        shown = ("its reply shown first", "its reply shown second")
        steps = [
            DecidedStep(f"Order {number}: {where}", result)
            for number, (where, result) in enumerate(zip(shown, own, strict=True), 1)
        ]
        return steps, _verdict_of_orders(sample["score"], "Better than the reference", "Not better than the reference")
    replies = sample["answer"] if isinstance(sample["answer"], list) else []
    if len(replies) != 2 or "better" not in doc:
        return NONE
    picks = [letters.of_two(visible(str(reply)) or "") for reply in replies]
    steps = [
        DecidedStep(
            f"Order {number}: the better reply is {right}", f"chose {pick or 'neither in a readable way'}", _right(pick, right)
        )
        for number, (pick, right) in enumerate(zip(picks, "AB", strict=True), 1)
    ]
    return steps, _verdict_of_orders(sample["score"], "Right", "Wrong")


def _own_wins(choice: Any, mine: str) -> str:
    return "a tie" if choice == "tie" else "its reply is better" if choice == mine else "the reference is better"


def _right(pick: str | None, right: str) -> str:
    return "no pick" if pick is None else "right" if pick == right else "wrong"


def _verdict_of_orders(score: Any, good: str, bad: str) -> str:
    if score is None:
        return ""
    if score in (0, 1):
        return f"{good if score else bad} in both orders: counts {score:g}."
    return f"The two orders disagree, or it was a tie: counts {score:.2g}."


def turns(sample: Mapping[str, Any]) -> Steps:
    """A course of ratings beside that of the script, turn by turn."""
    course, replies = _doc(sample).get("turns"), sample["answer"]
    if not isinstance(course, list) or not isinstance(replies, list) or not 0 < len(course) == len(replies) <= LONGEST_COURSE:
        return NONE
    if not all(isinstance(turn, Mapping) and "suds" in turn for turn in course):
        return NONE
    steps = [
        DecidedStep(
            f"Turn {number}",
            f"it rated {(visible(str(reply)) or 'nothing')[:20]}",
            f"the script has {turn['suds']:g}" + (", which the client says: not counted" if turn.get("suds_stated") else ""),
        )
        for number, (turn, reply) in enumerate(zip(course, replies, strict=True), 1)
        if isinstance(turn["suds"], int | float)
    ]
    return steps, ""


def session_acts(sample: Mapping[str, Any]) -> Steps:
    """The acts that readers saw in a session, with the turn and the words that show each."""
    verdict = sample["verdict"]
    first = verdict[0] if isinstance(verdict, list) and verdict else verdict
    try:
        readings = ActReadings.model_validate(first.get("acts") if isinstance(first, Mapping) else None).readings
    except ValueError:
        return NONE
    steps = []
    for reading in readings:
        wrong = (reading.state == "done") != (reading.act in REQUIRED)
        where = f" in turn {reading.turn}" if reading.turn else ""
        words = f": “{reading.span}”" if reading.span else ""
        follows = "nobody could tell" if reading.state == "unread" else "against the reply" if wrong else "as it should be"
        reader = "word list" if reading.reader == "words" else "judge"
        steps.append(DecidedStep(name(reading.act), f"{reading.state}{where}{words} ({reader})", follows))
    return steps, ""


def points(sample: Mapping[str, Any]) -> Steps:
    """Points that a judge gave on the task's own scales, with the turn that shows each where it named one."""
    known = metric_tables().get(sample["task"], {})
    steps = []
    for number, answer in enumerate(answers := _answers(sample), 1):
        part = f", part {number}" if len(answers) > 1 else ""
        for key, value in answer.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or key.endswith(TURN_FIELD.format("")):
                continue
            measure = next((metric(sample["task"], full) for full in (key, f"item_{key}") if full in known), None)
            most = measure.range[1] if measure else None
            turn = answer.get(TURN_FIELD.format(key))
            decided = f"{value:g}" + (f" of {most:g}" if most is not None else "")
            steps.append(
                DecidedStep(labels.metric(sample["task"], key) + part, decided, f"shown in turn {turn}" if turn else "")
            )
    return steps, ""


def reason_of_judge(sample: Mapping[str, Any]) -> str:
    """What the judge wrote of the answer, as a sentence to be added; "" where it gave no reason in words."""
    reasons = [answer.get("reason") for answer in _answers(sample)]
    first = next((text for text in reasons if isinstance(text, str) and len(text.split()) >= WORDS_OF_A_REASON), None)
    return f" The judge wrote: “{first}”" if first else ""


def _doc(sample: Mapping[str, Any]) -> Mapping[str, Any]:
    return sample["doc"] if isinstance(sample["doc"], Mapping) else {}


def _answers(sample: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    verdict = sample["verdict"]
    first = verdict[0] if isinstance(verdict, list) and verdict else verdict
    answers = first.get("answers") if isinstance(first, Mapping) and first.get("state") == "judged" else None
    return [answer if isinstance(answer, Mapping) else {} for answer in answers] if isinstance(answers, list) else []
