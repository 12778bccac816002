"""Checks the calls of the app's events by a rule for each kind of component, before Gradio sees them.

Gradio copies any value that looks like the description of a file into the folder that it serves, wherever it is in a call.
Here such a value is allowed for a file component alone, and only if the file is in the folder of uploads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from pathlib import Path
from typing import Any, Final

import gradio as gr
from gradio.components import Component
from gradio.utils import get_upload_folder
from pydantic import BaseModel, ConfigDict, Field, ValidationError

MAX_TEXT: Final = 4096
MAX_CHOICES: Final = 100
# A JavaScript number represents every whole number up to this one exactly.
MAX_NUMBER: Final = 2.0**53

Choice = gr.Radio | gr.CheckboxGroup | gr.Dropdown
# Checks one choice of such a component; raises InputError.
Rule = Callable[[Choice, Any], str]


class InputError(ValueError):
    """A value that an input or an event of the app cannot have. The message never repeats the value."""


class EventCall(BaseModel):
    """The body of a call as Gradio's page sends it; all other fields that Gradio would accept are dropped."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)

    fn_index: int
    data: list[Any]
    session_hash: str = Field(pattern=r"^[A-Za-z0-9]{1,64}$")
    event_data: Any = None
    trigger_id: int | None = Field(default=None, ge=0, le=2**31)


class Navigation(BaseModel):
    """The event that the page's own script sends for a link: its address, whether a tab was chosen, the number of the move."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    query: str = Field(max_length=MAX_TEXT)
    chosen: bool = False
    move: int = Field(default=0, ge=0, le=2**31)


def checked(body: Any, blocks: gr.Blocks) -> dict[str, Any]:
    """The call in `body`, with every value checked against the rule of its input.

    body: the JSON value that was sent. blocks: the app. Raises InputError, naming the input and the rule.
    """
    try:
        call = EventCall.model_validate(body)
        event = blocks.fns.get(call.fn_index)
        if event is None or not event.fn:
            raise InputError("fn_index: the app has no such event. Load the page again.")
        navigation = Navigation.model_validate(call.event_data) if event.collects_event_data else None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InputError(f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}.") from None
    if len(call.data) != len(event.inputs):
        raise InputError(f"data: holds {len(call.data)} values; this event takes {len(event.inputs)}. Load the page again.")
    inputs = (_of_visitor(blocks, call.session_hash, component) for component in event.inputs)
    values = [_checked(component, value) for component, value in zip(inputs, call.data, strict=True)]
    return {**call.model_dump(), "data": values, "event_data": navigation.model_dump() if navigation else None}


def _of_visitor(blocks: gr.Blocks, session: str, component: Any) -> Any:
    """The component as the page of that visitor has it: the choices of a dropdown may have been changed there."""
    known = blocks.state_holder.session_data.get(session)
    return component if known is None or component.stateful else known.get(component._id, component)


def _checked(component: Any, value: Any) -> Any:
    try:
        return of(component, value)
    except InputError as error:
        raise InputError(f"{getattr(component, 'label', None) or type(component).__name__}: {error}") from None


@singledispatch
def of(_component: Component, value: Any) -> Any:
    """`value`, if a component of that kind may have it. Raises InputError. A kind without a rule takes no value."""
    if value is not None:
        raise InputError("this input takes no value from outside.")


@of.register
def _text(_component: gr.Textbox, value: Any) -> str:
    return "" if value is None else text(value)


@of.register
def _number(_component: gr.Number, value: Any) -> float | None:
    if value is None:
        return None
    # Written with `not`, because a comparison with NaN is always false.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_NUMBER:
        raise InputError(f"must be a number between -{MAX_NUMBER:.0f} and {MAX_NUMBER:.0f}.")
    return value


@of.register
def _checkbox(_component: gr.Checkbox, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InputError("must be true or false.")
    return value


@of.register
def _radio(component: gr.Radio, value: Any) -> str | None:
    return _single_choice(component, value, _offered)


@of.register
def _checkboxes(component: gr.CheckboxGroup, value: Any) -> list[str]:
    return _several_choices(component, value, _offered)


@of.register
def _dropdown(component: gr.Dropdown, value: Any) -> str | list[str] | None:
    rule = (lambda _, typed: text(typed)) if component.allow_custom_value else _offered
    return _several_choices(component, value, rule) if component.multiselect else _single_choice(component, value, rule)


@of.register
def _file(_component: gr.File, value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    path, name = (value.get("path"), value.get("orig_name")) if isinstance(value, dict) else (None, None)
    if not isinstance(path, str) or not is_upload(path):
        raise InputError("must be a file that was uploaded here. Choose it again.")
    shown = {"orig_name": name[:MAX_TEXT]} if isinstance(name, str) else {}
    return {"path": path, "meta": {"_type": "gradio.FileData"}, **shown}


def text(value: Any) -> str:
    """`value`, if it is a text that can be displayed and stored. Raises InputError."""
    if not isinstance(value, str):
        raise InputError("must be a text.")
    if len(value) > MAX_TEXT:
        raise InputError(f"must have at most {MAX_TEXT} characters.")
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise InputError("must be Unicode text without null characters.")
    return value


def is_upload(path: str) -> bool:
    """Whether `path` is a plain file that a browser uploaded: `FOLDER/DIGEST/NAME`, where neither part is a link."""
    folder = Path(get_upload_folder())
    try:
        inside = Path(path).relative_to(folder)
        real = Path(path).resolve(strict=True).relative_to(folder.resolve(strict=True))
        return len(inside.parts) == 2 and real == inside and Path(path).is_file()
    except (ValueError, OSError):
        return False


def _offered(component: Choice, value: Any) -> str:
    if not isinstance(value, str) or value not in [offered for _, offered in component.choices]:
        raise InputError("must be one of the choices that are offered.")
    return value


def _single_choice(component: gr.Radio | gr.Dropdown, value: Any, rule: Rule) -> str | None:
    """One choice; None is allowed if the page starts without a choice or lets a visitor empty the field."""
    if value is None and (component.value is None or getattr(component, "allow_custom_value", False)):
        return None
    return rule(component, value)


def _several_choices(component: Choice, values: Any, rule: Rule) -> list[str]:
    """Any number of the choices."""
    if values is None:
        return []
    if not isinstance(values, list) or len(values) > MAX_CHOICES:
        raise InputError(f"must be a list of at most {MAX_CHOICES} choices.")
    return [rule(component, value) for value in values]
