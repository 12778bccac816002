"""What was asked of a model: the `request.json` that stands beside lm-eval's own files in a run folder."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from registry.errors import CounselError

FILE_NAME = "request.json"
# Control characters reach terminals, CSV files and log lines; no model or host is named with one.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class RequestError(CounselError):
    """A request.json that cannot be read or breaks a rule."""


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, non-ASCII kept. Raises ValueError for NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def short_hash(value: Any) -> str:
    """First 16 hex digits of the SHA-256 of the canonical JSON (UTF-8) of `value`."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:16]


def printable(text: str) -> str:
    """`text`, or ValueError where it holds control characters, those that turn the direction of text among them."""
    if _CONTROL.search(text):
        raise ValueError("must hold no control characters or lone surrogates")
    return text


Text = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(printable)]


class _Closed(BaseModel):
    # Protected namespaces off: `model` is this field's word for what is measured.
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Model(_Closed):
    """The model that was measured; `parameters` is a count, `revision` a commit SHA or a file's checksum."""

    name: Text
    revision: Text | None = None
    family: Text | None = None
    parameters: Annotated[int, Field(ge=0, lt=2**62)] | None = None
    licence: Text | None = None


class Engine(_Closed):
    """What served the model, with every option that can change an answer."""

    kind: Literal["llama_cpp", "endpoint", "control", "vllm"]
    version: Text | None = None
    options: dict[str, Any] = Field(default_factory=dict)


class Judge(_Closed):
    """Who judged the replies; the host alone of its address, since an address may carry a key."""

    model: Text
    url_host: Text | None = None
    revision: Text | None = None


class Request(_Closed):
    """One run as it was asked for. The same request has the same `id` wherever it is written."""

    schema_: Literal[1] = Field(alias="schema", default=1)
    model: Model
    role: Literal["candidate", "control"]
    engine: Engine
    source: Literal["open", "upstream"]
    tasks: dict[Text, Text] = Field(min_length=1)
    limit: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    judge: Judge | None = None

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), populate_by_name=True)

    @property
    def id(self) -> str:
        """First 16 hex digits of the SHA-256 of the canonical JSON."""
        return short_hash(self.record())

    def record(self) -> dict[str, Any]:
        """The request as plain JSON values, every key present, as `request.json` holds it."""
        return self.model_dump(mode="json", by_alias=True)

    def text(self) -> str:
        """The canonical JSON text."""
        return canonical(self.record())
