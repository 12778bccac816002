"""What a child says reaches its parent as it was said, and half a line waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from counsel_leaderboard.registry.common import events

EVENTS = [
    events.Planned(task="counsel_stigma", requests=648),
    events.ProgressEvent(task="judged 3/10\n{", done=3, total=10, unscored=1),
    events.Failed(message="The reply was “no”.\nSecond line."),
]


def test_events_are_read_as_they_were_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "events"
    assert list(events.read_events(file)) == []
    monkeypatch.setenv(events.VARIABLE, str(file))
    for each in EVENTS:
        events.send(each)
    assert list(events.read_events(file)) == EVENTS
    with file.open("a") as out:
        out.write('{"event": "planned", "ta')
    assert list(events.read_events(file)) == EVENTS


def test_nothing_is_said_where_no_one_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(events.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    events.send(EVENTS[0])
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("line", [b"judged 3/10", b"{}", b'{"event": "sung"}', b'{"event": "ready", "address": "a", "x": 1}'])
def test_what_is_no_event_is_an_error_and_no_guess(line: bytes) -> None:
    with pytest.raises(ValueError, match="validation error"):
        events.parse(line)
