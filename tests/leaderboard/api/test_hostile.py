"""Malformed and hostile calls: each is a 4xx that names field and rule, and nothing of it is stored."""

from __future__ import annotations

import asyncio
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

from tests.leaderboard.api.conftest import HOST, WORKER, Client, run_files, tar, with_settings
from tests.leaderboard.api.hostile import HTML, SQL, Call, calls

AS_JSON = {"Content-Type": "application/json"}
FIELDS = ("model", "revision", "dtype", "chat", "source", "tasks", "limit", "priority", "submitter")

# Raise it with every call that is added: none may fall out unseen.
HOSTILE = 1459

SENT = "model=org/model&revision=main&submitter=ada"


def refused(answer: httpx.Response) -> None:
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    body = answer.json()
    assert set(body) == {"field", "rule", "message"}
    assert all(body.values()), body


def nothing_stored(client: Client) -> None:
    assert set(client("GET", "/queue").json()["counts"].values()) == {0}
    assert not list((client.store.home / "requests").glob("*"))
    assert not list(client.store.runs.glob("*"))


def test_a_thousand_hostile_calls_are_refused_and_store_nothing(client: Client, tmp_path: Path) -> None:
    """Every field of every route that writes, every archive by a worker and by anyone, wrong methods, paths that are none.

    HOSTILE distinct requests. SQL and HTML are hostile wherever a field has a form. Two have none, since they are prose:
    `conflict`, which submitters word themselves, and a failure's `detail`. There any text that can be printed is valid and
    is stored; tests/space/services/test_submission_service.py shows that it stays text.
    """
    work, files = claimed(client), run_files(tmp_path)
    spec_id, lease = work["request"]["id"], work["lease"]
    tried = list(calls(spec_id, lease, tar(files)))
    sent = {"Content-Type": "application/x-tar"}
    by_worker, own = {**WORKER, **sent, "Lease": lease}, {name: raw for name, raw in files.items() if name != "request.json"}
    tried += [Call("POST", f"/requests/{spec_id}/run", "", raw, by_worker) for raw in archives(files).values()]
    tried += [Call("POST", f"/reports?{SENT}", "", raw, sent) for raw in archives(own).values()]
    assert len({call.identity for call in tried}) == HOSTILE
    before = everything(client)
    wrong = [told for call, answer in asyncio.run(answers(client, tried)) if (told := fault(call, answer))]
    assert not wrong, "\n".join(wrong)
    assert everything(client) == before


async def answers(client: Client, tried: list[Call]) -> list[tuple[Call, httpx.Response]]:
    """What the app says to each, one after the other, over one client."""
    transport = httpx.ASGITransport(client.app, client=(client.address, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1") as http:
        return [
            (call, await http.request(call.method, call.path, content=call.content, headers=call.headers)) for call in tried
        ]


def fault(call: Call, answer: httpx.Response) -> str | None:
    """How an answer is no refusal that names field and rule, or None."""
    said = f"{call.method} {call.path[:120]} {call.content[:200]!r}: {answer.status_code} {answer.text[:200]}"
    if not 400 <= answer.status_code < 500:
        return said
    body = answer.json()
    named = set(body) == {"field", "rule", "message"} and all(body.values())
    return None if named and body["field"].startswith(call.names) else f"{said}; should name {call.names!r}"


def everything(client: Client) -> tuple[object, ...]:
    """All rows of all tables, and all files of the home folder but the database's own."""
    with client.store.reading() as cursor:
        tables = [name for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        rows = {name: cursor.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables}
    home = client.store.home
    files = {str(file.relative_to(home)): file.read_bytes() for file in home.rglob("*") if file.is_file() and kept(file)}
    return rows, files


def kept(file: Path) -> bool:
    return not file.name.startswith("counsel.duckdb") and file.name != "address.salt"


def test_hostile_values_in_queries(client: Client) -> None:
    for path in ("/queue?state=", "/queue?submitter=", "/queue?limit=", "/leaderboard?source=", "/leaderboard?format="):
        for value in (SQL, HTML, "-1", "1 e9", "%00", "\N{SNOWMAN}", "a" * 3000):
            refused(client("GET", path + value))


WORKER_CALLS = [("/claim", {"worker": "w", "engines": ["vllm"]}), ("/requests/0123456789abcdef/heartbeat", {"lease": "0" * 32}),
                ("/requests/0123456789abcdef/fail", {"lease": "0" * 32, "reason": "engine_died"}),
                ("/requests/0123456789abcdef/release", {"lease": "0" * 32})]  # fmt: skip


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
    """Archives that must be refused, each for its own reason: `files` is a run, of a worker or of an author's own."""

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
        "block device": with_member({"type": tarfile.BLKTYPE}),
        "fifo": with_member({"type": tarfile.FIFOTYPE}),
        "link upwards": with_member({"type": tarfile.SYMTYPE, "linkname": "../../counsel.duckdb"}, "request.json"),
        "sparse size": with_member({})[:124] + b"77777777777\0" + with_member({})[136:],
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
        "no results": tar({name: raw for name, raw in files.items() if not name.startswith("results")}),
        "results changed": tar({name: raw.replace(b"0.5", b"0.75") for name, raw in files.items()}),
        "samples are no samples": tar({name: b"{}\n" if name.startswith("samples") else raw for name, raw in files.items()}),
        "NUL in samples": tar({name: raw + b"\0" if name.startswith("samples") else raw for name, raw in files.items()}),
        "latin-1": tar({name: raw + b"\xff" for name, raw in files.items()}),
        "results are no JSON": tar({name: b"{" if name.startswith("results") else raw for name, raw in files.items()}),
        "results are a list": tar({name: b"[]" if name.startswith("results") else raw for name, raw in files.items()}),
        "nested": tar({name: b"[" * 50_000 if name.startswith("results") else raw for name, raw in files.items()}),
        "request of nothing": tar({**files, "request.json": b"{"}),
    }  # fmt: skip


def of_another(files: dict[str, bytes]) -> dict[str, bytes]:
    """Runs of a worker that are not the one that was asked for."""
    asked = files["request.json"]
    return {
        "no request": tar({name: raw for name, raw in files.items() if name != "request.json"}),
        "another model": tar({**files, "request.json": asked.replace(b"org/model", b"org/other")}),
        "another revision": tar({**files, "request.json": asked.replace(b"a" * 40, b"b" * 40)}),
    }


def _twice() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in ("request.json", "./request.json"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    return out.getvalue()


def test_a_workers_run_of_something_else_is_refused(client: Client, tmp_path: Path) -> None:
    work = claimed(client)
    for raw in of_another(run_files(tmp_path)).values():
        answer = client.upload(work, raw)
        assert answer.status_code == 422
        refused(answer)
    assert not list(client.store.runs.glob("*"))
    assert not list((client.store.home / "incoming").iterdir())


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
