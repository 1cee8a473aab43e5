"""PingOne's management API: the calls that provisioning needs, and what its errors mean.

Sources: developer.pingidentity.com/pingone-api, identity propagation, groups, populations, error codes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from pingconf.clients.answer import Answer
from pingconf.clients.door import Door, unknown_outcome
from pingconf.clients.http import Session
from pingconf.clients.memory import Glance, Memory
from pingconf.clients.pingone_errors import explain
from pingconf.clients.pingone_worker import SERVICE, WorkerToken
from pingconf.clients.retry import Patience
from pingconf.model.errors import (
    NotFoundError,
    PingconfError,
    ServiceError,
    UnknownOutcomeError,
)
from pingconf.model.settings import PingOneSettings

CONNECTION_CHECK: Final = "application/vnd.pingidentity.connection.check+json"
MOST_PAGES: Final = 1000
LOOK_AGAIN: Final = (1.0, 3.0, 6.0)
"""Seconds before each further look for an object that was made and is not listed yet."""
NO_CONTENT: Final = 204

Fields = Mapping[str, Any]
Rows = list[dict[str, Any]]


class PingOne:
    """One environment. Every method is one request, but for lists, which follow their pages."""

    def __init__(
        self,
        settings: PingOneSettings,
        session: Session,
        patience: Patience | None = None,
        *,
        only_looks: bool = False,
    ) -> None:
        """`only_looks` says that nothing will be written: one look at each list is enough for good."""
        self._worker = WorkerToken(settings, session, patience)
        root = f"{settings.api_url.rstrip('/')}/environments/{settings.environment_id}"
        self._door = Door(SERVICE, root, session, explain, authority=self._worker, patience=patience)
        self._patience = patience or Patience(time.sleep)
        self._lists: Memory[Rows] = Memory(for_good=only_looks)
        self._glance_at_lists: Glance[Rows] = Glance()
        self._glance: Glance[dict[str, Any]] = Glance()
        self._lasting: Memory[Rows] = Memory(for_good=True)

    def list(self, path: str, collection: str, query: Mapping[str, str] | None = None) -> Rows:
        """All objects of a collection, over all its pages; raises ServiceError on a partial answer."""
        asked = (path, *sorted((query or {}).items()))
        return self._lists.recall(
            asked, lambda: self._glance_at_lists.at(asked, lambda: self._list(path, collection, query))
        )

    def list_once(self, path: str, collection: str) -> Rows:
        """The same of a collection that pingconf never changes: one look is enough for a whole run."""
        return self._lasting.recall(path, lambda: self._list(path, collection, None))

    def _list(self, path: str, collection: str, query: Mapping[str, str] | None) -> Rows:
        return [one for page in self._pages(path, query) for one in _members(page, collection)]

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """While nothing is changed, one look at each list is enough."""
        with self._lists.remembering():
            yield

    @contextmanager
    def glancing(self) -> Iterator[None]:
        """What this thread reads in the block it need not read again before it writes."""
        with self._glance.keeping(), self._glance_at_lists.keeping():
            yield

    def _write(self, method: str, path: str, body: Fields | None = None) -> Answer:
        self._glance.drop()
        self._glance_at_lists.drop()
        return self._door.call(method, path, body)

    def forget(self) -> None:
        """Look anew from now on, as what was listed may have lagged behind."""
        self._lists.forget()

    def _pages(self, path: str, query: Mapping[str, str] | None) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        link: str | None = path
        while link is not None:
            if link in seen or len(seen) >= MOST_PAGES:
                raise ServiceError(f"{SERVICE} sends the pages of {path} in a circle")
            seen.add(link)
            page = _object(self._door.call("GET", link, query=query if link == path else None).data, path)
            yield page
            link = _next_link(page)

    def read(self, path: str) -> dict[str, Any]:
        """One object, which has an id; raises NotFoundError."""
        return self._glance.at(path, lambda: self._read(path))

    def _read(self, path: str) -> dict[str, Any]:
        found = _object(self._door.call("GET", path).data, path)
        if not isinstance(found.get("id"), str):
            raise ServiceError(f"{SERVICE} answered {path} without an id", "Is the address right?")
        return found

    def find(self, path: str) -> dict[str, Any] | None:
        """One object, or None where the service says in its own words that there is none."""
        try:
            return self.read(path)
        except NotFoundError:
            return None

    def find_without_id(self, path: str) -> dict[str, Any] | None:
        """An object that has no id, such as a status; None where the service says that there is none."""
        try:
            return _object(self._door.call("GET", path).data, path)
        except NotFoundError:
            return None

    def create(self, path: str, body: Fields | None) -> Fields:
        """Make an object. The answer may lack what the documents promise, even the id: the caller looks."""
        return self._write("POST", path, body).fields

    def add(self, path: str, body: Fields) -> None:
        """Make an object that has no name to look it up by.

        Raises UnknownOutcomeError where the answer is no object: such a success may come from anywhere.
        """
        self._written("POST", path, body)

    def make(
        self,
        path: str,
        body: Fields,
        *,
        listed_at: str,
        collection: str,
        by: str = "name",
        query: Mapping[str, str] | None = None,
    ) -> str:
        """Create an object and return its id, looked up by its name, or another field, where the answer lacks
        it; several times, as a list may lag behind.

        Raises UnknownOutcomeError where the service shows no such object, or several, afterwards.
        """
        answer = self.create(path, body)
        if isinstance(answer.get("id"), str):
            return str(answer["id"])
        headline = f"{SERVICE} answered the creation of {body[by]} without an id"
        found: list[dict[str, Any]] = []
        try:
            for wait in (0.0, *LOOK_AGAIN):
                self._patience.sleep(wait)
                found = [one for one in self.list(listed_at, collection, query) if one.get(by) == body[by]]
                if found:
                    break
        except PingconfError as failure:
            raise UnknownOutcomeError(headline, failure.headline, *failure.details) from None
        if len(found) == 1:
            return str(found[0]["id"])
        trouble = f"Afterwards it lists {len(found)} of that name; one was expected."
        raise UnknownOutcomeError(headline, trouble)

    def replace(self, path: str, body: Fields) -> None:
        """PUT a whole object: what is left out is cleared.

        Raises UnknownOutcomeError where the answer is not that object.
        """
        answer = self._written("PUT", path, body)
        if answer.get("id", path.rpartition("/")[2]) != path.rpartition("/")[2]:
            raise unknown_outcome(SERVICE, f"PUT {path}", "it answered with another object")

    def change(self, path: str, body: Fields) -> None:
        """PATCH some fields of an object: what is left out stays as it is.

        Raises UnknownOutcomeError where the answer is no object.
        """
        self._written("PATCH", path, body)

    def turn(self, path: str, body: Fields) -> None:
        """PUT one aspect of an object that has a path of its own, such as whether a user is enabled.

        Raises UnknownOutcomeError where the answer is no object.
        """
        self._written("PUT", path, body)

    def _written(self, method: str, path: str, body: Fields) -> Fields:
        """The object that a write is answered with."""
        answer = self._write(method, path, body)
        if not answer.fields:
            raise unknown_outcome(
                SERVICE, f"{method} {path}", f"it answered {answer.status} without an object"
            )
        return answer.fields

    def delete(self, path: str) -> bool:
        """Remove an object; whether it was there. One that is gone already is a success.

        The documents promise 204; where another success is answered, a look must show that it is gone.
        """
        try:
            answer = self._write("DELETE", path)
        except NotFoundError:
            return False
        if answer.status != NO_CONTENT and not self._is_gone(path.partition("?")[0]):
            why = f"it answered {answer.status}, and does not say that it is gone"
            raise unknown_outcome(SERVICE, f"DELETE {path}", why)
        return True

    def _is_gone(self, path: str) -> bool:
        try:
            return self.find(path) is None
        except PingconfError:
            return False

    def check_connection(self, store: Fields) -> Fields:
        """Let PingOne try a proposed connection; nothing is saved."""
        path = "/propagation/stores/connection/status"
        return self._door.call("POST", path, store, content_type=CONNECTION_CHECK).fields

    def sign_in(self) -> None:
        """Get an access token, unless one was given: whether that is any good, only a request shows."""
        self._worker.bearer()

    def environment(self) -> Answer:
        """The environment itself, with the headers of its answer; raises NotFoundError also at the host of
        another region."""
        return self._door.call("GET", self._door.base_url)

    def first_page(self, path: str, collection: str, query: Mapping[str, str]) -> Page:
        """What one request shows of a collection."""
        answer = _object(self._door.call("GET", path, query=query).data, path)
        rows, total = _members(answer, collection), answer.get("count")
        whole = _next_link(answer) is None
        return Page(tuple(rows), len(rows) if whole else total if isinstance(total, int) else None)


@dataclass(frozen=True, slots=True)
class Page:
    """The first objects of a collection, and how many there are in all, where the service says so."""

    rows: tuple[Fields, ...]
    total: int | None


def _members(page: Mapping[str, Any], collection: str) -> Rows:
    """The objects on one page. An answer that is no page is never taken for an empty one."""
    embedded = page.get("_embedded")
    members = embedded.get(collection) if isinstance(embedded, dict) else None
    if members is None and (embedded == {} or 0 in (page.get("size"), page.get("count"))):
        return []
    if not isinstance(members, list) or not all(
        isinstance(one, dict) and isinstance(one.get("id"), str) for one in members
    ):
        raise ServiceError(f"{SERVICE} answered a list of {collection} in an unknown form")
    return members


def _next_link(page: Mapping[str, Any]) -> str | None:
    links = page.get("_links")
    following = links.get("next") if isinstance(links, dict) else None
    if following is None:
        return None
    link = following.get("href") if isinstance(following, dict) else None
    if not isinstance(link, str):
        raise ServiceError(f"{SERVICE} answered a link to the next page in an unknown form")
    return link


def _object(data: Any, path: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ServiceError(f"{SERVICE} answered {path} without an object", "Is the address right?")
    return data
