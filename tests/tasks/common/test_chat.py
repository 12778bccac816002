"""Roles, history and system text: the same conversation as a chat, merged, or as plain text."""

from __future__ import annotations

import json

import jinja2
import pytest

from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.tasks.common.chat import as_text, prompt_form
from counsel_leaderboard.tasks.common.settings import SettingError
from counsel_leaderboard.tasks.common.thinking import clean, rates

ROLES = {"system": "<S>", "user": "<U>", "assistant": "<A>"}


def render(turns, add_generation_prompt=True):
    """A template with a system role."""
    return "".join(ROLES[turn["role"]] + turn["content"] for turn in turns) + "<A>" * add_generation_prompt


def refuse(turns, add_generation_prompt=True):
    """A template that refuses a system role, as Gemma's does."""
    if turns[0]["role"] == "system":
        raise jinja2.TemplateError("System role not supported")
    return render(turns, add_generation_prompt)


def drop(turns, add_generation_prompt=True):
    """What lm-eval's hf makes of such a template: the system message disappears without a word."""
    return render([turn for turn in turns if turn["role"] != "system"], add_generation_prompt)


class Chat(tuple):
    """Like lm-eval's JsonChatStr: messages for a server, whose template cannot be seen."""


def to_server(turns, add_generation_prompt=True):
    return Chat((json.dumps(turns),))


def built(load, **kwargs):
    task = load("counsel_stigma")
    task.build_all_requests(limit=1, **kwargs)
    return task


@pytest.mark.parametrize(
    ("template", "form"), [(render, "chat:system"), (refuse, "chat:merged"), (drop, "chat:merged"), (to_server, "chat:system")]
)
def test_form_is_detected_and_recorded(load, template, form):
    """What the template does to a system message decides, and the run says which form was used."""
    task = built(load, apply_chat_template=True, chat_template=template)
    assert task.config.metadata["prompt_form"] == form


def test_merging_keeps_every_word(load):
    """A template without a system role sees the same text, at the head of the first user turn."""
    with_role = built(load, apply_chat_template=True, chat_template=render).instances[0].args[0]
    without = built(load, apply_chat_template=True, chat_template=refuse).instances[0].args[0]
    assert with_role.startswith("<S>")
    assert without == "<U>" + with_role.removeprefix("<S>").replace("<U>", "\n\n", 1)


def test_servers_are_told_by_the_environment(load, monkeypatch):
    """A chat server's template is out of sight; COUNSEL_SYSTEM_ROLE=merge sends it no system role."""
    monkeypatch.setenv("COUNSEL_SYSTEM_ROLE", "merge")
    task = built(load, apply_chat_template=True, chat_template=to_server)
    assert task.config.metadata["prompt_form"] == "chat:merged"
    turns = json.loads(task.instances[0].args[0][0])
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]


def test_unknown_setting_is_refused(monkeypatch):
    monkeypatch.setenv("COUNSEL_SYSTEM_ROLE", "merged")
    with pytest.raises(SettingError, match="must be `system` or `merge`; leave it unset"):
        prompt_form(render)


def test_plain_text_for_base_models(load):
    """Without a template the turns are labelled, and generation stops where the other side would speak."""
    task = built(load)
    prompt, settings = task.instances[0].args
    assert task.config.metadata["prompt_form"] == "text"
    assert prompt.endswith("\n\nAnswer:")
    assert prompt.count("\n\nQuestion: ") == 2
    assert prompt.count("\n\nAnswer: D\n\n") == 1
    assert settings["until"] == ["\nQuestion:"]


def test_as_text():
    turns = [{"role": role, "content": role[0]} for role in ("system", "user", "assistant", "user")]
    assert as_text(turns, ["Client", "Counselor"]) == "s\n\nClient: u\n\nCounselor: a\n\nClient: u\n\nCounselor:"


def test_system_instruction_comes_first(load):
    """lm-eval's own option stands before the task's text."""
    task = built(load, apply_chat_template=True, chat_template=render, system_instruction="Speak plainly.")
    own = built(load, apply_chat_template=True, chat_template=render)
    for with_option, without in zip(task.instances, own.instances, strict=True):
        assert with_option.args[0] == without.args[0].replace("<S>", "<S>Speak plainly.\n\n", 1)


def test_thinking_budget_is_added(load, monkeypatch):
    """A declared budget raises the limit and is recorded; nonsense is refused."""
    monkeypatch.setenv("COUNSEL_THINKING_TOKENS", "500")
    task = built(load, apply_chat_template=True, chat_template=render)
    assert task.instances[0].args[1]["max_gen_toks"] == 510
    assert task.config.metadata["thinking_tokens"] == 500
    monkeypatch.setenv("COUNSEL_THINKING_TOKENS", "many")
    with pytest.raises(SettingError, match="whole number"):
        built(load, apply_chat_template=True, chat_template=render)


def test_model_arguments_do_not_reach_the_data(load):
    """lm-eval merges `revision` and the like into the metadata; the items must not follow them."""
    task = load("counsel_stigma")
    assert task.config.metadata["model"] == "m"
    assert task.config.metadata["source"] == "open"
    assert task.config.metadata["dataset"]["name"] == "open-stigma"


@pytest.mark.parametrize(
    ("raw", "state", "text"),
    [
        ("Hello ", "reply", "Hello"),
        ("<think>a</think> Hello", "reply", "Hello"),
        ("a</think>b</think>Hello", "reply", "Hello"),
        ("<think>a</think>", "empty", ""),
        ("<think>a", "truncated", ""),
        ("<think>a</think>b<think>c", "truncated", ""),
        (" \n", "empty", ""),
        (NOT_GENERATED, "failed", ""),
    ],
)
def test_clean(raw, state, text):
    """Only what follows the last closed thought is a reply."""
    reply = clean(raw)
    assert (reply.state, reply.text) == (state, text)


def test_rates():
    """Shares over the answers of one document."""
    replies = [clean(raw) for raw in ("a", "", "<think>", NOT_GENERATED)]
    assert rates(replies) == {"failed_rate": 1 / 4, "truncated_rate": 1 / 4}
