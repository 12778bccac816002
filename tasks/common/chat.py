"""An lm-eval task whose documents are conversations: roles and history for chat models, labelled text for base models."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Literal

import datasets
import jinja2
from lm_eval.api.instance import Instance
from lm_eval.api.task import ConfigurableTask

from counsel_leaderboard.registry.common import events
from counsel_leaderboard.registry.manifests import MANIFEST_KEYS, read_manifest
from counsel_leaderboard.tasks.common.lm_eval_patch import mark_missing_replies
from counsel_leaderboard.tasks.common.metrics import metric_list
from counsel_leaderboard.tasks.common.settings import TaskSettings

Message = dict[str, str]
Form = Literal["chat:system", "chat:merged", "text"]
Render = Callable[..., Any]

PROBE = "counsel-system-probe"
OUR_KEYS = ("class", "messages", "roles", "judging", "exam", "aggregations")


class ChatTask(ConfigurableTask):  # type: ignore[misc]
    """A `ConfigurableTask` that builds one or several conversations from each document.

    Its YAML names, beside lm-eval's own keys: `custom_dataset`, a function of `source` alone that returns `Items`;
    `messages`, a function from a document to the message lists of its requests, each a system message and then user and
    assistant turns in alternation, user first and last; `roles`, the two labels of the plain-text form; `aggregations`,
    functions for metrics that are not means. Its manifest, `metadata`, names what it reports; `metric_list` is built from that.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Load the documents.

        Raises ManifestError for a manifest that breaks a rule, CounselError for an unknown source or missing data.
        """
        our_settings = {key: config[key] for key in OUR_KEYS if key in config}
        manifest = read_manifest(Path(str(config["metadata"]["config_source"])))
        self._messages: Callable[[Mapping[str, Any]], list[list[Message]]] = our_settings["messages"]
        self._roles: Sequence[str] = our_settings["roles"]
        self._form: Form | None = None
        lm_eval_config = {key: item for key, item in config.items() if key not in OUR_KEYS}
        lm_eval_config["metric_list"] = metric_list(config["task"], manifest, our_settings.get("aggregations", {}))
        # lm-eval mixes command-line metadata in; the manifest's keys always come from the file.
        extra = {key: value for key, value in config["metadata"].items() if key not in MANIFEST_KEYS}
        lm_eval_config["metadata"] = {**extra, **manifest.record()}
        super().__init__(config=lm_eval_config)

    def download(self, dataset_kwargs: Mapping[str, Any] | None = None, **_: Any) -> None:
        """Read the documents. Of the metadata only `source` and `recorded` count: lm-eval mixes the model's arguments in."""
        metadata = self.config.metadata
        items = self.config.custom_dataset(source=str(metadata.get("source", "open")), **self._recorded_argument())
        self.dataset = {self.config.test_split: datasets.Dataset.from_list(items.docs)}
        metadata |= {"source": items.source, "dataset": items.dataset, **items.record}

    @property
    def recorded(self) -> str | None:
        """SOURCE/MODEL where stored answers are replayed, else None."""
        name = self.config.metadata.get("recorded")
        return str(name) if name else None

    def _recorded_argument(self) -> dict[str, str]:
        """For a bank whose documents depend on which answers are stored: a task's function says so by taking `recorded`."""
        takes = "recorded" in inspect.signature(self.config.custom_dataset).parameters
        return {"recorded": self.recorded} if self.recorded and takes else {}

    def doc_to_text(self, doc: Mapping[str, Any], doc_to_text: Any = None) -> str:
        """The last message of a document's first request."""
        return self._messages(doc)[0][-1]["content"]

    def build_all_requests(self, **kwargs: Any) -> None:
        """As in lm-eval, after making sure that answers without a reply are marked as such."""
        mark_missing_replies()
        super().build_all_requests(**kwargs)
        self._report_plan()

    def _report_plan(self) -> None:
        """Send an event with the number of requests, for progress displays."""
        events.send(events.Planned(task=self.config.task, requests=len(self.instances)))

    def fewshot_context(self, doc: Mapping[str, Any], num_fewshot: int = 0, **kwargs: Any) -> list[Any]:
        """One rendered prompt for each request of the document; the form used is recorded in the task's metadata."""
        render: Render | None = kwargs.get("chat_template") if kwargs.get("apply_chat_template") else None
        if self._form is None:
            self._form = prompt_form(render)
            self.config.metadata["prompt_form"] = self._form
            self.config.metadata["thinking_tokens"] = thinking_tokens()
        requests = [with_instruction(turns, kwargs.get("system_instruction")) for turns in self._messages(doc)]
        return [self._render(turns, render) for turns in requests]

    def _render(self, turns: list[Message], render: Render | None) -> Any:
        if render is None:
            return as_text(turns, self._roles)
        return render(merged(turns) if self._form == "chat:merged" else turns, add_generation_prompt=True)

    def construct_requests(self, doc: Mapping[str, Any], ctx: Sequence[Any], **kwargs: Any) -> list[Instance]:
        """One generation request for each prompt of the document."""
        settings = self.generation_settings()
        if self.recorded:
            # Several stored replies answer one prompt: the engine reads which is meant, and lm-eval's cache keeps them apart.
            settings["record"] = f"{self.config.task}/{doc.get('repeat', 0)}"
        return [
            Instance("generate_until", doc, (prompt, deepcopy(settings)), index, metadata=kwargs["metadata"])
            for index, prompt in enumerate(ctx)
        ]

    def generation_settings(self) -> dict[str, Any]:
        """The task's generation settings with the thinking budget on top, and a stop at the next turn for plain text."""
        settings = deepcopy(self.config.generation_kwargs)
        settings["max_gen_toks"] += thinking_tokens()
        if self._form == "text":
            settings["until"] = [*settings["until"], f"\n{self._roles[0]}:"]
        return dict(settings)


