"""Makers for the tests of the backends: a state with a bit of everything, and a disk that can be watched."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from pingconf.backends.local import LocalBackend
from pingconf.model.address import Address
from pingconf.model.resource import Recorded
from pingconf.model.state import CommitDue, Dropped, Entry, Intended, Intent, Noted, Resolved, State

LINEAGE = "6f1c2a44-0000-4000-8000-000000000001"
TOKEN = Address("infisical.scim_tokens", "pingone")
CONNECTION = Address("pingone.connections", "infisical")
RULE = Address("pingone.rules", "employees")
GROUP = Address("pingone.groups", "engineering")

# The calls of the system that can fail or be the last thing a process does
CALLS = ("open", "write", "fsync", "ftruncate", "fchmod", "replace", "unlink", "close")


def a_state(serial: int = 3) -> State:
    """A state with every field in use."""
    attributes = {
        "name": 'Zoë "the" \\ Rule\n',
        "enabled": True,
        "description": None,
        "groups": ["engineering", "all_staff"],
        "mappings": {"userName": "username", "n": {"deep": [1, 2.5, -3]}},
    }
    return State(
        lineage=LINEAGE,
        serial=serial,
        resources={
            TOKEN: Recorded("token-2", {"ttl_days": 365}, deposed=("token-1",)),
            CONNECTION: Recorded("store-1", {"name": "Infisical"}, {"auth.token": "token-2"}, (TOKEN,)),
            RULE: Recorded("rule-1", attributes, depends_on=(CONNECTION,), made=False),
        },
        pending={GROUP: Intent("n0nce", "Engineering")},
        uncommitted=True,
        target="environment/organisation",
    )


def a_large_state(resources: int, serial: int = 1) -> State:
    """A state with many resources."""
    addresses = [Address("pingone.groups", f"g{number}") for number in range(resources)]
    return State(LINEAGE, serial, {one: Recorded(f"id-{one.key}", {"name": one.key}) for one in addresses})


def entries(number: int) -> list[Entry]:
    """Entries of every type, each different from the one before."""
    made: list[Entry] = []
    for index in range(number):
        group = Address("pingone.groups", f"g{index // 5}")
        recorded = Recorded(f"group-{index}", {"name": f"Group {index}", "population": None})
        made.append(
            (
                CommitDue(True),
                Intended(group, Intent(f"nonce-{index}", f"Group {index}")),
                Noted(group, recorded),
                Resolved(group),
                Dropped(group) if index % 2 else Noted(RULE, recorded),
            )[index % 5]
        )
    return made


def kept(backend: LocalBackend) -> State:
    """What the backend holds, which must be something."""
    state = backend.read()
    assert state is not None
    return state


def figure(text: str) -> None:
    """A figure to quote; `pytest -rP` shows it."""
    sys.stdout.write(f"{text}\n")


class Disk:
    """Stands in for the module `os` of `backends.disk`: writes calls down, and lets one of them go wrong."""

    def __init__(self, at: int = 0, fault: Callable[[str, tuple[Any, ...]], Any] | None = None) -> None:
        self.calls: list[tuple[str, str]] = []
        self.written = 0
        self._at = at
        self._fault = fault
        self._names: dict[int, str] = {}

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        return self._watched(name, real) if name in CALLS else real

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            target = args[0] if not isinstance(args[0], int) else self._names.get(args[0], "?")
            self.calls.append((name, os.path.basename(str(target))))
            if self._fault and len(self.calls) == self._at:
                self._fault(name, args)
            answer = real(*args)
            if name == "open":
                self._names[answer] = str(args[0])
            if name == "write":
                self.written += answer
            return answer

        return call
