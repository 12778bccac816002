"""The submission form: turns the values of its fields into a submission, or into problems and how to fix them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import ValidationError

from counsel_leaderboard.leaderboard.submissions.errors import RefusedError
from counsel_leaderboard.leaderboard.submissions.hub import HubError
from counsel_leaderboard.leaderboard.submissions.submission import Submission
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.space.views.hub_address import model_of

NO_SUBMITTER: Final = "nobody"
NO_INTEREST: Final = "none"
# How to fix a field that breaks a rule of `Submission`, for the person who fills in the form.
HINTS: Final = {
    "model": "The model's name on the Hub is needed, in the form owner/name, or the address of its page there.",
    "revision": "Give a branch, a tag or a commit SHA. Most models use `main`.",
    "submitter": "Give your user name on the Hub: letters, digits, dots, dashes, underscores; 96 at most.",
    "tasks": "Choose at least one task.",
    "other_name": "Say in one sentence why the results name another model: at most 256 characters, on one line.",
    "conflict": "Say in one sentence what your interest is: at most 256 characters, on one line.",
}
INTEREST_UNANSWERED: Final = "Answer the question about interests. Either answer is welcome; both are shown with the result."
NO_TEMPLATE: Final = (
    "The model's files hold no chat template, the text that marks who speaks. Choose plain text here, or add a template to it."
)
# A part of the results that a field of the form explains.
FIELDS: Final = {"results.model_name": "other_name"}
TITLES: Final = {
    "model": "Model",
    "revision": "Revision",
    "chat": "Conversation",
    "tasks": "Tasks",
    "submitter": "Your name",
    "interest": "Interests",
    "conflict": "Your interest",
    "address": "Your address",
    "archive": "Archive",
    "other_name": "Another name in the results",
}


@dataclass(frozen=True)
class Problem:
    """Why a form cannot be submitted: the field, and how to fix it."""

    field: str
    message: str

    @property
    def title(self) -> str:
        """The field's label."""
        return TITLES.get(self.field, self.field)


@dataclass(frozen=True)
class SubmissionForm:
    """The form as it was filled in. `interest`: the answer to the question about interests, None if it is not answered."""

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
    def of(cls, values: Sequence[Any]) -> SubmissionForm:
        """The form from the values of its components, given in the order of the fields."""
        model, revision, dtype, chat, source, tasks, submitter, interest, interest_text = values
        texts = [str(value or "").strip() for value in (model, revision, submitter, interest_text)]
        chosen = tuple(str(name) for name in tasks or [])
        answer = interest if interest in ("no", "yes") else None
        name, of_address = model_of(texts[0])
        # The revision of an address counts unless the field beside it names one.
        named = of_address if of_address and texts[1] in ("", "main") else texts[1] or "main"
        return cls(name, named, str(dtype), str(chat), str(source), chosen, texts[2], answer, texts[3])

    def problems(self) -> list[Problem]:
        """All problems that can be found without asking the Hub or the queue."""
        unanswered = [] if self.interest else [Problem("interest", INTEREST_UNANSWERED)]
        _, invalid = self._read(self._values())
        return [*invalid, *unanswered]

    def body(self) -> Submission | None:
        """The submission, or None if `problems` is not empty."""
        return self._read(self._values())[0] if self.interest else None

    def draft(self) -> tuple[Submission | None, list[Problem]]:
        """A submission for a preview of the model, and the problems so far; fields that are still empty are no problem yet."""
        blank = {"submitter": self.submitter or NO_SUBMITTER, "conflict": self.interest_text or None}
        body, invalid = self._read({**self._values(), **blank})
        return body, [problem for problem in invalid if problem.field != "model" or self.model]

    def _values(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in ("model", "revision", "dtype", "chat", "source", "submitter")}
        conflict = self.interest_text if self.interest == "yes" else NO_INTEREST if self.interest else None
        return {**values, "tasks": list(self.tasks), "conflict": conflict}

    def _read(self, values: dict[str, Any]) -> tuple[Submission | None, list[Problem]]:
        try:
            return Submission(**values), []
        except ValidationError as error:
            fields = dict.fromkeys(str(detail["loc"][0]) for detail in error.errors())
            return None, [Problem(name, HINTS.get(name, "Choose one of the values that are offered.")) for name in fields]


def problem_of(error: CounselError) -> Problem:
    """An error of the Hub or the queue as a problem of the field that it concerns."""
    field = error.field if isinstance(error, HubError | RefusedError) else "model"
    if isinstance(error, HubError) and field == "chat":
        return Problem(field, NO_TEMPLATE)
    return Problem(FIELDS.get(field, field), str(error).removeprefix(f"{field}: "))
