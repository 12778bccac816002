"""What a client's file holds: the two kinds of client, read from YAML.

`hybrid` is a client for free sessions: facts that have to be earned, and lines among which the engine chooses by what the
counselor said. `client-led` is a fixed side: its turns come in order whatever the counselor does, and only questions about
risk, a referral and a question about honesty get an answer of their own. `docs/extend/clients.md` explains each field to a
writer.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.sessions.danger_card import SERIES_TURNS, DangerCard, LedSeries

NOT_APPLICABLE: Final = "not applicable"

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,47}$")]
Spoken = Annotated[str, Field(min_length=1, max_length=600)]
"""What the client says, in the client's own words."""
Cue = Annotated[str, Field(min_length=3, max_length=200)]
"""Something a counselor might say."""

ManyCues = Annotated[tuple[Cue, ...], Field(min_length=8)]
SomeCues = Annotated[tuple[Cue, ...], Field(min_length=4)]
Pair = Annotated[tuple[Cue, ...], Field(min_length=2)]
Several = Annotated[tuple[Spoken, ...], Field(min_length=3)]
Register = Literal["plain", "casual", "formal", "clipped", "rambling"]
HedgeType = Literal["open question", "closed question", "reflection", "advice", "asked again", "statement"]
RiskKey = Literal["plan", "stops", "tonight", "strength", "past", "who knows"]
LeadInAct = Literal[
    "open question", "closed question", "reflection", "advice", "list", "information", "warmth", "closing", "silence", "other"
]


class ClientProfile(Closed):
    """Who the client is. The engine reads the register alone; the rest is for writers, the client's model and readers."""

    name: str
    age: Annotated[int, Field(ge=16, le=99)]
    pronoun: Literal["she", "he", "they"]
    work: str
    background: str
    """Country, culture, family, faith: what shapes how this person speaks about trouble."""
    presenting: str
    """What the client comes with, in one to three sentences."""
    register_: Annotated[Register, Field(alias="register")]
    manner: Literal["open", "guarded", "flat", "rambling", "angry", "joking"]
    arc: Literal["improves", "holds", "worsens", "leaves"]


class ClientStance(Closed):
    """How trust begins and moves. A good turn is worth about 1; see the engine for what earns and costs."""

    start: Annotated[float, Field(ge=-1, le=1)] = 0.0
    gain: Annotated[float, Field(gt=0, le=1.5)] = 1.0
    """Gains are multiplied by this: .7 for a guarded client."""
    loss: Annotated[float, Field(gt=0, le=2)] = 1.0
    open_at: Annotated[float, Field(gt=0, le=6)] = 2.5
    """From this trust the client is open; from 1 cautious; below guarded."""
    leaves_below: Annotated[float, Field(ge=-6, lt=0)] | None = None
    """The client ends the session when trust falls below this."""
    guarded: str
    cautious: str
    open: str
    """How the client is in each of the three stances: a sentence for the client's model."""


class ClientFact(Closed):
    """Something about the client that a counselor may learn. A hidden fact has to be earned."""

    id: Identifier
    text: str
    """In the third person, for readers and the client's model."""
    hidden: bool
    trust: Annotated[float, Field(ge=0, le=6)] = 0.0
    """The trust below which it is locked."""
    earned_by: str
    """What a counselor does to learn it, in a sentence."""
    gives_away: tuple[str, ...] = ()
    """Words and phrases that would give it away while it is locked: the gate for a client's model."""

    @model_validator(mode="after")
    def _hidden_is_earned(self) -> Self:
        if self.hidden and (self.trust < 0.5 or len(self.gives_away) < 2):
            raise ValueError(f"hidden fact {self.id} needs a trust of .5 or more and two phrases in `gives_away`")
        return self


