"""The coder: what each sentence of a counselor does, without a judge, a network or a GPU."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from counsel_leaderboard.registry.skills import weights
from counsel_leaderboard.registry.skills.codes import BEHAVIOURS, Behaviour, in_order, of_behaviour
from counsel_leaderboard.registry.skills.features import features, normalise, words
from counsel_leaderboard.registry.skills.splitter import sentences

if TYPE_CHECKING:
    from counsel_leaderboard.registry.skills.linear_model import Floats, LinearModel

UNSURE = 0.25
"""A sentence whose best code is less probable than this gets no code: on held-out cases of the bank such a code
is right one time in three, and a tenth of the sentences are so."""

MOST_CHARACTERS = 100_000
"""What is read of a text; the rest is left out, and the result says so."""

MOST_CACHED = 10_000
"""Sentences whose codes stay in memory, some 15 MB."""

Reason = Literal["", "no words", "not English", "unsure", "unread"]
"""Why there is no code; `unread`: a judge coded, and its answer could not be read."""

_FUNCTION_WORDS_TEXT = """
the a an and or but so to of in on at for with it it's is are was were be been that that's this there i you your my me we he
she they do don't does did have has had just like what how when if as about can will would could not no yes up out from by
than then i'm you're i've you've what's it'll i'll let's us our their his her who why where which all some any more very
really okay ok yeah well right hello hi bye thanks thank sorry please good tell got get go know think feel see hear sounds
"""
_FUNCTION_WORDS = frozenset(_FUNCTION_WORDS_TEXT.split())
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class CodedSentence:
    """One sentence. `codes`: in the manual's order, none if `reason` says why. `confidence`: probability of each code that was
    given, or of the best one if none was; none where a judge coded. `behaviours`: share of each of the four main behaviours;
    they sum to 1.
    """

    text: str
    codes: tuple[str, ...]
    confidence: Mapping[str, float]
    behaviours: Mapping[Behaviour, float]
    reason: Reason = ""

    @property
    def behaviour(self) -> Behaviour:
        """The likeliest of the four main behaviours."""
        return max(self.behaviours, key=lambda name: self.behaviours[name])


@dataclass(frozen=True)
class CodedText:
    """A text. It has each code that any sentence of it has, with the highest confidence. `cut`: its end was not read."""

    sentences: tuple[CodedSentence, ...]
    cut: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of any sentence, in the manual's order."""
        return in_order(code for sentence in self.sentences for code in sentence.codes)

    @property
    def confidence(self) -> dict[str, float]:
        """The highest confidence of each code of the text."""
        known = [(code, value) for each in self.sentences if each.codes for code, value in each.confidence.items()]
        return {code: max(value for name, value in known if name == code) for code in in_order(name for name, _ in known)}

    @property
    def reason(self) -> Reason:
        """Why no sentence has a code; empty if one has."""
        if self.codes:
            return ""
        return self.sentences[0].reason if self.sentences else "no words"

    @property
    def behaviour(self) -> Behaviour | None:
        """The main behaviour of the text: the surest of those that its sentences have besides `other`; `other` if all are that.

        None if the text has no words, is not English or was not read. Where no single code is sure the behaviour still may be,
        so a text from which the coder abstains as `unsure` has one.
        """
        if self.reason in ("no words", "not English", "unread"):
            return None
        active = [each for each in self.sentences if each.behaviour != "other"]
        return max(active, key=lambda each: each.behaviours[each.behaviour]).behaviour if active else "other"


