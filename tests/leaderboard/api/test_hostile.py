"""Malformed and hostile calls: each is a 4xx that names field and rule, and nothing of it is stored."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from tests.leaderboard.api.hostile_archives import archives
from tests.leaderboard.api.hostile_calls import HTML, SQL, Call, calls
from tests.leaderboard.api.refusals import claimed, refused
from tests.support.host_client import WORKER, Client, with_settings
from tests.support.uploads import run_files, tar

# Raise it with every call that is added: none may fall out unseen.
HOSTILE = 1459

SENT = "model=org/model&revision=main&submitter=ada"


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
    wrong = [problem for call, answer in asyncio.run(answers(client, tried)) if (problem := fault(call, answer))]
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
    summary = f"{call.method} {call.path[:120]} {call.content[:200]!r}: {answer.status_code} {answer.text[:200]}"
    if not 400 <= answer.status_code < 500:
        return summary
    body = answer.json()
    named = set(body) == {"field", "rule", "message"} and all(body.values())
    return None if named and body["field"].startswith(call.names) else f"{summary}; should name {call.names!r}"


def everything(client: Client) -> tuple[object, ...]:
    """All rows of all tables, and all files of the home folder but the database's own."""
    with client.store.reading() as cursor:
        tables = [name for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        rows = {name: cursor.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables}
    home = client.store.home
    files = {str(file.relative_to(home)): file.read_bytes() for file in home.rglob("*") if file.is_file() and is_lasting(file)}
    return rows, files


def is_lasting(file: Path) -> bool:
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


def test_unknown_requests_and_leases(client: Client, tmp_path: Path) -> None:
    work = claimed(client)
    for path in ("/submissions/" + "0" * 16, "/runs/" + "0" * 16, "/runs/" + "0" * 16 + "/samples"):
        assert client("GET", path).status_code == 404
    for bad in ("x", "0" * 15, "0" * 17, "%00", "G" * 16, "x';--"):
        refused(client("GET", f"/submissions/{bad}"))
    other = {**work, "lease": "0" * 32}
    assert client.upload(other, tar(run_files(tmp_path))).json()["rule"] == "lease_held"
    refused(client.upload({**work, "lease": "short"}, b""))
