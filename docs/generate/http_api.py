"""The reference of the HTTP API: every route with who may call it, what it takes and gives, and an example, from OpenAPI."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import FastAPI

from counsel_leaderboard.leaderboard.api import ServerSettings, routes
from counsel_leaderboard.leaderboard.api.auth import OPTIONAL
from counsel_leaderboard.leaderboard.store.database import Store
from docs.generate.http_examples import example

SECTIONS = {
    "submissions": "Submissions and the queue",
    "reading": "The board, runs and samples",
    "crisis gate": "The crisis gate",
    "reports": "Self-reported runs",
    "workers": "Workers",
    "health": "Health and metrics",
}
CALLERS = {
    None: "anyone",
    OPTIONAL: "anyone; the host, with `COUNSEL_ADMIN_TOKEN` as the bearer token, may do and see more",
    "COUNSEL_ADMIN_TOKEN": "the host, with `COUNSEL_ADMIN_TOKEN` as the bearer token",
    "COUNSEL_WORKER_TOKEN": "workers, with `COUNSEL_WORKER_TOKEN` as the bearer token",
}
Json = dict[str, Any]


def openapi() -> Json:
    """The OpenAPI document of the API's routes."""
    with TemporaryDirectory() as home, Store.open(Path(home)) as store:
        app = FastAPI()
        app.include_router(routes(store, ServerSettings()))
        return app.openapi()


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Method, path and description of each route, in the order of the document."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def text() -> str:
    """A section for each group of routes."""
    document = openapi()
    parts: list[str] = []
    for tag, title in SECTIONS.items():
        parts.append(f"## {title}\n")
        for method, path, operation in operations(document):
            if operation["tags"] == [tag]:
                parts.append(_route(document, method, path, operation))
    parts.append("## Objects\n")
    parts += [_object(document, name) for name in sorted(_given(document))]
    return "\n".join(parts)


def caller(operation: Json) -> str | None:
    """The name of the security scheme of a route; None where anyone may call it."""
    schemes = [name for entry in operation.get("security", []) for name in entry]
    return schemes[0] if schemes else None


def _given(document: Json) -> set[str]:
    """Names of the objects that routes give, and of the objects inside them."""
    waiting: list[Any] = [operation["responses"] for _, _, operation in operations(document)]
    names: set[str] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            name = _name(value)
            if name and name not in names:
                names.add(name)
                waiting.append(document["components"]["schemas"][name])
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return {name for name in names if "properties" in document["components"]["schemas"][name]}


def _object(document: Json, name: str) -> str:
    schema = document["components"]["schemas"][name]
    rows = [f"| `{field}` | {_value(each)} |" for field, each in schema["properties"].items()]
    lines = [f"### {name}", "", " ".join(schema.get("description", "").split()), "", "| field | what it is |", "|---|---|"]
    return "\n".join([*lines, *rows, ""])


def _value(schema: Json) -> str:
    """What a field of an answer holds, with a link to the object where it is one."""
    name = _name(schema)
    if name:
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_value(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"a list of: {_value(schema['items'])}"
    return "null" if schema.get("type") == "null" else _rule({key: each for key, each in schema.items() if key != "default"})


def _route(document: Json, method: str, path: str, operation: Json) -> str:
    lines = [f"### {method} {path}", "", operation["description"], "", f"Who may call it: {CALLERS[caller(operation)]}.", ""]
    lines += _fields("parameter", _parameters(document, operation))
    lines += _body(document, operation)
    lines += ["| status | when |", "|---|---|"]
    for status, response in operation["responses"].items():
        lines.append(f"| {status} | {_response(response)} |")
    return "\n".join([*lines, "", "```", example(method, path, caller(operation)), "```", ""])


def _response(response: Json) -> str:
    description = str(response["description"])
    when = "Done" if description in ("Successful Response", "OK", "Created") else description
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    name: str | None = _name(schema.get("items", schema))
    if name is None or name == "ErrorBody":
        return when
    link = f"[{name}](#{name.lower()})"
    return f"{when}: a list of {link}" if "items" in schema else f"{when}: {link}"


def _parameters(document: Json, operation: Json) -> Iterator[tuple[str, str, bool, Json]]:
    for each in operation.get("parameters", []):
        schema = {**each["schema"], "description": each.get("description", each["schema"].get("description", ""))}
        yield each["name"], each["in"], each.get("required", False), _resolved(document, schema)


def _body(document: Json, operation: Json) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return []
    schema = content.get("application/json", {}).get("schema")
    if schema is None:
        return [f"Body: the bytes of an archive, as {', '.join(f'`{kind}`' for kind in content)}.", ""]
    closed = _resolved(document, schema)
    required = closed.get("required", [])
    rows = ((name, "body", name in required, _resolved(document, field)) for name, field in closed["properties"].items())
    return _fields("field of the body", rows)


def _fields(title: str, rows: Iterator[tuple[str, str, bool, Json]]) -> list[str]:
    lines = [
        f"| `{name}` | {where} | {'yes' if required else 'no'} | {_rule(schema)} | {_cell(schema.get('description', ''))} |"
        for name, where, required, schema in rows
    ]
    return [f"| {title} | in | required | rule | meaning |", "|---|---|---|---|---|", *lines, ""] if lines else []


def _name(schema: Json) -> str | None:
    return str(schema["$ref"]).rsplit("/", 1)[-1] if "$ref" in schema else None


def _resolved(document: Json, schema: Json) -> Json:
    name = _name(schema)
    return {**document["components"]["schemas"][name], **schema} if name else schema


def _rule(schema: Json) -> str:
    """What a value must be, in words; optional ones leave out that null is allowed."""
    choices = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    if choices:
        schema = {**choices[0], "default": schema.get("default")}
    parts = [_kind(schema)]
    limits = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most", "exclusiveMaximum": "less than"}
    parts += [f"{words} {_number(schema[key])}" for key, words in limits.items() if key in schema]
    if "maxLength" in schema:
        parts.append(f"at most {schema['maxLength']} characters")
    if "maxItems" in schema:
        parts.append(f"at most {schema['maxItems']}")
    if "pattern" in schema:
        parts.append(f"`{_cell(schema['pattern'])}`")
    if schema.get("default") is not None:
        parts.append(f"default {_cell(json.dumps(schema['default']))}")
    return ", ".join(parts)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def _kind(schema: Json) -> str:
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"a list of: {_kind(schema['items'])}"
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("format") == "date-time":
        return "a time in UTC"
    return {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}.get(
        schema.get("type", ""), "an object"
    )


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ")
