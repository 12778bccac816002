"""The submission form: from what was typed to a submission, or to what is wrong with it and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import ValidationError

from counsel_leaderboard.leaderboard.submissions.errors import RefusedError
from counsel_leaderboard.leaderboard.submissions.hub import HubError
from counsel_leaderboard.leaderboard.submissions.submission import Submission
from counsel_leaderboard.registry.common.errors import CounselError

NOBODY: Final = "nobody"
NO_INTEREST: Final = "none"
# What a rule of the form's model means to the person before the form.
MEND: Final = {
    "model": "The model's name on the Hub is needed, in the form owner/name: letters, digits, dots, dashes, underscores.",
    "revision": "Give a branch, a tag or a commit SHA. `main` is the usual one.",
    "submitter": "Give your user name on the Hub: letters, digits, dots, dashes, underscores; 96 at most.",
    "tasks": "Choose at least one task.",
    "conflict": "Say in one sentence what your interest is: at most 256 characters, on one line.",
}
UNANSWERED: Final = "Answer the question about interests. Either answer is welcome; both are shown with the result."
TITLES: Final = {
    "model": "Model",
    "revision": "Revision",
    "chat": "Conversation",
    "tasks": "Tasks",
    "submitter": "Your name",
    "conflict": "Interests",
    "address": "Your address",
    "archive": "Archive",
}


@dataclass(frozen=True)
class Problem:
    """Why a form cannot be submitted: the field, and what to do about it."""

    field: str
    message: str

    @property
    def title(self) -> str:
        """The field's label."""
        return TITLES.get(self.field, self.field)


@dataclass(frozen=True)
class Form:
    """The form as it was filled in. `interest`: the answer to the question about interests, None while it is open."""

    model: str = ""
    revision: str = "main"
    dtype: str = "auto"
    chat: str = "template"
    source: str = "open"
    tasks: tuple[str, ...] = ()
    submitter: str = ""
    interest: Literal["no", "yes"] | None = None
    interest_text: str = ""

    @classmethod
    def of(cls, values: Sequence[Any]) -> Form:
        """The form of the components' values, in the order of the fields."""
        model, revision, dtype, chat, source, tasks, submitter, interest, said = values
        texts = [str(value or "").strip() for value in (model, revision, submitter, said)]
        chosen = tuple(str(name) for name in tasks or [])
        answer = interest if interest in ("no", "yes") else None
        return cls(texts[0], texts[1] or "main", str(dtype), str(chat), str(source), chosen, texts[2], answer, texts[3])

    def problems(self) -> list[Problem]:
        """Everything that can be said without asking the Hub or the queue."""
        found = [] if self.interest else [Problem("conflict", UNANSWERED)]
        _, broken = self._read(self._values())
        return [*broken, *found]

    def body(self) -> Submission | None:
        """The submission, or None where `problems` says why there is none."""
        return self._read(self._values())[0] if self.interest else None

    def draft(self) -> tuple[Submission | None, list[Problem]]:
        """The submission as far as it is filled in, for a look at the model; a field that is still empty is no problem yet."""
        blank = {"submitter": self.submitter or NOBODY, "conflict": self.interest_text or None}
        body, broken = self._read({**self._values(), **blank})
        return body, [one for one in broken if one.field != "model" or self.model]

    def _values(self) -> dict[str, Any]:
        named = {name: getattr(self, name) for name in ("model", "revision", "dtype", "chat", "source", "submitter")}
        conflict = self.interest_text if self.interest == "yes" else NO_INTEREST if self.interest else None
        return {**named, "tasks": list(self.tasks), "conflict": conflict}

    def _read(self, values: dict[str, Any]) -> tuple[Submission | None, list[Problem]]:
        try:
            return Submission(**values), []
        except ValidationError as error:
            fields = dict.fromkeys(str(one["loc"][0]) for one in error.errors())
            return None, [Problem(name, MEND.get(name, "Choose one of the values that are offered.")) for name in fields]


def problem_of(error: CounselError) -> Problem:
    """What the Hub or the queue said, as a problem of the field that it concerns."""
    field = error.field if isinstance(error, HubError | RefusedError) else "model"
    text = str(error)
    return Problem(field, text.removeprefix(f"{field}: "))
