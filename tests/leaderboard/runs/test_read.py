from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.runs.files import ResultsError
from counsel_leaderboard.leaderboard.runs.read import read
from counsel_leaderboard.leaderboard.specs.run_request import RequestError
from tests.support.run_folders import Item, Task, change_results, change_sample, request, results_of, samples_of, write

ITEMS = [Item("v1/q", {"stigma": 1.0, "scored_rate": 1.0}, cluster="v1"), Item("v2/q", {"scored_rate": 0.0}, cluster="v2")]
TASK = Task("counsel_stigma", ITEMS)


@pytest.mark.parametrize("nested", [False, True])
def test_a_folder_is_read_where_lm_eval_puts_it(tmp_path: Path, nested: bool) -> None:
    run = read(write(tmp_path, [TASK], record=request([TASK]), nested=nested))
    (task,) = run.tasks
    assert run.request is not None
    assert (task.name, task.documents, task.asked) == ("counsel_stigma", 2, 2)
    assert task.reported == {"stigma": 1.0, "scored_rate": 0.5}
    assert task.higher_is_better["stigma"] is False
    assert [sample.doc.id for sample in task.samples] == ["v1/q", "v2/q"]


def test_where_a_run_lies_does_not_change_its_id(tmp_path: Path) -> None:
    flat = read(write(tmp_path / "a", [TASK], record=request([TASK])))
    nested = read(write(tmp_path / "b", [TASK], record=request([TASK]), nested=True))
    assert flat.run_id == nested.run_id
    assert len(flat.run_id) == 16


def test_another_request_is_another_run(tmp_path: Path) -> None:
    run = read(write(tmp_path / "a", [TASK], record=request([TASK])))
    two = read(write(tmp_path / "b", [TASK], record=request([TASK], model="org/other")))
    none = read(write(tmp_path / "c", [TASK]))
    assert len({run.run_id, two.run_id, none.run_id}) == 3
    assert none.request is None


def test_replies_may_hold_any_line_separator(tmp_path: Path) -> None:
    reply = "one\u2028two\x0bthree\x85four\x00five"
    run = read(write(tmp_path, [Task("counsel_stigma", [Item("a", {"stigma": 1.0}, replies=(reply,))])]))
    assert run.tasks[0].samples[0].answers() == [reply]


def test_a_chat_prompt_is_its_messages_and_a_text_prompt_its_text(tmp_path: Path) -> None:
    folder = write(tmp_path, [TASK])
    change_sample(folder, 1, lambda line: line["arguments"]["gen_args_0"].update(arg_0="Client: hello"))
    chat, text = read(folder).tasks[0].samples
    assert chat.prompts() == [[{"role": "user", "content": "How are you?"}]]
    assert text.prompts() == ["Client: hello"]


def test_a_stripped_sample_has_no_prompt(tmp_path: Path) -> None:
    folder = write(tmp_path, [TASK])
    change_sample(folder, 0, lambda line: (line.pop("arguments"), line.pop("target"), line["doc"].pop("risk")))
    sample = read(folder).tasks[0].samples[0]
    assert (sample.prompts(), sample.target, sample.doc.risk) == (None, None, None)


def test_a_value_may_be_a_record(tmp_path: Path) -> None:
    value = {"value": 0.5, "weight": 2, "stratum": "S", "cluster": "C"}
    run = read(write(tmp_path, [Task("counsel_stigma", [Item("a", {"stigma": value})])]))
    item = run.tasks[0].samples[0].item("stigma")
    assert (item.value, item.weight, item.stratum, item.cluster) == (0.5, 2.0, "S", "C")


def _drop(*path: str) -> Callable[[dict[str, Any]], object]:
    def change(value: dict[str, Any]) -> object:
        for key in path[:-1]:
            value = value[key]
        return value.pop(path[-1])

    return change


@pytest.mark.parametrize(
    "path",
    [
        ("results",),
        ("results", "counsel_stigma"),
        ("configs",),
        ("configs", "counsel_stigma", "metadata", "headline"),
        ("configs", "counsel_stigma", "metadata", "dataset"),
        ("n-samples",),
        ("n-samples", "counsel_stigma"),
        ("config",),
        ("date",),
        ("model_name",),
        ("higher_is_better",),
    ],
)
def test_results_that_lack_a_part_are_refused_by_name(tmp_path: Path, path: tuple[str, ...]) -> None:
    folder = write(tmp_path, [TASK])
    change_results(folder, _drop(*path))
    with pytest.raises(ResultsError) as caught:
        read(folder)
    assert str(results_of(folder)) in str(caught.value)
    assert "To fix it" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '{"results": {}}', '{"a": NaN}', "[" * 100_000])
