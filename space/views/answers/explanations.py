"""Why an answer has the score that it has: the option it chose, what was decided about it, and the words that decided.

Everything is read from a public sample, so what may not be shown is not in an explanation either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from counsel_leaderboard.registry.chat.thoughts import visible
from counsel_leaderboard.registry.manifests import catalog, metric
from counsel_leaderboard.registry.scoring import letters
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.views.answers.steps import (
    DecidedStep,
    acts,
    choices,
    points,
    published_question,
    reason_of_judge,
    session_acts,
    turns,
)

Outcome = Literal["counts", "not scored", "outside"]
SHORTEST_SPAN: Final = 12
"""Characters of a quotation in a verdict that is marked in the reply; a shorter one may stand there by chance."""
STATES: Final = {
    "unjudged": "no judge was asked",
    "unreached": "the judge could not be reached",
    "unread": "the judge gave no verdict that can be read",
}
RATES: Final = {
    "failed_rate": "no answer was generated: the request failed",
    "truncated_rate": "the answer was cut off at its token limit before any reply",
}
UNREADABLE: Final = "the answer is none of those that were asked for"
NO_VALUE: Final = "the answer has no value on this measure"


@dataclass(frozen=True)
class OptionLine:
    """One option of a question with letters: what choosing it counts as, and whether it was chosen."""

    letter: str
    text: str
    counts: str
    chosen: bool


@dataclass(frozen=True)
class Explanation:
    """Why an answer has its score.

    outcome: whether it counts in the main score, has no score, or is outside it. sentence: the reason in words. options: those
    of a question with letters. steps: what was decided, in order. spans: the words of the reply that decided.
    """

    outcome: Outcome
    sentence: str
    options: tuple[OptionLine, ...] = ()
    steps: tuple[DecidedStep, ...] = ()
    spans: tuple[str, ...] = field(default=())


def explanation(sample: Mapping[str, Any]) -> Explanation:
    """The explanation of one sample from leaderboard.board.transcripts."""
    info = catalog().get(sample["task"])
    headline = info.manifest.headline if info else ""
    metrics = sample["metrics"] if isinstance(sample["metrics"], Mapping) else {}
    outcome = _outcome(sample, headline, metrics)
    options = _options(sample, headline)
    steps, sentence = _steps(sample)
    chosen = next((line for line in options if line.chosen), None)
    if outcome == "not scored":
        sentence = f"Not scored: {_reason(sample, metrics, info.manifest.dropped_answers if info else None)}."
    elif outcome == "outside":
        sentence = _outside(sample["task"], metrics)
    elif chosen:
        sentence = f"It chose ({chosen.letter}) “{chosen.text}”, which {chosen.counts}."
    sentence = (sentence or _scored(sample, headline)) + reason_of_judge(sample)
    return Explanation(outcome, sentence, options, tuple(steps), tuple(_spans(sample, chosen)))


def marked(text: str, spans: Sequence[str]) -> list[tuple[str, bool]]:
    """The text in parts, each with whether one of the spans covers it; a span that is not in the text marks nothing."""
    covered = [False] * len(text)
    for span in spans:
        start = text.find(span)
        if span and start >= 0:
            covered[start : start + len(span)] = [True] * len(span)
    parts: list[tuple[str, bool]] = []
    for letter, is_marked in zip(text, covered, strict=True):
        if parts and parts[-1][1] == is_marked:
            parts[-1] = (parts[-1][0] + letter, is_marked)
        else:
            parts.append((letter, is_marked))
    return parts


def _outcome(sample: Mapping[str, Any], headline: str, metrics: Mapping[str, Any]) -> Outcome:
    if sample["score"] is not None:
        return "counts"
    rate = _number(metrics.get("scored_rate"))
    # A document that the main score covers says how much of it has a value; one that is outside has other values, or none.
    return "not scored" if rate is not None and rate < 1 else "outside" if headline else "not scored"


def _reason(sample: Mapping[str, Any], metrics: Mapping[str, Any], dropped: str | None) -> str:
    state = next((STATES[name] for name in _states(sample["verdict"]) if name in STATES), None)
    rates = (text for name, text in RATES.items() if _number(metrics.get(name)))
    if reason := next(rates, None) or state:
        return reason
    if dropped and _number(metrics.get(dropped)):
        return f"{labels.metric(sample['task'], dropped)}, which this score leaves out"
    return UNREADABLE if _number(metrics.get("unparsed_rate")) else NO_VALUE


def _outside(task: str, metrics: Mapping[str, Any]) -> str:
    elsewhere = [labels.metric(task, name) for name in metrics if not labels.is_bookkeeping(task, name)]
    where = f"; it counts in {', '.join(elsewhere[:3])}" if elsewhere else ""
    return f"Asked, and not part of the main score{where}."


def _scored(sample: Mapping[str, Any], headline: str) -> str:
    if sample["score"] is None:
        return "Not scored."
    known = metric(sample["task"], headline)
    words = f"Scored {sample['score']:.3g} on “{labels.metric(sample['task'], headline)}”"
    if known is None:
        return f"{words}."
    ends = " to ".join("no limit" if end is None else f"{end:g}" for end in known.range)
    better = "" if known.descriptive else f"; {'higher' if known.higher_is_better else 'lower'} is better"
    return f"{words}, which runs from {ends}{better}."


def _options(sample: Mapping[str, Any], headline: str) -> tuple[OptionLine, ...]:
    """The options of a document that names them, with what each counts as, where the document says that too."""
    doc = sample["doc"] if isinstance(sample["doc"], Mapping) else {}
    texts, codes = doc.get("options"), doc.get("codes")
    if not isinstance(texts, list) or not isinstance(codes, list) or len(texts) > len(letters.LETTERS):
        return ()
    read = letters.upstream if doc.get("order") == "upstream" else letters.strict
    reply = visible(str(sample["answer"][0])) if sample["answer"] else None
    letter = read(reply, list(map(str, texts))) if reply else None
    label = labels.metric(sample["task"], headline)
    counts = [f"counts as {label}" if code else f"does not count as {label}" for code in codes]
    effects = [*counts, *["is left out of the score" if codes else "is not part of the main score"] * len(texts)]
    named = zip(letters.LETTERS, texts, effects, strict=False)
    return tuple(OptionLine(name, str(text), effect, name == letter) for name, text, effect in named)


def _steps(sample: Mapping[str, Any]) -> tuple[list[DecidedStep], str]:
    """What was decided about the answer, from the form that its document or its verdict has, and the reason in words."""
    for read in (acts, published_question, choices, turns, session_acts, points):
        steps, sentence = read(sample)
        if steps:
            return steps, sentence
    return [], ""


def _spans(sample: Mapping[str, Any], chosen: OptionLine | None) -> Iterator[str]:
    """The words of the replies that decided: the line with the letter, or what a verdict quotes."""
    replies = [str(reply) for reply in sample["answer"]] if isinstance(sample["answer"], list) else []
    if chosen and replies:
        lines = (visible(replies[0]) or "").splitlines()
        yield from lines[:1]
    for quoted in _texts(sample["verdict"]):
        if len(quoted) >= SHORTEST_SPAN and any(quoted in reply for reply in replies):
            yield quoted


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.strip().strip("\"'“”")
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _states(verdict: Any) -> list[str]:
    parts = verdict if isinstance(verdict, list) else [verdict]
    return [str(part.get("state")) for part in parts if isinstance(part, Mapping)]


def _number(value: Any) -> float | None:
    if isinstance(value, Mapping):
        value = value.get("value")
    return float(value) if isinstance(value, int | float) else None
