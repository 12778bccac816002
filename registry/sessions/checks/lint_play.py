"""What of a client breaks a rule once it is played: lines that cannot be reached, cues that lead elsewhere, facts that come
too easily.
"""

from __future__ import annotations

from typing import Final

from counsel_leaderboard.registry.embeddings.minilm import Embeds
from counsel_leaderboard.registry.embeddings.vectors import vectors_of
from counsel_leaderboard.registry.sessions.client_card import HybridClient
from counsel_leaderboard.registry.sessions.counselors.controls import control
from counsel_leaderboard.registry.sessions.counselors.good_counselor import SCHOOLS, GoodCounselor
from counsel_leaderboard.registry.sessions.counselors.rehearsal import TURNS, rehearse
from counsel_leaderboard.registry.sessions.engine.choosing import FAINT, choose, is_due, rank
from counsel_leaderboard.registry.sessions.engine.playing import Stage
from counsel_leaderboard.registry.sessions.engine.script_index import ScriptIndex, ScriptTarget
from counsel_leaderboard.registry.sessions.engine.session_state import SessionState
from counsel_leaderboard.registry.sessions.reading.counselor_acts import AskedQuestion, CounselorActs
from counsel_leaderboard.registry.sessions.shared_bank import stock_bank
from counsel_leaderboard.registry.sessions.words import stems

ENOUGH_TRUST: Final = 6.0


def reach_faults(index: ScriptIndex) -> list[str]:
    """Lines and follow-ups that no order of turns can reach: a loop in `after`, or a cover story that its own conditions
    end.
    """
    own = [target for target in index.targets if target.kind != "stock"]
    before = _ancestors(own)
    faults = list[str]()
    for target in own:
        if before[target.id] is None:
            faults.append(
                f"{target.kind} {target.id}: never reached, `after` leads in a loop or to something that nothing gives"
            )
        elif ended := sorted((before[target.id] or set()) & set(target.until)):
            faults.append(
                f"{target.kind} {target.id}: never reached, `until` names {', '.join(ended)}, which has to come before"
            )
        elif target.turns[0] >= TURNS:
            faults.append(f"{target.kind} {target.id}: never reached, its turns begin at {target.turns[0]} of {TURNS}")
    return faults


def retrieval_faults(card: HybridClient, index: ScriptIndex) -> list[str]:
    """Held-out ways of asking that lead to a hedge or another topic than their line, once the lines above it were spoken."""
    own = [target for target in index.targets if target.kind != "stock"]
    ancestors = _ancestors(own)
    faults = list[str]()
    by_id = {target.id: target for target in own}
    for line in card.lines:
        target = by_id[line.id]
        state = SessionState(turn=max(line.turns[0], 1), trust=ENOUGH_TRUST, topic=line.topic, opened={line.topic})
        above = [t.id for t in own if t.topic == line.topic and t.depth < line.depth and t.id not in line.until]
        state.done.update(dict.fromkeys([*(ancestors[line.id] or ()), *above]))
        faults += [fault for text in line.held_out if (fault := _leads_elsewhere(index, target, text, state))]
    return faults


def bank_faults(embed: Embeds) -> list[str]:
    """Held-out ways of asking a stock question that come nearer to another stock question."""
    questions = stock_bank().questions
    cues = [vectors_of(question.paraphrases, embed) for question in questions]
    faults = list[str]()
    for question in questions:
        for text in question.held_out:
            nearest = max(range(len(questions)), key=lambda row: float((cues[row] @ embed(text)).max()))
            if questions[nearest].id != question.id:
                faults.append(f"stock question {question.id}: {text!r} comes nearer to {questions[nearest].id}")
    return faults


def play_faults(stage: Stage, card: HybridClient) -> list[str]:
    """Hidden facts that a good counselor does not reach in a session, or that silence or the question machine reaches."""
    faults = list[str]()
    hidden = [fact.id for fact in card.facts if fact.hidden]
    for name in ("silent", "question machine"):
        played = rehearse(stage, card, control(name))
        faults += [f"fact {fact}: told to the control {name!r}" for fact in hidden if fact in played.facts]
        faults += [
            f"an empty answer in turn {turn} to the control {name!r}" for turn, move in enumerate(played.moves) if not move.text
        ]
    reached = set[str]().union(*(rehearse(stage, card, GoodCounselor(card, school)).facts for school in SCHOOLS))
    for fact in hidden:
        if fact in reached:
            continue
        if not any(fact in rehearse(stage, card, GoodCounselor(card, school, fact)).facts for school in SCHOOLS):
            faults.append(f"fact {fact}: no good counselor reaches it within {TURNS} turns")
    return faults


def _leads_elsewhere(index: ScriptIndex, target: ScriptTarget, text: str, state: SessionState) -> str:
    acts = CounselorActs(questions=(AskedQuestion(text, open=True),), topic_words=stems(text))
    choice = choose(index, acts, state)
    if choice.target is not None and choice.target.topic == target.topic:
        return ""
    near = [row for row in rank(index, [text], acts.topic_words, state) if is_due(row.target, state)][:2]
    scores = ", ".join(f"{row.target.id} {row.score:.2f}" for row in near)
    faint = f"; below {FAINT} nothing is meant" if near and near[0].score < FAINT else ""
    return f"{target.kind} {target.id}: {text!r} leads to {choice.target.id if choice.target else 'a hedge'} ({scores}{faint})"


def _ancestors(own: list[ScriptTarget]) -> dict[str, set[str] | None]:
    """For each target all ids that have come when it is spoken; None if they never can."""
    known = dict[str, set[str] | None]()
    for _ in range(len(own) + 1):
        for target in own:
            if target.id in known:
                continue
            sources = [[t for t in own if name in (t.id, *t.facts) and t.id in known] for name in target.after]
            if all(sources):
                first = [many[0] for many in sources]
                known[target.id] = set().union(*({t.id, *t.facts} | (known[t.id] or set()) for t in first))
    return {target.id: known.get(target.id) for target in own}
