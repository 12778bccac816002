"""Malformed and hostile calls of every route that writes, each with the field that its refusal must name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from tests.support.host_client import HOST, WORKER

SQL = "x'; DROP TABLE requests; --"
HTML = "<script>alert(1)</script>"
VALUES: list[Any] = [
    None, True, 1.5, -1, 10**400, [], {}, "", " ", "a" * 5000, SQL, HTML, "../../etc/passwd", "..", "a/../b", "a//b", "/a/b",
    "a/b/c", "\x00", "a/\x00b", "a/b\n", "\u202e/b", "\ud800/b", "\N{SNOWMAN}/b", "a\\b", "%2e%2e/%2e", "http://a/b", "-a/b",
    "${HOME}/b", "{{7*7}}/b", "=1+1/b", ["a/b"], {"a": "b"},
]  # fmt: skip
# Free text may say anything that can be printed: these are what it may not be.
NO_TEXT: list[Any] = [
    True,
    1.5,
    -1,
    10**400,
    [],
    {},
    "",
    "a" * 5000,
    "\x00",
    "a\x1b[31m",
    "\u202e",
    "\ud800/b",
    ["a"],
    {"a": SQL},
]
IDS = [
    "x",
    "0" * 15,
    "0" * 17,
    "G" * 16,
    "\x00",
    SQL,
    HTML,
    "...",
    "../../etc",
    "\N{SNOWMAN}" * 16,
    "0" * 15 + "\n",
    "A" * 5000,
]
RAW = [
    b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"\x1f\x8b\x08", b'{"model": NaN}', b'{"a": 1, "b"}', b"[" * 20_000,
    b'{"a":' * 5_000, b'"' + b"a" * 70_000, b'{"lease": "\\ud800"}', b"<xml/>", b"a=b&c=d", SQL.encode(), HTML.encode(),
]  # fmt: skip
TOKENS = ["", "Bearer", "Bearer ", "Bearer wrong", "Basic d29ya2VyLXRva2VuLTE=", "worker-token-1", "Bearer worker-token-1x",
          "bearer  worker-token-1 ", "Bearer admin-token-1x", "Bearer None", "Bearer \xff", "Bearer " + "a" * 4000,
          f"Bearer {SQL}"]  # fmt: skip
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
# What is hostile in one place is a plain value in another.
PLAIN: dict[str, list[Any]] = {"tasks": [None], "limit": [None], "revision": ["a/b", "a/b/c"], "parameters": [None]}


@dataclass(frozen=True)
class Call:
    """One request; `names` begins the field that the refusal names."""

    method: str
    path: str
    names: str = ""
    content: bytes = b""
    headers: dict[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[Any, ...]:
        """Equal for two that are the same request."""
        return (self.method, self.path, self.content, *sorted((key, str(value)) for key, value in self.headers.items()))


def posted(path: str, body: Any, names: str, headers: dict[str, str] | None = None) -> Call:
    return Call("POST", path, names, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})


def calls(spec_id: str, lease: str, run: bytes) -> Iterator[Call]:
    """All but the archives. `spec_id` runs under `lease`, and `run` is an archive that would be taken."""
    yield from _submissions()
    yield from _workers(spec_id, lease)
    yield from _reports(run)
    yield from _ids(lease, run)
    yield from _tokens(spec_id, lease, run)
    yield from _methods(spec_id)


def _submissions() -> Iterator[Call]:
    good = {"model": "org/model", "submitter": "ada", "tasks": ["counsel_stigma"]}
    names = ("model", "revision", "dtype", "chat", "source", "tasks", "limit", "priority", "submitter")
    yield from _each("/submissions", good, dict.fromkeys(names, VALUES) | {"conflict": NO_TEXT})
    for value in VALUES:
        if isinstance(value, str):
            yield posted("/submissions", {**good, "tasks": ["counsel_stigma", value]}, "tasks")
            yield posted("/submissions", {**good, value: 1}, "")
    yield from (Call("POST", "/submissions", "", raw, {"Content-Type": "application/json"}) for raw in RAW)


def _workers(spec_id: str, lease: str) -> Iterator[Call]:
    at = f"/requests/{spec_id}"
    claim = {"worker": "w1", "engines": ["vllm"]}
    # A claim is valid with any capacity that a worker may have: only what is none is hostile.
    yield from _each("/claim", claim, {"worker": VALUES, "engines": VALUES, "parameters": VALUES, "judge": NO_TEXT}, WORKER)
    yield from _each(f"{at}/heartbeat", {"lease": lease}, {"lease": VALUES, "progress": [v for v in VALUES if v != {}]}, WORKER)
    for inner in ("stage", "done", "total"):
        for value in VALUES:
            if (inner, value) != ("total", None):
                yield posted(f"{at}/heartbeat", {"lease": lease, "progress": {inner: value}}, "progress", WORKER)
    yield from _each(f"{at}/fail", {"lease": lease, "reason": "engine_died"}, {
        "lease": VALUES, "reason": VALUES, "detail": [v for v in VALUES if not isinstance(v, str)]}, WORKER)  # fmt: skip
    yield from _each(f"{at}/release", {"lease": lease}, {"lease": VALUES}, WORKER)
    for path in ("/claim", f"{at}/heartbeat", f"{at}/fail", f"{at}/release"):
        yield from (Call("POST", path, "", raw, {"Content-Type": "application/json", **WORKER}) for raw in RAW)


def _each(
    path: str, good: dict[str, Any], fields: dict[str, list[Any]], headers: dict[str, str] | None = None
) -> Iterator[Call]:
    for name, values in fields.items():
        for value in values:
            if value not in PLAIN.get(name, []):
                yield posted(path, {**good, name: value}, name, headers)
        if name in good and name != "tasks":
            yield posted(path, {key: value for key, value in good.items() if key != name}, name, headers)
    yield posted(path, {**good, "more": SQL}, "more", headers)


def _reports(run: bytes) -> Iterator[Call]:
    good = {"model": "org/model", "revision": "main", "submitter": "ada", "chat": "plain"}
    for name in good:
        for value in (each for each in VALUES if isinstance(each, str)):
            if value not in PLAIN.get(name, []):
                sent = urlencode({**good, name: value}, errors="surrogatepass")
                yield Call("POST", f"/reports?{sent}", name, run)
    for name in ("model", "revision", "submitter"):
        rest = {key: value for key, value in good.items() if key != name}
        yield Call("POST", f"/reports?{urlencode(rest)}", name, run)
    yield Call("POST", f"/reports?{urlencode({**good, 'more': HTML})}", "more", run)
    for model in ("smollm2-135m", "control/../../x"):
        yield Call("POST", f"/reports?{urlencode({**good, 'model': model})}", "model", run)


def _ids(lease: str, run: bytes) -> Iterator[Call]:
    """Ids that are none, and one that nothing has."""
    for bad in (*IDS, "0" * 16):
        at = quote(bad, safe="")
        names = "" if "/" in bad else ("spec_id", "run_id")[0]
        as_json = {"Content-Type": "application/json"}
        held = json.dumps({"lease": lease}).encode()
        failed = json.dumps({"lease": lease, "reason": "engine_died"}).encode()
        yield Call("DELETE", f"/submissions/{at}", names, headers=HOST)
        yield Call("POST", f"/submissions/{at}/admit", names, headers=HOST)
        yield Call("POST", f"/submissions/{at}/requeue", names, headers=HOST)
        yield Call("POST", f"/requests/{at}/heartbeat", names, held, {**as_json, **WORKER})
        yield Call("POST", f"/requests/{at}/release", names, held, {**as_json, **WORKER})
        yield Call("POST", f"/requests/{at}/fail", names, failed, {**as_json, **WORKER})
        yield Call("POST", f"/requests/{at}/run", names, run, {**WORKER, "Lease": lease})
        names = names and "run_id"
        yield Call("POST", f"/reports/{at}/admit", names, headers=HOST)
        yield Call("DELETE", f"/reports/{at}", names, headers=HOST)


def _tokens(spec_id: str, lease: str, run: bytes) -> Iterator[Call]:
    """The right call with the wrong token, the worker's where the host's is needed, wrong leases and cancel keys."""
    at, held = f"/requests/{spec_id}", json.dumps({"lease": lease}).encode()
    failed = json.dumps({"lease": lease, "reason": "engine_died"}).encode()
    as_json = {"Content-Type": "application/json"}
    guarded = [
        ("POST", "/claim", b'{"worker": "w1", "engines": ["vllm"]}', as_json), ("POST", f"{at}/heartbeat", held, as_json),
        ("POST", f"{at}/release", held, as_json), ("POST", f"{at}/fail", failed, as_json),
        ("POST", f"{at}/run", run, {"Lease": lease}),
        ("POST", f"/submissions/{spec_id}/admit", b"", {}), ("POST", f"/submissions/{spec_id}/requeue", b"", {}),
        ("POST", "/reports/" + "0" * 16 + "/admit", b"", {}), ("DELETE", "/reports/" + "0" * 16, b"", {}),
    ]  # fmt: skip
    for method, path, body, headers in guarded:
        other = "Bearer admin-token-1" if "/requests" in path or path == "/claim" else "Bearer worker-token-1"
        for token in (*TOKENS, other):
            if token.strip().lower().split() != ["bearer", "worker-token-1"] or token == other:
                authorization = {"Authorization": token.encode("latin-1")} if token else {}
                yield Call(method, path, "authorization", body, {**headers, **authorization})
    for key in ("", "x", "0" * 32, SQL, HTML, "a" * 500, "\xff"):
        yield Call("DELETE", f"/submissions/{spec_id}", "cancel-key", headers={"cancel-key": key.encode("latin-1")})
    for bad in ("", "short", "0" * 31, "G" * 32, "0" * 32, SQL, HTML, "\xff" * 32, "0" * 5000):
        yield Call("POST", f"{at}/run", "lease", run, {**WORKER, "Lease": bad.encode("latin-1")})


def _methods(spec_id: str) -> Iterator[Call]:
    """Paths of the API by methods that they do not have, and paths that are none."""
    at, run = f"/submissions/{spec_id}", f"/requests/{spec_id}"
    paths = dict.fromkeys(("/queue", "/leaderboard", "/runs", "/health/ready"), "GET")
    paths |= dict.fromkeys(("/submissions", "/claim", f"{at}/admit", f"{at}/requeue"), "POST")
    paths |= {at: "GET DELETE", "/reports": "GET POST"}
    paths |= {f"{run}/{verb}": "POST" for verb in ("heartbeat", "fail", "release", "run")}
    for path, allowed in paths.items():
        for method in METHODS:
            if method not in allowed.split():
                yield Call(method, path, "method", headers=HOST)
    for path in ("", "/", "/submissions/..", f"{at}/", f"{at}/../../claim/", "/submissions/%2e%2e/x", "/leaderboard/", "/x"):
        yield from (Call(method, path, "path", headers=HOST) for method in METHODS)
