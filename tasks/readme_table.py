"""The table of all tasks in tasks/README.md, made from their manifests: `python -m counsel_leaderboard.tasks.readme_table`."""

from __future__ import annotations

from pathlib import Path

from lm_eval.tasks._yaml_loader import load_yaml

from counsel_leaderboard.registry.manifests import TaskInfo, catalog

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- tasks: begin -->", "<!-- tasks: end -->"
HEAD = "| task | version | area | headline | better | range | combined | judge | in overall order | answer tokens |"
COMBINED = {
    "items": "mean of items",
    "clusters": "items, then clusters",
    "strata": "items, then clusters, then strata",
}


def table() -> str:
    """The table in Markdown, one row a task, by area and name."""
    rows = sorted(catalog().values(), key=lambda info: (info.manifest.area, info.name))
    return "\n".join([HEAD, "|" + "---|" * (HEAD.count("|") - 1), *map(row, rows)])


def row(info: TaskInfo) -> str:
    """One task's line."""
    manifest = info.manifest
    headline = manifest.metrics[manifest.headline]
    cells = [
        f"[`{info.name}`]({info.name}/README.md)",
        manifest.version,
        manifest.area,
        f"`{manifest.headline}`",
        "higher" if headline.higher_is_better else "lower",
        "{:g} to {:g}".format(*headline.range),
        COMBINED[headline.combine],
        "yes" if manifest.judged else "no",
        "yes" if manifest.overall else "no",
        load_yaml(info.file, resolve_func=False)["generation_kwargs"]["max_gen_toks"],
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def written(text: str) -> str:
    """The README's text with the table between its marks renewed."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