class Coder:
    """Gives codes with the shipped weights, or with those of a host."""

    def __init__(self, model: LinearModel | None = None) -> None:
        self._model = model or weights.shipped()
        self._coded = dict[tuple[str, str], CodedSentence]()

    def code(self, text: str, previous: str = "") -> CodedText:
        """The codes of a counselor's text after the client's turn `previous`, which may be empty."""
        return self.code_all([(text, previous)])[0]

    def code_all(self, pairs: Sequence[tuple[str, str]]) -> list[CodedText]:
        """The codes of each (text, client's turn before); many at once are faster than one by one."""
        units = [sentences(text[:MOST_CHARACTERS]) for text, _ in pairs]
        rows = [(sentence, previous) for (_, previous), unit in zip(pairs, units, strict=True) for sentence in unit]
        coded = iter(self._code_rows(rows))
        texts = [
            CodedText(tuple(next(coded) for _ in unit), len(text) > MOST_CHARACTERS)
            for (text, _), unit in zip(pairs, units, strict=True)
        ]
        return [self._in_english(text) for text in texts]

    def _code_rows(self, rows: Sequence[tuple[str, str]]) -> list[CodedSentence]:
        """Scripted counselors and models alike say the same sentence again and again, so what was coded is looked up."""
        if len(self._coded) > MOST_CACHED:
            self._coded = {}
        coded = self._coded  # another thread may begin a new one
        new = [row for row in dict.fromkeys(rows) if row not in coded]
        table = self._model.probabilities([features(*row) for row in new])
        coded.update((row, self._sentence(row[0], line)) for row, line in zip(new, table, strict=True))
        return [coded[row] for row in rows]

    def _sentence(self, text: str, line: Floats) -> CodedSentence:
        by_code = dict(zip(self._model.labels, map(float, line), strict=True))
        best = max(by_code, key=lambda code: by_code[code])
        shares = self._behaviours(by_code)
        if by_code[best] < UNSURE:
            return CodedSentence(text, (), {best: by_code[best]}, shares, "unsure")
        given = allowed(by_code, dict(zip(self._model.labels, map(float, self._model.threshold), strict=True)), best)
        return CodedSentence(text, given, {code: by_code[code] for code in given}, shares)

    def _behaviours(self, by_code: Mapping[str, float]) -> dict[Behaviour, float]:
        """Each behaviour's share: that any of its codes holds, relative to how often it does in the rows learnt from.

        How often the bank has a code is by design, so all behaviours are held equally likely before the sentence is read.
        """
        rates = dict(zip(self._model.labels, map(float, self._model.rate), strict=True))
        odds = {name: _any(by_code, name) / max(_any(rates, name), 1e-6) for name in BEHAVIOURS}
        total = sum(odds.values())
        return {name: value / total for name, value in odds.items()}

    def _in_english(self, text: CodedText) -> CodedText:
        if is_english(" ".join(each.text for each in text.sentences), self._model.vocabulary.index):
            return text
        return CodedText(
            tuple(CodedSentence(each.text, (), {}, each.behaviours, "not English") for each in text.sentences), text.cut
        )


def _any(by_code: Mapping[str, float], behaviour: Behaviour) -> float:
    return 1 - math.prod(1 - by_code[code] for code in of_behaviour(behaviour))


def allowed(by_code: Mapping[str, float], threshold: Mapping[str, float], best: str) -> tuple[str, ...]:
    """The codes that reach their thresholds and the best one: `other` stands alone, and there is one kind of reflection."""
    given = {code for code, probability in by_code.items() if probability >= threshold[code]} | {best}
    if best == "other":
        return ("other",)
    given.discard("other")
    kinds = sorted(given & {"reflection_simple", "reflection_complex"}, key=lambda code: by_code[code])
    return in_order(given - set(kinds[:-1]))


def is_english(text: str, known: Mapping[str, int]) -> bool:
    """Whether a text can be coded: mostly Latin letters, and words of the bank or English function words among them."""
    tokens = [word for word in words(normalise(text)) if word[0].isalpha()]
    letters = _LETTER.findall(text)
    if not letters or not tokens:
        return not letters
    if sum(letter.isascii() for letter in letters) < 0.8 * len(letters):
        return False
    if len(tokens) < 4:
        return any("w" + word in known or word in _FUNCTION_WORDS for word in tokens) or len(tokens) < 2
    common = sum(word in _FUNCTION_WORDS for word in tokens) / len(tokens)
    familiar = sum("w" + word in known for word in tokens) / len(tokens)
    return common >= 0.2 or familiar >= 0.6


@cache
def shipped_coder() -> Coder:
    """The coder with the shipped weights, loaded once in a process. Raises ChecksumError."""
    return Coder()
