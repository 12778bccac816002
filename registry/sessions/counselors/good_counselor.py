"""The positive control: a rule-driven counselor who knows a client's card and does what earns its facts, in two schools.

It checks the construction of a client, not whether good counseling is rewarded: it takes its questions from the script's own
cues.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from counsel_leaderboard.registry.sessions.client_card import HybridClient
from counsel_leaderboard.registry.sessions.counselors.controls import scripted_turns
from counsel_leaderboard.registry.sessions.engine.script_index import ScriptTarget, targets_of
from counsel_leaderboard.registry.sessions.words import EMPTY_WORDS, words

School = Literal["person-centred", "cognitive"]
SCHOOLS: Final[tuple[School, ...]] = ("person-centred", "cognitive")
RISK_TURN: Final = 4
"""The turn in which the question about suicide is asked, once."""
_REFLECTIONS: Final[dict[School, tuple[str, ...]]] = {
    "person-centred": (
        "It sounds as if the {0} and the {1} stay with you.",
        "So there is the {0}, and there is the {1}, and both matter to you.",
        "I sense that the {0} weighs on you, and the {1} too.",
        "You speak of the {0} and the {1}, and it touches you.",
    ),
    "cognitive": (
        "So the {0} goes together with the {1} for you.",
        "If I put that in order for you, first comes the {0}, then the {1}.",
        "You link the {0} to the {1}.",
        "So for you the {0} is part of it, and the {1}.",
    ),
}


class GoodCounselor:
    """One counselor of a school for one client; `aim` names the fact to go for first."""

    def __init__(self, card: HybridClient, school: School = "person-centred", aim: str | None = None) -> None:
        self._card, self._school, self._aim = card, school, aim
        self._targets = [target for target in targets_of(card) if target.kind != "stock"]
        self._hidden = {fact.id for fact in card.facts if fact.hidden}
        self._asked = list[str]()

    def __call__(self, client: Sequence[str], turn: int) -> str:
        """The next turn: a reflection of what was said, then what leads to the next fact."""
        first = self._reflection(client[-1], turn)
        if turn == RISK_TURN or (turn == 1 and self._aim is not None and self._aim == self._card.risk.fact):
            return f"{first} {scripted_turns()['risk'][0]}"
        target = self._next(client, turn)
        if target is None:
            return f"{first} What else is important to you here?"
        cues = [cue for cue in self._ordered(target) if cue not in self._asked] or list(target.cues)
        self._asked.append(cues[0])
        return f"{first} {cues[0]}"

    def _ordered(self, target: ScriptTarget) -> list[str]:
        """A target's cues: open questions first, for the person-centred school every other one a reflection."""
        asking = [cue for cue in target.cues if cue.endswith("?")]
        mirrored = [cue for cue in target.cues if not cue.endswith("?")]
        mixed = [*asking[:1], *mirrored, *asking[1:]] if self._school == "person-centred" else [*asking, *mirrored]
        return (
            sorted(mixed, key=lambda cue: not cue.lower().startswith(("what", "how", "tell")))
            if self._school == "cognitive"
            else mixed
        )

    def _reflection(self, heard: str, turn: int) -> str:
        spoken = [word for word in words(heard) if word not in EMPTY_WORDS and len(word) > 3 and "'" not in word]
        if len(spoken) < 2:
            return "You say it in few words, and it seems to matter to you."
        templates = _REFLECTIONS[self._school]
        return templates[turn % len(templates)].format(spoken[0], spoken[-1])

    def _next(self, client: Sequence[str], turn: int) -> ScriptTarget | None:
        heard = " ".join(client)
        done = {target.id for target in self._targets if target.text in heard}
        done |= {fact for target in self._targets if target.id in done for fact in target.facts}
        reach = (turn - 0.5) * self._card.stance.gain
        aims = [target for target in self._targets if target.id not in done and set(target.facts) & self._hidden]
        aims.sort(key=lambda target: (self._aim not in target.facts, target.trust))
        for aim in aims:
            step = self._step(aim, done)
            if step is not None and step.trust <= reach:
                return step
        others = [target for target in self._targets if target.id not in done and self._open(target, done)]
        return min(others, key=lambda target: (target.trust, target.depth), default=None)

    def _open(self, target: ScriptTarget, done: set[str]) -> bool:
        return set(target.after) <= done and not set(target.until) & done

    def _step(self, aim: ScriptTarget, done: set[str], depth: int = 0) -> ScriptTarget | None:
        """The target itself, or what has to come before it."""
        if depth > len(self._targets) or set(aim.until) & done:
            return None
        for name in aim.after:
            if name not in done:
                before = next((t for t in self._targets if name in (t.id, *t.facts)), None)
                return None if before is None else self._step(before, done, depth + 1)
        return aim
