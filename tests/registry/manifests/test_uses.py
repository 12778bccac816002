"""The table of what readers need a model for."""

from __future__ import annotations

from counsel_leaderboard.registry.manifests import catalog, uses


def test_every_task_of_a_use_is_installed_and_every_task_bears_on_some_use() -> None:
    named = {task for use in uses().values() for task in use.tasks}
    assert named == set(catalog())


def test_every_headline_says_what_its_value_means() -> None:
    silent = [name for name, info in catalog().items() if not info.manifest.measure]
    assert silent == []
    assert "concordance correlation coefficient (CCC)" in catalog()["counsel_trajectory_rating"].manifest.measure
