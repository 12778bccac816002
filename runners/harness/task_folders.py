"""Task folders of hosts: creates one from the template, and checks for faults that lm_eval would report as a traceback."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from counsel_leaderboard.registry.common import atomic, paths
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.processes.child_environment import child_environment
from counsel_leaderboard.registry.manifests import TaskInfo, catalog, include_path, include_paths
from counsel_leaderboard.registry.manifests.task_files import SETTING, TASK_NAME

TEMPLATE = "template"
CHECK = (sys.executable, "-P", "-m", "counsel_leaderboard.tasks.check")


class TaskFolderError(CounselError):
    """A task folder that cannot be created, or that breaks a rule."""


def create(name: str, into: Path) -> Path:
    """Create `into`/`name`, a folder with a task that runs; returns it. Raises TaskFolderError, and then writes nothing."""
    if not TASK_NAME.match(name):
        raise TaskFolderError(
            f"{name!r}: a task's name consists of lower-case letters, digits and _, and begins with a letter. Choose another."
        )
    folder = into / name
    # The catalog is not used here: COUNSEL_TASKS may name the folder that is about to be created.
    if (include_path() / name).exists():
        raise TaskFolderError(f"{name!r}: is already the name of a task or folder of this package. Choose another name.")
    if folder.exists():
        raise TaskFolderError(f"{folder}: already exists. Choose another name, or another folder with --into.")
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


def write_include_folder(folder: Path, tasks: Sequence[TaskInfo]) -> None:
    """Write one YAML file for each task that includes its own: lm_eval accepts one folder, and tasks may be in several."""
    for info in tasks:
        text = yaml.safe_dump({"task": info.name, "include": str(info.file)}, allow_unicode=True)
        atomic.write(folder / f"{info.name}.yaml", text)


def lm_eval_config() -> Path:
    """A file for `lm_eval run --config` that finds every installed task from any folder; the file, in the user's cache.

    With a host's own tasks it points to a folder that includes each task's own. Raises ManifestError, OSError.
    """
    folders = include_paths()
    key = hashlib.sha256("\n".join(map(str, folders)).encode()).hexdigest()[:12]
    folder = folders[0]
    if len(folders) > 1:
        folder = paths.cache() / "lm_eval" / f"tasks-{key}"
        write_include_folder(folder, list(catalog().values()))
    file = paths.cache() / "lm_eval" / f"config-{key}.yaml"
    settings = {"include_path": str(folder), "apply_chat_template": True, "log_samples": True}
    atomic.write(file, yaml.safe_dump(settings, allow_unicode=True))
    return file


def check(names: Sequence[str]) -> int:
    """Check these tasks, or all installed ones without a name; prints the faults and returns the exit code."""
    return subprocess.run([*CHECK, *names], env=child_environment(), check=False).returncode


def require_sound(tasks: Sequence[TaskInfo]) -> None:
    """Check those tasks that a host added. Raises TaskFolderError with the first broken rule."""
    added = [info.name for info in tasks if include_path() not in info.file.parents]
    if not added:
        return
    done = subprocess.run(
        [*CHECK, *added], env=child_environment(), capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode:
        raise TaskFolderError(done.stderr.strip() or f"{', '.join(added)}: could not be checked. Run `counsel tasks check`.")


def next_steps(folder: Path) -> str:
    """The commands to run after a folder was created, as text."""
    return (
        f"{folder} contains a task that runs. Next:\n"
        f"  export {SETTING}={folder.parent}\n"
        f"  counsel tasks check {folder.name}\n"
        f"  counsel controls --tasks {folder.name}\n"
        f"  counsel eval smollm2-135m --tasks {folder.name}\n"
        "Then put your own items, prompt and scoring into it; docs/extend/add-a-task.md explains each file."
    )
