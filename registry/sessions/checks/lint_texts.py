"""What of a client's texts breaks a rule, without playing: texts twice, pronouns without a noun, facts given away."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient, StockAnswer
from counsel_leaderboard.registry.sessions.words import EMPTY_WORDS, plain_form

Card = HybridClient | LedClient

_PRONOUN: Final = re.compile(r"\b(?:he|him|his|she|her|hers)\b", re.IGNORECASE)
_PERSON: Final = re.compile(
    r"\b(?:wife|husband|partner|mother|mum|mom|father|dad|son|daughter|sister|brother|girl|boy|man|woman|boss|manager|doctor|nurse|teacher|friend|"
    r"neighbou?r|aunt|uncle|cousin|grandm\w+|grandf\w+|gran|child|kid|baby|colleague|lady|guy|priest|pastor|imam|landlord|girlfriend|boyfriend|"
    r"ex|nobody|everybody|somebody|someone|everyone|buyer|driver|coach|therapist|judge|officer|client|dog|cat|stranger|person)\b",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][a-z]{2,}\b")
_SHORT: Final = 4
"""Texts of fewer words may occur in two clients: "Hm." is nobody's own."""


def spoken_texts(card: Card) -> Iterator[tuple[str, str]]:
    """Everything that a client may say, each with where it stands."""
    yield "opening", card.opening
    if isinstance(card, LedClient):
        yield from ((f"turn {turn.id}", turn.text) for turn in card.turns)
        yield from ((f"lead-in {act}", text) for act, texts in card.lead_ins.items() for text in texts)
        yield from ((f"answer {name}", text) for name, text in card.answers.items())
        yield from (("referral", text) for text in card.branches.referral)
        yield from (("honesty", text) for text in card.branches.honesty)
        risk = card.branches.risk
    else:
        for line in card.lines:
            yield f"line {line.id}", line.text
            yield from ((f"follow-up {more.id}", more.text) for more in line.follow_ups)
        yield from ((f"deflection of {topic.id}", topic.deflection) for topic in card.topics)
        yield from ((f"answer {name}", answer.text) for name, answer in card.answers.items() if isinstance(answer, StockAnswer))
        yield from ((f"hedge {kind}", text) for kind, texts in card.hedges.items() for text in texts)
        yield from (("closing", text) for text in (*card.closing.commitment, *card.closing.goodbye))
        if card.closing.leaving:
            yield "closing", card.closing.leaving
        risk = card.risk
    yield "risk first", risk.first
    yield from ((f"risk {key}", text) for key, text in risk.later.items())
    yield from (("risk again", text) for text in risk.again)


def text_faults(card: Card) -> list[str]:
    """Faults of one client's texts."""
    faults = list[str]()
    seen = dict[str, str]()
    for where, text in spoken_texts(card):
        plain = plain_form(text)
        if plain in seen:
            faults.append(f"{where}: the text stands also in {seen[plain]}: {text!r}")
        seen[plain] = where
    if isinstance(card, HybridClient):
        faults += _leaning(card) + _given_away(card) + _topic_words(card) + _unused_facts(card)
    return faults


def shared_texts(cards: Iterable[Card]) -> list[str]:
    """Texts of four words or more that two clients have in common."""
    owners = defaultdict[str, set[str]](set)
    for card in cards:
        for _, text in spoken_texts(card):
            if len(plain_form(text).split()) >= _SHORT:
                owners[plain_form(text)].add(card.id)
    return [f"{', '.join(sorted(ids))}: both say {text!r}" for text, ids in owners.items() if len(ids) > 1]


def _leaning(card: HybridClient) -> list[str]:
    """Lines that lean on something which may not have been spoken."""
    faults = list[str]()
    texts = [(f"line {line.id}", line.text) for line in card.lines if not line.after]
    texts += [(f"answer {name}", answer.text) for name, answer in card.answers.items() if isinstance(answer, StockAnswer)]
    for where, text in texts:
        pronoun = _PRONOUN.search(text)
        before = text[: pronoun.start()] if pronoun else ""
        if pronoun and not _PERSON.search(before) and not _NAME.search(before) and not _first_word_name(before):
            faults.append(f"{where}: {pronoun.group()!r} has no noun before it: {text!r}")
        if where.startswith("line") and re.search(r"\bbecause\b", text, re.IGNORECASE):
            faults.append(f"{where}: a 'because' needs `after`, since it leans on what came before: {text!r}")
    return faults


def _first_word_name(text: str) -> bool:
    """Whether a sentence before a pronoun starts with a word in capitals that is no everyday word: a name."""
    starts = re.findall(r"(?:^|[.!?]\s+)([A-Z][a-z]+)", text)
    return any(word.lower() not in EMPTY_WORDS for word in starts)


def _given_away(card: HybridClient) -> list[str]:
    """Open texts that give a hidden fact away."""
    facts = {fact.id: fact for fact in card.facts}
    texts = [("opening", card.opening, ""), *((f"deflection of {t.id}", t.deflection, "") for t in card.topics)]
    texts += [(f"answer {name}", answer.text, "") for name, answer in card.answers.items() if isinstance(answer, StockAnswer)]
    texts += [(f"hedge {kind}", text, "") for kind, many in card.hedges.items() for text in many]
    texts += [(f"line {line.id}", line.text, line.fact or "") for line in card.lines if line.depth == 0]
    return [
        f"{where}: {phrase!r} gives away the hidden fact {fact.id}"
        for where, text, own in texts
        for fact in facts.values()
        if fact.hidden and fact.id != own
        for phrase in fact.gives_away
        if f" {plain_form(phrase)} " in f" {plain_form(text)} "
    ]


def _topic_words(card: HybridClient) -> list[str]:
    return [
        f"topic {topic.id}: {word!r} is no noun"
        for topic in card.topics
        for word in topic.words
        if word in EMPTY_WORDS or (word.endswith("ly") and word not in ("family", "bully", "belly", "jelly"))
    ]


def _unused_facts(card: HybridClient) -> list[str]:
    given = (
        {line.fact for line in card.lines} | {more.fact for line in card.lines for more in line.follow_ups} | {card.risk.fact}
    )
    return [f"fact {fact.id}: no line gives it" for fact in card.facts if fact.id not in given]