def test_json_that_is_no_lm_eval_result_is_refused(tmp_path: Path, text: str) -> None:
    folder = write(tmp_path, [TASK])
    results_of(folder).write_text(text)
    with pytest.raises(ResultsError, match="results_"):
        read(folder)


def _put(value: Any, *path: str) -> Callable[[dict[str, Any]], Any]:
    def change(results: dict[str, Any]) -> Any:
        for key in path[:-1]:
            results = results[key]
        results[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("config", "limit"), float("inf")),
        (("config", "limit"), float("nan")),
        (("config", "limit"), -1),
        (("config", "gen_kwargs"), {"t": float("nan")}),
        (("config", "gen_kwargs"), [{"t": float("-inf")}]),
        (("configs", "counsel_stigma", "generation_kwargs"), {"t": float("inf")}),
    ],
)
def test_a_number_that_is_none_is_refused_by_its_place(tmp_path: Path, path: tuple[str, ...], value: object) -> None:
    folder = write(tmp_path, [TASK])
    change_results(folder, _put(value, *path))
    with pytest.raises(ResultsError, match=rf"results_.*{path[-1]}"):
        read(folder)


def test_a_reported_value_that_no_column_holds_is_none(tmp_path: Path) -> None:
    folder = write(tmp_path, [TASK])
    change_results(folder, _put(10**400, "results", "counsel_stigma", "odd,none"))
    assert read(folder).tasks[0].reported["odd"] is None


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, [TASK])
    samples_of(folder).write_bytes(b'{"doc_id": "\xff"}\n')
    with pytest.raises(ResultsError, match="not UTF-8 text at byte 12"):
        read(folder)


def test_missing_samples_are_named(tmp_path: Path) -> None:
    folder = write(tmp_path, [TASK])
    missing = samples_of(folder)
    missing.unlink()
    with pytest.raises(ResultsError, match="samples of task counsel_stigma are missing") as caught:
        read(folder)
    assert str(missing) in str(caught.value)
    assert "--log_samples" in str(caught.value)


@pytest.mark.parametrize("keep", [1, 100, -1])
def test_a_truncated_samples_file_is_refused(tmp_path: Path, keep: int) -> None:
    folder = write(tmp_path, [TASK])
    samples_of(folder).write_bytes(samples_of(folder).read_bytes()[:keep])
    with pytest.raises(ResultsError, match=r"line \d is cut off"):
        read(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_drop("doc", "cluster"), "doc.cluster"),
        (_drop("doc_id"), "doc_id"),
        (_drop("resps"), "resps"),
        (_drop("metrics"), "metrics"),
        (_drop("stigma"), "metric stigma is listed but has no value"),
        (lambda line: line["doc"].update(id="a\nb"), "control characters"),
        (lambda line: line["doc"].update(cluster="\ud800"), "surrogates not allowed"),
    ],
)
def test_a_sample_line_that_breaks_a_rule_is_named(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    folder = write(tmp_path, [TASK])
    change_sample(folder, 0, change)
    with pytest.raises(ResultsError, match=words) as caught:
        read(folder)
    assert f"{samples_of(folder)}: line 1" in str(caught.value)


def test_a_folder_that_is_not_there_or_empty_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="no such folder"):
        read(tmp_path / "nothing")
    with pytest.raises(ResultsError, match=r"holds no results_\*\.json"):
        read(tmp_path)


def test_two_runs_in_one_folder_are_told_apart_by_the_user(tmp_path: Path) -> None:
    folder = write(tmp_path, [TASK])
    (folder / "results_2026-02-02.json").write_text("{}")
    with pytest.raises(ResultsError, match="holds 2 runs"):
        read(folder)


def test_two_filters_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, [TASK])
    change_sample(folder, 1, lambda line: line.update(filter="strict"))
    with pytest.raises(ResultsError, match="several filters"):
        read(folder)


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 1}', '{"schema": 1, "engine": {"options": {"a": NaN}}}'])
def test_a_request_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    folder = write(tmp_path, [TASK])
    (folder / "request.json").write_text(text)
    with pytest.raises((RequestError, ResultsError), match=r"request\.json"):
        read(folder)


def test_two_requests_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, [TASK], record=request([TASK]), nested=True)
    (results_of(folder).parent / "request.json").write_text("{}")
    with pytest.raises(ResultsError, match="Keep the one"):
        read(folder)
