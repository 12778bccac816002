from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from counsel_leaderboard.leaderboard.specs.run_request import RunRequest
from counsel_leaderboard.registry.common.hashing import canonical
from tests.support.run_folders import Item, Task, request

ASKED = request([Task("counsel_stigma", [Item("a", {"stigma": 1.0})])])


def test_the_id_is_the_hash_of_the_canonical_json() -> None:
    # Written out by hand: sorted keys, no spaces, every key present.
    text = (
        '{"engine":{"kind":"llama_cpp","options":{},"version":"1"},"judge":null,"limit":null,'
        '"model":{"family":null,"licence":"apache-2.0","name":"org/model","parameters":135000000,"revision":"'
        + "a"
        * 40
        + '"},'
        '"role":"candidate","schema":1,"source":"open","tasks":{"counsel_stigma":"1.0"}}'
    )
    run_request = RunRequest.model_validate(ASKED)
    assert run_request.text() == text
    assert run_request.spec_id == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_what_is_left_out_is_what_is_null() -> None:
    sparse = {key: value for key, value in ASKED.items() if key not in ("limit", "judge")}
    assert RunRequest.model_validate(sparse).spec_id == RunRequest.model_validate(ASKED).spec_id


@given(st.permutations(list(ASKED)))
def test_the_order_of_keys_is_nothing(keys: list[str]) -> None:
    assert RunRequest.model_validate({key: ASKED[key] for key in keys}).spec_id == RunRequest.model_validate(ASKED).spec_id


@given(name=st.text(min_size=1, max_size=40), limit=st.none() | st.integers(1, 2**31 - 1))
def test_a_request_survives_its_file(name: str, limit: int | None) -> None:
    try:
        run_request = RunRequest.model_validate({**ASKED, "model": {"name": name}, "limit": limit})
    except ValidationError:
        assert not name.isprintable()
        return
    assert RunRequest.model_validate(json.loads(run_request.text())) == run_request


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"surprise": 1},
        {"model": {"name": ""}},
        {"model": {"name": "a\nb"}},
        {"model": {"name": "\x1b[31m"}},
        {"model": {"name": "\ud800"}},
        {"model": {"name": "a", "key": "b"}},
        {"role": "judge"},
        {"engine": {"kind": "hf"}},
        {"source": "both"},
        {"tasks": {}},
        {"limit": 0},
        {"limit": 1.5},
        {"judge": {"url_host": "h"}},
    ],
)
def test_a_request_that_breaks_a_rule_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RunRequest.model_validate({**ASKED, **change})


def test_canonical_json_has_no_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})


@pytest.mark.parametrize("role", ["people", "product"])
def test_people_and_products_are_roles_of_recorded_answers_alone(role: str) -> None:
    recorded = {"kind": "recorded", "version": "1", "options": {}}
    assert RunRequest.model_validate({**ASKED, "role": role, "source": "upstream", "engine": recorded}).role == role
    with pytest.raises(ValidationError, match="for recorded answers alone"):
        RunRequest.model_validate({**ASKED, "role": role})
