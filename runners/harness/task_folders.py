"""Task folders of hosts: a new one from the template, and the check that lm_eval would only answer with a traceback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.manifests import TaskInfo, catalog, include_path
from counsel_leaderboard.registry.manifests.task_catalog import SETTING, TASK_NAME

TEMPLATE = "template"
CHECK = (sys.executable, "-P", "-m", "counsel_leaderboard.tasks.check")


class TaskFolderError(CounselError):
    """A folder of a task that cannot be made, or that breaks a rule."""


def create(name: str, into: Path) -> Path:
    """A folder `into`/`name` with a task that runs; the folder. Raises TaskFolderError, and then nothing is written."""
    if not TASK_NAME.match(name):
        raise TaskFolderError(f"{name!r}: a task's name is lower-case letters, digits and _, a letter first. Choose another.")
    folder = into / name
    if name in catalog():
        raise TaskFolderError(f"{name!r}: is a task that is installed ({catalog()[name].file.parent}). Choose another name.")
    if folder.exists():
        raise TaskFolderError(f"{folder}: is there already. Choose another name, or another folder with --into.")
    texts = {
        file.name.removesuffix(".txt").replace("NAME", name): file.read_text(encoding="utf-8")
        for file in sorted((include_path() / TEMPLATE).glob("*.txt"))
    }
    try:
        folder.mkdir(parents=True)
        for file_name, text in texts.items():
            filled = text.replace("NAME", name).replace("LABEL", name.replace("_", " ").capitalize())
            (folder / file_name).write_text(filled, encoding="utf-8")
    except OSError as error:
        raise TaskFolderError(f"{folder}: cannot be written ({error.strerror}). Choose another folder with --into.") from error
    return folder


def check(names: Sequence[str]) -> int:
    """The exit code of the check of these tasks, all installed ones without a name; it prints what it finds."""
    return subprocess.run([*CHECK, *names], check=False).returncode


def require_sound(tasks: Sequence[TaskInfo]) -> None:
    """Check those tasks that a host added. Raises TaskFolderError with the first broken rule."""
    added = [info.name for info in tasks if include_path() not in info.file.parents]
    if not added:
        return
    done = subprocess.run([*CHECK, *added], capture_output=True, text=True, check=False)
    if done.returncode:
        raise TaskFolderError(done.stderr.strip() or f"{', '.join(added)}: could not be checked. Run `counsel tasks check`.")


def next_steps(folder: Path) -> str:
    """What to type after a folder was made."""
    return (
        f"{folder} holds a task that runs. Next:\n"
        f"  export {SETTING}={folder.parent}\n"
        f"  counsel tasks check {folder.name}\n"
        f"  counsel controls --tasks {folder.name}\n"
        f"  counsel eval smollm2-135m --tasks {folder.name}\n"
        "Then put your own items, prompt and scoring into it; docs/add-a-task.md says what each file holds."
    )
