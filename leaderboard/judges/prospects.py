"""Whether a judge that has answered a part of its exam can still pass it."""

from __future__ import annotations

from leaderboard.judges.bar import Bar, faults
from leaderboard.judges.measures import measures
from leaderboard.judges.sitting import Sitting


def may_pass(sitting: Sitting, bar: Bar) -> bool:
    """False once every task would be failed even if all calls still to come were answered without fault.

    Ending the exam then cannot change what it decides, so no interval has to pay for having looked early.
    """
    failed = {fault.task for fault in faults(measures(sitting.at_best()), bar)}
    return not failed >= set(sitting.record.rubrics)
