"""The reference of the reasons for not ranking: each code with its parameters and words, from the forms that word them."""

from __future__ import annotations

from counsel_leaderboard.leaderboard.board.reasons import FORMS


def text() -> str:
    """A table with a row a code."""
    lines = ["| code | about | parameters | words |", "|---|---|---|---|"]
    for code, form in FORMS.items():
        params = ", ".join(
            f"`{name}` {' or '.join('null' if kind is type(None) else kind.__name__ for kind in kinds)}"
            for name, kinds in form.params.items()
        )
        lines.append(f"| `{code}` | {form.about} | {params} | {form.words} |")
    return "\n".join(lines) + "\n"
