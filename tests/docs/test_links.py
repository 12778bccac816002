"""Every link in a Markdown file of the repository leads somewhere."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")


def pages() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return sorted(file for file in listed.stdout.split() if (ROOT / file).is_file())


def prose(text: str) -> str:
    """The page without its code blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(file: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page; the second of the same heading ends in -1."""
    seen: dict[str, int] = {}
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", prose(file.read_text(encoding="utf-8")), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        number = seen[slug] = seen.get(slug, -1) + 1
        seen.setdefault(f"{slug}-{number}" if number else slug, 0)
    return set(seen)


def problems(file: Path) -> Iterator[str]:
    for target in LINK.findall(prose(file.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (file.parent / path).resolve() if path else file
        if not linked.exists():
            yield f"{target}: there is no such file"
        elif anchor and linked.suffix == ".md" and anchor not in anchors(linked):
            yield f"{target}: {linked.name} has no such heading"


@pytest.mark.parametrize("name", pages())
def test_every_link_leads_to_a_file_and_a_heading(name: str) -> None:
    assert list(problems(ROOT / name)) == []


def test_a_dead_link_and_a_dead_anchor_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# Where it is\n[b](b.md) [c](c.md#two-words) [d](#where-it-is) [e](#nowhere) [f](https://example.org)\n"
    )
    (tmp_path / "c.md").write_text("## Two words\n")
    assert list(problems(tmp_path / "a.md")) == ["b.md: there is no such file", "#nowhere: a.md has no such heading"]


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    listed = {str(Path("docs", link.split("#")[0])) for link in LINK.findall(index)}
    assert {page for page in pages() if page.startswith("docs/")} - {"docs/README.md"} <= listed
