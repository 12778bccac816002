"""The bases of all pydantic values that are read from files and calls: exactly these fields, and never changed afterwards."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Closed(BaseModel):
    """A frozen value; an unknown key is an error."""

    # Without protected namespaces, since fields are named after the measured `model`.
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class StrictlyClosed(Closed):
    """The same without type conversions: a number is not what `true` or "5" happen to become."""

    model_config = ConfigDict(strict=True)
