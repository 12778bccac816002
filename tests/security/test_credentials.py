"""Keys are read in one place, sent as they are or refused by name, and never stand in what leaves."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counsel_leaderboard.leaderboard.api import ServerSettings
from counsel_leaderboard.leaderboard.board.samples import public_sample
from counsel_leaderboard.leaderboard.exchange.secrets import SecretError, refuse_secrets
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.registry.common.credentials import (
    REMOVED,
    CredentialError,
    bearer,
    configured_secrets,
    credential,
    kind_of,
    redacted,
    shown_address,
)
from counsel_leaderboard.runners.engines.base import Served
from counsel_leaderboard.runners.harness.quoting import quoted
from counsel_leaderboard.tasks.judge import settings
from tests.support.run_folders import Item, Task, write

KEY = "sk-planted-0123456789"


@pytest.mark.parametrize("written", [KEY, f"{KEY}\n", f"{KEY}\r\n", f"\t{KEY} ", f"{KEY}\x0b", f"\n\n{KEY}\u2028"])
def test_white_space_around_a_key_is_not_part_of_it(written: str) -> None:
    assert credential("A_KEY", {"A_KEY": written}) == KEY


@pytest.mark.parametrize("written", ["", " ", "\n", "\r\n\t"])
def test_nothing_is_no_key(written: str) -> None:
    assert credential("A_KEY", {"A_KEY": written}) is None
    assert credential("A_KEY", {}) is None


BROKEN = [f"{KEY}\nX-Other: 1", f"{KEY} {KEY}", f"{KEY}\0", f"{KEY}\x7f", f"{KEY}é", f"\N{ZERO WIDTH SPACE}{KEY}", f"a\t{KEY}"]


@pytest.mark.parametrize("written", BROKEN)
def test_what_no_header_can_carry_is_refused_by_its_variable(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By each reader of keys, and without a part of the key in the message."""
    if "\0" not in written:
        for name in ("COUNSEL_JUDGE_KEY", "COUNSEL_ENDPOINT_KEY"):
            monkeypatch.setenv(name, written)
        monkeypatch.setenv("COUNSEL_JUDGE_URL", "http://127.0.0.1:1/v1")
        monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "judge")
        for name, read in (
            ("COUNSEL_JUDGE_KEY", settings.from_environment),
            ("COUNSEL_ENDPOINT_KEY", lambda: Served("http://x/v1", "m", api_key_env="COUNSEL_ENDPOINT_KEY").authorization),
        ):
            with pytest.raises(CredentialError, match=f"^{name}: ") as caught:
                read()
            assert "planted" not in str(caught.value)
        monkeypatch.delenv("COUNSEL_JUDGE_KEY")
        for name in ("COUNSEL_WORKER_TOKEN", "COUNSEL_ADMIN_TOKEN", "HF_TOKEN"):
            monkeypatch.setenv(name, written)
            with pytest.raises(CredentialError, match=f"^{name}: ") as caught:
                ServerSettings.from_environment()
            assert "planted" not in str(caught.value)
            monkeypatch.delenv(name)


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_whatever_passes_is_a_header_that_clients_send(written: str) -> None:
    try:
        value = credential("A_KEY", {"A_KEY": written})
    except CredentialError:
        return
    sent = httpx.Request("GET", "http://x", headers=bearer(value))
    assert sent.headers.get("Authorization") == (f"Bearer {value}" if value else None)


SECRET = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)
# Letters that no secret here holds, so that what is left of one can only be of that one.
AROUND = st.text(st.sampled_from(" \n\täöü\u2028"), max_size=20)


@given(secret=SECRET, before=AROUND, after=AROUND)
def test_a_secret_is_taken_out_of_text_json_json_in_json_and_addresses(secret: str, before: str, after: str) -> None:
    original = f"{before}{secret}{after}"
    once = json.dumps(original)
    for text in (original, once, json.dumps(once), f"?key={quote(secret, safe='')}"):
        left = redacted(text, {"A_KEY": secret})
        assert left.count(REMOVED) == 1
        assert secret not in left


def test_only_what_is_named_and_long_enough_is_a_secret() -> None:
    environment = {"HF_TOKEN": f" {KEY}\n", "A_KEY": "short", "KEYBOARD": "a long enough text", "x_password": "12345678"}
    assert configured_secrets(environment) == {"HF_TOKEN": KEY, "x_password": "12345678"}


