"""Scripted models whose score is known by arithmetic, run through the same path as any model.

Each fits the tasks on which its kind of answer is an answer at all: a constant letter says something about the stigma
questions and nothing about a reply to a client.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from runners.engines import mean_arc
from runners.engines.injections import form

Messages = Sequence[dict[str, Any]]

STIGMA = ("counsel_stigma", "counsel_stigma_plain")
REPLIES = ("counsel_psyllm", "counsel_response", "counsel_preference", "counsel_trajectory_reply")
JUDGED = ("counsel_psyllm", "counsel_response", "counsel_preference")
RATING = ("counsel_trajectory_rating",)
PICK = ("counsel_preference_rank",)

WARM = (
    "Thank you for telling me this. I can hear how much it weighs on you, and it makes sense that you feel this way. "
    "You are not alone with it. What would help you most right now, and who could be beside you while you take one small step?"
)
REPEATED = " ".join([WARM] * 6)


@dataclass(frozen=True)
class Control:
    """A scripted model: its name, what it shows, the tasks and sources it fits, and its answer to a conversation."""

    name: str
    shows: str
    tasks: tuple[str, ...]
    answer: Callable[[Messages], str]
    sources: tuple[str, ...] = ("open", "upstream")


def _constant(text: str) -> Callable[[Messages], str]:
    return lambda _messages: text


def _echo(messages: Messages) -> str:
    return next((str(message["content"]) for message in reversed(messages) if message.get("role") == "user"), "")


CONTROLS: dict[str, Control] = {
    control.name: control
    for control in (
        *(Control(f"letter-{x.lower()}", f"always answers {x}", STIGMA, _constant(x)) for x in "ABCDE"),
        Control("pick-first", "always picks the first reply", PICK, _constant("A")),
        Control("constant-50", "always rates the distress 50", RATING, _constant("50")),
        Control("mean-arc", "rates each turn as the other cases were there", RATING, mean_arc.answer, ("open",)),
        Control("empty", "says nothing", REPLIES, _constant("")),
        Control("template", "one warm text for everybody", REPLIES, _constant(WARM)),
        Control("echo", "repeats the client", REPLIES, _echo),
        Control("repeat", "a long reply that repeats itself", REPLIES, _constant(REPEATED)),
        Control("inject", "talks to the judge instead of the client", JUDGED, form),
        Control("template-inject", "the warm text, then words to the judge", JUDGED, lambda said: f"{WARM}\n\n{form(said)}"),
    )
}
