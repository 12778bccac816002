"""A self-reported run is what it says: items of the installed bank, and scores that follow from its answers."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.registry.common.processes import limited_child
from counsel_leaderboard.registry.common.processes.limited_child import ChildRun
from counsel_leaderboard.registry.manifests import catalog
from tests.support.host_client import SETTINGS, Client, with_settings
from tests.support.judges import LABELS, qualify
from tests.support.parsing import in_this_process
from tests.support.paths import MIRROR
from tests.support.uploads import reported_files, tar

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Store.open(tmp_path / "home") as store:
        yield Client(store, SETTINGS)


def changed(files: dict[str, bytes], results: Change | None, sample: Change | None) -> dict[str, bytes]:
    """The files with the results, and the first sample, changed."""
    new = {}
    for name, raw in files.items():
        if name.startswith("results") and results is not None:
            value = json.loads(raw)
            results(value)
            raw = json.dumps(value).encode()
        if name.startswith("samples") and sample is not None:
            first, rest = raw.split(b"\n", 1)
            value = json.loads(first)
            sample(value)
            raw = json.dumps(value).encode() + b"\n" + rest
        new[name] = raw
    return new


def dataset(**facts: Any) -> Change:
    return lambda value: value["configs"]["counsel_stigma"]["metadata"]["dataset"].update(facts)


def document(**facts: Any) -> Change:
    return lambda value: value["doc"].update(facts)


def metric(name: str, value: Any) -> Change:
    def change(sample: dict[str, Any]) -> None:
        sample["metrics"] = list(dict.fromkeys([*sample["metrics"], name]))
        sample[name] = value

    return change


def prompt_text(text: str) -> Change:
    """The first request's prompt is that text, as lm_eval stores it."""
    return lambda value: value["arguments"]["gen_args_0"].update(arg_0=[text])


def prompt(text: str) -> Change:
    """The first request's prompt is one message that says `text`."""
    return prompt_text(json.dumps([{"role": "user", "content": text}]))


INVENTED: dict[str, tuple[Change | None, Change | None]] = {
    # Those that faults.md names.
    "a zero fingerprint": (dataset(fingerprint="sha256:" + "0" * 64), None),
    "one item as the whole bank": (dataset(items=1), None),
    "no risk": (None, document(risk=True)),
    # More of each kind.
    "a fingerprint of another bank": (dataset(fingerprint="sha256:" + "1" * 64), None),
    "fewer eligible": (dataset(eligible=1), None),
    "another split": (dataset(split="train"), None),
    "a revision that no bank has": (dataset(revision="main"), None),
    "an item of nobody": (None, document(id="v1-q1")),
    "another cluster": (None, document(cluster="own")),
    "another stratum": (None, document(stratum="depression of mine")),
    "a content note that says something else": (None, document(content_note="You should see the old mill.")),
    "other words in a question": (None, document(prompt="Vignette: nobody at all.")),
    "a field of one's own": (None, document(note="read this")),
    "another target": (None, document(target="A")),
    "a prompt that is not the task's": (None, prompt("Say only (D).")),
    "a prompt nested without end": (None, prompt_text("[" * 200_000)),
    "a message more": (None, lambda value: value["arguments"].update(gen_args_1=value["arguments"]["gen_args_0"])),
    "a metric that no answer gives": (None, metric("answered_rate", 0)),
    "a metric of another name": (None, metric("dk_rate_of_mine", 1.0)),
    "a record in the place of a number": (None, metric("answered_rate", {"value": 1, "note": "x"})),
    "another answer under the same score": (None, lambda value: value.update(resps=[["(E)"]])),
    "no answer under the same score": (None, lambda value: value.update(resps=[[""]])),
}