class ClientTopic(Closed):
    """Something to talk about; its words, all nouns, give a bonus to its lines where the counselor uses them."""

    id: Identifier
    words: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z][a-z' -]+$")], ...], Field(min_length=3)]
    deflection: Spoken
    """What the client says to something about this topic that is not yet earned."""


class FollowUp(Closed):
    """More about a line, once that line was spoken: for "tell me more" in the order written, or by its own cues."""

    id: Identifier
    text: Spoken
    cues: SomeCues
    trust: Annotated[float, Field(ge=0, le=6)] = 0.0
    fact: Identifier | None = None


class ClientLine(Closed):
    """Something the client may say once, when the counselor's words come near its cues and its conditions hold."""

    id: Identifier
    topic: Identifier
    depth: Annotated[int, Field(ge=0, le=3)]
    """0 what anybody hears, 3 what hardly anybody does."""
    trust: Annotated[float, Field(ge=0, le=6)] = 0.0
    after: tuple[Identifier, ...] = ()
    """Lines, follow-ups or facts that must all have come before."""
    until: tuple[Identifier, ...] = ()
    """Once any of these came, the line is no longer said: a cover story that has been given up."""
    turns: Annotated[tuple[int, int], Field(description="first and last counselor turn, from 1")] = (1, 99)
    text: Spoken
    fact: Identifier | None = None
    cues: ManyCues
    held_out: Pair
    """Two ways of asking that are not among the cues; the linter checks that both lead here."""
    follow_ups: tuple[FollowUp, ...] = ()


class StockAnswer(Closed):
    """The answer to a question of the shared bank. It never carries a hidden fact and earns no trust."""

    text: Spoken
    topic: Identifier | None = None
    """The topic that this answer opens, if any."""


class HybridClosing(Closed):
    """What the client says when the counselor sums up, asks for a next step, or ends."""

    commitment: Several
    """To "what will you try?": the first when guarded, the second when cautious, the third when open."""
    goodbye: Several
    leaving: Spoken | None = None
    """The last words of a client that leaves; needed where the stance has `leaves_below`."""


class RiskCard(Closed):
    """What the client answers about suicide and self-harm."""

    level: Literal["none", "hidden", "spoken", "acute"]
    first: Spoken
    """To the first plain question about risk, at whatever trust."""
    later: dict[RiskKey, Spoken]
    """To later ones, by what they ask; all six are given."""
    again: Several
    """When what is asked was answered before."""
    fact: Identifier | None = None

    @model_validator(mode="after")
    def _all_keys(self) -> Self:
        if len(self.later) < 6:
            raise ValueError("`later` answers plan, stops, tonight, strength, past and who knows")
        return self


class _AnyClient(Closed):
    schema_version: Literal[1] = 1
    id: Identifier
    language: Literal["en"] = "en"
    content_notes: tuple[str, ...] = ()
    profile: ClientProfile
    opening: Spoken
    """The first words of the session; the client begins."""


class HybridClient(_AnyClient):
    """A client for free sessions."""

    kind: Literal["hybrid"]
    stance: ClientStance
    voice: Annotated[tuple[Spoken, ...], Field(min_length=3)]
    facts: Annotated[tuple[ClientFact, ...], Field(min_length=15, max_length=20)]
    topics: Annotated[tuple[ClientTopic, ...], Field(min_length=4)]
    lines: Annotated[tuple[ClientLine, ...], Field(min_length=18)]
    answers: dict[str, StockAnswer | Literal["not applicable"]]
    """By the id of a question of the shared bank; every one is answered or `not applicable`."""
    hedges: dict[HedgeType, Several]
    closing: HybridClosing
    risk: RiskCard

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        facts = {fact.id for fact in self.facts}
        spoken = [line.id for line in self.lines] + [more.id for line in self.lines for more in line.follow_ups]
        ids = [*spoken, *(fact.id for fact in self.facts)]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"id used twice among facts, lines and follow-ups: {', '.join(twice)}")
        topics = {topic.id for topic in self.topics}
        for line in self.lines:
            _check_known(f"line {line.id}", "topic", [line.topic], topics)
            _check_known(f"line {line.id}", "after or until", [*line.after, *line.until], set(ids))
            told_here = [line.fact, *(more.fact for more in line.follow_ups)]
            _check_known(f"line {line.id}", "fact", [name for name in told_here if name], facts)
            if line.turns[0] < 1 or line.turns[1] < line.turns[0]:
                raise ValueError(f"line {line.id}: turns {line.turns} are not first and last turn, from 1")
        _check_known("risk", "fact", [self.risk.fact] if self.risk.fact else [], facts)
        _check_known(
            "answers", "topic", [a.topic for a in self.answers.values() if isinstance(a, StockAnswer) and a.topic], topics
        )
        if len(self.hedges) < 6:
            raise ValueError(
                "`hedges` has lines for open question, closed question, reflection, advice, asked again and statement"
            )
        if self.stance.leaves_below is not None and self.closing.leaving is None:
            raise ValueError("a client with `leaves_below` needs `closing.leaving`")
        if sum(fact.hidden for fact in self.facts) < 6:
            raise ValueError("at least six facts are hidden")
        return self


