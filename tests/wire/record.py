"""The wire record: every request that pingconf sends to the embedded services in the whole suite.

Each must be for an endpoint of the table, with no query, content type or body that is not documented. Tests
also ask the services themselves, in the wrong way on purpose; they are told apart by the Accept header, which
only pingconf's door to the network sets to JSON. What is wrong is named by the endpoint and the field, never
by a value.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final
from urllib.parse import parse_qsl

import pytest
from jsonschema.exceptions import ValidationError

from pingconf.sandbox import Request, Response, World, service
from tests.wire.samples import JSON, Endpoint, endpoints, find

Fields = Mapping[str, Any]
SERVICES: Final = re.compile(r"/v1/environments/|/as/token$|/api/")
"""What stands in every path of either service; where it does not, the file names a wrong address."""
BODIES: Final = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer; the endpoint is None where it is for none that is listed."""

    endpoint: Endpoint | None
    request: Request
    answer: Response


@dataclass
class Record:
    """What was sent, and what was wrong with it. Any number of threads may add to it."""

    served: Counter[str] = field(default_factory=Counter)
    """Requests by the name of their endpoint."""
    complaints: dict[str, None] = field(default_factory=dict)
    """Each once, in the order of their coming."""

    def __post_init__(self) -> None:
        self._bodies: set[tuple[str, int]] = set()
        self._shown: dict[str, bytes] = {}
        self._listeners: list[list[Exchange]] = []
        self._lock = Lock()

    def note(self, request: Request, answer: Response) -> None:
        """Write down one request of pingconf's, and look whether it is as documented."""
        endpoint = find(request.method, request.path)
        with self._lock:
            for listener in self._listeners:
                listener.append(Exchange(endpoint, request, answer))
            if endpoint is None:
                self.complaints[f"{request.method} {request.path} is not in the table"] = None
                return
            self.served[endpoint.name] += 1
            found = list(self._faults(endpoint, request))
            self.complaints |= {f"{endpoint.request}: {one}": None for one in found}
            if request.method == "GET":
                self._shown[request.path] = answer.body

    def _faults(self, endpoint: Endpoint, request: Request) -> Iterator[str]:
        """What is wrong with one request; each different body is looked at once."""
        yield from undocumented(endpoint, request)
        body = (endpoint.name, hash(request.body))
        if body not in self._bodies:
            if request.body:
                self._bodies.add(body)
            shown = self._shown.get(request.path, b"") if request.method == "PUT" else b""
            yield from in_body(endpoint, request, shown)

    @contextmanager
    def listening(self) -> Iterator[list[Exchange]]:
        """Everything that pingconf sends in the block."""
        heard: list[Exchange] = []
        self._listeners.append(heard)
        try:
            yield heard
        finally:
            self._listeners = [one for one in self._listeners if one is not heard]

    @property
    def figures(self) -> str:
        """What it came to, in a line."""
        sent, kinds = sum(self.served.values()), f"{len(self.served)} of {len(endpoints())} endpoints"
        told = f"{sent} requests to {kinds}, {len(self._bodies)} different bodies"
        return f"{told}: {len(self.complaints)} undocumented"


def undocumented(endpoint: Endpoint, request: Request) -> Iterator[str]:
    """What of a request, but for its body, the documents do not know."""
    for name, value in request.parameters.items():
        if name not in endpoint.query:
            yield f"the parameter {name} is not documented"
        elif not re.fullmatch(endpoint.query[name], value):
            yield f"the parameter {name} has an odd value"
    kind = request.headers.get("content-type", "")
    if kind != (endpoint.type if request.method in BODIES else ""):
        yield f"the content type is {kind or 'missing'}"


def in_body(endpoint: Endpoint, request: Request, shown: bytes) -> Iterator[str]:
    """What of a body the documents do not know.

    A PUT replaces, so a field of which we know nothing is sent back as the service has `shown` it; not so one
    that is documented to be read only.
    """
    if endpoint.body is None or not request.body:
        if bool(request.body) is not (endpoint.body is not None):
            yield "there is a body" if request.body else "there is no body"
        return
    body = json.loads(request.body) if "json" in endpoint.type else dict(parse_qsl(request.body.decode()))
    for error in endpoint.validator.iter_errors(body):
        if error.validator == "additionalProperties":
            there, known = json.loads(shown or b"{}"), endpoint.answered
            yield from _additional(error, at(there, error.absolute_path), at(known, error.absolute_path))
        else:
            yield f"{error.json_path} breaks {error.validator}: {json.dumps(error.validator_value)}"


def _additional(error: ValidationError, there: Fields, known: Fields) -> Iterator[str]:
    schema: Any = error.schema
    instance: Any = error.instance
    for name, value in instance.items():
        kept = name not in known and name in there and there[name] == value
        if name not in schema["properties"] and not kept:
            yield f"{error.json_path}.{name} is {'read only' if name in known else 'not documented'}"


def at(value: Any, way: Iterable[str | int]) -> Fields:
    """The object at this place in another one; nothing where there is none."""
    for step in way:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


@contextmanager
def watching(record: Record) -> Iterator[None]:
    """Let every request that an embedded service in this process answers pass by the record."""
    answer = service._dispatch

    def watched(world: World, request: Request) -> Response:
        answered = answer(world, request)
        if request.headers.get("accept") == JSON and SERVICES.search(request.path):
            record.note(request, answered)
        return answered

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "_dispatch", watched)
        yield


def report(record: Record) -> str:
    """What to tell the person whose change sent something new."""
    lines = "\n".join(f"  {one}" for one in record.complaints)
    return (
        f"Requests that are not documented below tests/wire/samples:\n{lines}\n"
        "Send what the vendor documents; or describe the endpoint there, and name its source."
    )


record = Record()
"""The record of this session."""
