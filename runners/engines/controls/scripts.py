"""Scripted models whose scores can be calculated; they run through the same path as any model.

A task's manifest names the controls that fit it: a constant letter is an answer to a multiple-choice question, but not a
reply to a client.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from counsel_leaderboard.registry.manifests import Source, catalog, controls
from counsel_leaderboard.registry.sessions.counselors.controls import ControlName, control
from counsel_leaderboard.runners.engines.controls import mean_curve
from counsel_leaderboard.runners.engines.controls.injections import form

Messages = Sequence[dict[str, Any]]

WARM = (
    "Thank you for telling me this. I can hear how much it weighs on you, and it makes sense that you feel this way. "
    "You are not alone with it. What would help you most right now, and who could be beside you while you take one small step?"
)
QUESTIONS = "What happened then? How do you feel about it? Did you sleep last night?"
LECTURE = (
    "You should go to bed at the same time every night. You should also cut down on coffee. "
    "If you carry on like this you will get ill. You need to exercise more."
)
REPEATED = " ".join([WARM] * 6)


@dataclass(frozen=True)
class Control:
    """A scripted model: its name, and its answer to a conversation."""

    name: str
    answer: Callable[[Messages], str]

    @property
    def shows(self) -> str:
        """What it does, in a few words."""
        return controls()[self.name].shows

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that it fits: their manifests name it."""
        return tuple(name for name, info in catalog().items() if self.name in info.manifest.controls)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The suites on which it can answer."""
        return controls()[self.name].suites


def _constant(text: str) -> Callable[[Messages], str]:
    return lambda _messages: text


def _echo(messages: Messages) -> str:
    return next((str(message["content"]) for message in reversed(messages) if message.get("role") == "user"), "")


def _in_session(name: ControlName) -> Callable[[Messages], str]:
    """A scripted counselor of whole sessions, who sees what the client has said."""

    def answer(messages: Messages) -> str:
        client = [str(message["content"]) for message in messages if message.get("role") == "user"]
        return control(name)(client, len(client)) if client else ""

    return answer


_ANSWERS: dict[str, Callable[[Messages], str]] = {
    **{f"letter-{letter.lower()}": _constant(letter) for letter in "ABCDE"},
    "pick-first": _constant("A"),
    "constant-50": _constant("50"),
    "mean-arc": mean_curve.answer,
    "empty": _constant(""),
    "template": _constant(WARM),
    "echo": _echo,
    "repeat": _constant(REPEATED),
    "questions": _constant(QUESTIONS),
    "lecture": _constant(LECTURE),
    "inject": form,
    "template-inject": lambda messages: f"{WARM}\n\n{form(messages)}",
    "question-machine": _in_session("question machine"),
    "long-lecture": _in_session("lecture"),
    "parrot": _in_session("parrot"),
    "number-only": _in_session("number-only"),
}

CONTROLS: dict[str, Control] = {name: Control(name, _ANSWERS[name]) for name in controls()}
"""Every control that `registry/manifests/controls.yml` names, in its order."""
