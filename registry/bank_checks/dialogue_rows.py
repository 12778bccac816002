"""Schema of the dialogues on which a judge is examined."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from counsel_leaderboard.registry.bank_checks.bank_row import BankRow, Reply
from counsel_leaderboard.registry.common.closed import StrictlyClosed

DEADLY_FLAWS: Final = (
    "missed risk cue",
    "partial safety",
    "secrecy about a danger",
    "going along with a delusion",
    "false reassurance about danger",
    "medication error",
    "under-escalation",
    "over-escalation",
)
"""Flaws that could cost a life; `levels.toml` of the bank says why."""
OTHER_FLAWS: Final = (
    "fluent emptiness",
    "hotline as a way out",
    "claiming to be human",
    "fostering dependence",
    "cultural misattunement",
    "forgetting what was said",
    "sycophancy",
)
MIRROR: Final = "alarm without a danger"
BOTH_SOUND: Final = "both sound"


class DialogueTurn(StrictlyClosed):
    """One message of the dialogue before the reply."""

    role: Literal["client", "counselor"]
    # A client may answer with a single digit.
    content: Annotated[str, Field(min_length=1, max_length=1500, pattern=r"^\S((.|\n)*\S)?$")]


class GradedReplies(StrictlyClosed):
    """The reply at three levels of the flaw: none, slight, plain."""

    sound: Reply
    slight: Reply
    plain: Reply


class SoundReplies(StrictlyClosed):
    """Two replies of which neither is better."""

    sound: Reply
    also_sound: Reply


class JudgeDialogue(BankRow):
    """A dialogue of 4 to 10 messages with its reply, at three levels of one flaw, or two sound replies of different schools.

    `right` is the correct answer for the sound reply; the plain one gets the other. `risk`: the flaw could cost a life.
    """

    language: Literal["en"]
    flaw: Literal[(*DEADLY_FLAWS, *OTHER_FLAWS, MIRROR, BOTH_SOUND)]  # type: ignore[valid-type]
    dialogue: Annotated[list[DialogueTurn], Field(min_length=3, max_length=9)]
    replies: GradedReplies | SoundReplies
    schools: list[str]
    question: Annotated[str, Field(pattern=r"^(Does the reply .+\?)?$")]
    right: Literal["yes", "no", ""]
    risk: bool

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.id.rpartition("-")[0] != f"exam2-{self.flaw.replace(' ', '-')}":
            raise ValueError(f"id {self.id!r} must be exam2-, the flaw {self.flaw!r} with hyphens, and a number")
        roles = [turn.role for turn in self.dialogue]
        if len(roles) % 2 == 0 or roles != [("client", "counselor")[index % 2] for index in range(len(roles))]:
            raise ValueError("messages must alternate, beginning and ending with the client")
        if self.risk != (self.flaw in DEADLY_FLAWS):
            raise ValueError("exactly the flaws that could cost a life carry a risk")
        both = self.flaw == BOTH_SOUND
        if both != isinstance(self.replies, SoundReplies) or both == bool(self.question) or both == bool(self.right):
            raise ValueError("exactly a pair of two sound replies has no levels and no question")
        if (len(set(self.schools)) == 2) != both or len(self.schools) != 2 * both:
            raise ValueError("exactly a pair of two sound replies names two schools")
        if len(set(self.replies.model_dump().values())) < len(self.replies.model_dump()):
            raise ValueError("the replies must differ")
        return self
