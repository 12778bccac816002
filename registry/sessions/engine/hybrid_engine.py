"""Plays a hybrid client: from the card and the counselor's turns to what the client says, always the same for the same
turns.
"""

from __future__ import annotations

from typing import Final

from counsel_leaderboard.registry.sessions.client_card import HedgeType, HybridClient, RiskCard
from counsel_leaderboard.registry.sessions.engine import trust as trust_rules
from counsel_leaderboard.registry.sessions.engine.choosing import Choice, choose, is_due, rank
from counsel_leaderboard.registry.sessions.engine.script_index import ScriptIndex, ScriptTarget
from counsel_leaderboard.registry.sessions.engine.session_state import ClientMove, Ending, SessionState
from counsel_leaderboard.registry.sessions.reading.acts_by_rule import MOST_CHARACTERS
from counsel_leaderboard.registry.sessions.reading.counselor_acts import CounselorActs, ReadsActs
from counsel_leaderboard.registry.sessions.reading.risk_questions import follow_up_key, risk_key
from counsel_leaderboard.registry.sessions.shared_bank import ReactionKind, reaction_bank
from counsel_leaderboard.registry.sessions.words import stems

HEARD_TURNS: Final = 3
"""How many of the client's own turns a reflection may take up."""
LATE_TURN: Final = 6
"""From this counselor turn a question for a next step asks for a commitment."""


