"""Malformed and hostile calls: each is a 4xx that names field and rule, and nothing of it is stored."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from tests.api.conftest import HOST, WORKER, Client, run_files, tar, with_settings

AS_JSON = {"Content-Type": "application/json"}
SQL = "x'; DROP TABLE requests; --"
HTML = "<script>alert(1)</script>"
HOSTILE: list[Any] = [
    None, True, 1.5, -1, 10**400, [], {}, "", " ", "a" * 5000, SQL, HTML, "../../etc/passwd", "..", "a/../b", "a//b", "/a/b",
    "a/b/c", "\x00", "a/\x00b", "a/b\n", "\u202e/b", "\ud800/b", "\N{SNOWMAN}/b", "a\\b", "%2e%2e/%2e", "http://a/b", "-a/b",
    "${HOME}/b", "{{7*7}}/b", "=1+1/b", ["a/b"], {"a": "b"},
]  # fmt: skip
FIELDS = ("model", "revision", "dtype", "chat", "source", "tasks", "limit", "priority", "submitter")
# What is hostile in one place is a plain value in another.
ALLOWED: dict[str, list[Any]] = {"tasks": [None], "limit": [None], "revision": ["a/b", "a/b/c"]}


def refused(answer: httpx.Response) -> None:
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    body = answer.json()
    assert set(body) == {"field", "rule", "message"}
    assert all(body.values()), body


def nothing_stored(client: Client) -> None:
    assert set(client("GET", "/queue").json()["counts"].values()) == {0}
    assert not list((client.store.home / "requests").glob("*"))
    assert not list(client.store.runs.glob("*"))


def test_hostile_values_in_every_field_of_a_submission(client: Client) -> None:
    for field in FIELDS:
        for value in HOSTILE:
            if value in ALLOWED.get(field, []):
                continue
            body = {"model": "org/model", "submitter": "ada", "tasks": ["counsel_stigma"], field: value}
            answer = client(
                "POST", "/submissions", content=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
            )
            refused(answer)
            assert answer.json()["field"].startswith(field), (field, value, answer.text)
    nothing_stored(client)


def test_hostile_values_in_queries(client: Client) -> None:
    for path in ("/queue?state=", "/queue?submitter=", "/queue?limit=", "/leaderboard?source=", "/leaderboard?format="):
        for value in (SQL, HTML, "-1", "1 e9", "%00", "\N{SNOWMAN}", "a" * 3000):
            refused(client("GET", path + value))


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"model": NaN}', b'{"model": "a/b", "model2": 1}', b"[" * 20_000,
        b'"' + b"a" * 70_000,
        b'{"submitter": "\\ud800", "model": "a/b"}',
    ],
    ids=range(10),
)  # fmt: skip
@pytest.mark.parametrize("path", ["/submissions", "/claim"])
def test_bodies_that_are_none(client: Client, raw: bytes, path: str) -> None:
    refused(client("POST", path, content=raw, headers={**WORKER, "Content-Type": "application/json"}))
    nothing_stored(client)


TOKENS = ["", "Bearer", "Bearer ", "Bearer wrong", "Basic d29ya2VyLXRva2VuLTE=", "worker-token-1", "Bearer worker-token-1x",
          "Bearer admin-token-1", "Bearer \xff"]  # fmt: skip
WORKER_CALLS = [("/claim", {"worker": "w", "engines": ["vllm"]}), ("/requests/0123456789abcdef/heartbeat", {"lease": "0" * 32}),
                ("/requests/0123456789abcdef/fail", {"lease": "0" * 32, "reason": "engine_died"}),
                ("/requests/0123456789abcdef/release", {"lease": "0" * 32})]  # fmt: skip


def test_wrong_tokens(client: Client) -> None:
    for token in TOKENS:
        headers = {"Authorization": token.encode("latin-1")} if token else {}
        for path, body in WORKER_CALLS:
            answer = client("POST", path, json=body, headers=headers)
            refused(answer)
            assert answer.status_code == 401
    assert client("POST", "/submissions/0123456789abcdef/admit", headers=WORKER).status_code == 401


def test_no_token_set_means_refused_not_open(client: Client) -> None:
    closed = with_settings(client, worker_token=None, admin_token=None)
    for headers in ({}, WORKER, {"Authorization": "Bearer None"}, {"Authorization": "Bearer "}):
        for path, body in [*WORKER_CALLS, ("/reports/0123456789abcdef/admit", {}), ("/submissions/0123456789abcdef/admit", {})]:
            answer = closed("POST", path, json=body, headers=headers)
            refused(answer)
            assert answer.status_code == 403


def claimed(client: Client) -> dict[str, Any]:
    client.submit()
    return client.claim()


def test_unknown_requests_and_leases(client: Client, tmp_path: Path) -> None:
    work = claimed(client)
    for path in ("/submissions/" + "0" * 16, "/runs/" + "0" * 16, "/runs/" + "0" * 16 + "/samples"):
        assert client("GET", path).status_code == 404
    for bad in ("x", "0" * 15, "0" * 17, "%00", "G" * 16, "x';--"):
        refused(client("GET", f"/submissions/{bad}"))
    other = {**work, "lease": "0" * 32}
    assert client.upload(other, tar(run_files(tmp_path))).json()["rule"] == "lease_held"
    refused(client.upload({**work, "lease": "short"}, b""))


def archives(files: dict[str, bytes]) -> dict[str, bytes]:
    """Archives that must be refused, each for its own reason."""

    def with_member(change: dict[str, Any], name: str = "samples_x.jsonl") -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            info = tarfile.TarInfo(name)
            for key, value in change.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(b"x" * info.size))
        return out.getvalue()

    def zipped(name: str, raw: bytes = b"{}", mode: int = 0o100644, method: int = zipfile.ZIP_DEFLATED) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = mode << 16, method
            archive.writestr(info, raw)
        return out.getvalue()

    names = [
        "../request.json", "/request.json", "a/../request.json", "a/b/request.json", "request.json/../x", ".ssh/request.json",
        "samples_\n.jsonl", "results_.py", "evil.sh", "..", "samples_a\\b.jsonl", "C:\\request.json", "samples_\udcff.jsonl",
        "samples_" + "a" * 300 + ".jsonl",
    ]  # fmt: skip
    return {
        **{f"tar {name!r}": with_member({}, name) for name in names},
        **{f"zip {name!r}": zipped(name) for name in names if "\udcff" not in name and "\n" not in name},
        "symlink": with_member({"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
        "hardlink": with_member({"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"}),
        "device": with_member({"type": tarfile.CHRTYPE}),
        "fifo": with_member({"type": tarfile.FIFOTYPE}),
        "zip symlink": zipped("request.json", b"/etc/passwd", 0o120777),
        "empty": b"",
        "not an archive": b"x" * 5000,
        "empty tar": tar({}),
        "cut off": tar(files)[:-200],
        "cut off plain": tar(files, "w")[:1500],
        "zip cut off": zipped("request.json", b"{}" * 900)[:-30],
        "many": tar({f"samples_{number}.jsonl": b"" for number in range(300)}),
        "twice": _twice(),
        "bomb": tar({"samples_x.jsonl": b"\0" * 9_000_000}),
        "zip bomb": zipped("samples_x.jsonl", b"\0" * 9_000_000),
        "no results": tar({"request.json": files["request.json"]}),
        "no request": tar({name: raw for name, raw in files.items() if name != "request.json"}),
        "request is no JSON": tar({**files, "request.json": b"{"}),
        "request of another": tar({**files, "request.json": files["request.json"].replace(b"org/model", b"org/other")}),
        "another revision": tar({**files, "request.json": files["request.json"].replace(b"a" * 40, b"b" * 40)}),
        "results changed": tar({name: raw.replace(b"0.5", b"0.75") for name, raw in files.items()}),
        "samples are no samples": tar({name: b"{}\n" if name.startswith("samples") else raw for name, raw in files.items()}),
        "NUL in samples": tar({name: raw + b"\0" if name.startswith("samples") else raw for name, raw in files.items()}),
        "latin-1": tar({name: raw + b"\xff" for name, raw in files.items()}),
    }  # fmt: skip


def _twice() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in ("request.json", "./request.json"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    return out.getvalue()


def test_hostile_archives(client: Client, tmp_path: Path) -> None:
    work = claimed(client)
    for what, raw in archives(run_files(tmp_path)).items():
        answer = client.upload(work, raw)
        assert answer.status_code in (413, 422), (what, answer.status_code, answer.text)
        refused(answer)
    assert not list(client.store.runs.glob("*"))
    assert not list((client.store.home / "incoming").iterdir())
    assert client("GET", f"/submissions/{work['request']['id']}").json()["state"] == "running"


def test_more_bytes_than_are_taken(client: Client) -> None:
    work = claimed(client)
    assert client.upload(work, b"x" * 200_001).status_code == 413

    async def endless() -> Any:
        for _ in range(1000):
            yield b"x" * 1000

    path = f"/requests/{work['request']['id']}/run"
    answer = client("POST", path, content=endless(), headers={**WORKER, "Lease": work["lease"]})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("where", "planted", "rule"),
    [
        ("results", {"config": {"model_args": {"api_key": "sk-1"}}}, "no_secrets"),
        ("results", {"x": [{"Token": "t"}]}, "no_secrets"),
        ("request", {"secret": "s"}, "no_secrets"),
        ("samples", {"note": "see hf_planted_secret"}, "no_secrets"),
        ("results", {"x": {"token": None, "key": "", "max_gen_toks": 5}}, None),
    ],
)
def test_an_upload_with_a_secret_is_refused(
    client: Client, tmp_path: Path, where: str, planted: dict, rule: str | None
) -> None:
    work, files = claimed(client), run_files(tmp_path)
    (name,) = [name for name in files if name.startswith(where)]
    first, *rest = files[name].decode().split("\n") if where == "samples" else [files[name].decode()]
    files[name] = "\n".join([json.dumps({**json.loads(first), **planted}), *rest]).encode()
    answer = client.upload(work, tar(files))
    if rule is None:
        assert answer.status_code == 200, answer.text
        return
    refused(answer)
    assert answer.json()["rule"] == rule
    assert "hf_planted_secret" not in answer.text
    assert not list(client.store.runs.glob("*"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(body=st.dictionaries(st.sampled_from([*FIELDS, "extra"]), JSON, max_size=5))
def test_any_json_is_refused_or_a_submission(client: Client, body: dict[str, Any]) -> None:
    """No value of `model` here is a name of a model, or the body lacks what it must have."""
    body["limit"] = -1
    answer = client("POST", "/submissions", content=json.dumps(body).encode(), headers=AS_JSON)
    refused(answer)


@schemathesis.serializer("application/x-tar", "application/gzip", "application/zip")
def binary(context: Any, value: Any) -> bytes:
    """Whatever was generated, as bytes."""
    return value if isinstance(value, bytes) else repr(value).encode()


@pytest.mark.slow
def test_schemathesis_finds_no_server_error(client: Client) -> None:
    """A few generated calls for each operation of the OpenAPI document, valid and not, by the host and by a worker."""
    schema = schemathesis.openapi.from_dict(client.app.openapi())
    tried = []
    for found in schema.get_all_operations():
        operation = found.ok()
        for case in _cases(operation):
            tried.append(operation.label)
            answer = client_call(client, case)
            assert answer.status_code < 500, (operation.label, answer.text)
    assert len(set(tried)) >= 15


def _cases(operation: Any) -> list[Any]:
    cases = _some(operation.as_strategy())
    with suppress(Unsatisfiable):  # a call without parameters cannot be made wrong
        cases += _some(operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))
    return cases


def _some(strategy: st.SearchStrategy[Any]) -> list[Any]:
    cases: list[Any] = []

    @settings(max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(case=strategy)
    def collect(case: Any) -> None:
        cases.append(case)

    collect()
    return cases


def client_call(client: Client, case: Any) -> httpx.Response:
    sent = case.as_transport_kwargs(base_url="http://test")
    url = httpx.URL(sent.pop("url"))
    headers = {key: value for key, value in dict(sent.get("headers") or {}).items() if key.lower() != "authorization"}
    token = WORKER if "/requests/" in str(url) or "claim" in str(url) else HOST
    call = {key: sent[key] for key in ("params", "json", "data", "content") if sent.get(key) is not None}
    if isinstance(call.get("data"), bytes | str):
        call["content"] = call.pop("data")
    raw = url.raw_path.decode().removeprefix("/api/v1")
    return client(case.method, raw, headers={**headers, **token}, **call)
