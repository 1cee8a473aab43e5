"""Requests and answers as plain values, and tables of routes: what both embedded services have in common."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent. `path` and `query` are still percent-encoded; header names are in lower case.

    `base` is what stands before the path: the origin, and later a prefix such as a reverse proxy adds.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        """The query, decoded; of a repeated name the last value counts."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def target(self) -> str:
        """Path and query as the client wrote them."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Response:
    """What a client gets back."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON, None if there is none."""
        return json.loads(self.body) if self.body else None


Handler: TypeAlias = Callable[..., Response]
"""Called with the world, the request and, by name, the variables of the path."""


def json_response(status: int, value: Any, content_type: str = "application/json") -> Response:
    """An answer with a JSON body."""
    return Response(status, {"Content-Type": content_type}, json.dumps(value).encode())


@dataclass(frozen=True, slots=True)
class Found:
    """A handler for a request, with the variables from its path."""

    handler: Handler
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    pattern: re.Pattern[str]
    handler: Handler


class Routes:
    """A table of method and path template to handler; templates hold variables in braces."""

    def __init__(self, *tables: Routes) -> None:
        self._routes: list[_Route] = [route for table in tables for route in table._routes]

    def on(self, method: str, template: str) -> Callable[[Handler], Handler]:
        """Register the decorated function for a method and a path."""
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))

        def register(handler: Handler) -> Handler:
            self._routes.append(_Route(method, pattern, handler))
            return handler

        return register

    def find(self, method: str, path: str) -> Found | None:
        """The handler of a request, if there is one; a literal path goes before one with variables."""
        fitting = [
            Found(route.handler, {name: unquote(text) for name, text in found.groupdict().items()})
            for route in self._routes
            if route.method == method and (found := route.pattern.fullmatch(path))
        ]
        return min(fitting, key=lambda found: len(found.variables), default=None)

    def knows(self, path: str) -> bool:
        """Whether any method is served at this path."""
        return any(route.pattern.fullmatch(path) for route in self._routes)