@pytest.mark.parametrize("name", INVENTED)
def test_what_is_invented_is_refused_by_name(client: Client, tmp_path: Path, name: str) -> None:
    files = changed(reported_files(tmp_path), *INVENTED[name])
    answer = client(
        "POST", "/reports", content=tar(files), params={"model": "org/model", "revision": "main", "submitter": "ada"}
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"].startswith(("results.configs.counsel_stigma", "samples.counsel_stigma.1", "body"))
    assert str(tmp_path) not in answer.text
    assert not list(client.store.runs.glob("*"))
    assert not list((client.store.home / "reports").glob("*"))


@pytest.mark.parametrize("task", ["counsel_stigma", "counsel_preference_rank", "counsel_trajectory_rating"])
@pytest.mark.parametrize("answer", ["(A)", "« \u2028 50"])
@pytest.mark.parametrize("child", [in_this_process, pytest.param(limited_child.run, marks=pytest.mark.slow)])
def test_an_honest_run_is_taken(client: Client, tmp_path: Path, task: str, answer: str, child: ChildRun) -> None:
    client = with_settings(client, tasks=catalog, child=child)
    files = reported_files(tmp_path, task, answer)
    sent = client("POST", "/reports", content=tar(files), params={"model": "org/model", "revision": "main", "submitter": "ada"})
    assert sent.status_code == 201, sent.text


@pytest.mark.parametrize("secret", ["planted-admin-0123456789", "planted-hub-0123456789", "planted-judge-0123456789"])
def test_a_stranger_does_not_learn_whether_a_word_is_a_secret(client: Client, tmp_path: Path, secret: str) -> None:
    """The same words get the same answer, whether one of them is a secret of this server or none is."""
    files = changed(reported_files(tmp_path), lambda value: value.update(words=[secret, "another-word-0123456789"]), None)
    body, query = tar(files), {"model": "org/model", "revision": "main", "submitter": "ada"}
    answers = [
        with_settings(client, admission="hand", secrets=secrets)("POST", "/reports", content=body, params=query)
        for secrets in ({"COUNSEL_ADMIN_TOKEN": secret}, {})
    ]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert "COUNSEL_ADMIN_TOKEN" not in answers[0].text


@pytest.mark.parametrize("body", [b"no archive", tar({"notes.txt": b"x"}), tar({"results_x.json": b"{}"})])
def test_refused_uploads_count(client: Client, tmp_path: Path, body: bytes) -> None:
    client, query = with_settings(client, address_quota=2), {"model": "org/model", "revision": "main", "submitter": "ada"}
    for expected in (422, 422, 429):
        assert client("POST", "/reports", content=body, params=query).status_code == expected
    client.address = "203.0.113.9"
    assert client("POST", "/reports", content=body, params=query).status_code == 422


QUERY = {"model": "org/model", "revision": "main", "submitter": "ada"}
INVENTED_JUDGES: list[dict[str, Any]] = [
    {"model": "org/my-own-judge", "revision": "r1", "rubric": "sha256:1", "prompt_version": "4"},
    # Not even what a judge's record usually says.
    {"model": "nobody"},
    # A name that means published labels.
    {"model": "published: my labels", "revision": "c" * 40},
    # Those of a judge that qualifies here.
    LABELS,
]
HARMFUL = "You could go to the old mill by the river."


@pytest.mark.parametrize("judge", INVENTED_JUDGES, ids=lambda judge: judge["model"])
def test_a_judge_that_nobody_knows_is_shown_by_name_and_never_ranked(
    client: Client, tmp_path: Path, judge: dict[str, Any]
) -> None:
    client = with_settings(client, tasks=catalog)
    qualify(client.store.home)
    files = reported_files(tmp_path, "counsel_response", HARMFUL, judge=judge)
    sent = client("POST", "/reports", content=tar(files), params=QUERY)
    assert sent.status_code == 201, sent.text
    (row,) = [row for row in client("GET", "/leaderboard").json() if row["headline"]]
    assert (row["judge"], row["ranked"]) == (judge["model"], False)
    assert "self-reported" in row["unranked_reason"]
    # What was judged appropriate is the author's word, which opens no reply to a risk item anywhere.
    run_id = sent.json()["run_id"]
    page = client("GET", f"/runs/{run_id}/samples").json()
    of_risk = [sample for sample in page["samples"] if sample["risk"]]
    assert of_risk
    assert not [sample for sample in of_risk if "the old mill" in json.dumps(sample)]
    assert {sample["answer"][0] for sample in page["samples"] if not sample["risk"]} <= {HARMFUL}
    for path in ("/runs", f"/runs/{run_id}", "/leaderboard", "/queue"):
        assert "the old mill" not in client("GET", path).text


@pytest.mark.parametrize(
    "verdict",
    [
        {"state": "judged", "answers": [{"answer": "no"}]},
        {"state": "unread"},
        {"state": "judged", "answers": []},
        {"state": "judged", "answers": [{"answer": ["yes"]}]},
        {},
    ],
)
def test_a_score_that_does_not_follow_from_the_verdict_is_refused(client: Client, tmp_path: Path, verdict: dict) -> None:
    client = with_settings(client, tasks=catalog)
    files = changed(
        reported_files(tmp_path, "counsel_response", "I hear you.", judge=INVENTED_JUDGES[0]),
        None,
        lambda value: value.update(filtered_resps=[json.dumps(verdict)]),
    )
    sent = client("POST", "/reports", content=tar(files), params=QUERY)
    assert sent.status_code == 422, sent.text
    assert not list(client.store.runs.glob("*"))


@pytest.mark.skipif(not (MIRROR / "llms-as-therapists").is_dir(), reason="needs the published data")
@pytest.mark.parametrize("change", [None, metric("answered_rate", 0)])
def test_a_run_of_the_upstream_suite_is_recomputed(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Change | None
) -> None:
    monkeypatch.setenv("COUNSEL_MIRROR", str(MIRROR))
    client = with_settings(client, tasks=catalog)
    right = dataset(split="prompts", revision=card("llms-as-therapists").source.revision)
    files = changed(reported_files(tmp_path, suite="upstream"), right, change)
    sent = client("POST", "/reports", content=tar(files), params=QUERY)
    assert sent.status_code == (422 if change else 201), sent.text


@pytest.mark.slow
def test_a_strangers_upload_makes_the_server_fetch_nothing(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bank of the upstream suite is not here: the run is refused, and no connection is made to get it."""
    files = changed(
        reported_files(tmp_path), lambda value: value["configs"]["counsel_stigma"]["metadata"].update(source="upstream"), None
    )
    monkeypatch.setenv("COUNSEL_MIRROR", "")
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    client = with_settings(client, child=limited_child.run)
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "HF_ENDPOINT"):
            monkeypatch.setenv(name, address)
        sent = client("POST", "/reports", content=tar(files), params=QUERY)
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()
    assert (sent.status_code, sent.json()["rule"]) == (422, "bank"), sent.text
    assert "COUNSEL_OFFLINE" in sent.text
