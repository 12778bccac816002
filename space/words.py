"""Names of tasks, metrics and areas as readers see them; what is not listed is shown by its own name."""

from __future__ import annotations

from typing import Final

AREAS: Final = {
    "quality": "Counseling quality",
    "stigma_response": "Stigma and critical situations",
    "trajectory": "Course of distress",
    "preference": "Preferred replies",
}

TASKS: Final = {
    "counsel_psyllm": "Multi-turn counseling",
    "counsel_stigma": "Stigma, with guidelines",
    "counsel_stigma_plain": "Stigma, plain",
    "counsel_response": "Critical situations",
    "counsel_trajectory_rating": "Following distress",
    "counsel_trajectory_reply": "Course of its replies",
    "counsel_preference": "Against a reference",
    "counsel_preference_rank": "Telling the better reply",
}

ASKS: Final = {
    "counsel_psyllm": "A counseling conversation, turn by turn; a judge rates each reply in four dimensions.",
    "counsel_stigma": "Would it work, live or share time with the person of a vignette? System text: professional guidelines.",
    "counsel_stigma_plain": "The stigma questions without the guidelines. Descriptive: outside every order.",
    "counsel_response": "One reply to a client in a critical situation; a judge answers whether it is appropriate.",
    "counsel_trajectory_rating": "It rates the client's distress after every turn; compared with the script's course.",
    "counsel_trajectory_reply": "The emotional course of its own replies. Descriptive: outside every order.",
    "counsel_preference": "Its reply against a reference reply; a judge picks the better one.",
    "counsel_preference_rank": "Two replies to one client: which one is better?",
}

METRICS: Final = {
    "stigma": "stigma",
    "appropriate": "appropriate",
    "win_rate": "win rate",
    "acc": "accuracy",
    "ccc": "agreement (CCC)",
    "counseling_quality": "quality",
    "scored_rate": "scored",
    "failed_rate": "not generated",
    "unparsed_rate": "not readable",
    "truncated_rate": "cut off",
    "judged_rate": "judged",
    "dk_rate": "“do not know”",
    "order_gap": "gap between option orders",
}

# Shares that say how much could be scored; shown apart from what was measured.
BOOKKEEPING: Final = ("scored_rate", "failed_rate", "unparsed_rate", "truncated_rate", "judged_rate")
OPEN_NOTE: Final = "open items: model-drafted, not clinician-reviewed"
UPSTREAM_NOTE: Final = "upstream items, our instructions"


def task(name: str) -> str:
    """A task's title."""
    return TASKS.get(name, name)


def metric(name: str) -> str:
    """A metric's title."""
    return METRICS.get(name, name.replace("_", " "))


def area(name: str) -> str:
    """An area's title."""
    return AREAS.get(name, name)


def suite_note(source: str) -> str:
    """What stands beside the suite's name."""
    return OPEN_NOTE if source == "open" else UPSTREAM_NOTE


def size(parameters: int | None) -> str:
    """A count of parameters as people say it: 135M, 1.7B."""
    if parameters is None:
        return "size unknown"
    if parameters >= 1_000_000_000:
        return f"{parameters / 1e9:.1f}".removesuffix(".0") + "B"
    return f"{parameters / 1e6:.0f}M"
