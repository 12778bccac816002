"""What benchmarks write: every result names its command, machine and date."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RESULTS = sorted((ROOT / "benchmarks" / "results").glob("*.md"))


@pytest.mark.parametrize("page", RESULTS, ids=lambda page: page.stem)
def test_a_result_names_its_command_machine_and_date(page: Path) -> None:
    text = page.read_text("utf-8")
    for label in ("Command", "Machine", "Date"):
        assert re.search(rf"^- {label}: \S", text, re.MULTILINE), f"{page.name}: has no line `- {label}: ...` below its title."
    (script,) = {*re.findall(r"^- Command: `python (benchmarks/\w+\.py)", text, re.MULTILINE)}
    assert (ROOT / script).is_file()


def test_a_result_file_has_the_tables_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.setattr(sys, "argv", ["/somewhere/queue_cost.py", "--requests", "6"])
    from result_file import ResultFile

    results = ResultFile("The cost of the queue", tmp_path / "new" / "queue_cost.md")
    with pytest.raises(ValueError, match="no table was begun"):
        results.row("claim", 1)
    results.table("step", "median, ms")
    results.row("claim", 1)
    results.text("The lease was 3 s.")
    results.write()
    title, _, command, machine, date, *rest = (tmp_path / "new" / "queue_cost.md").read_text("utf-8").splitlines()
    assert title == "# The cost of the queue"
    assert command == "- Command: `python benchmarks/queue_cost.py --requests 6`"
    assert re.fullmatch(r"- Machine: .+, \d+ cores, \d+ GiB of memory, Python 3\..+", machine)
    assert re.fullmatch(r"- Date: \d{4}-\d\d-\d\d", date)
    assert rest == ["", "| step | median, ms |", "|---|---|", "| claim | 1 |", "", "The lease was 3 s."]
    assert "| claim | 1 |" in capsys.readouterr().out


def test_one_section_of_a_result_file_is_renewed_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.setattr(sys, "argv", ["/somewhere/queue_cost.py", "--banks"])
    from result_file import ResultFile

    path = tmp_path / "cost.md"
    path.write_text("# Cost\n\n- Date: before\n\n## One\n\nold\n\n## Two\n\nstays\n", "utf-8")
    results = ResultFile("Cost", path)
    results.heading("One")
    results.text("new")
    results.renew("One")
    text = path.read_text("utf-8")
    assert text.startswith("# Cost\n\n- Date: before\n\n## One\n\n- Command: `python benchmarks/queue_cost.py --banks`\n")
    assert text.endswith("\n\nnew\n\n## Two\n\nstays\n")
    with pytest.raises(ValueError, match="need a section 'Three' each"):
        results.renew("Three")
    assert path.read_text("utf-8") == text
