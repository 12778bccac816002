"""Fetching from a source that is there, half there, or not there; the cache is whole or as it was."""

from __future__ import annotations

import json
import socket
from types import SimpleNamespace

import pytest

from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.registry.cards.lock import lock
from counsel_leaderboard.registry.common.errors import CardError, ChecksumError, FetchError
from counsel_leaderboard.registry.sources.download import download
from counsel_leaderboard.registry.sources.fetch import fetch
from counsel_leaderboard.registry.sources.loading import load_split

PATH = "data/rows.jsonl"
HUB_FILE = f"/datasets/someone/toy/resolve/{{revision}}/{PATH}"


def load(world):
    return load_split(card("toy", world.cards), "test", world.cards)


@pytest.fixture
def repository(world, source):
    """A card whose source is a code host on the loopback interface; gives the path that is asked for the file."""
    at = {"kind": "repository", "id": "someone/toy", "url": f"{source.url}/someone/toy", "revision": world.REVISION}
    world.card(source=at, splits=world.split())
    return f"/someone/toy/raw/{world.REVISION}/{PATH}"


@pytest.fixture
def hub(world, source, monkeypatch):
    """A card whose source is a Hub on the loopback interface; `hub(body, status)` sets what it answers for the file."""
    monkeypatch.setenv("HF_ENDPOINT", source.url)
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    # The client asks a Hub that is down six times, with 23 s of waiting in between.
    monkeypatch.setattr("huggingface_hub.utils._http.time", SimpleNamespace(sleep=lambda _: None))
    world.card(source={"kind": "hub", "id": "someone/toy", "revision": world.REVISION}, splits=world.split())

    def answer(body=world.ROWS, status=200, **headers):
        commit = {"X_Repo_Commit": world.REVISION, "ETag": '"abc"'} if status == 200 else {}
        source.gives(HUB_FILE.format(revision=world.REVISION), body, status, **commit, **headers)

    return answer


def test_a_repository_file_is_fetched_once_at_the_pinned_commit(world, source, repository):
    source.gives(repository, world.ROWS)
    assert len(load(world).rows) == 2
    assert len(load(world).rows) == 2
    assert source.requests == [f"GET {repository}"]
    assert world.cache_files() == [f"datasets/toy/{world.REVISION}/{PATH}"]


def test_a_path_with_spaces_and_signs_is_asked_for_correctly(world, source):
    at = {"kind": "repository", "id": "someone/toy", "url": f"{source.url}/someone/toy", "revision": world.REVISION}
    world.card(source=at, splits=world.split(path="Emotion&Stress #1/rows ?.jsonl"))
    source.gives(f"/someone/toy/raw/{world.REVISION}/Emotion%26Stress%20%231/rows%20%3F.jsonl", world.ROWS)
    assert len(load(world).rows) == 2


def test_a_hub_file_is_fetched_at_the_pinned_commit(world, source, hub):
    hub()
    assert len(load(world).rows) == 2
    assert world.cache_files() == [f"datasets/toy/{world.REVISION}/{PATH}"]
    requests = len(source.requests)
    assert len(load(world).rows) == 2
    assert len(source.requests) == requests


REFUSALS = {401: "HF_TOKEN|not open", 403: "HF_TOKEN|not open", 404: "moved or gone", 500: "HTTP 500"}


@pytest.mark.parametrize(
    ("kind", "status", "named"),
    [(kind, status, named) for kind in ("repository", "hub") for status, named in REFUSALS.items()],
)
def test_a_refusal_is_named_and_leaves_the_cache_empty(world, source, request, kind, status, named):
    served = request.getfixturevalue(kind)
    if kind == "hub":
        code = {401: "RepoNotFound", 403: "GatedRepo", 404: "EntryNotFound"}.get(status)
        served(b"", status, **({"X_Error_Code": code} if code else {}))
    else:
        source.gives(served, b"", status)
    with pytest.raises(FetchError, match=named) as error:
        load(world)
    assert "toy" in str(error.value)
    assert world.cache_files() == []


