"""Checks of this machine that ask no other: Python, packages, encodings, import paths, tokens, proxies."""

from __future__ import annotations

import locale
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from counsel_leaderboard.registry.common import proxies
from counsel_leaderboard.registry.common.credentials import CredentialError, credential
from counsel_leaderboard.runners.doctor.diagnosis import Diagnosis, ok, problem, warning

DISTRIBUTION = "counsel-leaderboard"
TOKENS = ("COUNSEL_ADMIN_TOKEN", "COUNSEL_WORKER_TOKEN")
TOKEN_LENGTH = 32
NEW_TOKEN = "Set it to what `openssl rand -hex 32` prints."  # noqa: S105 - how to make one
# Somebody else's package of one of these names on PYTHONPATH would be imported in the place of the installed one.
IMPORTED = ("lm_eval", "datasets", "duckdb", "gradio", "httpx", "huggingface_hub", "numpy", "polars", "pydantic", "yaml")
OURS = ("tasks", "registry", "runners", "leaderboard", "space")


def check(environment: Mapping[str, str] = os.environ) -> Iterator[Diagnosis]:
    """All checks of this module."""
    yield from installed(requires(DISTRIBUTION) or [])
    yield from encodings(environment)
    yield from import_paths(environment)
    yield from tokens(environment)
    yield from proxy_settings(environment)


def installed(requirements: Sequence[str]) -> Iterator[Diagnosis]:
    """Python and each required package against what the project asks for."""
    needed = metadata(DISTRIBUTION)["Requires-Python"]
    if Requirement(f"python{needed}").specifier.contains(platform.python_version()):
        yield ok("Python", f"{platform.python_version()} fits {needed}")
    else:
        yield problem("Python", f"{platform.python_version()} is not {needed}.", "Install Counsel with such a Python.")
    wanted = [requirement for requirement in map(Requirement, requirements) if _applies(requirement)]
    wrong = [text for requirement in wanted if (text := _mismatch(requirement))]
    if wrong:
        yield problem("packages", f"{'; '.join(wrong)}.", "Install Counsel again.")
    else:
        yield ok("packages", f"{len(wanted)} required, all of a fitting version")


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def _mismatch(requirement: Requirement) -> str | None:
    try:
        installed_version = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is missing"
    if requirement.specifier.contains(installed_version, prereleases=True):
        return None
    return f"{requirement.name} {installed_version} is not {requirement.specifier}"


def encodings(environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Whether everything can be printed here."""
    chosen = environment.get("PYTHONIOENCODING", "").partition(":")[0]
    used = {"PYTHONIOENCODING": chosen, "the locale": locale.getpreferredencoding(do_setlocale=False)}
    narrow = {name: encoding for name, encoding in used.items() if encoding and not _is_utf8(encoding)}
    for name, encoding in narrow.items():
        yield warning(
            "encoding",
            f"{name} says {encoding}. Counsel prints a question mark for what that lacks; plain lm_eval ends with an error "
            "at the arrow of its table, after everything was answered.",
            "Before plain lm_eval: unset PYTHONIOENCODING, export PYTHONUTF8=1.",
        )
    if not narrow:
        yield ok("encoding", "UTF-8")


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("-", "").replace("_", "") in ("utf8", "utf8sig")


def import_paths(environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Whether PYTHONPATH hides a package that is needed."""
    folders = [Path(entry) for entry in environment.get("PYTHONPATH", "").split(os.pathsep) if entry]
    hidden = [f"{folder / name}" for folder in folders for name in IMPORTED if _holds(folder, name)]
    if hidden:
        yield problem(
            "PYTHONPATH", f"{', '.join(hidden)} would be imported in the place of the installed package.",
            "Unset PYTHONPATH, or rename that folder.",
        )  # fmt: skip
    else:
        equal = [str(folder / name) for folder in folders for name in OURS if _holds(folder, name)]
        harmless = f"; {equal[0]} is not met, since ours is counsel_leaderboard.{Path(equal[0]).name}" if equal else ""
        yield ok("PYTHONPATH", f"hides no package that is needed{harmless}")


def _holds(folder: Path, name: str) -> bool:
    return (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file()


def tokens(environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Whether the host's tokens can be sent, are long enough and are not the same."""
    usable = True
    values = []
    for variable in TOKENS:
        try:
            value = credential(variable, environment)
        except CredentialError as error:
            usable = False
            yield problem("tokens", str(error), NEW_TOKEN)
            continue
        values.append(value)
        if value is not None and len(value) < TOKEN_LENGTH:
            usable = False
            yield problem("tokens", f"{variable} has fewer than {TOKEN_LENGTH} characters and could be guessed.", NEW_TOKEN)
    if len(values) == len(TOKENS) and values[0] is not None and values[0] == values[1]:
        usable = False
        yield problem("tokens", f"{' and '.join(TOKENS)} are the same: a worker has the host's rights.", "Give each its own.")
    if usable:
        yield ok("tokens", f"{sum(value is not None for value in values)} of {len(TOKENS)} set" if any(values) else "none set")


def proxy_settings(environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """What the environment's proxies mean for our clients; addresses on this machine never go through one."""
    named = [variable for name in proxies.NAMES for variable in (name, name.upper()) if environment.get(variable, "").strip()]
    broken = list(proxies.unusable(environment))
    for text in broken:
        about, _, step = text.partition(". ")
        yield warning("proxies", f"{about}.", step)
    if not named:
        if not broken:
            yield ok("proxies", "none set")
        return
    rule = "this machine is never asked through them by Counsel"
    exceptions = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if "*" in exceptions.split(",") or "127.0.0.1" in exceptions:
        yield ok("proxies", f"{', '.join(named)}; {rule}")
    else:
        yield warning(
            "proxies", f"{', '.join(named)} set, and no_proxy lacks 127.0.0.1; {rule}, but by plain lm_eval it is.",
            "export no_proxy=127.0.0.1,localhost",
        )  # fmt: skip
