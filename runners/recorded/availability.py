"""Which recorded runs can be made on this machine, and why others cannot: one line for each source that gave nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from counsel_leaderboard.registry import recorded
from counsel_leaderboard.registry.common.errors import CounselError, FetchError, FileNotGivenError
from counsel_leaderboard.registry.common.words import counted
from counsel_leaderboard.registry.recorded import RecordedModel, Recording, UnlockedError, label_checks

SOURCE_SECONDS = 60.0
"""How long one source may take to give its files; what it gave until then is used."""

Say = Callable[[str], None]


@dataclass
class Availability:
    """`ready`: models as SOURCE/KEY in their fixed order, each with the tasks whose answers are here and can be read.

    `absent`: recordings that could not be had: source -> why -> their names. `refused`: files that are not what was published.
    """

    ready: dict[str, tuple[str, ...]] = field(default_factory=dict)
    absent: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    first_failure: dict[str, str] = field(default_factory=dict)
    """What a source answered when it was first asked in vain; it is not asked again."""

    def miss(self, source: str, why: str, what: str) -> None:
        """Note a recording that could not be had."""
        self.absent.setdefault(source, {}).setdefault(why, []).append(what)

    def lines(self) -> list[str]:
        """What is missing, one line a source, then one for each file that was refused."""
        missing = [
            f"{source}: not added: " + "; ".join(f"{_counted(names)} {why}" for why, names in reasons.items())
            for source, reasons in self.absent.items()
        ]
        return [*missing, *(f"refused: {line}" for line in self.refused)]


def _counted(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} files"


def look(names: Sequence[str], seconds: float = SOURCE_SECONDS, say: Say = lambda line: None) -> Availability:
    """Get and read the files of the models named, source by source; each source may fetch for `seconds`.

    Raises CardError for a name that is none of the recorded models'.
    """
    chosen = [recorded.find(name) for name in names]
    given = Availability()
    for source in dict.fromkeys(name for name, _, _ in chosen):
        deadline: float | None = time.monotonic() + seconds
        for model in [model for name, _, model in chosen if name == source]:
            ready: list[str] = []
            for recording in model.recordings:
                deadline = _obtained(given, source, model, recording, deadline, ready)
            if ready:
                given.ready[f"{source}/{model.key}"] = tuple(ready)
        _obtain_label_checks(given, source, deadline)
        models = sum(name.startswith(f"{source}/") for name in given.ready)
        say(f"{source}: {counted(models, 'model is', 'models are')} here")
    return given


def _obtained(
    given: Availability, source: str, model: RecordedModel, recording: Recording, deadline: float | None, ready: list[str]
) -> float | None:
    """Get and read one recording; the deadline for the next, None once the source cannot be reached."""
    what = f"{model.name} in {recording.task}"
    try:
        recorded.obtain(recorded.source(source), recording, deadline)
        recorded.require_items(recording)
        recorded.comparable(f"{source}/{model.key}", recording.task)
    except UnlockedError as error:
        given.miss(source, f"not pinned by a checksum or a commit ({str(error).rpartition('; ')[2]})", what)
    except FileNotGivenError as error:
        given.miss(source, f"not given ({error})", what)
    except FetchError as error:
        if deadline is not None:
            given.first_failure[source] = str(error)
        given.miss(source, f"not fetched ({given.first_failure.get(source, error)})", what)
        return None
    except CounselError as error:
        given.refused.append(f"{what}: {error}")
    else:
        ready.append(recording.task)
    return deadline


def _obtain_label_checks(given: Availability, source: str, deadline: float | None) -> None:
    """Get the labels of people that the published labels of these recordings are compared with."""
    ready = {task for name, tasks in given.ready.items() if name.startswith(f"{source}/") for task in tasks}
    for check in label_checks.checks(source):
        if check.task not in ready:
            continue
        try:
            label_checks.obtain(check, deadline)
        except FetchError as error:
            given.miss(source, f"not fetched ({given.first_failure.get(source, error)})", f"{check.task}: labels of people")
        except CounselError as error:
            given.refused.append(f"{check.task}: labels of people: {error}")
