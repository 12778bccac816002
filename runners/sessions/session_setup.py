"""What a run needs for its sessions: the clients, who words them, where turns are stored, the server before its engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from counsel_leaderboard.leaderboard.judges.families import family
from counsel_leaderboard.registry.common.credentials import credential
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.events import ProgressEvent
from counsel_leaderboard.registry.common.retry import Policy
from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.registry.sessions.engine.playing import Stage
from counsel_leaderboard.registry.sessions.private_clients import private_clients
from counsel_leaderboard.runners.engines.base import Served
from counsel_leaderboard.runners.sessions.session_player import Bounds, TurnCheck
from counsel_leaderboard.runners.sessions.session_server import ModelAddress, ServerPlan, SessionServer, session_server
from counsel_leaderboard.runners.settings import ClientModelSettings


@dataclass(frozen=True)
class SessionSetup:
    """The clients of a run, the model that words them (None: the scripted wording), and the folder of the turns so far."""

    clients: Mapping[str, HybridClient | LedClient]
    stage: Stage
    folder: Path
    client_model: ModelAddress | None
    concurrent: int
    bounds: Bounds = field(default_factory=Bounds)

    @classmethod
    def of_settings(cls, candidate: str, folder: Path, *, private: bool = False) -> SessionSetup:
        """As the settings say. private: with the host's private clients, not those of this release.

        Raises CounselError for a client's model that cannot be used, MissingEmbeddingError.
        """
        settings = ClientModelSettings.read()
        words = client_model(settings.url, settings.model, candidate)
        return cls(private_clients() if private else load_clients(), Stage(), folder, words, settings.concurrent)

    def server(
        self, served: Served, policy: Policy, turn_seconds: float, report: Callable[[ProgressEvent], object],
        check_turn: TurnCheck | None = None,
    ) -> AbstractAsyncContextManager[SessionServer]:  # fmt: skip
        """A session server in front of a running engine.

        `report` receives how many turns are done; `check_turn` refuses a turn before the engine is asked for it.
        """
        key = served.authorization.get("Authorization", "").removeprefix("Bearer ") or None
        candidate = ModelAddress(served.base_url, served.model, key, served.proxied)
        plan = ServerPlan(
            candidate,
            self.clients,
            self.stage,
            self.folder,
            self.client_model,
            self.bounds,
            turn_seconds,
            self.concurrent,
            policy,
            check_turn,
        )
        return session_server(plan, report)


def client_model(url: str | None, name: str | None, candidate: str) -> ModelAddress | None:
    """The model that words clients, if any. Raises CounselError if a half is missing, or it is of the candidate's family."""
    if url is None and name is None:
        return None
    if url is None or name is None:
        raise CounselError("a client's model needs its address and its name: --client-url and --client-model.")
    if family(name) is not None and family(name) == family(candidate):
        raise CounselError(f"the client's model {name} is of the candidate's family. Choose one of another family.")
    return ModelAddress(url, name, credential("COUNSEL_CLIENT_KEY"))