@pytest.mark.parametrize("kind", ["repository", "hub"])
def test_a_source_that_cannot_be_reached_is_named(world, source, request, monkeypatch, kind):
    request.getfixturevalue(kind)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{unused.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", closed)
        if kind == "repository":
            at = {"kind": kind, "id": "someone/toy", "url": f"{closed}/someone/toy", "revision": world.REVISION}
            world.card(source=at, splits=world.split())
        with pytest.raises(FetchError, match=r"could not be fetched.*COUNSEL_MIRROR"):
            load(world)
    assert world.cache_files() == []


@pytest.mark.parametrize("kind", ["repository", "hub"])
def test_another_file_than_the_card_records_is_not_kept(world, source, request, kind):
    served = request.getfixturevalue(kind)
    body = world.ROWS[:-5]  # cut, and the source does not say so
    served(body) if kind == "hub" else source.gives(served, body)
    with pytest.raises(ChecksumError, match="expected sha256"):
        load(world)
    assert world.cache_files() == []


def test_a_download_that_breaks_off_is_not_kept(world, source, repository):
    source.gives(repository, world.ROWS[:-5], Content_Length=str(len(world.ROWS)))
    with pytest.raises(FetchError, match="could not be fetched"):
        load(world)
    assert world.cache_files() == []


def test_a_failed_fetch_leaves_a_damaged_cache_file_as_it_was(world, source, repository):
    world.cached(PATH, b"damaged")
    source.gives(repository, b"", 500)
    with pytest.raises(FetchError):
        list(download(card("toy", world.cards), world.cards))
    assert (world.cache / "datasets" / "toy" / world.REVISION / PATH).read_bytes() == b"damaged"


def test_pull_replaces_a_damaged_cache_file_and_says_where_things_are(world, source, repository):
    world.cached(PATH, b"damaged")
    source.gives(repository, world.ROWS)
    toy = card("toy", world.cards)
    assert list(download(toy, world.cards)) == [(PATH, "fetched")]
    assert list(download(toy, world.cards)) == [(PATH, "in the cache")]
    world.mirrored(f"toy/{PATH}", world.ROWS)
    assert list(download(toy, world.cards)) == [(PATH, "in the mirror")]


def test_pull_of_what_cannot_be_fetched_says_why(world):
    world.card(source={"kind": "web", "id": "a page"}, splits=[], access="agreement")
    with pytest.raises(CardError, match="access: agreement"):
        list(download(card("toy", world.cards), world.cards))


def test_an_unpinned_dataset_is_not_fetched(world):
    world.card(source={"kind": "hub", "id": "someone/toy"}, splits=world.split())
    with pytest.raises(FetchError, match="not pinned"):
        load(world)


def test_lock_of_a_hub_dataset_resolves_revision_files_and_checksums(world, source, hub):
    world.card(source={"kind": "hub", "id": "someone/toy"}, splits=[{"name": "test", "pattern": "data/*.jsonl"}])
    hub()
    info = {"id": "someone/toy", "sha": world.REVISION, "siblings": [{"rfilename": PATH}, {"rfilename": "README.md"}]}
    for path in ("/api/datasets/someone/toy", f"/api/datasets/someone/toy/revision/{world.REVISION}"):
        source.gives(path, json.dumps(info).encode(), Content_Type="application/json")
    locked = lock("toy", world.cards)
    assert locked.after.source.revision == world.REVISION
    assert locked.after.splits[0].rows == 2
    assert f"+{world.split()[0]['files'][0]['sha256']}  {PATH}" in locked.difference()
    locked.write()
    assert load(world).fingerprint == locked.after.splits[0].fingerprint
    assert lock("toy", world.cards).difference() == ""


def test_lock_where_the_hub_refuses_says_so(world, source, hub):
    world.card(source={"kind": "hub", "id": "someone/toy"}, access="gated", splits=[{"name": "test", "pattern": "*"}])
    source.gives("/api/datasets/someone/toy", b"{}", 401, X_Error_Code="GatedRepo")
    before = (world.cards / "toy.yaml").read_text("utf-8")
    with pytest.raises(FetchError, match="HF_TOKEN"):
        lock("toy", world.cards)
    assert (world.cards / "toy.yaml").read_text("utf-8") == before


@pytest.mark.parametrize("kind", ["repository", "hub"])
@pytest.mark.parametrize("stated", [True, False])
def test_a_file_over_the_limit_of_bytes_is_broken_off(world, source, request, kind, stated):
    served = request.getfixturevalue(kind)
    body = b"x" * (8 << 20)
    if kind == "hub":
        # A Hub may also say less than it sends.
        served(body, **({} if stated else {"X_Linked_Size": "10", "X_Linked_ETag": '"abc"'}))
    else:
        source.gives(served, body)
    toy = card("toy", world.cards)
    with pytest.raises(FetchError, match=r"has more than .*, and no"):
        fetch(toy, toy.splits[0].files[0], most_bytes=1 << 20)
    assert world.cache_files() == []
