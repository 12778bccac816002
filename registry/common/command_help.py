"""The end of each command's help: an example, which tests/test_command_examples.py runs."""

from __future__ import annotations

HEADING = "Example:"


def example(*commands: str) -> str:
    r"""The epilog of a click command: one line a command, as a user types it. `\b` keeps click from joining the lines."""
    return "\n".join(["\b", HEADING, *(f"  {command}" for command in commands)])
