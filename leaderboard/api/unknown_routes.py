"""Refuses what no other route takes: an unknown path, or a known path with a method that it does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fastapi import APIRouter
from fastapi.routing import APIRoute

from counsel_leaderboard.leaderboard.api.errors import CallError, Route


def router(prefix: str, known: Iterable[APIRouter]) -> APIRouter:
    """A router for all other paths under `prefix`; `known` are the routers included before it."""
    routes = APIRouter(prefix=prefix, route_class=Route)
    others = [route for router in known for route in router.routes if isinstance(route, APIRoute)]

    def unknown(path: str = "") -> None:
        allowed = sorted(set(_methods(others, f"{prefix}/{path}")))
        if not allowed:
            raise CallError(404, "path", "known", "path: the API has no such path. See openapi.json.")
        listed = ", ".join(allowed)
        raise CallError(405, "method", "allowed", f"method: this path takes {listed} alone.", {"Allow": listed})

    # A route without methods takes every method, unknown ones too. Without the empty suffix the bare prefix, to which clients
    # shorten a path with `..`, would be redirected to the one with a slash.
    for suffix in ("", "/{path:path}"):
        routes.add_api_route(suffix, unknown, methods=[], operation_id=f"unknown{suffix}", include_in_schema=False)
    return routes


def _methods(routes: list[APIRoute], path: str) -> Iterator[str]:
    for route in routes:
        if route.path_regex.match(path):
            yield from route.methods or ()
