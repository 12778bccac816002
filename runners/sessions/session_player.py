"""Plays one session between a candidate and a client, turn by turn; a turn that fails ends it with its turns so far."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from counsel_leaderboard.registry.chat.answers import ChatAnswer
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.registry.chat.http import ChatEndpoint
from counsel_leaderboard.registry.chat.thoughts import visible
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.sessions.client_card import HybridClient
from counsel_leaderboard.registry.sessions.engine.playing import PlaysClient, Stage
from counsel_leaderboard.registry.sessions.engine.session_state import ClientMove
from counsel_leaderboard.registry.sessions.transcript import Disclosure, SessionTranscript, SessionTurn
from counsel_leaderboard.runners.sessions.session_request import SessionRequest
from counsel_leaderboard.runners.sessions.turn_log import TurnLog
from counsel_leaderboard.runners.sessions.wording import WordsClient

MOST_CHARACTERS: Final = 16_000
"""What is stored of a turn; a server that ignores its token limit fills no disk."""
CUT: Final = f"cut at {MOST_CHARACTERS} characters"


@dataclass(frozen=True)
class Bounds:
    """How long a session may last: seconds of this process, and tokens of all counselor turns together."""

    seconds: float = 3600.0
    tokens: int = 40_000


class TurnError(Exception):
    """A turn without which the session can not go on; the text is in our own words."""


TurnCheck = Callable[[bytes], Awaitable[None]]
"""Reads the request of a counselor turn before it is sent. Raises NoAnswerError for one that does not fit the context."""


class SessionPlayer:
    """Plays sessions with one candidate. `turn_done` is called after each counselor turn, also for those that were stored."""

    def __init__(
        self, stage: Stage, candidate: ChatEndpoint, model: str, words: WordsClient | None, bounds: Bounds,
        turn_done: Callable[[], object], check_turn: TurnCheck | None = None,
    ) -> None:  # fmt: skip
        self._stage, self._candidate, self._model, self._words = stage, candidate, model, words
        self._bounds, self._turn_done, self._check_turn = bounds, turn_done, check_turn

    async def play(self, request: SessionRequest, log: TurnLog) -> SessionTranscript:
        """The whole session; its turns are in `log` as soon as they are there, and it goes on from those."""
        session = _Session(self, request, log)
        failure = None
        try:
            async with asyncio.timeout(self._bounds.seconds):
                await session.run()
        except TimeoutError:
            failure = f"the session took more than {self._bounds.seconds:g} s"
        except TurnError as error:
            failure = str(error)
        except (LookupError, ValueError, TypeError, RecursionError, CounselError) as error:
            failure = f"the script of client {request.card.id} cannot be played on ({type(error).__name__}: {error})"
        return session.transcript(failure)

    async def ask(self, request: SessionRequest, turns: list[SessionTurn]) -> SessionTurn:
        """The candidate's next turn. Raises TurnError."""
        # Many chat templates refuse an empty message, and a silent turn is one.
        messages = [
            {"role": "user" if turn.speaker == "client" else "assistant", "content": turn.text or "..."} for turn in turns
        ]
        if request.system and request.order.merge_system:
            messages[0]["content"] = f"{request.system}\n\n{messages[0]['content']}"
        elif request.system:
            messages.insert(0, {"role": "system", "content": request.system})
        body = {"max_tokens": request.turn_tokens, **request.generation, "model": self._model, "messages": messages}
        before = time.monotonic()
        try:
            if self._check_turn is not None:
                await self._check_turn(json.dumps(body).encode())
            answer = await self._candidate.ask(body)
            text = _reply(answer)
        except NoAnswerError as error:
            raise TurnError(f"counselor turn {len(turns) // 2 + 1}: {error}") from error
        finish = CUT if len(text) > MOST_CHARACTERS else "length" if answer.cut else "stop"
        return SessionTurn(
            speaker="counselor", text=text[:MOST_CHARACTERS], author=self._model, tokens=answer.completion_tokens,
            finish_reason=finish, milliseconds=round(1000 * (time.monotonic() - before)),
        )  # fmt: skip

    async def worded(self, request: SessionRequest, move: ClientMove, turns: list[SessionTurn], known: set[str]) -> SessionTurn:
        """What the client says, by its model where there is one."""
        text, author, rule = move.text, "script", move.rule
        if self._words is not None and isinstance(request.card, HybridClient) and turns:
            worded = await self._words(request.card, move, [turn.text for turn in turns], known)
            if worded.refused:
                rule = f"{rule}; scripted wording: {worded.refused}"
            elif worded.text != move.text:
                text, author = worded.text, self._words.model
        return SessionTurn(speaker="client", text=text, author=author, rule=rule)

    @property
    def client_model(self) -> str | None:
        """The model that words clients."""
        return self._words.model if self._words else None

    @property
    def candidate(self) -> str:
        """The candidate's name."""
        return self._model

    def engine(self, request: SessionRequest) -> PlaysClient:
        """A client that is at its beginning."""
        return self._stage.engine(request.card)

    def done(self) -> None:
        """Count a counselor turn."""
        self._turn_done()

    def overspent(self, turns: list[SessionTurn]) -> bool:
        """Whether the tokens of the counselor's turns reach the bound."""
        return sum(turn.tokens or 0 for turn in turns) >= self._bounds.tokens

    @property
    def token_bound(self) -> int:
        """The most tokens of a session."""
        return self._bounds.tokens