def test_what_servers_and_logs_said_is_quoted_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
    text = quoted([f"Incorrect API key provided: {KEY}. {'x' * 400}", "x" * 290 + KEY])
    # Not a beginning of it either, where the line is cut.
    assert KEY[:6] not in text
    assert text.count(REMOVED) == 2


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:pass@host:8000/v1?api_key=1#x", "http://host:8000/v1"),
        ("https://host/v1", "https://host/v1"),
        ("https://token@[::1]:80/v1", "https://[::1]:80/v1"),
        ("http://[bad?key=1", "http://[bad"),
        ("user:pass@host/v1", "host/v1"),
        ("http://user:pa/ss-planted@host/v1", "http://host/v1"),
        ("http://host:sk-planted/v1", "http://host/v1"),
        ("//user:sk-planted@host/v1", "host/v1"),
        ("http:/v1", "http:/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
    ],
)
def test_an_address_is_shown_without_what_may_be_a_key(url: str, shown: str) -> None:
    assert shown_address(url) == shown


def test_of_two_secrets_one_of_which_begins_with_the_other_nothing_is_left() -> None:
    secrets = {"A_TOKEN": "abcdefgh", "B_KEY": "abcdefgh12345678"}
    assert redacted("abcdefgh12345678 abcdefgh", secrets) == f"{REMOVED} {REMOVED}"


def test_an_error_is_told_in_our_own_words() -> None:
    quoting = httpx.LocalProtocolError(f"Illegal header value b'Bearer {KEY}\\n'")
    assert kind_of(quoting) == "LocalProtocolError"
    refused = httpx.ConnectError(f"to {KEY}")
    refused.__cause__ = ConnectionRefusedError(errno.ECONNREFUSED, f"said {KEY}")
    assert kind_of(refused) == f"ConnectError: {os.strerror(errno.ECONNREFUSED)}"


def task(verdict: str) -> Task:
    item = Item("c1", {"judged_rate": 0.0, "scored_rate": 0.0}, verdicts=(verdict,))
    return Task("counsel_psyllm", [item], "counseling_quality", judged=True, dataset="open-psyllm", higher_is_better=True)


def leaked(form: str) -> str:
    error = f"LocalProtocolError: Illegal header value b'{form}'"
    return json.dumps({"state": "unreached", "answers": [None], "errors": [error]})


@pytest.mark.parametrize("form", [f"Bearer {KEY}", f"Bearer {KEY}\\n", f"{KEY}\n"])
def test_a_run_that_holds_a_key_of_this_machine_is_not_ingested(form: str, tmp_path: Path) -> None:
    """As lm-eval runs of an earlier version do, where the key ended in a line end."""
    folder = write(tmp_path / "run", [task(leaked(form))])
    with pytest.raises(SecretError, match=r"^samples_counsel_psyllm_.*: contains the value of COUNSEL_JUDGE_KEY"):
        ingest(folder, tmp_path / "home", secrets=configured_secrets({"COUNSEL_JUDGE_KEY": f"{KEY}\n"}))
    assert not list((tmp_path / "home").rglob("*.json*"))


def test_a_key_is_found_however_the_file_spells_it(tmp_path: Path) -> None:
    """JSON may write any letter as its code, and a slash behind a backslash."""
    folder = write(tmp_path / "run", [task(leaked(KEY))])
    (file,) = folder.glob("samples_*")
    file.write_text(file.read_text().replace(KEY, KEY.replace("s", "\\\\u0073")))
    assert KEY not in file.read_text()
    with pytest.raises(SecretError, match="contains the value of A_KEY"):
        refuse_secrets([file], {"A_KEY": KEY})
    file.write_text(json.dumps({"a": "x"}).replace("x", KEY.replace("-", "\\u002d")) + "\n")
    assert KEY not in file.read_text()
    with pytest.raises(SecretError, match="line 1: contains the value of A_KEY"):
        refuse_secrets([file], {"A_KEY": KEY})


def test_a_run_that_was_stored_with_such_an_error_is_shown_without_it() -> None:
    text = leaked(f"Bearer {KEY}\\n")
    stored = {"dataset": "open-psyllm", "task": "counsel_psyllm", "risk": False, "answer": '["Hello."]'}
    sample = {**stored, "verdict": json.dumps([json.loads(text)])}
    shown = public_sample(sample)
    assert json.loads(shown["verdict"]) == [{"state": "unreached", "answers": [None], "errors": ["LocalProtocolError"]}]
    assert public_sample(shown) == shown
