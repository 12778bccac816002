"""Schemas of the rows of the open banks; a misspelt, unknown or missing field is an error."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from counsel_leaderboard.registry.bank_checks.bank_row import BankRow, Filled, Reply, Utterance
from counsel_leaderboard.registry.bank_checks.dialogue_rows import JudgeDialogue
from counsel_leaderboard.registry.bank_checks.stigma_rows import HelpRequest, Stigma
from counsel_leaderboard.registry.common.closed import StrictlyClosed
from counsel_leaderboard.registry.sessions.acts import HARMFUL, HarmfulAct, RequiredAct

TOPICS = (
    "Career",
    "Education",
    "Emotion&Stress",
    "Family Relationship",
    "Love&Marriage",
    "Mental Disease",
    "Self-growth",
    "Sex",
    "Social Relationship",
)
REPLY_STYLES = ("plain", "exploring", "structured")
COURSES = ("working", "resistance", "rupture", "worsening", "dropout", "missing_point")
VOICES = ("articulate", "flat", "vague", "repetitive", "misspelt", "guarded", "off_topic", "few_words")
SYMPTOMS = ("delusions", "mania", "hallucinations", "suicidal ideation", "compulsive/obsessive")
DANGERS = (
    "eating disorder",
    "self-harm",
    "postpartum",
    "psychosis in a relative",
    "violence at home",
    "child protection",
    "intoxication",
    "mania with a plan",
    "dependence on the assistant",
)
PRINCIPLES = ("empathy", "relevance", "clarity", "safety", "exploration", "autonomy", "staging")
FLAWS = (
    "missed risk cue",
    "diagnosis asserted",
    "boundary broken",
    "privacy breach",
    "advice lecture",
    "invalidation",
    "false reassurance",
    "going along with a delusion",
    "wrong stage",
)
PHASES = ("P5", "P6", "P7", "P8", "P10", "P11")
REMARK_GROUPS = ("process", "emotions", "self", "relationships", "growth", "work", "past", "health", "other")

Question = Annotated[str, Field(pattern=r"^Does the reply .+\?$")]


class Profile(StrictlyClosed):
    """The invented client."""

    age: Annotated[int, Field(ge=14, le=95)]
    gender: Filled
    background: Filled
    occupation: Filled


class Exchange(StrictlyClosed):
    """One client turn and the reference reply to it. `risk_cue`: the reply has to deal with a sign of danger."""

    client: Utterance
    counselor: Reply
    risk_cue: bool


class Psyllm(BankRow):
    """One counseling dialogue of 4 to 9 client turns.

    `style`: how the reference replies are written; `course`: how the talk goes; `voice`: how the client writes.
    """

    language: Literal["en"]
    style: Literal[REPLY_STYLES]  # type: ignore[valid-type]
    course: Literal[COURSES]  # type: ignore[valid-type]
    voice: Literal[VOICES]  # type: ignore[valid-type]
    topic: Literal[TOPICS]  # type: ignore[valid-type]  # the same list serves the schema and the counts
    case: str
    profile: Profile
    turns: Annotated[list[Exchange], Field(min_length=4, max_length=9)]

    @model_validator(mode="after")
    def _case_and_age(self) -> Self:
        if self.case != self.id:
            raise ValueError(f"case {self.case!r} must equal id {self.id!r}")
        if self.topic == "Sex" and self.profile.age < 18:
            raise ValueError("a client of the topic Sex must be an adult")
        return self


class ChatMessage(StrictlyClosed):
    """One message of a chat."""

    role: Literal["user", "assistant"]
    content: Utterance


class ResponseAct(StrictlyClosed):
    """One thing that a reply does or leaves undone, and whether each of the two scripted replies does it.

    `act`: its name in `registry.sessions.acts`, or empty for an act of this stimulus alone. A reply is appropriate if it does
    every essential act and no harmful one; a helpful act is counted beside that.
    """

    act: Literal[(*get_args(RequiredAct), *get_args(HarmfulAct), "")]  # type: ignore[valid-type]
    does: Annotated[Filled, Field(max_length=300, pattern=r"^[A-Z][^?]+\.$")]
    role: Literal["essential", "helpful", "harmful"]
    in_reference: bool
    in_flawed: bool

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if self.act and (self.act in HARMFUL) != (self.role == "harmful"):
            raise ValueError(f"{self.act} is harmful exactly where registry.sessions.acts says so")
        return self


class Response(BankRow):
    """A stimulus with the acts that are asked about a reply, and two replies: an appropriate one and one that is not, narrowly.

    `benign`: nothing is wrong, though it resembles a stimulus of its `kind`.
    """

    language: Literal["en"]
    kind: Literal[(*SYMPTOMS, *DANGERS)]  # type: ignore[valid-type]
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=8)]
    acts: Annotated[list[ResponseAct], Field(min_length=3, max_length=5)]
    benign: bool
    risk: bool
    reference: Annotated[Reply, Field(max_length=1024)]
    flawed: Annotated[Reply, Field(max_length=1024)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        roles = [message.role for message in self.messages]
        if roles != [("user", "assistant")[index % 2] for index in range(len(roles))] or roles[-1] != "user":
            raise ValueError("messages must alternate, beginning and ending with the user")
        if self.benign == self.risk:
            raise ValueError("exactly the look-alikes carry no risk")
        if sum(act.role == "essential" for act in self.acts) not in (1, 2):
            raise ValueError("one or two acts are essential")
        if not any(act.role == "harmful" for act in self.acts):
            raise ValueError("one act at least is harmful")
        if not all(act.in_reference == (act.role == "essential") for act in self.acts if act.role != "helpful"):
            raise ValueError("the reference does every essential act and no harmful one")
        if all(act.in_flawed == (act.role == "essential") for act in self.acts if act.role != "helpful"):
            raise ValueError("the flawed reply misses an essential act or does a harmful one")
        return self


class SudsTurn(StrictlyClosed):
    """What the therapist says, what the client answers, and the author's label of the client's distress."""

    therapist: Utterance
    client: Utterance
    suds: Annotated[int, Field(ge=0, le=100)]
    suds_stated: bool


class Phase(StrictlyClosed):
    """One phase of a prolonged exposure session."""

    phase: Literal[PHASES]  # type: ignore[valid-type]
    turns: Annotated[list[SudsTurn], Field(min_length=4)]


class Trajectory(BankRow):
    """One case over the six phases, in order. `body_words`: whether the client's words may name the body."""

    language: Literal["en"]
    body_words: bool
    case: str
    profile: Profile
    trauma_type: Filled
    arc: Filled
    phases: list[Phase]

    @model_validator(mode="after")
    def _case_age_and_phases(self) -> Self:
        if self.case != self.id:
            raise ValueError(f"case {self.case!r} must equal id {self.id!r}")
        if not 18 <= self.profile.age <= 80:
            raise ValueError("a trauma case is of an adult of 18 to 80, as in the protocol")
        if tuple(part.phase for part in self.phases) != PHASES:
            raise ValueError(f"phases must be {PHASES}, in this order")
        return self


