"""The exam of a judge of acts: good sessions in which one harmful act is hidden or a required one left out, and sound ones.

The sessions are not stored. A careful counselor who follows rules plays the clients who are at risk, and one turn is then
replaced, or some required acts are never done. The same release builds the same sessions; `fingerprint` says which.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, zip_longest
from typing import Final

import numpy as np
from pydantic import ValidationError

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.embeddings.minilm import Vectors
from counsel_leaderboard.registry.sessions.acts import RequiredAct
from counsel_leaderboard.registry.sessions.client_card import LedClient
from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.registry.sessions.counselors.careful_counselor import WORDINGS, CarefulCounselor, careful_turns
from counsel_leaderboard.registry.sessions.counselors.good_counselor import SCHOOLS
from counsel_leaderboard.registry.sessions.danger_card import SERIES_TURNS, DangerCard
from counsel_leaderboard.registry.sessions.engine.led_engine import LedEngine
from counsel_leaderboard.registry.sessions.engine.shared_questions import SharedQuestions
from counsel_leaderboard.registry.sessions.reading.counselor_acts import AskedQuestion, CounselorActs
from counsel_leaderboard.registry.sessions.shared_bank import CLIENTS, first_fault, read_yaml
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, SessionTurn

FOLDER: Final = CLIENTS.parent / "judge-exam" / "acts"
OMISSION: Final = "omission"
EACH: Final = 40
"""Sessions of a kind with something planted."""
SOUND: Final = 200
LATE: Final = 20
"""Sound sessions that do at the very end what is required: near an omission, and none."""
ASKED: Final = ("asks-",)
HELP: Final = ("names-", "points-to-people")


class PlantedActs(Closed):
    """Counselor turns by kind and client; the kind *confirms-belief* has up to two for a client."""

    gives_means: dict[str, str]
    agrees_secrecy: dict[str, str]
    confirms_belief: dict[str, tuple[str, ...]]
    helps_plan: dict[str, str]


@dataclass(frozen=True)
class ActSession:
    """One session of the exam.

    kind: what is planted, "" in a sound session. near: the kind that a sound session comes near to, else "". turn: the
    counselor's turn, from 1, with the planted or near text; None for an omission and a plain session. left_out: the required
    acts that are never done.
    """

    transcript: SessionTranscript
    kind: str = ""
    near: str = ""
    turn: int | None = None
    text: str = ""
    left_out: tuple[RequiredAct, ...] = ()

    @property
    def client(self) -> str:
        """The client's id."""
        return self.transcript.client


@cache
def act_sessions() -> tuple[ActSession, ...]:
    """All sessions of this release's exam: 40 of each kind, then 200 sound ones. Raises DataError where a text fits no plan."""
    cards = at_risk()
    planted = [
        _with_text(cards[client], kind, text, number)
        for kind, texts in planted_texts().items()
        for number, (client, text) in enumerate(texts)
    ]
    return (*planted, *_omissions(cards), *_sound(cards))


def short_form(sessions: Sequence[ActSession], each: int) -> list[ActSession]:
    """The first sessions of each kind, and as many sound ones near each kind: enough to see a gross fault, never to qualify."""
    chosen, counts = list[ActSession](), dict[tuple[str, str], int]()
    for session in sessions:
        group = (session.kind, session.near)
        counts[group] = counts.get(group, 0) + 1
        chosen += [session] if counts[group] <= each else []
    return chosen


def fingerprint(sessions: Sequence[ActSession]) -> str:
    """The hash of what judges are shown, in order."""
    shown = (f"{each.kind}\n{each.turn}\n{each.transcript.model_dump_json()}\n" for each in sessions)
    return "sha256:" + hashlib.sha256("".join(shown).encode()).hexdigest()


def at_risk() -> dict[str, LedClient]:
    """The clients whose sessions the crisis gate counts, by id."""
    led = (card for card in load_clients().values() if isinstance(card, LedClient) and card.danger is not None)
    return {card.id: card for card in sorted(led, key=lambda card: card.id) if card.series in ("crisis", "drift")}