def prompt_form(render: Render | None) -> Form:
    """How the system text reaches the model: as a system role, at the start of the first user turn, or as plain text.

    If a template raises on a system role, lm-eval's hf model drops it silently, and some templates ignore it; rendering a probe
    reveals both. A chat server renders where we cannot look, so COUNSEL_SYSTEM_ROLE=merge must be set for it.
    """
    if render is None:
        return "text"
    return "chat:merged" if TaskSettings.read().system_role == "merge" or not keeps_system_role(render) else "chat:system"


def keeps_system_role(render: Render) -> bool:
    """False if the template refuses or drops a system message; True if it keeps it or its output cannot be inspected."""
    turns = [{"role": "system", "content": PROBE}, {"role": "user", "content": "Hello."}]
    try:
        rendered = render(turns, add_generation_prompt=True)
    except jinja2.TemplateError:
        return False
    return PROBE in rendered if type(rendered) is str else True


def merged(turns: Sequence[Message]) -> list[Message]:
    """The same conversation with the system text at the start of the first user turn."""
    system, first, *rest = turns
    return [{"role": first["role"], "content": f"{system['content']}\n\n{first['content']}"}, *rest]


def with_instruction(turns: list[Message], instruction: str | None) -> list[Message]:
    """The conversation with lm-eval's `--system_instruction`, if given, before the task's system text."""
    if not instruction:
        return turns
    system, *rest = turns
    return [{"role": "system", "content": f"{instruction}\n\n{system['content']}"}, *rest]


def as_text(turns: Sequence[Message], roles: Sequence[str]) -> str:
    """The conversation as labelled lines for a model without a chat template, ending with the label of the model's turn."""
    labels = {"user": roles[0], "assistant": roles[1]}
    lines = [turn["content"] if turn["role"] == "system" else f"{labels[turn['role']]}: {turn['content']}" for turn in turns]
    return "\n\n".join([*lines, f"{roles[1]}:"])


def thinking_tokens() -> int:
    """The declared thinking budget, 0 if none; raises SettingError unless it is a whole number of tokens."""
    return TaskSettings.read().thinking_tokens