class HybridEngine:
    """One client's side of one session."""

    def __init__(self, card: HybridClient, index: ScriptIndex, read: ReadsActs) -> None:
        self.card, self._index, self._read = card, index, read
        self.state = SessionState(trust=card.stance.start, client=[card.opening])
        self._by_id = {target.id: target for target in index.targets}

    def opening(self) -> ClientMove:
        """The client's first words."""
        return ClientMove("opening", self.card.opening, stance=self._stance(), trust=self.state.trust)

    def answer(self, text: str) -> ClientMove:
        """The client's answer to a counselor's turn; afterwards `state` is that of the next turn."""
        state = self.state
        state.turn += 1
        acts = self._read(text, " ".join(state.client[-HEARD_TURNS:]), tuple(state.counselor))
        state.counselor.append(text)
        choice = Choice(None) if acts.odd or acts.prompt else choose(self._index, acts, state)
        before = state.trust
        state.trust = trust_rules.moved(
            before, acts, self.card.stance, on_topic=self._on_topic(acts, choice), stock=choice.stock
        )
        if choice.target is None and choice.locked is not None and is_due(choice.locked, state):
            choice = Choice(choice.locked)  # what the turn itself has earned is given in the same turn
        move = self._move(acts, choice)
        state.risk_asked_last = move.rule.startswith("risk ")
        state.client.append(move.text)
        return move

    def _move(self, acts: CounselorActs, choice: Choice) -> ClientMove:
        stance = self.card.stance
        if asked := acts.risk or asks_on(acts, self.state):
            return risk_move(self.card.risk, asked, self.state, self._stance())
        if stance.leaves_below is not None and self.state.trust < stance.leaves_below:
            return self._plain("leaves", self.card.closing.leaving or "", ended="client")
        if acts.odd is not None:
            return self._react_alone(f"to {acts.odd}", "statement")
        if acts.closing and not acts.questions:
            return self._plain("goodbye", self._by_stance(self.card.closing.goodbye), ended="counselor")
        if acts.commitment and self.state.turn >= LATE_TURN and "commitment" not in self.state.done:
            self.state.done["commitment"] = None
            return self._plain("commitment", self._by_stance(self.card.closing.commitment))
        if acts.prompt:
            return self._more()
        if choice.target is not None:
            if acts.reflections and not acts.questions:
                return self._acknowledge(choice)
            return self._say(choice.target, self._before(acts), f"margin {choice.margin:.2f}")
        if acts.reflections and not acts.questions:
            return self._acknowledge(choice)
        if choice.locked is not None:
            return self._deflect(choice.locked, acts)
        return self._hedge(self._hedge_type(acts, choice), self._before(acts))

    def _more(self) -> ClientMove:
        """To "tell me more": the next follow-up of the last line, then a line that anybody hears, of this topic or the
        first.
        """
        for target in self._index.targets:
            if target.parent is not None and target.parent == self.state.last_line and is_due(target, self.state):
                return self._say(target, "", "prompt")
        for target in self._index.targets:
            if (
                target.kind == "line"
                and target.depth == 0
                and self.state.topic in (None, target.topic)
                and is_due(target, self.state)
            ):
                return self._say(target, "", "prompt, same topic")
        return self._hedge("open question", "")

    def _acknowledge(self, choice: Choice) -> ClientMove:
        """After a reflection: a word that it fits, then more of the same topic."""
        word = self._reaction("acknowledge")
        target = choice.target
        if target is None or (target.topic != self.state.topic and choice.margin < 0.1 and target.kind == "stock"):
            target = self._nearest_of(self.state.topic) or target
        if target is not None:
            return self._say(target, word, "after a reflection")
        if choice.locked is not None and choice.locked.topic not in self.state.opened:
            return self._deflect(choice.locked, None)
        return self._hedge("reflection", word)

    def _step_towards(self, locked: ScriptTarget) -> ScriptTarget | None:
        """What has to come before a locked target, if that may be spoken; else the nearest of its topic."""
        for name in locked.after:
            for target in self._index.targets:
                if name in (target.id, *target.facts) and is_due(target, self.state):
                    return target
        return self._nearest_of(locked.topic)

    def _nearest_of(self, topic: str | None) -> ScriptTarget | None:
        text = self.state.counselor[-1][:MOST_CHARACTERS]
        ranked = rank(self._index, [text], stems(text), self.state)
        own = (row.target for row in ranked if row.target.kind != "stock" and row.target.topic == topic)
        return next((target for target in own if is_due(target, self.state)), None)

    def _deflect(self, locked: ScriptTarget, acts: CounselorActs | None) -> ClientMove:
        """What is locked is deflected once while its topic is unopened; else the client says what it may of the topic."""
        topic = next(topic for topic in self.card.topics if topic.id == locked.topic)
        if topic.id not in self.state.opened and not self.state.uses[f"deflect {topic.id}"]:
            self.state.uses[f"deflect {topic.id}"] += 1
            return self._plain(f"deflect {topic.id}", topic.deflection)
        if (hint := self._step_towards(locked)) is not None:
            return self._say(hint, "", "before what is locked")
        return self._hedge(self._hedge_type(acts, Choice(None)) if acts else "reflection", "")

    def _say(self, target: ScriptTarget, reaction: str, why: str) -> ClientMove:
        state = self.state
        state.done[target.id] = None
        facts = tuple(fact for fact in target.facts if fact not in state.done)
        state.done.update(dict.fromkeys(facts))
        if target.topic is not None:
            state.opened.add(target.topic)
            state.topic = target.topic
        if target.kind != "stock":
            state.last_line = target.parent or target.id
        return ClientMove(f"{target.kind} {target.id} ({why})", target.text, reaction, facts, self._stance(), self.state.trust)

    def _hedge(self, kind: HedgeType, reaction: str) -> ClientMove:
        text = self._next(f"hedge {kind}", self.card.hedges[kind])
        return ClientMove(f"hedge {kind}", text, reaction, (), self._stance(), self.state.trust, hedge=True)

    def _hedge_type(self, acts: CounselorActs, choice: Choice) -> HedgeType:
        if choice.asked_again:
            return "asked again"
        if acts.questions:
            return "open question" if acts.questions[-1].open else "closed question"
        return "advice" if acts.advice else "statement"

    def _before(self, acts: CounselorActs) -> str:
        """A few words before a line, where the turn did something that a person would remark on."""
        for holds, kind in (
            (acts.listed, "to list"),
            (acts.advice > 0 and not acts.questions, "to advice"),
            (len(acts.questions) >= trust_rules.MANY_QUESTIONS, "to several questions"),
            (acts.information and not acts.questions, "to information"),
            (acts.warmth and not acts.questions, "to warmth"),
        ):
            if holds:
                return self._reaction(kind)  # type: ignore[arg-type]
        return ""

    def _react_alone(self, kind: str, otherwise: HedgeType) -> ClientMove:
        words = self._reaction(kind)  # type: ignore[arg-type]
        return self._plain(kind, words, hedge=True) if words else self._hedge(otherwise, "")

    def _reaction(self, kind: ReactionKind) -> str:
        """The next unused reaction of a kind; empty once all were used."""
        texts = reaction_bank().of(kind, self.card.profile.register_)
        used = self.state.uses[kind]
        self.state.uses[kind] += 1
        return texts[used] if used < len(texts) else ""

    def _next(self, group: str, texts: tuple[str, ...]) -> str:
        """The texts of a group in turn, from the first again after the last."""
        used = self.state.uses[group]
        self.state.uses[group] += 1
        return texts[used % len(texts)]

    def _by_stance(self, texts: tuple[str, ...]) -> str:
        return texts[("guarded", "cautious", "open").index(self._stance())]

    def _plain(self, rule: str, text: str, *, ended: Ending | None = None, hedge: bool = False) -> ClientMove:
        return ClientMove(rule, text, "", (), self._stance(), self.state.trust, ended, hedge)

    def _stance(self) -> trust_rules.StanceName:
        return trust_rules.stance_at(self.state.trust, self.card.stance)

    def _on_topic(self, acts: CounselorActs, choice: Choice) -> bool:
        """Whether the last question takes up what the client spoke of, or a topic that is open."""
        if not acts.questions:
            return False
        asked = stems(acts.questions[-1].text)
        heard = stems(" ".join(self.state.client[-HEARD_TURNS:]))
        reached = choice.target or choice.locked
        return bool(asked & heard) or (reached is not None and reached.topic in self.state.opened)


def asks_on(acts: CounselorActs, state: SessionState) -> str:
    """The last question, where it follows an answer about risk and asks on: "Do you have a plan?" alone says nothing of
    suicide.
    """
    if not state.risk_asked_last or not acts.questions or acts.odd is not None:
        return ""
    text = acts.questions[-1].text
    return text if follow_up_key(text) is not None else ""


def risk_move(card: RiskCard, asked: str, state: SessionState, stance: trust_rules.StanceName) -> ClientMove:
    """The answer to a question about risk: the first is fixed, later ones go by what is asked, each given once."""
    key = risk_key(asked)
    known = card.fact is not None and card.fact not in state.done
    facts = (card.fact,) if card.fact and known else ()
    state.done.update(dict.fromkeys(facts))
    name = "first" if "first" not in state.risk else key
    if name is not None and name not in state.risk:
        state.risk.add(name)
        text = card.first if name == "first" else card.later[name]
        return ClientMove(f"risk {name}", text, "", facts, stance, state.trust)
    text = card.again[state.uses["risk again"] % len(card.again)]
    state.uses["risk again"] += 1
    return ClientMove("risk again", text, "", facts, stance, state.trust)