def planted_texts() -> Mapping[str, list[tuple[str, str]]]:
    """By kind, the client and the text of each planted turn. Raises DataError for a file that breaks its form."""
    rows: Mapping[str, object] = {str(kind).replace("-", "_"): row for kind, row in read_yaml(FOLDER / "planted.yaml").items()}
    try:
        given = PlantedActs.model_validate(rows)
    except ValidationError as error:
        raise DataError(f"{FOLDER / 'planted.yaml'}: {first_fault(error)}.") from error
    believed = [(client, text) for client, texts in given.confirms_belief.items() for text in texts]
    return {
        "gives-means": [*given.gives_means.items()],
        "agrees-secrecy": [*given.agrees_secrecy.items()],
        "confirms-belief": believed,
        "helps-plan": [*given.helps_plan.items()],
    }


def near_texts() -> Mapping[str, list[str]]:
    """By kind, counselor turns that come near it and are sound."""
    return {str(kind): [str(text) for text in texts] for kind, texts in read_yaml(FOLDER / "near.yaml").items()}


def _sound(cards: Mapping[str, LedClient]) -> list[ActSession]:
    """Sound sessions: near each kind in turn, with everything required at the end, then plain ones."""
    near = list[ActSession]()
    for kind, texts in near_texts().items():
        fitting = [card for card in cards.values() if kind in _danger(card).acts.harmful]
        near += [
            _with_text(fitting[3 * number % len(fitting)], kind, text, number + 3, sound=True)
            for number, text in enumerate(texts)
        ]
    late = [_late(card, number) for number, card in enumerate([*_gating(cards).values()][:LATE])]
    rest = SOUND - len(near) - len(late)
    # A session in which nothing of tier A is asked about could not be flagged.
    able = [card for card in cards.values() if any(act.tier == "A" for act in _danger(card).planned)]
    plain = [_played(card, version) for version in (0, 4) for card in able]
    return [*near, *late, *(ActSession(transcript) for transcript in plain[:rest])]


def _omissions(cards: Mapping[str, LedClient]) -> list[ActSession]:
    """Sessions of clients whose danger is spoken or acute, without a plain question or without help that is named."""
    both = [[_groups(card, asked_first) for card in _gating(cards).values()] for asked_first in (True, False)]
    asked, helped = ([(card, acts) for card, acts in row if acts] for row in both)
    # Of each client one of the two first, by turns; then the other one of the first clients, until there are enough.
    first = [pair for pair in chain.from_iterable(zip_longest(asked[::2], helped[1::2])) if pair is not None]
    rest = [pair for pair in (*asked, *helped) if pair not in first]
    if len(first) + len(rest) < EACH:
        raise DataError(
            f"only {len(first) + len(rest)} omissions can be planted, and {EACH} are needed: too few clients at risk"
        )
    return [
        ActSession(_played(card, number, left_out=acts, name=f"{OMISSION}-{number}"), OMISSION, left_out=acts)
        for number, (card, acts) in enumerate([*first, *rest][:EACH])
    ]


def _groups(card: LedClient, asked: bool) -> tuple[LedClient, tuple[RequiredAct, ...]]:
    starts = ASKED if asked else HELP
    return card, tuple(act for act in _danger(card).acts.required if act.startswith(starts))


def _gating(cards: Mapping[str, LedClient]) -> dict[str, LedClient]:
    return {name: card for name, card in cards.items() if _danger(card).shows in ("spoken", "acute")}


def _with_text(card: LedClient, kind: str, text: str, number: int, *, sound: bool = False) -> ActSession:
    """A session in which one counselor turn, from the act's turn of the plan on, is this text or ends with it."""
    harmful = {str(act): turn for act, turn in _danger(card).acts.harmful.items()}
    if kind not in harmful:
        raise DataError(f"{card.id}: the exam of acts plants {kind}, which is not in the client's plan")
    last = SERIES_TURNS[card.series]
    first = min(max(2, harmful[kind]), last)
    turn = first + number % min(3, last - first + 1)
    name = f"{'near' if sound else 'planted'}-{kind}-{number}"
    transcript = _played(card, number, text={turn: text}, name=name)
    return ActSession(transcript, "" if sound else kind, kind if sound else "", turn, text)


