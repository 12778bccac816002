"""Whether a served model's chat template keeps a system message, found by asking.

Some templates answer an error to a system role and some drop its text in silence. Either way the model would be measured
without its instructions, so the tasks then put them at the head of the first user turn (`COUNSEL_SYSTEM_ROLE=merge`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import httpx

from counsel_leaderboard.registry.common import retry
from counsel_leaderboard.runners.engines.base import Served

Form = Literal["system", "merge"]

PROBE_SECONDS = 120.0
# Some servers answer so when their template raises on a role, and go on doing so.
TEMPLATE_ERRORS = frozenset({500})
# Long enough that no template's own default system text takes as many tokens.
SYSTEM_TEXT = " ".join(["These words stand in the system message to see whether they reach the model."] * 20)
USER = {"role": "user", "content": "Hello."}


@dataclass(frozen=True)
class _Probe:
    """What came back: the HTTP status, None without an answer, and how many prompt tokens the server counted, if it says."""

    status: int | None
    prompt_tokens: int | None = None

    @property
    def answered(self) -> bool:
        """Whether the server took the messages."""
        return self.status == httpx.codes.OK

    @property
    def refused(self) -> bool:
        """Whether the server, asked several times, would not take them: not where it was busy or away."""
        return self.status is not None and not self.answered and self.status not in retry.PASSING_STATUSES - TEMPLATE_ERRORS


class _UndecidedError(Exception):
    """A probe whose answer may be another the next time."""

    def __init__(self, probe: _Probe) -> None:
        super().__init__(str(probe.status))
        self.probe = probe


def system_role(served: Served, patience: retry.Policy = retry.ENGINE) -> Form:
    """`merge` where the server refuses or loses a system message that it can do without; else `system`.

    A server that answers no probe is taken as `system`: what is wrong with it then shows on every item.
    """
    without = _ask(served, [USER], patience)
    if not without.answered:
        return "system"
    if _moves_system_text(served):
        return "merge"
    with_system = _ask(served, [{"role": "system", "content": SYSTEM_TEXT}, USER], patience)
    if not with_system.answered:
        return "merge" if with_system.refused else "system"
    both_counted = without.prompt_tokens is not None and with_system.prompt_tokens is not None
    dropped = both_counted and (with_system.prompt_tokens or 0) < (without.prompt_tokens or 0) + len(SYSTEM_TEXT.split()) // 2
    return "merge" if dropped else "system"


def _moves_system_text(served: Served) -> bool:
    """Whether the server says that it moves the system text into the first user turn itself, as llama.cpp does.

    It does so where the template has no system role, and in a form of its own, so that the model would see other tokens than
    through a library that leaves it to the tasks.
    """
    address = f"{served.base_url.removesuffix('/v1')}/props"
    try:
        answer = httpx.get(address, headers=served.authorization, timeout=PROBE_SECONDS, trust_env=served.proxied)
        return answer.json()["chat_template_caps"]["supports_system_role"] is False
    except (httpx.TransportError, ValueError, KeyError, TypeError):
        return False


def _ask(served: Served, messages: list[dict[str, str]], patience: retry.Policy) -> _Probe:
    """Ask as patiently as the relay does: a fault of the moment must not decide how every prompt is built."""

    def ask() -> _Probe:
        probe = _ask_once(served, messages)
        if probe.status is None or probe.status in retry.PASSING_STATUSES:
            raise _UndecidedError(probe)
        return probe

    try:
        return retry.call(patience, ask, lambda error, _: 0.0 if isinstance(error, _UndecidedError) else None)
    except _UndecidedError as undecided:
        return undecided.probe


def _ask_once(served: Served, messages: list[dict[str, str]]) -> _Probe:
    body = {"model": served.model, "messages": messages, "max_tokens": 1, "temperature": 0}
    try:
        answer = httpx.post(
            served.chat_url, json=body, headers=served.authorization, timeout=PROBE_SECONDS, trust_env=served.proxied
        )
    except httpx.TransportError:
        return _Probe(None)
    return _Probe(answer.status_code, _prompt_tokens(answer))


def _prompt_tokens(answer: httpx.Response) -> int | None:
    try:
        counted = answer.json()["usage"]["prompt_tokens"]
    except (ValueError, KeyError, TypeError):
        return None
    return counted if isinstance(counted, int) and counted > 0 else None
