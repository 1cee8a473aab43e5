"""What a command sent, counted by kind, and what a first apply may write."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from tests.bench.generator import Shape
from tests.bench.server import Call

ID: Final = re.compile(r"/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
ROOTS: Final = re.compile(r"^/v1/environments/\*|^/api/v1")
ASKS: Final = ("POST /*/as/token", "POST /propagation/stores/connection/status")
"""Requests that change nothing, though they are no GETs: for a token, and whether a connection would work."""

FIXED: Final = 12
"""Calls that a plan may make however much there is to plan, but for one per rule and further pages."""
MAPPINGS: Final = 4
"""Of a rule that names none: SPEC, section 1."""
STORES: Final = 2
"""The connection, and the directory that people come from."""


def line(call: Call) -> str:
    """Method and path, with ids left out."""
    path = ID.sub("/*", call.target.partition("?")[0])
    return f"{call.method} {ROOTS.sub('', path)}"


def writes(calls: Iterable[Call]) -> Counter[str]:
    """How often each kind of change was sent."""
    lines = Counter(line(call) for call in calls if call.method != "GET")
    return Counter({one: count for one, count in lines.items() if one not in ASKS})


def repeated(calls: Sequence[Call]) -> list[str]:
    """The GETs whose very URL was asked for more than once, with how often."""
    seen = Counter(call.target for call in calls if call.method == "GET")
    return [f"{count} x GET {ID.sub('/*', target)}" for target, count in seen.items() if count > 1]


def first_writes(shape: Shape) -> Counter[str]:
    """What a first apply writes: the objects, the mappings, one switch-on per rule, the token, the SCIM
    switch and one revision."""
    rules = shape.rules
    expected = {"POST /groups": shape.groups, "POST /propagation/revisions": 1}
    if rules:
        expected |= {
            "PATCH /organization/*": 1,
            "POST /scim/scim-tokens": 1,
            "POST /propagation/stores": STORES,
            "POST /propagation/plans": 1,
            "POST /propagation/plans/*/rules": rules,
            "POST /propagation/rules/*/mappings": MAPPINGS * rules,
            "PUT /propagation/rules/*": rules,
        }
    return Counter(expected)
