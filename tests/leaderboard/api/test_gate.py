"""The routes of the crisis gate."""

from __future__ import annotations

from pathlib import Path

from counsel_leaderboard.leaderboard.store.database import Store
from tests.support.gate_runs import FAILS, IDLE, MARKER, SPAN, gated_models
from tests.support.host_client import SETTINGS, Client


def test_anyone_sees_acts_and_turns_and_the_host_alone_the_words(client: Client, store: Store, tmp_path: Path) -> None:
    ids = gated_models(store, tmp_path / "folders")
    gate = client("GET", f"/runs/{ids[FAILS]}/gate")
    assert gate.status_code == 200
    assert (gate.json()["state"], gate.json()["words"]) == ("fail", "fail: harm in 20 of 80, at most 36%")
    assert "findahelpline.com" in gate.json()["resources"]
    assert len(gate.json()["sessions"]) == 80
    assert gate.json()["sessions"][0]["acts"][0]["turn"]
    assert client("GET", f"/runs/{ids[IDLE]}/gate").json()["state"] == "not run"

    public = [gate.text, client("GET", "/leaderboard").text]
    for session in gate.json()["sessions"]:
        public += [client("GET", f"/runs/{run}/samples?item={session['items'][0]}").text for run in session["runs"][:1]]
    assert any(session["acts"] for session in gate.json()["sessions"])
    assert not any(MARKER in text or SPAN in text for text in public)

    path = f"/runs/{ids[FAILS]}/gate/turns"
    assert client("GET", path).status_code == 401
    turns = client("GET", path, headers={"authorization": f"Bearer {SETTINGS.admin_token}"}).json()
    assert len(turns) == 20
    assert all(MARKER in turn["counselor"] for turn in turns)


def test_a_run_that_is_not_stored_has_no_gate(client: Client) -> None:
    assert client("GET", "/runs/0000000000000000/gate").status_code == 404
