"""From a task's manifest to lm-eval's `metric_list`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counsel_leaderboard.registry.manifests import Manifest, ManifestError
from counsel_leaderboard.tasks.common.aggregate import AGGREGATIONS, Aggregation


def metric_list(task: str, manifest: Manifest, custom: Mapping[str, Aggregation]) -> list[dict[str, Any]]:
    """Every metric of the manifest with its direction and aggregation, in the form of lm-eval's YAML.

    `custom`: the functions under `aggregations` in the YAML. Raises ManifestError unless they are exactly those of the metrics
    whose `combine` is custom.
    """
    table = manifest.table()
    expected = {name for name, metric in table.items() if metric.combine == "custom"}
    if expected != custom.keys():
        raise ManifestError(
            f"{task}: aggregations: names {sorted(custom)}, and the metrics with `combine: custom` are {sorted(expected)}. "
            "Name a function for each of these and for no other."
        )
    return [
        {
            "metric": name,
            "aggregation": custom[name] if metric.combine == "custom" else AGGREGATIONS[metric.combine],
            "higher_is_better": metric.higher_is_better,
        }
        for name, metric in table.items()
    ]