class _Session:
    """One session while it is played."""

    def __init__(self, player: SessionPlayer, request: SessionRequest, log: TurnLog) -> None:
        self._player, self._request, self._log = player, request, log
        self._turns, self._moves = list[SessionTurn](), list[ClientMove]()

    async def run(self) -> None:
        """Play to the end. Raises TurnError."""
        engine = await asyncio.to_thread(self._player.engine, self._request)
        stored = self._log.read()
        move, number = engine.opening(), 0
        while True:
            self._moves.append(move)
            known = {fact for earlier in self._moves for fact in earlier.facts}
            if not self._take(stored):
                self._add(await self._player.worded(self._request, move, self._turns, known))
            if move.ended:
                return
            if not self._take(stored):
                if self._player.overspent(self._turns):
                    raise TurnError(f"the session's {self._player.token_bound} tokens are spent")
                self._add(await self._player.ask(self._request, self._turns))
            self._player.done()
            number += 1
            if number == self._request.order.turns:
                return
            move = await asyncio.to_thread(engine.answer, self._turns[-1].text)

    def _take(self, stored: list[SessionTurn]) -> bool:
        """Go on with the next stored turn, if there is one."""
        if len(stored) <= len(self._turns):
            return False
        self._turns.append(stored[len(self._turns)])
        return True

    def _add(self, turn: SessionTurn) -> None:
        self._log.append(turn)
        self._turns.append(turn)

    def transcript(self, failure: str | None) -> SessionTranscript:
        """The session so far."""
        disclosed = tuple(
            Disclosure(fact=fact, turn=2 * index)
            for index, move in enumerate(self._moves[: (len(self._turns) + 1) // 2])
            for fact in move.facts
        )
        last = self._moves[-1].ended if self._moves else None
        return SessionTranscript(
            session=self._request.order.session, client=self._request.card.id, counselor=self._player.candidate,
            client_model=self._player.client_model, turns=tuple(self._turns), disclosed=disclosed,
            ended_by="failure" if failure else last or "turn limit", failure=failure,
        )  # fmt: skip


def _reply(answer: ChatAnswer) -> str:
    """The reply in an answer. Raises NoAnswerError for a null, and for a thought without a reply."""
    text = visible(answer.reply)
    if text is None or (not text and answer.thoughts):
        raise NoAnswerError("reasoning and no reply")
    return text