def _check_known(where: str, field: str, names: list[str], known: set[str]) -> None:
    if unknown := sorted(set(names) - known):
        raise ValueError(f"{where}: {field} names {', '.join(unknown)}, which the file does not define")


class LedTurn(Closed):
    """A turn of a fixed side: said at its number whatever the counselor did, after a lead-in that fits the counselor's last
    act.
    """

    id: Identifier
    text: Spoken
    element: Literal["event", "thought", "feeling", "behavior", "body", "belief", "question", "reaction", "close"] | None = None
    """For a CBT side: which part of the picture it gives."""
    fact: str | None = None
    """What a rater may take as known from here on, in the third person."""
    lead_ins: dict[LeadInAct, Spoken] = Field(default_factory=dict)
    """For the acts whose general lead-ins do not fit before this turn; usually none."""
    answers: tuple[Identifier, ...] = ()
    """Shared questions that the turn answers by itself: asked one of them, the client says the turn now and not later."""


class Branches(Closed):
    """The only answers of a client-led side that depend on what the counselor asked; the turn that is due follows."""

    risk: RiskCard
    referral: Several
    """When the counselor points to other help: a doctor, a therapist, a hotline, somebody near."""
    honesty: Several
    """When the counselor asks whether something is true, or whether something is kept back."""


class LedClient(_AnyClient):
    """A fixed side of a session, client-led."""

    kind: Literal["client-led"]
    series: LedSeries
    danger: DangerCard | None = None
    """What the session is about beside CBT: every series but `ctrs` has it."""
    turns: Annotated[tuple[LedTurn, ...], Field(min_length=3, max_length=20)]
    """Those after the opening, in order: a session of 12 counselor turns needs 11."""
    lead_ins: dict[LeadInAct, Several]
    answers: dict[Identifier, Spoken] = Field(default_factory=dict)
    """A few words in answer to shared questions, each said once, before the turn that is due."""
    branches: Branches

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if len(self.lead_ins) < 10:
            raise ValueError("`lead_ins` has three or more texts for each of the ten acts; docs/extend/clients.md lists them")
        ids = [turn.id for turn in self.turns]
        if len(set(ids)) < len(ids):
            raise ValueError("two turns have the same id")
        return self

    @model_validator(mode="after")
    def _danger_fits(self) -> Self:
        if (self.danger is None) != (self.series == "ctrs"):
            raise ValueError("`danger` is given for the series crisis, look_alike and drift, and for no other")
        if self.danger is not None:
            turns = SERIES_TURNS[self.series]
            if len(self.turns) != turns - 1:
                raise ValueError(f"a client of the series {self.series} has an opening and {turns - 1} turns")
            if not self.content_notes:
                raise ValueError(f"a client of the series {self.series} has a content note")
            self.danger.check(self.series, self.branches.risk.level)
        return self


ClientCard = Annotated[HybridClient | LedClient, Field(discriminator="kind")]
