"""One rule, one sentence: what is refused by the form is refused by the API with the same field and the same words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.hub import HubError, HubUnavailableError
from counsel_leaderboard.space.services.report_service import ReportForm, ReportService
from counsel_leaderboard.space.services.submission_service import Caller, SubmissionService
from counsel_leaderboard.space.views.form import Problem, SubmissionForm
from tests.support.host_client import SETTINGS, Client
from tests.support.uploads import run_files, tar

ADDRESS = "203.0.113.1"
GOOD: dict[str, Any] = {"model": "org/model", "revision": "main", "tasks": ["counsel_stigma"], "submitter": "ada"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home") as opened:
        yield opened


def raising(error: Exception) -> Callable[..., Any]:
    def inspect(*_: Any, **__: Any) -> Any:
        raise error

    return inspect


SUBMISSIONS: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {
    "an unknown task": ({"tasks": ["counsel_nothing"]}, {}, 422),
    "a task twice": ({"tasks": ["counsel_stigma", "counsel_stigma"]}, {}, 422),
    "a judged task and no judge": ({"tasks": ["counsel_psyllm"]}, {}, 422),
    "a control": ({"model": "control/echo"}, {}, 403),
    "an address' quota": ({}, {"address_quota": 0}, 429),
    "a gated model": ({}, {"inspect": raising(HubError("model", "org/model: is gated. Ask the host."))}, 422),
    "an unknown revision": ({}, {"inspect": raising(HubError("revision", "org/model: has no revision 'main'."))}, 422),
    "a silent Hub": ({}, {"inspect": raising(HubUnavailableError("org/model: the Hub does not answer."))}, 503),
}


def same(answer: httpx.Response, problems: object, status: int) -> None:
    """The one problem of the form is the API's refusal; a form shows the field as a title and not in the sentence."""
    assert answer.status_code == status, answer.text
    error = answer.json()
    assert isinstance(problems, list), problems
    (problem,) = problems
    assert isinstance(problem, Problem)
    assert _shown(problem.message) == _shown(error["message"].removeprefix(f"{error['field']}: "))


def _shown(message: str) -> str:
    """The sentence without the folder that each upload is unpacked in."""
    return re.sub(r"/\S*/incoming/[^/]+/", "", message)


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_a_submission(store: Store, name: str) -> None:
    changes, host, status = SUBMISSIONS[name]
    settings, fields = replace(SETTINGS, **host), {**GOOD, **changes}
    client = Client(store, settings)
    client.address = ADDRESS
    answer = client("POST", "/submissions", json={**fields, "conflict": "none"})
    form = SubmissionForm(**{**fields, "tasks": tuple(fields["tasks"]), "interest": "no"})
    problems = SubmissionService(store, settings).submit(form, Caller(ADDRESS))
    same(answer, problems, status)
    assert isinstance(problems, list)
    assert problems[0].field == answer.json()["field"]
    assert not any((store.home / "requests").glob("*.json"))


Files = dict[str, bytes]


def without_request(files: Files) -> Files:
    return {name: raw for name, raw in files.items() if name != "request.json"}


def changed(kind: str, change: Callable[[bytes], bytes]) -> Callable[[Files], bytes]:
    """An author's own folder with its results or samples changed."""
    return lambda files: tar(
        {name: change(raw) if name.startswith(kind) else raw for name, raw in without_request(files).items()}
    )


ARCHIVES: dict[str, tuple[Callable[[Files], bytes], int]] = {
    "no archive": (lambda _: b"no archive at all", 422),
    "an empty one": (lambda _: tar({}), 422),
    "other files": (lambda _: tar({"notes.txt": b"hello"}), 422),
    "a path that leads out": (lambda _: tar({"../results_x.json": b"{}"}), 422),
    "too many bytes": (lambda _: tar({"samples_x.jsonl": b"\0" * 9_000_000}), 413),
    "a worker's run": (tar, 422),
    "a secret": (changed("samples", lambda raw: raw.replace(b"stigma", b"hf_planted_secret")), 422),
    "changed results": (changed("results", lambda raw: raw.replace(b"0.5", b"0.75")), 422),
    "another version": (changed("results", lambda raw: raw.replace(b'"version": "', b'"version": "9.')), 422),
    "no JSON": (changed("results", lambda _: b"{"), 422),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive(store: Store, tmp_path: Path, name: str) -> None:
    make, status = ARCHIVES[name]
    raw, client, file = make(run_files(tmp_path)), Client(store, SETTINGS), tmp_path / "uploaded"
    file.write_bytes(raw)
    answer = client("POST", "/reports", params={"model": "org/model", "revision": "main", "submitter": "ada"}, content=raw)
    receipt = ReportService(SubmissionService(store, SETTINGS)).send(
        ReportForm(file, "org/model", "main", "ada"), Caller(ADDRESS)
    )
    same(answer, receipt, status)
    assert not any((store.home / "runs").glob("*"))
    assert not any((store.home / "incoming").glob("*"))
