"""An example call of each route: curl with what the route needs. tests/docs/test_http_api.py sends each to the API."""

from __future__ import annotations

import json
import shlex
from typing import Any

SERVER = "http://127.0.0.1:7860"
SPEC_ID, RUN_ID, LEASE = "0123456789abcdef", "fedcba9876543210", "0123456789abcdef" * 2
QUERIES: dict[tuple[str, str], dict[str, str]] = {
    ("POST", "/api/v1/reports"): {"model": "owner/model", "revision": "main", "submitter": "my-name"},
    ("GET", "/api/v1/leaderboard"): {"source": "open", "format": "csv"},
    ("GET", "/api/v1/runs"): {"spec_id": SPEC_ID},
    ("GET", "/api/v1/runs/{run_id}/samples"): {"task": "counsel_stigma", "order": "worst", "limit": "10"},
    ("GET", "/api/v1/queue"): {"state": "queued", "limit": "10"},
}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/v1/submissions"): {"model": "owner/model", "submitter": "my-name", "tasks": ["counsel_stigma"]},
    ("POST", "/api/v1/claim"): {"worker": "gpu-1", "engines": ["vllm"], "parameters": 8_000_000_000},
    ("POST", "/api/v1/requests/{spec_id}/heartbeat"): {"lease": LEASE},
    ("POST", "/api/v1/requests/{spec_id}/fail"): {"lease": LEASE, "reason": "out_of_memory", "detail": "the last log lines"},
    ("POST", "/api/v1/requests/{spec_id}/release"): {"lease": LEASE},
}
HEADERS: dict[tuple[str, str], dict[str, str]] = {
    ("DELETE", "/api/v1/submissions/{spec_id}"): {"cancel-key": "KEY"},
    ("POST", "/api/v1/requests/{spec_id}/run"): {"lease": LEASE},
}
ARCHIVES = {("POST", "/api/v1/reports"), ("POST", "/api/v1/requests/{spec_id}/run")}


def url(method: str, path: str) -> str:
    """Path and query of the example, below the server's address."""
    query = "&".join(f"{key}={value}" for key, value in QUERIES.get((method, path), {}).items())
    return path.format(spec_id=SPEC_ID, run_id=RUN_ID) + (f"?{query}" if query else "")


def example(method: str, path: str, token: str | None) -> str:
    """A curl command. `token`: the variable whose value the route asks for; an optional one is left out."""
    key = method, path
    words = ["curl"] + ([] if method == "GET" else ["-X", method])
    lines = [" ".join([*words, shlex.quote(SERVER + url(method, path))])]
    if token and token.isidentifier():
        lines.append(f'-H "Authorization: Bearer ${token}"')
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in HEADERS.get(key, {}).items()]
    if key in BODIES:
        lines += ["-H 'content-type: application/json'", f"-d {shlex.quote(json.dumps(BODIES[key]))}"]
    if key in ARCHIVES:
        lines.append("--data-binary @run.tar.gz")
    return " \\\n  ".join(lines)
