"""Bodies and calls that a program makes up: none is a server error."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from tests.leaderboard.api.refusals import refused
from tests.support.host_client import HOST, WORKER, Client

AS_JSON = {"Content-Type": "application/json"}


FIELDS = ("model", "revision", "dtype", "chat", "source", "tasks", "limit", "priority", "submitter")


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


@pytest.mark.slow
def test_schemathesis_finds_no_server_error(client: Client) -> None:
    """A few generated calls for each operation of the OpenAPI document, valid and not, by the host and by a worker."""
    import schemathesis  # a second of imports that no other test needs

    @schemathesis.serializer("application/x-tar", "application/gzip", "application/zip")
    def binary(context: Any, value: Any) -> bytes:
        return value if isinstance(value, bytes) else repr(value).encode()

    schema = schemathesis.openapi.from_dict(client.app.openapi())
    tried = []
    for loaded in schema.get_all_operations():
        operation = loaded.ok()
        for case in _cases(operation, schemathesis.GenerationMode.NEGATIVE):
            tried.append(operation.label)
            answer = client_call(client, case)
            assert answer.status_code < 500, (operation.label, answer.text)
    assert len(set(tried)) >= 15


def _cases(operation: Any, wrong: Any) -> list[Any]:
    cases = _some(operation.as_strategy())
    with suppress(Unsatisfiable):  # a call without parameters cannot be made wrong
        cases += _some(operation.as_strategy(generation_mode=wrong))
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
