"""Requests to a server that keeps documents by the protocol of Terraform's HTTP backend.

It is told by Terraform's own variables how (developer.hashicorp.com/terraform/language/backend/http): the
methods and the addresses of the lock, a user name and a password. TF_HTTP_ADDRESS is not read: the file says
where.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pingconf.backends.holder import HeldError, Holder, holder_of, locked, other_id
from pingconf.backends.shape import parse_json
from pingconf.clients.answer import Answer
from pingconf.clients.authority import Given
from pingconf.clients.door import Door
from pingconf.clients.http import Session
from pingconf.clients.retry import Patience
from pingconf.model.errors import (
    CredentialError,
    PingconfError,
    ServiceError,
    StateError,
    UnknownOutcomeError,
)
from pingconf.model.settings import RemoteState
from pingconf.model.values import Secret

SERVICE: Final = "The state server"
HELD: Final = (409, 423)
WRITES: Final = 3
"""How often a write is sent whose answers are lost, with a look at what is there in between."""
_GITLAB: Final = re.compile(r".*/api/v4/projects/[^/]+/terraform/state/[^/]+")
_METHOD: Final = re.compile(r"[A-Z]{1,20}")
_CREDENTIALS: Final = "They come from TF_HTTP_USERNAME and TF_HTTP_PASSWORD, or from PINGCONF_HTTP_TOKEN."


class Refusal(ServiceError):
    """The server refused; `data` is what it said, if that was JSON."""

    def __init__(self, headline: str, status: int, data: Any) -> None:
        super().__init__(headline, status=status)
        self.data = data


@dataclass(frozen=True, slots=True)
class Ways:
    """How a server wants to be asked: paths with a slash in front, and methods."""

    path: str
    update: str
    lock: tuple[str, str]
    unlock: tuple[str, str]


def read_ways(place: RemoteState, environ: Mapping[str, str]) -> Ways:
    """What the variables say, and where they are silent, what suits the address: GitLab's own, or Terraform's
    defaults with the lock at the address itself. Raises StateError."""
    path = f"/{place.path}"
    gitlab = _GITLAB.fullmatch(path) is not None
    lock = _path_of("TF_HTTP_LOCK_ADDRESS", place, environ) or (f"{path}/lock" if gitlab else path)
    unlock = _path_of("TF_HTTP_UNLOCK_ADDRESS", place, environ) or lock
    return Ways(
        path,
        _method("TF_HTTP_UPDATE_METHOD", "POST", environ),
        (_method("TF_HTTP_LOCK_METHOD", "POST" if gitlab else "LOCK", environ), lock),
        (_method("TF_HTTP_UNLOCK_METHOD", "DELETE" if gitlab else "UNLOCK", environ), unlock),
    )


def _path_of(name: str, place: RemoteState, environ: Mapping[str, str]) -> str:
    """The path of an address in a variable, which must be on the same server: it gets the credentials."""
    url = environ.get(name, "")
    origin = f"{place.scheme}://{place.host}/"
    if url and not (url.startswith(origin) and re.fullmatch(r"[!-~]+", url) and not set("?#@") & set(url)):
        advice = "It must be an address of the server that state names, without user name, ? and #."
        raise StateError(f"{name} does not fit to the state {place}", advice)
    return url.removeprefix(origin.removesuffix("/")).rstrip("/")


def _method(name: str, default: str, environ: Mapping[str, str]) -> str:
    method = environ.get(name, "").upper() or default
    if not _METHOD.fullmatch(method):
        raise StateError(f"{name} is no method of HTTP", f"For example: {default}")
    return method


class Server:
    """One server, and who asks. Raises StateError, LockedError and CredentialError only."""

    def __init__(
        self, place: RemoteState, environ: Mapping[str, str], http: Session, patience: Patience | None = None
    ) -> None:
        self.where = str(place)
        self.ways = read_ways(place, environ)
        name, token = environ.get("TF_HTTP_USERNAME", ""), environ.get("PINGCONF_HTTP_TOKEN", "")
        self._basic = (name, Secret(environ.get("TF_HTTP_PASSWORD", ""))) if name else None
        self._known = bool(name or token)
        self._door = Door(
            SERVICE,
            f"{place.scheme}://{place.host}",
            http,
            self._explain,
            authority=Given(Secret(token)) if token and not name else None,
            patience=patience,
            exact=True,
        )

    def get(self, path: str) -> bytes | None:
        """A document; None where there is none: 404, 204, or nothing in it."""
        try:
            answer = self._call("GET", path)
        except ServiceError as error:
            if error.status == 404:
                return None
            raise _failed(error) from None
        return answer.data or None

    def put(self, path: str, data: bytes, before: bytes | None, lock_id: str = "") -> None:
        """Let a document follow the one before, whatever becomes of the answers. Raises StateError where
        another stands there, or where the server does not take it."""
        for _ in range(WRITES):
            self._must_be(path, before)
            try:
                self._call(self.ways.update, path, data, query={"ID": lock_id} if lock_id else None)
                return
            except UnknownOutcomeError as error:
                lost = error
                if _is_same(self.get(path), data):
                    return
            except ServiceError as error:
                raise self._not_taken(error) from None
        raise _failed(lost)

    def _must_be(self, path: str, before: bytes | None) -> None:
        if not _is_same(self.get(path), before):
            advice = ("Nothing was overwritten.", "Another run has written meanwhile. Run the command again.")
            raise StateError(f"State {self.where} changed since it was read", *advice)

    def _not_taken(self, error: ServiceError) -> StateError:
        if error.status not in HELD:
            return _failed(error)
        holder = holder_of(getattr(error, "data", None))
        by = f"It is held by {holder.who or 'another run'}, id {holder.id}." if holder else ""
        advice = "Somebody took it away. Nothing was overwritten. Run the command again."
        return StateError(f"This run lost its lock on the state {self.where}", *filter(None, (by, advice)))

    def take(self, holder: Holder) -> HeldError | None:
        """Take the lock; the error that says who holds it where it is not free."""
        try:
            self._lock(holder)
        except ServiceError as error:
            if error.status not in HELD:
                raise self._no_lock(error) from None
            other = self._other(holder, error)
            return None if other is not None and other.id == holder.id else locked(self.where, other)
        return None

    def _lock(self, holder: Holder) -> None:
        """Ask for the lock, once more where the answer was lost: then it says that we hold it."""
        method, path = self.ways.lock
        try:
            self._call(method, path, holder.to_bytes(), idempotent=True)
        except UnknownOutcomeError as error:
            if error.status is not None and error.status not in (500, 502, 503, 504):
                raise
            self._call(method, path, holder.to_bytes(), idempotent=True)

    @staticmethod
    def _other(ours: Holder, error: ServiceError) -> Holder | None:
        """Who holds it. GitLab answers with the holder's id, name and time, but with what *we* said of our
        operation (lib/api/terraform/state.rb, post '/lock'): that is no word about the holder."""
        data = getattr(error, "data", None)
        if isinstance(data, Mapping) and data.get("Info") == ours.to_json()["Info"]:
            data = {**data, "Info": "", "Operation": ""}
        return holder_of(data)

    def _no_lock(self, error: ServiceError) -> PingconfError:
        if error.status not in (400, 404, 405, 501):
            return _failed(error)
        method, path = self.ways.lock
        return StateError(
            f"The state {self.where} cannot be locked: the server answered {error.status} to {method} {path}",
            "Nothing was changed: without a lock, two runs at once would undo each other's work.",
            "Where its lock is elsewhere, or has other methods, say so with TF_HTTP_LOCK_ADDRESS,"
            " TF_HTTP_LOCK_METHOD, TF_HTTP_UNLOCK_ADDRESS and TF_HTTP_UNLOCK_METHOD, as for Terraform.",
        )

    def give_back(self, holder: Holder) -> None:
        """End the lock of this id; one that is gone already is fine."""
        method, path = self.ways.unlock
        try:
            self._call(method, path, holder.to_bytes(), idempotent=True)
        except ServiceError as error:
            if error.status in HELD:
                other = holder_of(getattr(error, "data", None))
                if other is not None and other.id != holder.id:
                    raise other_id(self.where, other, holder.id) from None
            if error.status != 404:
                raise _failed(error) from None

    def _call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
        idempotent: bool = False,
    ) -> Answer:
        return self._door.call(method, path, body, query=query, basic=self._basic, idempotent=idempotent)

    def _explain(self, answer: Answer, what: str) -> PingconfError:
        if answer.status not in (401, 403):
            return Refusal(f"{SERVICE} answered {answer.status} to {what}", answer.status, answer.data)
        verb = "does not allow this" if self._known else "asks for credentials"
        return CredentialError(f"{SERVICE} {verb}: {answer.status} to {what}", _CREDENTIALS)


def _failed(error: ServiceError) -> StateError:
    return StateError(error.headline, *error.details)


def _is_same(found: bytes | None, expected: bytes | None) -> bool:
    """Whether two documents are one, perhaps written anew by a server that keeps JSON rather than bytes."""
    if found == expected or found is None or expected is None:
        return found == expected
    try:
        return bool(parse_json(found) == parse_json(expected))
    except ValueError:
        return False