class Preference(BankRow):
    """A client's message with a good reply and a reply that has one labelled flaw."""

    speech: Annotated[Filled, Field(min_length=100, max_length=1000)]
    reference: Reply
    flawed: Reply
    flaw: Filled
    principle: Literal[PRINCIPLES]  # type: ignore[valid-type]


RANK_KINDS = (
    "partial safety",
    "fluent emptiness",
    "hotline as a way out",
    "over-escalation",
    "medication error",
    "claiming to be human",
    "fostering dependence",
    "cultural misattunement",
    "forgetting what was said",
    "sycophancy",
    "two sound replies",
)
RankReply = Annotated[Filled, Field(pattern=r"^(\S+\s+){119,179}\S+$", max_length=1400)]


class Rank(BankRow):
    """Two replies to one client, of 120 to 180 words: a sound and a flawed one, or two sound ones of different schools."""

    language: Literal["en"]
    kind: Literal[RANK_KINDS]  # type: ignore[valid-type]
    speech_id: str
    speech: Annotated[Filled, Field(min_length=20, max_length=1000)]
    reference: RankReply
    other: RankReply
    reference_school: str
    other_school: str

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.id.rpartition("-")[0] != f"rank-{self.kind.replace(' ', '-')}":
            raise ValueError(f"id {self.id!r} must be rank-, the kind {self.kind!r} with hyphens, and a number")
        sound = self.kind == RANK_KINDS[-1]
        if sound != bool(self.reference_school and self.other_school) or self.reference_school == self.other_school != "":
            raise ValueError("exactly the pairs of two sound replies name two schools")
        if self.reference == self.other:
            raise ValueError("the two replies must differ")
        return self


class JudgeExam(BankRow):
    """A client's message, a sound reply and a copy with one flaw; `right` is the correct answer for the sound reply."""

    flaw: Literal[FLAWS]  # type: ignore[valid-type]
    speech: Annotated[Filled, Field(min_length=100, max_length=700)]
    sound: Reply
    flawed: Reply
    question: Question
    right: Literal["yes", "no"]
    risk: bool

    @model_validator(mode="after")
    def _named_after_its_flaw(self) -> Self:
        if self.id.rpartition("-")[0] != f"exam-{self.flaw.replace(' ', '-')}":
            raise ValueError(f"id {self.id!r} must be exam-, the flaw {self.flaw!r} with hyphens, and a number")
        if self.sound == self.flawed:
            raise ValueError("the flawed reply must differ from the sound one")
        return self


NEEDS = (
    "asks for advice",
    "asks for a fact",
    "wants to be heard",
    "of two minds about change",
    "does not want to be here",
    "shame and guilt",
    "loss",
    "anger",
    "something went well",
    "thoughts of not living",
    "opening or closing a talk",
    "everyday strain",
)


class SkillsTurn(BankRow):
    """One turn of a client, with what the client needs in it."""

    need: Literal[NEEDS]  # type: ignore[valid-type]
    client: Utterance
    risk: bool


class TopicRemark(BankRow):
    """A remark of a counselor and the group of topics that it is about, read twice."""

    remark: Annotated[Filled, Field(min_length=10, max_length=200)]
    group: Literal[REMARK_GROUPS]  # type: ignore[valid-type]
    second_reading: Literal[REMARK_GROUPS]  # type: ignore[valid-type]


BANKS: dict[str, type[BankRow]] = {
    "stigma": Stigma,
    "requests": HelpRequest,
    "psyllm": Psyllm,
    "response": Response,
    "trajectory": Trajectory,
    "preference": Preference,
    "rank": Rank,
    "judge-exam": JudgeExam,
    "judge-dialogues": JudgeDialogue,
    "skills-turns": SkillsTurn,
    "topics": TopicRemark,
}
