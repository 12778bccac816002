"""The versions of the banks, as their changelogs tell them."""

from __future__ import annotations

from pathlib import Path

from counsel_leaderboard.registry.cards.bank_versions import bank_versions


def test_every_bank_with_a_changelog_has_versions_with_changes() -> None:
    known = dict(bank_versions())
    assert {"stigma", "response", "rank"} <= set(known)
    for versions in known.values():
        assert versions
        assert all(version.changes for version in versions)


def test_a_point_of_several_lines_is_one_change(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "CHANGELOG.md").write_text("# C\n\n## 1.1\n- One\n  line.\n- Two.\n\n## 1.0\nFirst.\n", "utf-8")
    ((name, versions),) = bank_versions(tmp_path)
    assert name == "b"
    changes = {version.version: version.changes for version in versions}
    assert changes == {"1.1": ("One line.", "Two."), "1.0": ("First.",)}
