"""The table of all tasks in tasks/README.md, made from their YAMLs: `python -m tasks.catalogue`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lm_eval.tasks._yaml_loader import load_yaml

HERE = Path(__file__).parent
README = HERE / "README.md"
BEGIN, END = "<!-- tasks: begin -->", "<!-- tasks: end -->"
HEAD = "| task | version | area | headline | better | range | combined | judge | in overall order | answer tokens |"
COMBINED = {
    "items": "mean of items",
    "clusters": "items, then clusters",
    "strata": "items, then clusters, then strata",
}


def table() -> str:
    """The table in Markdown, one row a task, by area and name."""
    configs = [load_yaml(path, resolve_func=False) for path in HERE.rglob("counsel_*.yaml")]
    rows = sorted(configs, key=lambda config: (config["metadata"]["area"], config["task"]))
    return "\n".join([HEAD, "|" + "---|" * (HEAD.count("|") - 1), *map(row, rows)])


def row(config: Mapping[str, Any]) -> str:
    """One task's line."""
    meta = config["metadata"]
    better = next(each["higher_is_better"] for each in config["metric_list"] if each["metric"] == meta["headline"])
    cells = [
        f"[`{config['task']}`]({config['task']}/README.md)",
        meta["version"],
        meta["area"],
        f"`{meta['headline']}`",
        "higher" if better else "lower",
        f"{meta['range'][0]} to {meta['range'][1]}",
        COMBINED[meta["combine"]],
        "yes" if meta["judged"] else "no",
        "yes" if meta["overall"] else "no",
        config["generation_kwargs"]["max_gen_toks"],
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def written(text: str) -> str:
    """The README's text with the table between its marks renewed."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
