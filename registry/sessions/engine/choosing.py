"""Which line of a hybrid client is due: the order of rules, and the margin by which a line has to be nearest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from counsel_leaderboard.registry.sessions.engine.script_index import ScriptIndex, ScriptTarget
from counsel_leaderboard.registry.sessions.engine.session_state import SessionState
from counsel_leaderboard.registry.sessions.reading.counselor_acts import CounselorActs
from counsel_leaderboard.registry.sessions.reading.question_forms import QuestionForm, could_answer, question_form
from counsel_leaderboard.registry.sessions.words import sentences

MARGIN: Final = 0.05
"""By this much the nearest target must lead the next one; how near it is says nothing by itself."""
NAMED: Final = 0.08
"""For a line whose topic the counselor names."""
CURRENT: Final = 0.03
"""For a line of the topic that is being spoken about."""
NEAR: Final = 0.7
"""A cue that comes this near was meant, whatever else comes near too."""
FAINT: Final = 0.35
"""Below this the counselor speaks of something that the script does not know."""
FAINT_STATEMENT: Final = 0.55
"""The same for a turn that neither asks nor takes up what the client spoke of."""
SAME_QUESTION: Final = 0.6
"""From this cosine on, a question is one that the counselor put before."""
NO_ANSWER: Final = 0.08
"""Taken from a line without a time, a number, a person or a spot, where the question asks for one."""
EARLIER_QUESTION: Final = 0.9
"""The weight of all questions but the last."""


@dataclass(frozen=True)
class Choice:
    """What was chosen. `locked`: what the counselor reached for is not earned yet; `asked_again`: it was answered before.

    stock: what came nearest was a question of the shared bank.
    """

    target: ScriptTarget | None
    margin: float = 0.0
    locked: ScriptTarget | None = None
    asked_again: bool = False
    stock: bool = False


@dataclass(frozen=True)
class ScoredTarget:
    """A target with its score for one turn; `named`: the counselor used a word of its topic."""

    target: ScriptTarget
    score: float
    named: bool


def is_in_order(target: ScriptTarget, state: SessionState) -> bool:
    """Whether a target may come next but for trust: not spoken before, not expired, and what must come before has come."""
    return (
        target.id not in state.done
        and bool(target.text)
        and target.turns[0] <= max(1, state.turn) <= target.turns[1]
        and all(name in state.done for name in target.after)
        and not any(name in state.done for name in target.until)
    )


def is_due(target: ScriptTarget, state: SessionState) -> bool:
    """Whether a target may be spoken now, its trust included."""
    return is_in_order(target, state) and (target.trust <= 0 or state.trust >= target.trust)


def choose(index: ScriptIndex, acts: CounselorActs, state: SessionState) -> Choice:
    """The target that answers a turn, or why none does."""
    texts = [question.text for question in acts.questions] or list(acts.reflections) or list(acts.statements)
    if not texts:
        return Choice(None)
    ranked = rank(index, texts, acts.topic_words, state)
    if acts.questions:
        ranked = _by_form(ranked, question_form(texts[-1]))
    nearest = ranked[0]
    if nearest.score < (FAINT if acts.questions or acts.reflections else FAINT_STATEMENT):
        return Choice(None)
    stock = nearest.target.kind == "stock"
    due = [scored for scored in ranked if is_due(scored.target, state)]
    best = due[0].score if due else -1.0
    answered = nearest.target.id in state.done and nearest.score >= NEAR and best < min(nearest.score - MARGIN, NEAR)
    if answered and _was_asked(index, texts[-1], state):
        return Choice(None, asked_again=True, stock=stock)
    locked = next((scored for scored in ranked if _is_locked(scored.target, state)), None)
    if locked is not None and locked.score > best + MARGIN:
        return Choice(None, locked=locked.target)
    if not due or (stock and not nearest.target.text and nearest.score > best + MARGIN):
        return Choice(None, stock=stock)
    return _clear(due, state)


def rank(index: ScriptIndex, texts: list[str], spoken: frozenset[str], state: SessionState) -> list[ScoredTarget]:
    """All targets, the nearest first; among equals those of the script's order. The last text counts most."""
    weights = [EARLIER_QUESTION] * (len(texts) - 1) + [1.0]
    scored = list[ScoredTarget]()
    for target, cosine in zip(index.targets, index.scores(texts, weights), strict=True):
        named = target.topic is not None and bool(index.words[target.topic] & spoken)
        bonus = NAMED if named and target.kind != "stock" else CURRENT if target.topic and target.topic == state.topic else 0.0
        scored.append(ScoredTarget(target, cosine + bonus, named))
    return sorted(scored, key=lambda row: -row.score)


def _by_form(ranked: list[ScoredTarget], form: QuestionForm) -> list[ScoredTarget]:
    """The targets with those further back whose text lacks what an answer of this form must have."""
    rows = [
        row
        if not row.target.text or could_answer(form, row.target.text)
        else replace(row, score=round(row.score - NO_ANSWER, 4))
        for row in ranked
    ]
    return sorted(rows, key=lambda row: -row.score)


def _is_locked(target: ScriptTarget, state: SessionState) -> bool:
    """Not spoken, not expired and not stock, and yet not due: trust or something before it is missing."""
    expired = any(name in state.done for name in target.until) or target.turns[1] < state.turn
    return target.kind != "stock" and target.id not in state.done and not expired and not is_due(target, state)


def _was_asked(index: ScriptIndex, text: str, state: SessionState) -> bool:
    """Whether an earlier turn holds a sentence of the same meaning and form: one topic has many questions."""
    earlier = (part for turn in state.counselor[:-1] for part in sentences(turn) if question_form(part) == question_form(text))
    return any(index.nearness(text, part) >= SAME_QUESTION for part in earlier)


def _clear(due: list[ScoredTarget], state: SessionState) -> Choice:
    """The first that is due, if it leads, was meant, or goes on with what is spoken of.

    Among near ties a deep line that was named comes first, then what goes on.
    """
    near = [scored for scored in due if scored.score > due[0].score - MARGIN]
    deep = [scored for scored in near if scored.named and scored.target.depth > due[0].target.depth]
    going_on = [scored for scored in near if _goes_on(scored.target, state)]
    first = max(deep, key=lambda row: row.target.depth) if deep else (going_on or due)[0]
    others = [row.score for row in due if row.target.id not in (first.target.id, first.target.parent)]
    margin = round(first.score - max(others, default=0.0), 4)
    stock = first.target.kind == "stock"
    if margin >= MARGIN or first.score >= NEAR or first.named or _goes_on(first.target, state):
        return Choice(first.target, margin, stock=stock)
    return Choice(None, margin, stock=stock)


def _goes_on(target: ScriptTarget, state: SessionState) -> bool:
    """Whether a target is more of the last line, or a line of the topic that is spoken of."""
    return target.kind != "stock" and (target.parent == state.last_line is not None or target.topic == state.topic is not None)
