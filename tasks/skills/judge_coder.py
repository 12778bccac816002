"""A judge that codes in the coder's stead: the same sentences, the same codes, the same manual; for hosts that have a judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from counsel_leaderboard.registry.skills.coder import MOST_CHARACTERS, CodedSentence, CodedText
from counsel_leaderboard.registry.skills.codes import BEHAVIOURS, CODES, FACTS, Behaviour, in_order
from counsel_leaderboard.registry.skills.splitter import sentences
from counsel_leaderboard.tasks.exam.judge_calls import ask, report_cost
from counsel_leaderboard.tasks.judge.cache import verdict_cache
from counsel_leaderboard.tasks.judge.client import CallOutcome, Client
from counsel_leaderboard.tasks.judge.prompts import PromptPart, Question, question
from counsel_leaderboard.tasks.judge.settings import HOW, SWITCH, JudgeError, from_environment

MANUAL: Final = Path(__file__).with_name("manual.md")
SENTENCES_A_CALL: Final = 20
TOKENS_A_CALL, TOKENS_A_SENTENCE = 250, 30
FIELD: Final = {"type": "string", "maxLength": 160}
NO_CLIENT: Final = "(The talk opens here: there is no client's turn before.)"


class JudgeCall(NamedTuple):
    """One question about up to SENTENCES_A_CALL sentences of the text with the index `text`."""

    text: int
    sentences: tuple[str, ...]
    question: Question


class JudgeCoder:
    """Codes by asking a judge; verdicts come from the judge's cache where they are there."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def code_all(self, pairs: Sequence[tuple[str, str]]) -> list[CodedText]:
        """The codes of each (text, client's turn before). An answer that cannot be read leaves its sentences without codes.

        Raises JudgeError if a call did not reach the judge.
        """
        calls = self._calls(pairs)
        outcomes = ask("coding", [call.question for call in calls], self._client)
        coded: list[list[CodedSentence]] = [[] for _ in pairs]
        for call, outcome in zip(calls, outcomes, strict=True):
            coded[call.text] += read(call.sentences, outcome)
        return [CodedText(tuple(units), len(text) > MOST_CHARACTERS) for units, (text, _) in zip(coded, pairs, strict=True)]

    def report_cost(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Say how many calls `code_all` would make."""
        report_cost("coding", [call.question for call in self._calls(pairs)], self._client)

    def _calls(self, pairs: Sequence[tuple[str, str]]) -> list[JudgeCall]:
        rubric = coding_rubric()
        return [
            JudgeCall(number, group, coding_question(rubric, group, previous))
            for number, (text, previous) in enumerate(pairs)
            for group in _groups(sentences(text[:MOST_CHARACTERS]))
        ]


def _groups(units: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(units[start : start + SENTENCES_A_CALL]) for start in range(0, len(units), SENTENCES_A_CALL)]


def coding_client() -> Client:
    """The judge of the environment, with the cache of its verdicts. Raises JudgeError where none is set."""
    judge = from_environment()
    if judge is None:
        raise JudgeError(f"{SWITCH}=none, so no judge can code. {HOW}.")
    return Client(judge, verdict_cache())


def coding_rubric() -> str:
    """What a judge is told: the coder's manual, whole."""
    return MANUAL.read_text(encoding="utf-8")


def coding_question(rubric: str, units: Sequence[str], previous: str) -> Question:
    """The call that asks for the codes of each sentence, in fields `sentence_1` and on."""
    names = [f"sentence_{number}" for number in range(1, len(units) + 1)]
    task = (
        "Code each sentence of the counselor by the manual, after the client's turn before. Give for each the codes that hold, "
        f"one or more, by their names in the manual and separated by commas. The names are: {', '.join(CODES)}."
    )
    parts = (
        PromptPart("What to do", task, quoted=False),
        PromptPart("The client's turn before", previous or NO_CLIENT, quoted=bool(previous)),
        *(PromptPart(name, unit) for name, unit in zip(names, units, strict=True)),
    )
    asked = question(rubric, parts, dict.fromkeys(names, FIELD))
    return Question(asked.messages, asked.schema, asked.ticket, tokens=TOKENS_A_CALL + TOKENS_A_SENTENCE * len(units))


def read(units: Sequence[str], outcome: CallOutcome) -> list[CodedSentence]:
    """The sentences with the codes of a verdict; a judge gives no confidence."""
    answer: Mapping[str, object] = outcome.answer or {}
    return [_sentence(unit, str(answer.get(f"sentence_{number}", ""))) for number, unit in enumerate(units, start=1)]


def _sentence(unit: str, answer: str) -> CodedSentence:
    named = [name.strip(" `.\"'").lower() for name in answer.replace(";", ",").split(",") if name.strip()]
    if not named or not set(named) <= set(CODES):
        return CodedSentence(unit, (), {}, dict.fromkeys(BEHAVIOURS, 0.25), "unread")
    codes = in_order(_together(set(named)))
    return CodedSentence(unit, codes, {}, _behaviours(codes))


def _together(named: set[str]) -> set[str]:
    """By the manual `other` stands alone, and there is one kind of reflection: the one that says more."""
    if len(named) > 1:
        named = named - {"other"}
    return named - {"reflection_simple"} if "reflection_complex" in named else named


def _behaviours(codes: Sequence[str]) -> dict[Behaviour, float]:
    """Each behaviour's share of the codes, those besides `other` first: a sentence that asks and comforts is a question."""
    given: list[Behaviour] = [FACTS[code].behaviour for code in codes]
    active: list[Behaviour] = [name for name in given if name != "other"] or given
    return {name: active.count(name) / len(active) for name in BEHAVIOURS}
