"""What no other route takes, refused like the rest: another path, or a path of the API by a method that it does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fastapi import APIRouter
from fastapi.routing import APIRoute

from counsel_leaderboard.leaderboard.api.errors import CallError, Route


def router(prefix: str, known: Iterable[APIRouter]) -> APIRouter:
    """Everything else under `prefix`; `known` are the routers that stand before it."""
    routes = APIRouter(prefix=prefix, route_class=Route)
    others = [route for router in known for route in router.routes if isinstance(route, APIRoute)]

    def unknown(path: str = "") -> None:
        allowed = sorted(set(_methods(others, f"/{path}")))
        if not allowed:
            raise CallError(404, "path", "known", "path: the API has no such path. See openapi.json.")
        listed = ", ".join(allowed)
        raise CallError(405, "method", "allowed", f"method: this path takes {listed} alone.", {"Allow": listed})

    # Without methods a route takes every one, those that nobody has heard of too. The bare prefix, which a client makes of
    # `..`, would be redirected to the one with a slash.
    for suffix in ("", "/{path:path}"):
        routes.add_api_route(suffix, unknown, methods=[], operation_id=f"unknown{suffix}", include_in_schema=False)
    return routes


def _methods(routes: list[APIRoute], path: str) -> Iterator[str]:
    for route in routes:
        if route.path_regex.match(path):
            yield from route.methods or ()
