"""The app as a stranger reaches it, with its folder of uploads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.app import create_app
from counsel_leaderboard.space.server.gradio_guard import EVENT, UPLOAD, GradioGuard
from counsel_leaderboard.space.server.page_head import PageHead
from tests.support.host_client import inspect
from tests.support.live_server import SETTINGS, in_event_loop

MARKER = "MARKERSECRETBASALT"


NAVIGATION = {"query": "?", "chosen": False}


class Site(NamedTuple):
    """The app as a stranger reaches it, what Gradio made of it, its folder of uploads, and a file that is nobody's business."""

    client: TestClient
    blocks: gr.Blocks
    gradio: FastAPI
    uploads: Path
    secret: Path

    def call(self, event: int, data: list[Any], /, **more: Any) -> httpx.Response:
        body = {"data": data, "fn_index": event, "session_hash": "visitor1", "event_data": NAVIGATION, **more}
        return self.client.post(EVENT, content=json.dumps(body), headers={"Content-Type": "application/json"})

    def files(self) -> set[Path]:
        return {path for path in self.uploads.rglob("*") if path.is_file()}

    def upload(self, name: str, content: bytes) -> str:
        answer = self.client.post(UPLOAD, files={"files": (name, content)})
        assert answer.status_code == 200, answer.text
        return answer.json()[0]

    def defaults(self, event: int) -> list[Any]:
        """What the page sends where a visitor has changed nothing."""
        inputs = self.blocks.fns[event].inputs
        return [None if block.stateful else "" if isinstance(block, gr.Textbox) else block.value for block in inputs]

    def event(self, name: str) -> int:
        """The number of the event that a function of that name answers."""
        (number,) = [number for number, event in self.blocks.fns.items() if event.fn and event.name == name]
        return number

    def places(self) -> list[tuple[int, int]]:
        """Every input of every event."""
        return [(event, index) for event, function in self.blocks.fns.items() for index in range(len(function.inputs))]


@contextmanager
def opened(folder: Path, *, signs_in: bool = False) -> Iterator[Site]:
    secret = folder / "environ"
    secret.write_text(MARKER)
    with pytest.MonkeyPatch.context() as patch, Store.open(folder / "home") as store:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        if signs_in:
            for name in ("SPACE_ID", "SPACE_HOST", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES"):
                patch.setenv(name, "testing")
            patch.setenv("SYSTEM", "spaces")
            patch.setenv("OPENID_PROVIDER_URL", "http://127.0.0.1:1")
            patch.setattr("gradio.oauth.OAUTH_CLIENT_ID", "testing")
            patch.setattr("gradio.oauth.OAUTH_CLIENT_SECRET", "testing")
            patch.setattr("gradio.oauth.OAUTH_SCOPES", "testing")
            patch.setattr("gradio.oauth.OPENID_PROVIDER_URL", "http://127.0.0.1:1")
        app = in_event_loop(lambda: create_app(store, replace(SETTINGS, inspect=inspect), signs_in=signs_in))
        guard = next(route.app.app for route in app.routes if isinstance(getattr(route, "app", None), PageHead))
        assert isinstance(guard, GradioGuard)
        gradio = guard.app
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Site(client, gradio.get_blocks(), gradio, folder / "uploads", secret)
