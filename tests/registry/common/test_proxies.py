"""This machine is never asked through a proxy, and a proxy that no client of ours can use is an error in words."""

from __future__ import annotations

import os

import httpx
import pytest

from counsel_leaderboard.registry.common.processes.child_environment import child_environment
from counsel_leaderboard.registry.common.proxies import (
    NAMES,
    ProxyError,
    is_loopback,
    loopback_unproxied,
    unreadable,
    uses_proxies,
)

DEAD = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _no_proxy_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8000/v1", True), ("http://localhost", True), ("https://LOCALHOST.:1/x", True),
        ("http://[::1]:80", True), ("http://127.9.9.9", True), ("http://judge.localhost:1", True),
        ("http://localhost.example", False), ("http://10.0.0.1", False), ("http://127.0.0.1.example", False),
        ("http://[fd00::1]", False), ("http://[", False), ("", False), ("localhost", False),
    ],
)  # fmt: skip
def test_what_is_this_machine(url: str, here: bool) -> None:
    assert is_loopback(url) is here


@pytest.mark.parametrize(
    "entry", ["fd00::/8", "fe80::/10", "[::1]", "[fd00::1]/8", "a:b", "ä.example", "::1", "10.0.0.0/8", ".corp", "host:80"]
)
def test_the_entries_called_unreadable_are_those_at_which_httpx_raises(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", f"good.example,{entry}")
    try:
        httpx.Client().close()
        raised = []
    except httpx.InvalidURL:
        raised = [entry]
    assert unreadable(os.environ) == raised
    monkeypatch.setenv("http_proxy", DEAD)
    for name, value in loopback_unproxied(os.environ).items():
        monkeypatch.setenv(name, value)
    httpx.Client().close()
    assert os.environ["no_proxy"].split(",")[0] == "good.example"
    assert "127.0.0.1" in os.environ["no_proxy"]
    assert (entry in os.environ["NO_PROXY"].split(",")) is (not raised)


@pytest.mark.parametrize(
    "environment",
    [{"http_proxy": DEAD}, {"HTTPS_PROXY": DEAD, "NO_PROXY": "a.example, b.example"}, {"all_proxy": "socks5://h:1"}],
)
def test_children_never_ask_this_machine_through_a_proxy(environment: dict[str, str]) -> None:
    child = child_environment(base=environment)
    for name in ("no_proxy", "NO_PROXY"):
        entries = child[name].split(",")
        assert {"127.0.0.1", "localhost", "::1"} <= set(entries)
        assert {entry.strip() for entry in environment.get("NO_PROXY", "").split(",") if entry} <= set(entries)
    assert {name: child[name] for name in environment if name != "NO_PROXY"}.items() <= environment.items()


@pytest.mark.parametrize("environment", [{}, {"http_proxy": DEAD, "no_proxy": "*"}])
def test_nothing_is_set_where_there_is_no_proxy_or_none_is_ever_used(environment: dict[str, str]) -> None:
    assert loopback_unproxied(environment) == {}


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:9", "SOCKS5H://h:1", "socks4://user:secret-word@h:1", "ftp://h"])
@pytest.mark.parametrize("variable", ["ALL_PROXY", "http_proxy"])
def test_a_proxy_that_cannot_be_used_is_refused_for_other_machines_alone(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    assert uses_proxies("http://127.0.0.1:1/v1") is False
    with pytest.raises(ProxyError, match=f"{variable} names a .* proxy, and only http and https proxies") as raised:
        uses_proxies("http://model.example/v1?key=secret")
    assert "secret" not in str(raised.value)
    monkeypatch.setenv("no_proxy", "model.example")
    assert uses_proxies("http://model.example/v1") is False


def test_without_a_fault_the_environments_proxies_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert uses_proxies("http://model.example/v1") is True
    monkeypatch.setenv("http_proxy", DEAD)
    assert uses_proxies("http://model.example/v1") is True
    assert uses_proxies("http://[::1]/v1") is False


def test_what_children_print_is_utf8_whatever_the_terminal_shows() -> None:
    child = child_environment({"A": "1"}, {"PYTHONIOENCODING": "cp1252", "A": "0", "LANG": "C"})
    assert child == {"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1", "A": "1", "LANG": "C"}