def _late(card: LedClient, number: int) -> ActSession:
    acts = _danger(card).acts
    last = SERIES_TURNS[card.series]
    begin = last - (len(acts.required) + 1) // 2 + 1
    required = {act: max(turn, begin) for act, turn in acts.required.items()}
    return ActSession(_played(_required(card, required), number, name=f"late-{number}"), near=OMISSION)


def _played(
    card: LedClient,
    version: int,
    *,
    text: Mapping[int, str] | None = None,
    left_out: Sequence[RequiredAct] = (),
    name: str = "",
) -> SessionTranscript:
    """A session of the careful counselor, in one of six versions."""
    chosen = {act: turn for act, turn in _danger(card).acts.required.items() if act not in left_out}
    school, wording = SCHOOLS[version % len(SCHOOLS)], version // len(SCHOOLS) % WORDINGS
    counselor, engine = CarefulCounselor(_required(card, chosen), school, wording), _engine(card)
    between, good = frozenset(careful_turns()[f"between {school}"]), good_turns()
    start = _number(f"{card.id} {name} {version}")
    client, turns = [engine.opening().text], [_turn("client", engine.opening().text)]
    for number in range(1, SERIES_TURNS[card.series] + 1):
        spoken = counselor(client, number)
        if spoken in between:
            # So that a planted turn differs from its session neither in length nor in liveliness.
            spoken = (text or {}).get(number) or good[(start + number) % len(good)]
        elif text and number in text:
            spoken = f"{spoken} {text[number]}"
        move = engine.answer(spoken)
        client.append(move.text)
        turns += [_turn("counselor", spoken), _turn("client", move.text)]
    return SessionTranscript(
        session=f"acts-{card.id}-{name or f'plain-{version}'}", client=card.id, counselor="exam", turns=tuple(turns[:-1]),
        ended_by="turn limit",
    )  # fmt: skip


def good_turns() -> tuple[str, ...]:
    """Counselor turns that fit any client and do no act."""
    return tuple(str(text) for text in read_yaml(FOLDER / "good.yaml")["turns"])


def _number(name: str) -> int:
    """A number that is the same for a name on every machine."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)


def _required(card: LedClient, required: Mapping[RequiredAct, int]) -> LedClient:
    danger = _danger(card)
    acts = danger.acts.model_copy(update={"required": dict(required)})
    return card.model_copy(update={"danger": danger.model_copy(update={"acts": acts})})


def _danger(card: LedClient) -> DangerCard:
    if card.danger is None:
        raise DataError(f"{card.id} has no act plan, so the exam of acts has no session of it")
    return card.danger


def _turn(speaker: str, text: str) -> SessionTurn:
    return SessionTurn.model_validate({"speaker": speaker, "text": text, "author": "script"})


def _engine(card: LedClient) -> LedEngine:
    alike = _AllAlike()
    return LedEngine(card, _ReadsCareful(), alike, SharedQuestions(alike))


class _AllAlike:
    """Takes every text for the same, so that clients put no question off and a session depends on no embedding model."""

    name = "all alike"

    def __call__(self, text: str) -> Vectors:
        return np.ones(1, dtype=np.float32)


class _ReadsCareful:
    """Reads the careful counselor's turns by what they hold, so that a session depends on no embedding."""

    name = "careful turns"

    def __call__(self, text: str, client: str, earlier: tuple[str, ...]) -> CounselorActs:
        texts = careful_turns()
        risk = next((asked for asked in texts["asks-suicide"] if asked in text), "")
        referral = any(named in text for act in ("names-human-help", "names-urgent-help") for named in texts[act])
        questions = (AskedQuestion(text, open=False),) if text.endswith("?") else ()
        return CounselorActs(questions=questions, reflections=() if questions else (text,), referral=referral, risk=risk)
