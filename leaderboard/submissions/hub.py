"""Checks whether a model of the Hugging Face Hub can be evaluated here, rule by rule, with the Hub's own client."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any, Literal

import httpx2
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    DisabledRepoError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import ModelInfo
from pydantic import TypeAdapter, ValidationError

from counsel_leaderboard.leaderboard.judges.families import family
from counsel_leaderboard.leaderboard.specs.text import Text
from counsel_leaderboard.leaderboard.submissions import model_numbers
from counsel_leaderboard.leaderboard.submissions.model_numbers import ModelConfigError
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.proxies import ProxyError, uses_proxies
from counsel_leaderboard.registry.sources.hub_descriptions import limit_descriptions
from counsel_leaderboard.registry.sources.hub_download import CONFIG_BYTES, HubSizeError, hub_file

SECONDS = 10.0
# Files that can name code of the repository for transformers to import.
CONFIGS = (
    "config.json", "tokenizer_config.json", "generation_config.json", "processor_config.json", "preprocessor_config.json",
)  # fmt: skip
TEMPLATES = ("chat_template.jinja", "chat_template.json")
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "tekken.json")
MAX_PARAMETERS = 10**14
MAX_BYTES = 10**16
_TEXT = TypeAdapter(Text)
_COMMIT = re.compile(r"[0-9a-f]{40}")


class HubError(CounselError):
    """The model cannot be accepted. `field` is the part of the submission that breaks the rule."""

    def __init__(self, field: Literal["model", "revision", "chat"], message: str) -> None:
        super().__init__(message)
        self.field = field


class HubUnavailableError(CounselError):
    """The Hub does not answer, so the model cannot be checked."""


@dataclass(frozen=True)
class ModelLimits:
    """The largest model that the workers here can hold; None is no limit."""

    parameters: int | None = None
    size_bytes: int | None = None


@dataclass(frozen=True)
class HubModel:
    """A model that may be run: `revision` is a commit SHA, `size_bytes` that of its safetensors files."""

    name: str
    revision: str
    parameters: int
    size_bytes: int
    licence: str
    family: str | None
    has_template: bool


def inspect(
    name: str,
    revision: str = "main",
    *,
    chat: Literal["template", "plain"] = "template",
    limits: ModelLimits | None = None,
    token: str | None = None,
) -> HubModel:
    """The model `name` at `revision`, if it meets every rule.

    It exists, is not gated (or `token` opens it), has safetensors weights and a tokenizer that load without code of the
    repository, states its licence and its parameter count, fits `limits`, and has a chat template unless `chat` is plain.
    The address is $HF_ENDPOINT's. Raises HubError for a rule that is broken and HubUnavailableError where the Hub is down.
    """
    try:
        return _inspected(name, revision, chat, limits or ModelLimits(), token)
    except (HubError, HubUnavailableError):
        raise
    except OSError as error:
        raise _unavailable(name, error) from error
    except Exception as error:
        # Its author wrote what the Hub answers of a model, and the Hub's client reads it without checks: any error is possible.
        raise HubError(
            "model", f"{name}: what the Hub says of it cannot be read ({type(error).__name__}). Check its card and its files."
        ) from error


def _inspected(
    name: str, revision: str, chat: Literal["template", "plain"], limits: ModelLimits, token: str | None
) -> HubModel:
    info = _info(name, revision, token)
    configs = _configs(info, token)
    _check_weights(info)
    _check_no_code(name, configs)
    _check_numbers(name, configs["config.json"])
    _check_tokenizer(info)
    has_template = _has_template(info, configs)
    if chat == "template" and not has_template:
        raise HubError("chat", f"{name}: has no chat template. Add one to the model, or submit it with chat = plain.")
    return HubModel(
        name=_text(info.id, "name", name),
        revision=str(info.sha),
        parameters=_parameters(info, limits),
        size_bytes=_size(info, limits),
        licence=_licence(info),
        family=_family(info, configs),
        has_template=has_template,
    )


def _info(name: str, revision: str, token: str | None) -> ModelInfo:
    try:
        api = HfApi(token=token or False)
        uses_proxies(api.endpoint)  # raises in words what the client would raise as an ImportError
        limit_descriptions()
        info = api.model_info(name, revision=revision, files_metadata=True, timeout=SECONDS)
    except RevisionNotFoundError as error:
        raise HubError("revision", f"{name}: has no revision {revision!r}. Give a branch, a tag or a commit SHA.") from error
    except GatedRepoError as error:
        raise _gated(name) from error
    except RepositoryNotFoundError as error:
        raise HubError("model", f"{name}: is not on the Hub, or is private. Check the name; make it public.") from error
    except DisabledRepoError as error:
        raise HubError("model", f"{name}: was disabled by the Hub.") from error
    except HFValidationError as error:
        raise HubError("model", f"{name}: is not the name of a Hub model, which has the form owner/name.") from error
    except ProxyError as error:
        raise HubUnavailableError(str(error)) from error
    except HubSizeError as error:
        raise HubError("model", f"{name}: {error}") from error
    except (HfHubHTTPError, httpx2.HTTPError, OfflineModeIsEnabled) as error:
        raise _unavailable(name, error) from error
    if not isinstance(info.sha, str) or not _COMMIT.fullmatch(info.sha):
        raise HubError("revision", f"{name}: what the Hub gives for {revision!r} is no commit SHA. Give another revision.")
    if info.gated and token is None:
        raise _gated(name)
    return info


def _gated(name: str) -> HubError:
    return HubError("model", f"{name}: is gated, and this host has no token that opens it. Ask the host, or submit another.")


def _unavailable(name: str, error: Exception) -> HubUnavailableError:
    return HubUnavailableError(
        f"{name}: the Hub does not answer ({type(error).__name__}), so nothing was queued. Submit it again later."
    )


def _files(info: ModelInfo) -> dict[str, int]:
    return {sibling.rfilename: sibling.size or 0 for sibling in info.siblings or []}


def _configs(info: ModelInfo, token: str | None) -> dict[str, dict[str, Any]]:
    """The configuration files that the model has, read at the pinned commit."""
    files = _files(info)
    if "config.json" not in files:
        raise HubError("model", f"{info.id}: has no config.json at its top, so no engine can load it.")
    with TemporaryDirectory(prefix="counsel-hub-") as folder:
        return {name: _config(info, name, size, token, folder) for name, size in files.items() if name in CONFIGS}


def _config(info: ModelInfo, name: str, size: int, token: str | None, folder: str) -> dict[str, Any]:
    if size > CONFIG_BYTES:
        raise HubError("model", f"{info.id}: {name} has {size} bytes; at most {CONFIG_BYTES} are read.")
    try:
        path = hub_file(
            info.id, name, most_bytes=CONFIG_BYTES, revision=info.sha, cache_dir=folder, token=token or False,
            etag_timeout=SECONDS,
        )  # fmt: skip
    except HubSizeError as error:
        raise HubError("model", str(error)) from error
    except GatedRepoError as error:
        raise _gated(info.id) from error
    except (EntryNotFoundError, RepositoryNotFoundError) as error:
        if isinstance(error, LocalEntryNotFoundError):
            raise _unavailable(info.id, error) from error
        raise HubError("model", f"{info.id}: {name} is listed but cannot be read.") from error
    except (HfHubHTTPError, httpx2.HTTPError, OfflineModeIsEnabled) as error:
        raise _unavailable(info.id, error) from error
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise HubError("model", f"{info.id}: {name} is not JSON.") from error
    if not isinstance(value, dict):
        raise HubError("model", f"{info.id}: {name} is not a JSON object.")
    return value


def _check_weights(info: ModelInfo) -> None:
    # Only the safetensors are ever loaded, so pickles beside them are harmless; a model that has only pickles is refused.
    if not any(name.endswith(".safetensors") for name in _files(info)):
        raise HubError("model", f"{info.id}: has no safetensors weights; other formats can hold code. Convert it first.")


def _check_no_code(name: str, configs: dict[str, dict[str, Any]]) -> None:
    for file, config in configs.items():
        if "auto_map" in set(_keys(config)):
            raise HubError(
                "model", f"{name}: {file} has an auto_map, which loads the repository's code; that is never run here."
            )


def _check_numbers(name: str, config: dict[str, Any]) -> None:
    try:
        model_numbers.check(config)
    except ModelConfigError as error:
        raise HubError("model", f"{name}: {error}") from error


def _text(value: Any, what: str, name: str) -> str:
    """`value`, if it can be stored and shown."""
    try:
        return _TEXT.validate_python(value)
    except ValidationError as error:
        raise HubError("model", f"{name}: its {what} must have 1 to 256 printable characters.") from error


def _keys(value: Any) -> Iterator[str]:
    """All keys at any depth: a nested configuration of a part of the model can name code too."""
    stack = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield from node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def _check_tokenizer(info: ModelInfo) -> None:
    if not set(TOKENIZERS) & set(_files(info)):
        raise HubError("model", f"{info.id}: has no tokenizer that loads without code. Add one of {', '.join(TOKENIZERS)}.")


def _has_template(info: ModelInfo, configs: dict[str, dict[str, Any]]) -> bool:
    return bool(configs.get("tokenizer_config.json", {}).get("chat_template")) or bool(set(TEMPLATES) & set(_files(info)))


def _licence(info: ModelInfo) -> str:
    stated = info.card_data.get("license") if info.card_data else None
    tagged = next((tag.removeprefix("license:") for tag in info.tags or [] if tag.startswith("license:")), None)
    licence = stated if isinstance(stated, str) and stated else tagged
    if not licence:
        raise HubError("model", f"{info.id}: states no licence. Add `license:` to its card, then submit again.")
    return _text(licence, "licence", info.id)


def _family(info: ModelInfo, configs: dict[str, dict[str, Any]]) -> str | None:
    """Of the base model that the card names; where it names none, of the architecture, or the model's own name."""
    based = info.card_data.base_model if info.card_data else None
    bases = [based] if isinstance(based, str) else based or []
    kind = configs["config.json"].get("model_type")
    known = family(info.id, [base for base in (*bases, kind) if isinstance(base, str)])
    return None if known is None else _text(known, "family", info.id)


def _parameters(info: ModelInfo, limits: ModelLimits) -> int:
    total = info.safetensors.total if info.safetensors else None
    if not total:
        raise HubError("model", f"{info.id}: the Hub does not know its parameter count, so no worker can be chosen for it.")
    if not model_numbers.is_whole(total, MAX_PARAMETERS):
        raise HubError("model", f"{info.id}: its parameter count must be a whole number from 1 to {MAX_PARAMETERS}.")
    if limits.parameters is not None and total > limits.parameters:
        raise HubError("model", f"{info.id}: has {total} parameters; the workers here hold at most {limits.parameters}.")
    return total


def _size(info: ModelInfo, limits: ModelLimits) -> int:
    size = sum(size for name, size in _files(info).items() if name.endswith(".safetensors"))
    if not model_numbers.is_whole(size, MAX_BYTES):
        raise HubError("model", f"{info.id}: its weights must have from 1 to {MAX_BYTES} bytes.")
    if limits.size_bytes is not None and size > limits.size_bytes:
        raise HubError("model", f"{info.id}: has {size} bytes of weights; the workers here hold at most {limits.size_bytes}.")
    return size
