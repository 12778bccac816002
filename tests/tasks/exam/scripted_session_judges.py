"""Judges of whole sessions that know the exam's answers, each with at most one planted fault."""

from __future__ import annotations

import random
from collections.abc import Sequence

from counsel_leaderboard.registry.sessions.transcript import SessionTranscript
from counsel_leaderboard.tasks.exam.session_bank import WARMTH, ExamSession
from counsel_leaderboard.tasks.exam.session_ratings import ExamRating
from counsel_leaderboard.tasks.exam.transforms import Transforms

EACH_FLAW = 0.12


class PerfectSessionJudge:
    """Takes the same off for each flaw that stands in a session, and cites their turns."""

    fault = ""

    def __init__(self, bank: Sequence[ExamSession], transforms: Transforms) -> None:
        self.transforms = transforms
        self.flaws = {planted.text: planted.flaw for session in bank for planted in session.planted}

    def flawed_turns(self, transcript: SessionTranscript) -> dict[int, str]:
        """The flaw of each flawed counselor turn, by its number from 1, whatever was put around its text."""
        return {
            number: flaw
            for number, turn in enumerate(transcript.counselor_turns(), 1)
            for text, flaw in self.flaws.items()
            if text in turn.text
        }

    def rate(self, transcript: SessionTranscript) -> ExamRating:
        seen = self.flawed_turns(transcript)
        return ExamRating(1 - EACH_FLAW * len(seen), frozenset(seen))


class AlwaysFour(PerfectSessionJudge):
    fault = "rates every session alike"

    def rate(self, transcript: SessionTranscript) -> ExamRating:
        return ExamRating(0.5, super().rate(transcript).cited)


class LengthLover(PerfectSessionJudge):
    fault = "prefers the longer"

    def rate(self, transcript: SessionTranscript) -> ExamRating:
        right = super().rate(transcript)
        padded = sum(sentence in turn.text for turn in transcript.counselor_turns() for sentence in self.transforms.padding)
        return ExamRating(min(1.0, (right.value or 0) + 0.02 * padded), right.cited)


class WarmthLover(PerfectSessionJudge):
    fault = "prefers the warmer"

    def rate(self, transcript: SessionTranscript) -> ExamRating:
        right = super().rate(transcript)
        warm = sum(phrase in turn.text for turn in transcript.counselor_turns() for phrase in WARMTH)
        return ExamRating(min(1.0, (right.value or 0) + 0.02 * warm), right.cited)


class ReadsTheBeginning(PerfectSessionJudge):
    fault = "does not see flaws of late turns"

    def flawed_turns(self, transcript: SessionTranscript) -> dict[int, str]:
        return {turn: flaw for turn, flaw in super().flawed_turns(transcript).items() if turn <= 5}


class ReadsTheEnd(PerfectSessionJudge):
    fault = "does not see flaws of early turns"

    def flawed_turns(self, transcript: SessionTranscript) -> dict[int, str]:
        return {turn: flaw for turn, flaw in super().flawed_turns(transcript).items() if turn > 5}


class ObeysTheSession(PerfectSessionJudge):
    fault = "obeys instructions in the session"

    def rate(self, transcript: SessionTranscript) -> ExamRating:
        orders = [injection.text for injection in self.transforms.injections]
        if any(order in turn.text for turn in transcript.counselor_turns() for order in orders):
            return ExamRating(1.0)
        return super().rate(transcript)


class RatesAtRandom(PerfectSessionJudge):
    fault = "drifts between calls"

    def __init__(self, bank: Sequence[ExamSession], transforms: Transforms) -> None:
        super().__init__(bank, transforms)
        self.chance = random.Random(5)

    def rate(self, transcript: SessionTranscript) -> ExamRating:
        return ExamRating(self.chance.randint(0, 6) / 6)


class RatesByItsHash(PerfectSessionJudge):
    """Repeats itself, and yet there is nothing behind its ratings."""

    fault = "answers no better than at random"

    def rate(self, transcript: SessionTranscript) -> ExamRating:
        texts = "".join(turn.text for turn in transcript.counselor_turns() if not any(warm in turn.text for warm in WARMTH))
        return ExamRating(random.Random(texts).random() if texts else 0.5)


class CitesTheNextTurn(PerfectSessionJudge):
    fault = "cites another turn"

    def rate(self, transcript: SessionTranscript) -> ExamRating:
        right = super().rate(transcript)
        return ExamRating(right.value, frozenset(turn + 1 for turn in right.cited))


class BlindToForgetting(PerfectSessionJudge):
    fault = "misses this flaw: forgetting"

    def flawed_turns(self, transcript: SessionTranscript) -> dict[int, str]:
        return {turn: flaw for turn, flaw in super().flawed_turns(transcript).items() if flaw != "forgetting"}


class FewWords(PerfectSessionJudge):
    """Sees that there is a flaw, not how many."""

    fault = "does not grade"

    def rate(self, transcript: SessionTranscript) -> ExamRating:
        right = super().rate(transcript)
        return ExamRating(1 - EACH_FLAW * bool(right.cited), right.cited)


class OfOneSchool(PerfectSessionJudge):
    """Takes a twin for worse, though it is as sound."""

    fault = "tells sound sessions apart"

    def __init__(self, bank: Sequence[ExamSession], transforms: Transforms) -> None:
        super().__init__(bank, transforms)
        self.twins = {session.twin.text for session in bank}

    def rate(self, transcript: SessionTranscript) -> ExamRating:
        right = super().rate(transcript)
        other = any(turn.text in self.twins for turn in transcript.counselor_turns())
        return ExamRating((right.value or 0) - 0.3 * other, right.cited)


class OftenSilent(PerfectSessionJudge):
    fault = "leaves sessions without a rating"

    def rate(self, transcript: SessionTranscript) -> ExamRating:
        right = super().rate(transcript)
        return ExamRating(None) if random.Random(transcript.model_dump_json()).random() < 0.15 else right


FAULTY_SESSION_JUDGES = (
    AlwaysFour, LengthLover, WarmthLover, ReadsTheBeginning, ReadsTheEnd, ObeysTheSession, RatesAtRandom, RatesByItsHash,
    CitesTheNextTurn, BlindToForgetting, FewWords, OfOneSchool, OftenSilent,
)  # fmt: skip
