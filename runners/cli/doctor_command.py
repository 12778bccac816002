"""The command `counsel doctor`."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.settings import JudgeNameSettings
from counsel_leaderboard.runners.doctor import advice, endpoint, folders, hub, machine
from counsel_leaderboard.runners.doctor.diagnosis import Diagnosis


@click.command(epilog=example("counsel doctor --url http://127.0.0.1:8000/v1"))
@click.option("--url", help="Also ask this OpenAI-compatible server; its key comes from $COUNSEL_ENDPOINT_KEY.")
@click.option("--model", help="The model's name there; by default the first that the server lists.")
@click.option("--judge-url", help="Also ask this judge; by default the one that $COUNSEL_JUDGE_URL names.")
@click.option("--hub", "ask_hub", is_flag=True, help="Also ask the Hugging Face Hub whether it can be reached.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects instead of lines.")
def doctor(url: str | None, model: str | None, judge_url: str | None, ask_hub: bool, as_json: bool) -> None:
    """Say what of this machine, of a server and of a judge will cause trouble, each with the next step.

    Exit code 1 if there is a problem; a warning is none. Each server is asked with three small requests.
    """
    judge_name = JudgeNameSettings.read()
    asked = judge_url or (judge_name.url if judge_name.switch != "none" else "")
    findings = []
    for finding in _checks(url, model, asked, judge_name.model or None, ask_hub):
        findings.append(finding)
        if not as_json:
            click.echo(finding.line())
    if as_json:
        click.echo(json.dumps([finding.record() for finding in findings], indent=1))
    click.get_current_context().exit(any(finding.level == "problem" for finding in findings))


def _checks(url: str | None, model: str | None, judge_url: str, judge_model: str | None, ask_hub: bool) -> Iterator[Diagnosis]:
    yield from machine.check()
    yield from folders.check()
    if ask_hub:
        yield from hub.check()
    if url:
        yield from endpoint.check(advice.server(url, model))
    if judge_url:
        yield from endpoint.check(advice.judge(judge_url, judge_model))
