"""From the MODEL argument of a command to an engine that serves it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from counsel_leaderboard.leaderboard.specs.run_request import ModelSpec
from counsel_leaderboard.registry.common.credentials import shown_address
from counsel_leaderboard.registry.common.hashing import file_sha256
from counsel_leaderboard.runners import weights
from counsel_leaderboard.runners.engines import CONTROLS, ControlEngine, Endpoint, EngineSpec, LlamaCpp
from counsel_leaderboard.runners.errors import UnknownModelError

DEMO = "smollm2-135m"
CONTROL_PREFIX = "control/"
RECORDED_PREFIX = "recorded/"
START_SECONDS = 60.0


def demo_model() -> LlamaCpp:
    """SmolLM2-135M-Instruct, its weights fetched and checked. Raises WeightsError."""
    model = ModelSpec(
        name="SmolLM2-135M-Instruct",
        revision=f"sha256:{weights.SMOLLM2_135M.sha256}",
        family="SmolLM2",
        parameters=134_515_008,
        licence="apache-2.0",
    )
    return LlamaCpp(model, weights.fetch())


def model_names() -> list[str]:
    """The models that need no file and no server: names of MODEL arguments."""
    return [DEMO, *(f"{CONTROL_PREFIX}{name}" for name in CONTROLS)]


def resolve(model: str, url: str | None = None, start_timeout: float = START_SECONDS) -> EngineSpec:
    """The engine for a MODEL argument.

    With `url`, MODEL is the name under which that OpenAI-compatible server knows it. Without it: `smollm2-135m`,
    `control/NAME`, or the path of a GGUF file; its server may take `start_timeout` seconds to start.
    Raises UnknownModelError, WeightsError.
    """
    if url is not None:
        _refuse_credentials(url)
        return Endpoint(_named(model), url)
    if model == DEMO:
        return replace(demo_model(), start_timeout=start_timeout)
    if model.startswith(CONTROL_PREFIX):
        return ControlEngine(model.removeprefix(CONTROL_PREFIX), start_timeout)
    if model.startswith(RECORDED_PREFIX):
        raise UnknownModelError(f"{model!r} is recorded: run `counsel recorded add {model.removeprefix(RECORDED_PREFIX)}`.")
    if model.endswith(".gguf"):
        return replace(_gguf(Path(model)), start_timeout=start_timeout)
    raise UnknownModelError(
        f"no engine here serves {model!r}. A model is the path of a GGUF file, {DEMO}, control/NAME, "
        "or, with --url, the name of a model that an OpenAI-compatible server serves."
    )


def _refuse_credentials(url: str) -> None:
    """Refuse a user name or password in an address: HTTP clients, lm_eval's results and logs would repeat it."""
    # In the path too: a password may hold a slash that was not escaped.
    if "@" in re.split(r"[?#]", url, maxsplit=1)[0]:
        raise UnknownModelError(
            f"--url {shown_address(url)}: holds a user name or password. Give the address alone and set $COUNSEL_ENDPOINT_KEY."
        )


def _gguf(file: Path) -> LlamaCpp:
    if not file.is_file():
        raise UnknownModelError(f"there is no file {file}; give the path of a GGUF file.")
    with file.open("rb") as stream:
        if stream.read(4) != b"GGUF":
            raise UnknownModelError(f"{file} is not a GGUF file: it does not begin with the letters GGUF.")
    return LlamaCpp(_named(file.stem, revision=f"sha256:{file_sha256(file)}"), file)


def _named(name: str, revision: str | None = None) -> ModelSpec:
    try:
        return ModelSpec(name=name, revision=revision)
    except ValidationError as error:
        raise UnknownModelError(
            f"{name!r} cannot be a model's name: {error.errors()[0]['msg']}. Give 1 to 256 printable characters."
        ) from error
