"""Who holds the lock of a remote state, in the words of Terraform's lock
(internal/states/statemgr/locker.go).

What comes back from a server was written by others: it is cut short here, and escaped where it is shown.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from pingconf import __version__
from pingconf.backends.shape import parse_json
from pingconf.model.errors import LockedError

_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+/[!-?A-~]*")
"""An address without a user name or password in it: no @ anywhere."""
_LONGEST: Final = 300
UNKNOWN_USER: Final = "unknown user"


@dataclass(frozen=True, slots=True)
class Holder:
    """A run that holds a lock, or tries to. Empty texts are what nobody said."""

    id: str
    who: str = ""
    since: str = ""
    command: str = ""
    run_url: str = ""

    def to_json(self) -> dict[str, str]:
        """As Terraform writes it, each field being a text, as GitLab needs it."""
        info = f"{self.command} [{self.run_url}]" if self.run_url else self.command
        operation, version = self.command.partition(" ")[2] or self.command, f"pingconf {__version__}"
        about = {"ID": self.id, "Operation": operation, "Info": info, "Who": self.who}
        return {**about, "Version": version, "Created": self.since, "Path": ""}

    def to_bytes(self) -> bytes:
        """The same as one line of JSON."""
        return json.dumps(self.to_json()).encode("ascii")


def user_name() -> str:
    """Who runs this process, by the system; empty where it has no name, as in some containers."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def new_holder(command: str, run_url: str = "") -> Holder:
    """This run, under an id of its own. Others see `command`: it must hold no secret."""
    who = f"{user_name() or UNKNOWN_USER}@{socket.gethostname()}, process {os.getpid()}"
    since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Holder(str(uuid4()), who, since, command, run_url)


def parse_holder(data: bytes) -> Holder | None:
    """Who holds it, by the JSON of a lock; None where it does not say."""
    try:
        return holder_of(parse_json(data))
    except ValueError:
        return None


def holder_of(document: Any) -> Holder | None:
    """The same of JSON that is read already."""
    if not isinstance(document, Mapping) or not isinstance(document.get("ID"), str) or not document["ID"]:
        return None
    text = {name: _cut(document.get(name)) for name in ("ID", "Who", "Created", "Info", "Operation")}
    command, _, rest = text["Info"].partition(" [")
    url = rest.removesuffix("]")
    known = bool(_ADDRESS.fullmatch(url))
    said = (command if known else text["Info"]) or text["Operation"]
    return Holder(text["ID"], text["Who"], text["Created"], said, url if known else "")


class HeldError(LockedError):
    """Another run holds the lock; `holder` is who, where the lock says so."""

    def __init__(self, holder: Holder | None, headline: str, *details: str) -> None:
        super().__init__(headline, *details)
        self.holder = holder


def locked(where: str, holder: Holder | None) -> HeldError:
    """That another run holds the lock, who it is, and what to do about it."""
    headline = f"State {where} is locked by another run"
    wait = "Wait for it to end, or let this run wait with --lock-timeout SECONDS."
    if holder is None:
        return HeldError(None, headline, "It does not say which one.", wait)
    since = f", since {holder.since}" if holder.since else ""
    command = f": {holder.command}" if holder.command else ""
    details = [f"Held by {holder.who or 'somebody'}{since}{command}"]
    if holder.run_url:
        details.append(f"Its run: {holder.run_url}")
    dead = f"If you are sure that it is dead: pingconf unlock {holder.id}"
    return HeldError(holder, headline, *details, f"Its id: {holder.id}", wait, dead)


def other_id(where: str, holder: Holder, id: str) -> LockedError:
    """That the id given is not that of the lock."""
    return LockedError(f"The lock of state {where} has another id: {holder.id}, not {id}")


def _cut(value: Any) -> str:
    text = value if isinstance(value, str) else ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
