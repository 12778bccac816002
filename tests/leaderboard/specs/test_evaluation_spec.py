"""Ids stay: those of requests and runs that are stored, and a spec's through its JSON. A run says what was asked of it."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from counsel_leaderboard.leaderboard.board import transcripts
from counsel_leaderboard.leaderboard.runs.files import first_problem
from counsel_leaderboard.leaderboard.runs.read import read
from counsel_leaderboard.leaderboard.specs.evaluation_spec import EvaluationSpec
from counsel_leaderboard.leaderboard.specs.run_request import EngineRecord, JudgeSpec, ModelSpec, RequestError, RunRequest
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.leaderboard.store.rebuild import rebuild
from counsel_leaderboard.leaderboard.submissions.queue import files as queue_files
from tests.golden.capture import EXPECTED, HOMES
from tests.golden.capture import read as expected
from tests.support.run_folders import Item, Task, request, write

ITEMS = [Item("a", {"stigma": 1.0, "scored_rate": 1.0}), Item("b", {"stigma": 0.0, "scored_rate": 1.0})]
SPEC = EvaluationSpec(model="org/model", revision="a" * 40, engine="vllm", tasks={"counsel_stigma": "1.0"})
MODEL, VLLM = ModelSpec(name="org/model", revision="a" * 40), EngineRecord(kind="vllm", version="1")

NAMES = st.text(st.characters(categories=["L", "N"], include_characters="/.-"), min_size=1, max_size=20)
SPECS = st.builds(
    EvaluationSpec,
    model=NAMES,
    revision=st.none() | NAMES,
    engine=st.sampled_from(["vllm", "llama_cpp", "control", "endpoint"]),
    dtype=st.sampled_from(["auto", "float16"]),
    chat=st.sampled_from(["template", "plain"]),
    source=st.sampled_from(["open", "upstream"]),
    tasks=st.dictionaries(st.from_regex(r"counsel_[a-z]{1,9}", fullmatch=True), NAMES, min_size=1, max_size=4),
    limit=st.none() | st.integers(1, 2**31 - 1),
    judge=st.none() | NAMES,
    judge_revision=st.none() | NAMES,
)


@pytest.fixture(scope="module")
def old_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the version before, with a run that a worker made for a request."""
    folder = tmp_path_factory.mktemp("golden")
    with tarfile.open(HOMES) as archive:
        archive.extractall(folder, filter="data")
    return folder / "home"


def test_a_stored_request_of_the_queue_keeps_its_id() -> None:
    # A file of the version before, its name the hash that sha256sum gives of this text.
    text = (
        '{"chat":"template","dtype":"auto","engine":"vllm","judge":null,"judge_revision":null,"limit":null,"model":"org/model",'
        f'"revision":"{"a" * 40}","schema":1,"source":"open","tasks":{{"counsel_stigma":"1.0"}}}}'
    )
    assert EvaluationSpec.model_validate_json(text).spec_id == SPEC.spec_id == "743f1b7aae88d505"


@given(SPECS)
def test_a_spec_keeps_its_id_through_its_json(spec: EvaluationSpec) -> None:
    again = EvaluationSpec.model_validate(json.loads(json.dumps(spec.record())))
    assert (again, again.spec_id) == (spec, spec.spec_id)


@given(SPECS)
def test_what_a_command_asks_can_be_recorded_whatever_the_engine(spec: EvaluationSpec) -> None:
    judge = JudgeSpec(model=spec.judge, revision=spec.judge_revision) if spec.judge else None
    if judge is None and spec.judge_revision:
        return
    run_request = RunRequest.of(spec, ModelSpec(name=spec.model, revision=spec.revision), EngineRecord(kind=spec.engine), judge)
    again = RunRequest.model_validate_json(run_request.text())
    assert (again, again.spec_id) == (run_request, spec.spec_id)


def test_ids_of_an_old_home_stay_and_a_workers_run_is_linked_to_its_request(old_home: Path) -> None:
    requests = queue_files.read_all(old_home)  # each file's name is checked against what it holds
    before = expected(EXPECTED.read_bytes())["home runs"]
    runs = {folder.name: read(folder) for folder in (old_home / "runs").iterdir()}
    assert {name: run.run_id for name, run in runs.items()} == {name: name for name in runs}
    ids = {name: run.request.spec_id if run.request else None for name, run in runs.items()}
    assert {name: ids[name] for name in before} == {name: row.get("request_id") for name, row in before.items()}
    rebuild(old_home)
    with Store.open(old_home) as store:
        stored = {name: transcripts.run(store, name)["spec_id"] for name in runs}
        (done,) = [request for request in requests if request.state == "done"]
        assert done.run_id is not None
        assert stored == {**ids, done.run_id: done.spec_id}
        assert [run["run_id"] for run in transcripts.history(store, spec_id=done.spec_id)] == [done.run_id]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", "org/other"), ("revision", "b" * 40), ("engine", "llama_cpp"), ("source", "upstream"), ("limit", 2),
        ("tasks", {"counsel_stigma": "1.1"}), ("judge", "j"), ("judge_revision", "r"),
    ],
)  # fmt: skip
def test_a_spec_that_the_rest_of_the_request_contradicts_is_named_and_not_stored(
    tmp_path: Path, field: str, value: Any
) -> None:
    task = Task("counsel_stigma", ITEMS)
    record = RunRequest.of(SPEC, MODEL, VLLM, None).record()
    record["spec"][field] = value
    folder = write(tmp_path / "run", [task], record=record)
    with pytest.raises(RequestError, match=rf"request\.json: is not a request .*spec\.{field}: is .* Write it with"):
        ingest(folder, tmp_path / "home")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("change", [{"schema": 2}, {"spec": SPEC.record()}, {"schema": 2, "spec": {"model": "a"}}])
def test_schema_and_spec_belong_together(change: dict[str, Any]) -> None:
    task = Task("counsel_stigma", ITEMS)
    with pytest.raises(ValidationError) as error:
        RunRequest.model_validate({**request([task]), **change})
    assert "spec" in first_problem(error.value)


def test_another_judge_makes_it_another_spec() -> None:
    run_request = RunRequest.of(SPEC, MODEL, VLLM, None)
    judged = run_request.judged_by(JudgeSpec(model="j", revision="r"))
    assert RunRequest.model_validate_json(judged.text()) == judged
    assert judged.spec_id != run_request.spec_id
    assert judged.judged_by(JudgeSpec(model="j", revision="r", url_host="h")).spec_id == judged.spec_id


def test_a_built_in_model_is_recorded_under_its_own_name() -> None:
    spec = EvaluationSpec(model="smollm2-135m", engine="llama_cpp", tasks={"counsel_stigma": "1.0"})
    model = ModelSpec(name="SmolLM2-135M-Instruct", revision="sha256:0")
    assert RunRequest.of(spec, model, EngineRecord(kind="llama_cpp"), None).spec_id == spec.spec_id


def test_recorded_answers_are_never_of_the_open_suite() -> None:
    fields = {"model": "some-model", "engine": "recorded", "tasks": {"counsel_stigma": "1.1"}}
    assert EvaluationSpec.model_validate({**fields, "source": "upstream"}).source == "upstream"
    with pytest.raises(ValidationError, match="the open items were never asked"):
        EvaluationSpec.model_validate(fields)
