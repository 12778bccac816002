"""A judge's reading of recorded sessions beside the clinicians who rated them."""

from __future__ import annotations

from counsel_leaderboard.leaderboard.judges import clinician_agreement
from counsel_leaderboard.leaderboard.judges.clinician_agreement import ClinicianAgreement, ClinicianReading, PersonsLevel
from counsel_leaderboard.registry import recorded
from counsel_leaderboard.registry.recorded.session_loading import ratings
from counsel_leaderboard.registry.recorded.sessions.ratings import NOT_RELEVANT
from counsel_leaderboard.registry.recorded.sessions.record import HARM


def beside_clinicians(reading: ClinicianReading) -> ClinicianAgreement:
    """The agreement by dimension. Raises as `session_loading.ratings`."""
    people = [
        PersonsLevel(session=rating.session, dimension=dimension, good=level != HARM)
        for rating in ratings(recorded.source(reading.source))
        if rating.clinician
        for dimension, level in rating.levels.items()
        if level != NOT_RELEVANT
    ]
    return clinician_agreement.agreement(reading, people)
