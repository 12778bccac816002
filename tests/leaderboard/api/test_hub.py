"""The rules for a Hub model, through the real hub client against a server of the Hub's shapes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.submissions import hub
from counsel_leaderboard.leaderboard.submissions.hub import HubError, HubUnavailableError, ModelLimits, inspect
from counsel_leaderboard.registry.sources.hub_descriptions import DESCRIPTION_BYTES
from tests.support.fake_hub import CONFIG, SHA, TOKENIZER, FakeHub, FakeModel, running


@pytest.fixture(scope="module")
def server() -> Iterator[FakeHub]:
    with running() as server:
        yield server


@pytest.fixture
def fake(server: FakeHub, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    """The hub client reads its endpoint when it is imported, so it is set where the client keeps it."""
    server.models, server.status = {"org/model": FakeModel()}, None
    for module in ("constants.ENDPOINT", "hf_api.constants.ENDPOINT", "file_download.constants.ENDPOINT"):
        monkeypatch.setattr(f"huggingface_hub.{module}", server.url)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return server


def test_a_model_that_keeps_every_rule(fake: FakeHub) -> None:
    model = inspect("org/model")
    assert model == hub.HubModel("org/model", SHA, 1_000_000, 2_000_000, "apache-2.0", "llama", has_template=True)


def test_files_are_read_at_the_pinned_commit(fake: FakeHub) -> None:
    fake.requests.clear()
    inspect("org/model", "main")
    read = [path for path in fake.requests if "/resolve/" in path]
    # One configuration file after the other; weights are never downloaded.
    assert {path.split("/resolve/")[1] for path in read} == {f"{SHA}/config.json", f"{SHA}/tokenizer_config.json"}


def change(**files: Any) -> dict[str, Any]:
    """The files of a good model, with some changed and those that are None gone."""
    named = {name.replace("__", "."): content for name, content in files.items()}
    return {name: content for name, content in {**FakeModel().files, **named}.items() if content is not None}


BROKEN: list[tuple[str, dict[str, Any], str, str]] = [
    ("pickles alone", {"files": change(model__safetensors=None, pytorch_model__bin=5)}, "model", "safetensors"),
    ("remote code", {"files": change(config__json={**CONFIG, "auto_map": {"AutoModel": "m.M"}})}, "model", "auto_map"),
    ("in a part of it", {"files": change(config__json={**CONFIG, "vision_config": {"auto_map": {}}})}, "model", "auto_map"),
    ("tokenizer code", {"files": change(tokenizer_config__json={**TOKENIZER, "auto_map": {}})}, "model", "auto_map"),
    ("no config", {"files": change(config__json=None)}, "model", "no config.json"),
    ("config no JSON", {"files": change(config__json=b"{")}, "model", "not JSON"),
    ("config no object", {"files": change(config__json=b"[]")}, "model", "not a JSON object"),
    ("config not there", {"files": change(config__json=7)}, "model", "cannot be read"),
    ("config huge", {"files": change(config__json=10**9)}, "model", "at most"),
    ("no tokenizer", {"files": change(tokenizer__json=None)}, "model", "no tokenizer"),
    ("no licence", {"licence": None}, "model", "no licence"),
    ("no count", {"parameters": None}, "model", "parameter count"),
    ("too many", {"parameters": 10**12}, "model", "hold at most"),
    ("too large", {"files": change(model__safetensors=10**12)}, "model", "bytes of weights"),
    ("no template", {"files": change(tokenizer_config__json={})}, "chat", "chat = plain"),
    ("gated", {"gated": "manual"}, "model", "gated"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "words"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_rule_is_named(fake: FakeHub, changes: dict[str, Any], field: str, words: str) -> None:
    fake.models["org/model"] = FakeModel(**changes)
    with pytest.raises(HubError, match=words) as raised:
        inspect("org/model", limits=ModelLimits(10**11, 10**11))
    assert raised.value.field == field


FIT = {**CONFIG, "num_attention_heads": 4, "num_hidden_layers": 2, "hidden_size": 64, "max_position_embeddings": 2048}
# What faults.md lists, and after it what it does not.
NUMBERS: list[dict[str, Any]] = [
    {"num_attention_heads": 0}, {"num_hidden_layers": 0}, {"max_position_embeddings": 0},
    {"max_position_embeddings": float("inf")},
    {"num_key_value_heads": -1}, {"hidden_size": float("nan")}, {"num_hidden_layers": True}, {"num_attention_heads": "4"},
    {"max_position_embeddings": 10**400}, {"head_dim": [64]}, {"hidden_size": 2}, {"n_layer": 0},
    {"text_config": {**FIT, "num_attention_heads": 0}}, {"text_config": "llama"},
    {"text_config": {"text_config": {"n_ctx": -1}}},
]  # fmt: skip


@pytest.mark.parametrize("change", NUMBERS, ids=[str(change)[:60] for change in NUMBERS])
def test_a_number_that_no_model_has_is_refused_at_the_door(fake: FakeHub, change: dict[str, Any]) -> None:
    fake.models["org/model"] = FakeModel(files={**FakeModel().files, "config.json": {**FIT, **change}})
    with pytest.raises(HubError, match=r"config\.json") as raised:
        inspect("org/model")
    assert raised.value.field == "model"


@pytest.mark.parametrize("config", [FIT, {**FIT, "head_dim": None}, {**CONFIG, "text_config": FIT}, {**FIT, "text_config": {}}])
def test_a_config_with_numbers_that_fit_is_taken(fake: FakeHub, config: dict[str, Any]) -> None:
    fake.models["org/model"] = FakeModel(files={**FakeModel().files, "config.json": config})
    assert inspect("org/model").family == "llama"


CARDS: dict[str, dict[str, Any]] = {
    "a long licence": {"licence": "a" * 257},
    "a licence with a control character": {"licence": "mit\x00"},
    "a long licence among the tags": {"licence": None, "tags": ["license:" + "a" * 5000]},
    "no parameters": {"parameters": -1},
    "too many parameters": {"parameters": 2**63},
    "parameters beyond any number": {"parameters": 10**400},
    "parameters in words": {"parameters": "many"},
    "no commit": {"branches": {"main": "x", "x": "x"}},
    "weights of no bytes": {"files": change(model__safetensors=0)},
    "weights of negative bytes": {"files": change(model__safetensors=-5)},
    "weights beyond any number": {"files": change(model__safetensors=10**30)},
    "a nested config": {"files": change(config__json=b'{"a":' * 20_000 + b"0" + b"}" * 20_000)},
    "bytes that are no text": {"files": change(config__json=b"\xff\xfe")},
}


@pytest.mark.parametrize("name", CARDS)
def test_a_card_that_no_model_has_is_refused_and_no_error_of_the_server(fake: FakeHub, name: str) -> None:
    fake.models["org/model"] = FakeModel(**CARDS[name])
    with pytest.raises(HubError):
        inspect("org/model")


@pytest.mark.parametrize(
    "answer",
    [{"siblings": 5}, {"siblings": [{"rfilename": None}]}, {"cardData": "x"}, {"safetensors": []}, {"tags": 3}, {"sha": 7}],
)
def test_an_answer_of_another_shape_is_refused_too(
    fake: FakeHub, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    good = fake.answer("/api/models/org/model/revision/main", None)
    spoilt = json.dumps({**json.loads(good[2]), **answer}).encode()
    monkeypatch.setattr(fake, "answer", lambda *_: (200, good[1], spoilt))
    with pytest.raises((HubError, HubUnavailableError)):
        inspect("org/model")


def test_a_name_or_revision_that_is_not_there(fake: FakeHub) -> None:
    with pytest.raises(HubError, match="not on the Hub") as raised:
        inspect("org/other")
    assert raised.value.field == "model"
    with pytest.raises(HubError, match="no revision 'v9'") as raised:
        inspect("org/model", "v9")
    assert raised.value.field == "revision"
    with pytest.raises(HubError, match="owner/name"):
        inspect("org/model/part")


def test_the_hosts_token_opens_a_gated_model(fake: FakeHub) -> None:
    fake.models["org/model"] = FakeModel(gated="auto")
    assert inspect("org/model", token=fake.token).revision == SHA
    with pytest.raises(HubError, match="gated"):
        inspect("org/model", token="hf_another_token")


@pytest.mark.parametrize("file", ["chat_template.jinja", None])
def test_a_template_beside_the_tokenizer_or_plain_text_will_do(fake: FakeHub, file: str | None) -> None:
    files = change(tokenizer_config__json={})
    fake.models["org/model"] = FakeModel(files={**files, file: 10} if file else files)
    model = inspect("org/model", chat="template" if file else "plain")
    assert model.has_template is bool(file)


def test_a_licence_may_stand_among_the_tags(fake: FakeHub) -> None:
    fake.models["org/model"] = FakeModel(licence=None, tags=["license:mit"])
    assert inspect("org/model").licence == "mit"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_hub_that_is_down_says_nothing_about_the_model(fake: FakeHub, status: int) -> None:
    fake.status = status
    with pytest.raises(HubUnavailableError, match="nothing was queued"):
        inspect("org/model")


def test_a_hub_that_cannot_be_reached(fake: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(HubUnavailableError):
        inspect("org/model")


@pytest.mark.parametrize("beyond", [1, 5 << 20])
def test_a_description_that_is_too_large_is_refused(fake: FakeHub, beyond: int) -> None:
    fake.models["org/model"].padding = DESCRIPTION_BYTES + beyond
    with pytest.raises(HubError, match=f"more than {DESCRIPTION_BYTES} bytes"):
        inspect("org/model")


def test_a_large_description_within_the_limit_is_read(fake: FakeHub) -> None:
    fake.models["org/model"].padding = DESCRIPTION_BYTES - (1 << 20)
    assert inspect("org/model").name == "org/model"
