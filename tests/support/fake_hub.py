"""A small HTTP server with the Hub's response shapes: model info, resolve with ETag and commit headers, its error codes."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

SHA = "c" * 40
CONFIG = {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}
TOKENIZER = {"tokenizer_class": "LlamaTokenizerFast", "chat_template": "{{ messages }}"}


@dataclass
class FakeModel:
    """One repository; `files` maps a name to JSON content, or to a size where nobody downloads it.

    `padding`: spaces after its description.
    """

    files: dict[str, Any] = field(
        default_factory=lambda: {
            "config.json": CONFIG,
            "tokenizer_config.json": TOKENIZER,
            "tokenizer.json": 100,
            "model.safetensors": 2_000_000,
            "README.md": 10,
        }
    )
    gated: str | bool = False
    parameters: int | None = 1_000_000
    licence: str | None = "apache-2.0"
    tags: list[str] = field(default_factory=list)
    padding: int = 0
    branches: dict[str, str] = field(default_factory=lambda: {"main": SHA, SHA: SHA})


class FakeHub:
    """Answers as the Hub does. `models` by name; `status` makes every answer that one; `token` opens gated models."""

    def __init__(self) -> None:
        self.models: dict[str, FakeModel] = {}
        self.status: int | None = None
        self.token = "hf_the_hosts_token"
        self.requests: list[str] = []
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub.requests.append(f"{self.command} {self.path}")
                status, headers, body = hub.answer(self.path, self.headers.get("Authorization"))
                self.send_response(status)
                for key, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(key, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str, authorization: str | None) -> tuple[int, dict[str, str], bytes]:
        if self.status is not None:
            return self.status, {}, b"down"
        parts = path.split("?")[0].strip("/").split("/")
        is_info = parts[:2] == ["api", "models"]
        name = "/".join(parts[2:4] if is_info else parts[:2])
        model = self.models.get(name)
        if model is None:
            return self.error(401, "RepoNotFound", "Repository not found")
        revision = "/".join(parts[5:]) if is_info else parts[3]
        if is_info and len(parts) == 4:
            revision = "main"
        if revision not in model.branches:
            return self.error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        sha = model.branches[revision]
        if is_info:
            return self.info(name, model, sha)
        if model.gated and authorization != f"Bearer {self.token}":
            return self.error(401, "GatedRepo", f"Access to model {name} is restricted")
        return self.file(model, sha, "/".join(parts[4:]))

    @staticmethod
    def error(status: int, code: str, message: str) -> tuple[int, dict[str, str], bytes]:
        return status, {"X-Error-Code": code, "X-Error-Message": message}, json.dumps({"error": message}).encode()

    @staticmethod
    def info(name: str, model: FakeModel, sha: str) -> tuple[int, dict[str, str], bytes]:
        siblings = [{"rfilename": file, "size": _size(content), "blobId": "0"} for file, content in model.files.items()]
        value = {
            "_id": "1", "id": name, "modelId": name, "author": name.split("/")[0], "sha": sha, "private": False,
            "gated": model.gated, "disabled": False, "tags": model.tags, "siblings": siblings,
            "cardData": {"license": model.licence} if model.licence else {}, "config": {}, "downloads": 1, "likes": 1,
            "createdAt": "2025-01-01T00:00:00.000Z", "lastModified": "2025-01-01T00:00:00.000Z",
        }  # fmt: skip
        if model.parameters is not None:
            value["safetensors"] = {"parameters": {"BF16": model.parameters}, "total": model.parameters}
        return 200, {"Content-Type": "application/json"}, json.dumps(value).encode() + b" " * model.padding

    @staticmethod
    def file(model: FakeModel, sha: str, file: str) -> tuple[int, dict[str, str], bytes]:
        content = model.files.get(file)
        if content is None or isinstance(content, int):
            return FakeHub.error(404, "EntryNotFound", "Entry not found")
        raw = _raw(content)
        return 200, {"X-Repo-Commit": sha, "ETag": f'"{hashlib.sha1(raw).hexdigest()}"'}, raw


def _raw(content: Any) -> bytes:
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def _size(content: Any) -> int:
    return content if isinstance(content, int) else len(_raw(content))


@contextmanager
def running() -> Iterator[FakeHub]:
    """A hub on a free loopback port."""
    hub = FakeHub()
    thread = threading.Thread(target=hub.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        hub.server.shutdown()
        thread.join()
        hub.server.server_close()
