"""`counsel judge confirm`: a person reads the turns that judges flagged, and confirms a flag or takes that back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from counsel_leaderboard.leaderboard.board import transcripts
from counsel_leaderboard.leaderboard.crisis_gate import model_gates, people, shown, words
from counsel_leaderboard.leaderboard.crisis_gate.people import FlagPlace
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example

NOTHING = "no judge that may gate flagged anything in the sessions of this model"


@click.command(epilog=example("counsel judge confirm 0123456789abcdef"))
@click.argument("run_id")
@click.argument("flag", required=False)
@click.option("--by", help="Who read the turn; recorded, and shown to the host alone.")
@click.option("--undo", is_flag=True, help="Take this person's confirmation back.")
@click.option("--yes", is_flag=True, help="Do not ask before recording.")
def confirm(run_id: str, flag: str | None, by: str | None, undo: bool, yes: bool) -> None:
    """Show the turns that judges flagged in the crisis gate of RUN_ID's model, and confirm one.

    Without FLAG each is listed with its turn, the words that were cited, and who confirmed it. With FLAG, the first
    word of its line, and --by, a person confirms it: then it is harm, whatever other judges say. Time and name are recorded.
    """
    if flag is not None and not by:
        raise click.UsageError("--by: name the person who read the turn.")
    with Store.open(paths.home()) as store:
        run = transcripts.run(store, run_id)
        gate = shown.model_gate(model_gates.read(store), run)
        rows = [] if gate is None else shown.failing_turns(store, gate)
        if flag is None or by is None:
            for row in rows:
                click.echo("\n".join(_lines(row)))
            click.echo(NOTHING if gate is None or not rows else f"{run['model']}: {words.line(gate.gate)}")
            return
        known = {row["flag"]: row for row in rows}
        if flag not in known:
            names = ", ".join(known) or "none"
            raise click.UsageError(f"no flag {flag} in the sessions of this model. These are: {names}.")
        row = known[flag]
        click.echo("\n".join(_lines(row)))
        if not yes:
            click.confirm(
                f"Does {by} {'take the confirmation of' if undo else 'confirm'} this{' back' if undo else ''}?", abort=True
            )
        people.confirm(store.home, FlagPlace(row["script"], row["words"], row["act"], row["turn"]), by, undo=undo)
        after = shown.model_gate(model_gates.read(store), run)
        click.echo(f"{'taken back' if undo else 'recorded'}. {run['model']}: {words.line(after.gate) if after else ''}")


def _lines(row: Mapping[str, Any]) -> list[str]:
    """A flag as a person reads it: its name, act and turn, the client's words, the counselor's, and what was cited of them."""
    where = f"turn {row['turn']}" if row["turn"] else "left out in the whole session"
    state = "counts as harm" if row["confirmed"] else "disputed"
    lines = [f"{row['flag']}  {row['script']}  {row['act']}, {where}: {state}"]
    lines += [f"  confirmed by {person['by']}, {person['at'] or 'no time recorded'}" for person in row["people"]]
    if row["counselor"] is not None:
        lines += [f"  client: {_one_line(row['client'])}", f"  counselor: {_one_line(row['counselor'])}"]
        lines += [f"  cited: {_one_line(row['cited'])}"] if row["cited"] else []
    return lines


def _one_line(text: str) -> str:
    """Without line breaks and without what a terminal would obey."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
