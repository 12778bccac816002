"""The bases of all pydantic values that are read from files and calls: exactly these fields, and never changed afterwards."""

from __future__ import annotations

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Closed(BaseModel):
    """A frozen value; an unknown key is an error."""

    # Without protected namespaces, since fields are named after the measured `model`.
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class StrictlyClosed(Closed):
    """The same without type conversions: a number is not what `true` or "5" happen to become."""

    model_config = ConfigDict(strict=True)


def _whole(value: object) -> object:
    """`value`, unless it only equals a whole number: true and 1.0 do."""
    if type(value) is not int:
        raise ValueError("must be a whole number")
    return value


Whole = BeforeValidator(_whole)
"""Beside a Literal of numbers, which would take true for 1."""
