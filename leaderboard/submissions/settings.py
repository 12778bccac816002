"""What a host decides about its server; everything comes from the environment and has a stated default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from leaderboard.queue.queue import LEASE_SECONDS
from leaderboard.submissions import hub
from registry.credentials import configured_secrets, credential
from registry.errors import CounselError
from registry.manifests import TaskInfo, catalog

Admission = Literal["automatic", "hand"]


class SettingsError(CounselError):
    """An environment variable that holds what it cannot mean."""


@dataclass(frozen=True)
class Settings:
    """One server's rules. A token that is None means that its calls are refused.

    Quotas are requests in 24 hours. `proxies` is how many proxies of the host's own stand before the server: the address of a
    person is read from X-Forwarded-For that many places from its end, and is the connection's where it is 0.
    """

    worker_token: str | None = None
    admin_token: str | None = None
    hub_token: str | None = None
    admission: Admission = "hand"
    person_quota: int = 5
    address_quota: int = 10
    judge: str | None = None
    judge_revision: str | None = None
    limits: hub.Limits = field(default_factory=hub.Limits)
    upload_bytes: int = 1024**3
    report_bytes: int = 256 * 1024**2
    lease_seconds: float = LEASE_SECONDS
    proxies: int = 0
    secrets: Mapping[str, str] = field(default_factory=dict)
    tasks: Callable[[], Mapping[str, TaskInfo]] = catalog
    inspect: Callable[..., hub.HubModel] = hub.inspect

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """The settings that `docs/running.md` lists. Raises SettingsError, CredentialError."""
        read = _Reader(environment)
        return cls(
            worker_token=credential("COUNSEL_WORKER_TOKEN", environment),
            admin_token=credential("COUNSEL_ADMIN_TOKEN", environment),
            hub_token=credential("HF_TOKEN", environment),
            admission=read.admission("COUNSEL_ADMISSION"),
            person_quota=read.number("COUNSEL_QUOTA_PERSON", cls.person_quota),
            address_quota=read.number("COUNSEL_QUOTA_ADDRESS", cls.address_quota),
            judge=read.text("COUNSEL_JUDGE_MODEL"),
            judge_revision=read.text("COUNSEL_JUDGE_REVISION"),
            limits=hub.Limits(read.optional("COUNSEL_MAX_PARAMETERS"), read.optional("COUNSEL_MAX_MODEL_BYTES")),
            upload_bytes=read.number("COUNSEL_MAX_UPLOAD_BYTES", cls.upload_bytes),
            report_bytes=read.number("COUNSEL_MAX_REPORT_BYTES", cls.report_bytes),
            lease_seconds=read.number("COUNSEL_LEASE_SECONDS", int(cls.lease_seconds)),
            proxies=read.number("COUNSEL_PROXIES", cls.proxies),
            secrets=configured_secrets(environment),
        )


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, name: str) -> str | None:
        return self._environment.get(name, "").strip() or None

    def optional(self, name: str) -> int | None:
        said = self.text(name)
        if said is not None and not (said.isascii() and said.isdecimal()):
            raise SettingsError(f"{name}: is {said!r}; a whole number is needed.")
        return None if said is None else int(said)

    def number(self, name: str, default: int) -> int:
        found = self.optional(name)
        return default if found is None else found

    def admission(self, name: str) -> Admission:
        said = self.text(name) or "hand"
        if said not in get_args(Admission):
            raise SettingsError(f"{name}: is {said!r}; it is automatic or hand.")
        return cast(Admission, said)
