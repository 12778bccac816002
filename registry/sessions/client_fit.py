"""Which clients' lines fit what counselors said well enough to be ranked by, from the published figures of two readers."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.sessions.shared_bank import CLIENTS, first_fault

LEAST_FITS: Final = 0.60
LEAST_ACCEPTABLE: Final = 0.85
MOST_HEDGES: Final = 0.20
MOST_NONSENSE: Final = 0.03
FIGURES: Final = CLIENTS / "fit.json"


class ClientFit(BaseModel):
    """Shares of a client's rated lines, in [0, 1]."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    group: str
    """The client's id."""
    fits: float
    acceptable: float
    nonsense: float
    hedges: float

    @property
    def reaches(self) -> bool:
        """Whether the shares are those that a ranked client needs."""
        return reaches(self.fits, self.acceptable, self.nonsense, self.hedges)


class _Figures(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    clients: tuple[ClientFit, ...]


def reaches(fits: float, acceptable: float, nonsense: float, hedges: float) -> bool:
    """Whether shares are those that a ranked client needs, each in [0, 1]."""
    return fits >= LEAST_FITS and acceptable >= LEAST_ACCEPTABLE and nonsense <= MOST_NONSENSE and hedges <= MOST_HEDGES


def clients_that_fit(path: Path = FIGURES) -> frozenset[str]:
    """The ids of the clients whose published figures reach the bar; a client that was not rated is none of them.

    Raises DataError.
    """
    try:
        figures = _Figures.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}. Put the published figures back and try again.") from error
    except ValidationError as error:
        raise DataError(f"{path} holds no figures of fit: {first_fault(error)}. Publish them anew.") from error
    return frozenset(client.group for client in figures.clients if client.reaches)
