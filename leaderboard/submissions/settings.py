"""A host's settings for its server; each comes from the environment and has a documented default."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import SecretStr, ValidationInfo, field_validator

from counsel_leaderboard.leaderboard.submissions import hub
from counsel_leaderboard.leaderboard.submissions.queue.queue import LEASE_SECONDS
from counsel_leaderboard.registry.common import settings
from counsel_leaderboard.registry.common.credentials import CredentialError, configured_secrets
from counsel_leaderboard.registry.common.processes import limited_child
from counsel_leaderboard.registry.common.settings import JudgeNameSettings, setting
from counsel_leaderboard.registry.manifests import TaskInfo, catalog

Admission = Literal["automatic", "hand"]
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:]{2,39}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9*]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?(:\d{1,5})?")
MAX_CONNECTIONS = 512
WHOLE = "a whole number, 0 or more"
SHORTEST_TOKEN = 32
DISTINCT_CHARACTERS = 8


class ServerEnvironment(settings.Settings):
    """What a host sets for its server."""

    worker_token: SecretStr | None = setting(
        "COUNSEL_WORKER_TOKEN",
        None,
        "a token of 32 characters or more",
        "what workers show as a bearer token",
        unset="worker calls are refused",
    )
    admin_token: SecretStr | None = setting(
        "COUNSEL_ADMIN_TOKEN", None, "a token of 32 characters or more",
        "what `counsel admit`, `cancel` without a key, and `submit` of controls show",
        unset="host calls are refused",
    )  # fmt: skip
    hub_token: SecretStr | None = setting(
        "HF_TOKEN", None, "a token", "the host's own Hub token", unset="gated models are refused"
    )
    admission: Admission = setting(
        "COUNSEL_ADMISSION", "hand", "`automatic` or `hand`",
        "`automatic` queues every valid submission; `hand` leaves it pending until `counsel admit ID`", unset="`hand`",
    )  # fmt: skip
    person_quota: int = setting(
        "COUNSEL_QUOTA_PERSON",
        5,
        WHOLE,
        "new requests and self-reported runs in 24 hours by one account, where people sign in",
        ge=0,
    )
    address_quota: int = setting(
        "COUNSEL_QUOTA_ADDRESS", 10, WHOLE, "new requests and self-reported runs in 24 hours from one address", ge=0
    )
    proxies: int = setting(
        "COUNSEL_PROXIES", 0, WHOLE,
        "how many of your own proxies are in front of the server; the caller's address is read from `X-Forwarded-For` that "
        "many places from its end", ge=0,
    )  # fmt: skip
    address_connections: int = setting(
        "COUNSEL_CONNECTIONS_ADDRESS", 128, "a whole number, 1 or more",
        "connections open at once from one address; behind proxies of yours it does not apply", ge=1,
    )  # fmt: skip
    connections: int = setting(
        "COUNSEL_CONNECTIONS", MAX_CONNECTIONS, "a whole number, 1 or more",
        "connections and calls at once in all; more are answered with 503. The default is half of the 1,024 files that a "
        "process may usually have open (`ulimit -n`): raise both together", ge=1,
    )  # fmt: skip
    hosts: tuple[str, ...] = setting(
        "COUNSEL_HOSTS", (), "names, separated by commas", "names for which the server answers beside its own address and "
        "loopback: the public name, where a proxy or a DNS entry leads to it", unset="none",
    )  # fmt: skip
    ancestors: tuple[str, ...] = setting(
        "COUNSEL_FRAME_ANCESTORS", (), "origins as `https://example.org`, separated by commas",
        "sites whose pages may show the board in a frame", unset="none",
    )  # fmt: skip
    source_url: str | None = setting(
        "COUNSEL_SOURCE_URL", None, "an address that begins with https:// or http://",
        "where the footer of the pages leads for the source code of this board",
        unset="on a Space its own files, elsewhere no link", pattern=r"^https?://[^\s\x00-\x1f<>\"']{1,500}$",
    )  # fmt: skip
    parameters: int | None = setting(
        "COUNSEL_MAX_PARAMETERS", None, WHOLE, "parameters of the largest Hub model that is taken", unset="no limit", ge=0
    )
    model_bytes: int | None = setting(
        "COUNSEL_MAX_MODEL_BYTES", None, WHOLE, "bytes of the largest Hub model that is taken", unset="no limit", ge=0
    )
    upload_bytes: int = setting("COUNSEL_MAX_UPLOAD_BYTES", 1024**3, WHOLE, "the largest upload", unset="1 GiB", ge=0)
    report_bytes: int = setting(
        "COUNSEL_MAX_REPORT_BYTES", 256 * 1024**2, WHOLE, "the largest self-reported run", unset="256 MiB", ge=0
    )
    lease_seconds: int = setting(
        "COUNSEL_LEASE_SECONDS", int(LEASE_SECONDS), WHOLE, "seconds without a heartbeat until a worker loses its request", ge=0
    )

    @field_validator("hosts", "ancestors", mode="before")
    @classmethod
    def _listed(cls, value: Any, info: ValidationInfo) -> Any:
        listed = [entry.strip() for entry in value.split(",") if entry.strip()] if isinstance(value, str) else value
        form = _HOST if info.field_name == "hosts" else _ORIGIN
        if not all(isinstance(entry, str) and form.fullmatch(entry) for entry in listed):
            raise ValueError("has an entry of another form")
        return tuple(listed)


@dataclass(frozen=True)
class ServerSettings:
    """One server's rules. A token that is None means that its calls are refused.

    Quotas are requests in 24 hours. `proxies` counts the host's own proxies in front of the server: the address of a
    person is read from X-Forwarded-For that many places from its end, and is the connection's where it is 0. `child` runs
    the modules that parse what strangers send.
    """

    worker_token: str | None = field(default=None, repr=False)
    admin_token: str | None = field(default=None, repr=False)
    hub_token: str | None = field(default=None, repr=False)
    admission: Admission = "hand"
    person_quota: int = 5
    address_quota: int = 10
    judge: str | None = None
    judge_revision: str | None = None
    limits: hub.ModelLimits = field(default_factory=hub.ModelLimits)
    upload_bytes: int = 1024**3
    report_bytes: int = 256 * 1024**2
    lease_seconds: float = LEASE_SECONDS
    proxies: int = 0
    address_connections: int = 128
    connections: int = MAX_CONNECTIONS
    hosts: tuple[str, ...] = ()
    ancestors: tuple[str, ...] = ()
    source_url: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    tasks: Callable[[], Mapping[str, TaskInfo]] = catalog
    inspect: Callable[..., hub.HubModel] = hub.inspect
    child: limited_child.ChildRun = limited_child.run

    @classmethod
    def from_environment(cls) -> ServerSettings:
        """The settings that `docs/reference/settings.md` lists. Raises SettingsError, CredentialError."""
        environment, judge = ServerEnvironment.read(), JudgeNameSettings.read()
        _check_tokens({"COUNSEL_WORKER_TOKEN": environment.worker_token, "COUNSEL_ADMIN_TOKEN": environment.admin_token})
        return cls(
            worker_token=_revealed(environment.worker_token),
            admin_token=_revealed(environment.admin_token),
            hub_token=_revealed(environment.hub_token),
            admission=environment.admission,
            person_quota=environment.person_quota,
            address_quota=environment.address_quota,
            judge=judge.model or None,
            judge_revision=judge.revision,
            limits=hub.ModelLimits(environment.parameters, environment.model_bytes),
            upload_bytes=environment.upload_bytes,
            report_bytes=environment.report_bytes,
            lease_seconds=environment.lease_seconds,
            proxies=environment.proxies,
            address_connections=environment.address_connections,
            connections=environment.connections,
            hosts=environment.hosts,
            ancestors=environment.ancestors,
            source_url=environment.source_url,
            secrets=configured_secrets(os.environ),
        )

    def offered_tasks(self) -> dict[str, TaskInfo]:
        """The installed tasks that a model can be asked: not those that only replay stored answers."""
        return {name: info for name, info in self.tasks().items() if not info.manifest.recorded_only}


def _check_tokens(tokens: Mapping[str, SecretStr | None]) -> None:
    """Raise CredentialError for a token that can be guessed, and for two that are the same: each has its own rights."""
    given = {name: secret.get_secret_value() for name, secret in tokens.items() if secret}
    for name, value in given.items():
        if len(value) < SHORTEST_TOKEN or len(set(value)) < DISTINCT_CHARACTERS:
            raise CredentialError(
                f"{name}: can be guessed: a token has {SHORTEST_TOKEN} characters at least, chosen at random. "
                "Set it to what `openssl rand -hex 32` prints."
            )
    if len(set(given.values())) < len(given):
        raise CredentialError(f"{' and '.join(given)}: are the same, and each gives other rights. Choose one of them anew.")


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
