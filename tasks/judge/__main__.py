"""`python -m counsel_leaderboard.tasks.judge FOLDER` judges a stored run in place.

`arena PAIRS.jsonl` compares replies, `exam FOLDER` examines the judge, `acts FOLDER` does so on the acts of sessions and
`sessions FOLDER` on whole sessions, `retest OUT FOLDER...` judges stored sessions once more, `humans FILE FOLDER` compares it
with people and `clinicians FOLDER` with those who rated recorded sessions, and `anchors` writes or scores the answers by which
two judges are compared.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from counsel_leaderboard.registry.common import events
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.processes.startup import prepare_process
from counsel_leaderboard.tasks.judge.settings import from_environment

USAGE = """usage: python -m counsel_leaderboard.tasks.judge FOLDER (an lm-eval run made with --log_samples)
       python -m counsel_leaderboard.tasks.judge arena PAIRS.jsonl ({"id", "speech", "a", "b"} on each line)
       python -m counsel_leaderboard.tasks.judge anchors [ANCHORS.jsonl] (without a file: write them; with one: score them)
       python -m counsel_leaderboard.tasks.judge exam FOLDER [--cost] [--parts JSON | --each N] (examine the judge;
           --cost: only report the cost, --parts: how many parts of each task, {"TASK": 2},
           --each: the short form, N dialogues of each flaw)
       python -m counsel_leaderboard.tasks.judge acts FOLDER [--cost] [--each N] (examine the judge on the acts of sessions;
           --each: the short form, N sessions of a kind)
       python -m counsel_leaderboard.tasks.judge sessions FOLDER [--cost] [--each N] (examine the judge on whole sessions;
           --each: the short form, the first N sessions)
       python -m counsel_leaderboard.tasks.judge clinicians FOLDER [--cost] [--each N] (the judge reads what clinicians rated)
       python -m counsel_leaderboard.tasks.judge retest OUT FOLDER... (judge the sessions of runs once more, for its stability)
       python -m counsel_leaderboard.tasks.judge humans FILE FOLDER [--cost] (the judge rates what people rated in FILE)"""

VERBS = ("arena", "exam", "acts", "sessions", "retest", "clinicians", "humans", "anchors")


def main(arguments: list[str]) -> int:
    """Exit code 0 on success, 1 with a message and an unchanged run on failure, 2 for wrong arguments."""
    prepare_process()
    try:
        match arguments:
            case ["arena", pairs]:
                _arena(Path(pairs))
            case ["exam", folder, *flags] if not folder.startswith("-"):
                return _exam(Path(folder), flags)
            case [("acts" | "sessions" | "clinicians") as what, folder, *flags] if not folder.startswith("-"):
                return _of_sessions(what, Path(folder), flags)
            case ["retest", out, *folders] if folders and not any(name.startswith("-") for name in (out, *folders)):
                _retest(Path(out), [Path(folder) for folder in folders])
            case ["humans", file, folder, *flags] if flags in ([], ["--cost"]):
                _humans(Path(file), Path(folder), cost_only=bool(flags))
            case ["anchors", *files] if len(files) <= 1:
                _anchors(*map(Path, files))
            case [folder] if folder not in VERBS and not folder.startswith("-"):
                _run(Path(folder))
            case _:
                print(USAGE, file=sys.stderr)
                return 2
    except CounselError as error:
        print(f"counsel_leaderboard.tasks.judge: {error}", file=sys.stderr)
        events.send(events.Failed(message=str(error)))
        return error.exit_code
    return 0


def _run(folder: Path) -> None:
    from counsel_leaderboard.tasks.judge.rejudge import rejudge  # imports lm_eval, which takes half of a second

    for task in rejudge(folder):
        value = "no score" if task.value is None else f"{task.value:.4f}"
        print(f"{task.task}: {task.headline} {value}; {task.calls} calls, {task.without_verdict} without verdict")


def _exam(folder: Path, flags: list[str]) -> int:
    match [flag for flag in flags if flag != "--cost"]:
        case []:
            parts = each = None
        case ["--parts", numbers] if parts := _numbers(numbers):
            each = None
        case ["--each", number] if number.isdecimal() and int(number) > 0:
            parts, each = None, int(number)
        case _:
            print(USAGE, file=sys.stderr)
            return 2
    judge = from_environment()
    from counsel_leaderboard.tasks.exam.exam_run import run_exam  # imports tasks, which import this package, and lm_eval

    run_exam(folder, judge, "--cost" in flags, parts, each)
    return 0


def _of_sessions(what: str, folder: Path, flags: list[str]) -> int:
    from counsel_leaderboard.tasks.exam.act_exam_run import run_act_exam  # imports tasks, which import this package
    from counsel_leaderboard.tasks.exam.clinician_sessions import run_clinician_sessions
    from counsel_leaderboard.tasks.exam.session_exam_run import run_session_exam

    match [flag for flag in flags if flag != "--cost"]:
        case []:
            each = None
        case ["--each", number] if number.isdecimal() and int(number) > 0:
            each = int(number)
        case _:
            print(USAGE, file=sys.stderr)
            return 2
    runs = {"acts": run_act_exam, "sessions": run_session_exam, "clinicians": run_clinician_sessions}
    runs[what](folder, from_environment(), "--cost" in flags, each)
    return 0


def _retest(out: Path, folders: list[Path]) -> None:
    from counsel_leaderboard.tasks.exam.session_retest import run_retest  # imports tasks, which import this package

    run_retest(out, folders, from_environment())


def _numbers(text: str) -> dict[str, int] | None:
    """The JSON object of whole numbers in `text`, or None if it holds anything else."""
    try:
        numbers = json.loads(text)
    except ValueError:
        return None
    return numbers if isinstance(numbers, dict) and all(type(number) is int for number in numbers.values()) else None


def _humans(file: Path, folder: Path, *, cost_only: bool) -> None:
    from counsel_leaderboard.tasks.exam.human_ratings import judge_rated  # imports tasks, which import this package

    judge_rated(file, folder, from_environment(), cost_only)


def _arena(pairs: Path) -> None:
    from counsel_leaderboard.tasks.judge.arena import compare  # imports a task, which imports this package

    for verdict in compare(pairs, from_environment()):
        print(json.dumps(verdict))


def _anchors(file: Path | None = None) -> None:
    from counsel_leaderboard.tasks.judge import anchors  # imports tasks, which import this package

    for line in anchors.write() if file is None else anchors.score(file, from_environment()):
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
