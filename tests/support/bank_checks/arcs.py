"""What each `arc` label promises about the distress (SUDS, 0-100) that the author wrote along a case."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

Series = Mapping[str, Sequence[int]]  # phase -> SUDS of its client turns, in order


def _peak(series: Series) -> int:
    return max(max(values) for values in series.values())


def _classic(series: Series) -> list[str]:
    """Rises to one peak in P10, falls within it, and ends at half the peak or below."""
    faults = [] if _peak(series) == max(series["P10"]) else ["the highest value must lie in P10"]
    faults += [] if series["P10"][-1] <= _peak(series) - 10 else ["P10 must end 10 or more below the peak"]
    return faults + ([] if series["P11"][-1] <= _peak(series) / 2 else ["P11 must end at half the peak or below"])


def _late_peak(series: Series) -> list[str]:
    """Stays low until P10 and peaks in its second half."""
    late, before = series["P10"], max(max(series[phase]) for phase in ("P5", "P6", "P7", "P8"))
    faults = [] if late.index(max(late)) >= len(late) / 2 else ["P10 must peak in its second half"]
    faults += [] if before <= max(late) - 15 else ["P5 to P8 must stay 15 or more below the peak"]
    return faults + ([] if series["P11"][-1] < late[-1] else ["P11 must end below the end of P10"])


def _plateau(series: Series) -> list[str]:
    """Moves by 20 or less over P7, P8 and P10, and comes down little."""
    flat = [value for phase in ("P7", "P8", "P10") for value in series[phase]]
    faults = [] if max(flat) - min(flat) <= 20 else ["P7, P8 and P10 must lie within 20 points"]
    return faults + ([] if series["P11"][-1] >= max(flat) - 35 else ["P11 must end within 35 points of the plateau"])


def _setback(series: Series) -> list[str]:
    """Has eased by the end of P10 and climbs by 20 or more in P11."""
    eased, after = min(series["P10"][-1], series["P11"][0]), list(series["P11"])
    faults = [] if eased <= max(series["P10"]) - 15 else ["distress must first ease by 15 or more"]
    faults += [] if max(after) >= eased + 20 else ["P11 must climb 20 or more above where distress had eased"]
    return faults + ([] if after[-1] < max(after) else ["P11 must not end at its highest"])


def _partial_response(series: Series) -> list[str]:
    """Peaks in P10 and ends 10 to 40 points below, at half the peak or above."""
    peak, end = _peak(series), series["P11"][-1]
    faults = [] if peak == max(series["P10"]) else ["the highest value must lie in P10"]
    return faults + ([] if peak - 40 <= end <= peak - 10 and end >= peak / 2 else ["P11 must end 10 to 40 below the peak"])


SHAPES: dict[str, Callable[[Series], list[str]]] = {
    "classic": _classic,
    "late_peak": _late_peak,
    "plateau": _plateau,
    "setback": _setback,
    "partial_response": _partial_response,
}


def faults(arc: str, series: Series) -> list[str]:
    """What the series does that its label does not allow; empty when it fits. An unknown label is a fault itself."""
    shape = SHAPES.get(arc)
    return shape(series) if shape else [f"no shape is defined for arc {arc!r}; add one to tests/support/bank_checks/arcs.py"]


# fmt: off
_SMALL = {name: value for value, name in enumerate((
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
))} | {"nought": 0}
_TENS = {name: 10 * value for value, name in enumerate(
    ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2,
)}
# fmt: on
_UNIT = "|".join(name for name, value in _SMALL.items() if 0 < value < 10)
_NUMBER = re.compile(
    rf"\d+|\b(?:(?P<tens>{'|'.join(_TENS)})(?:[ -](?P<unit>{_UNIT}))?|(?P<small>{'|'.join(_SMALL)})|hundred)\b", re.IGNORECASE
)


def numbers(text: str) -> list[int]:
    """Numbers that a text states, in figures or in English words up to a hundred, in order."""
    return [_value(match) for match in _NUMBER.finditer(text)]


def _value(match: re.Match[str]) -> int:
    if match["tens"]:
        return _TENS[match["tens"].lower()] + _SMALL[(match["unit"] or "zero").lower()]
    if match["small"]:
        return _SMALL[match["small"].lower()]
    return int(match[0]) if match[0].isdigit() else 100
