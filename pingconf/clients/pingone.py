"""PingOne's management API: the calls that provisioning needs, and what its errors mean.

Sources: developer.pingidentity.com/pingone-api, identity propagation, groups, populations, error codes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from pingconf.clients.answer import Answer
from pingconf.clients.http import Door, Session
from pingconf.clients.retry import Patience
from pingconf.model.errors import (
    CredentialError,
    NotFoundError,
    PingconfError,
    ServiceError,
    UnknownOutcomeError,
)
from pingconf.model.settings import PingOneSettings
from pingconf.model.values import Secret

SERVICE: Final = "PingOne"
ROLES: Final = "The worker needs the roles Environment Admin and Identity Data Admin on this environment."
RENEW_EARLY: Final = 60.0
"""Seconds before its end at which an access token is replaced."""
CONNECTION_CHECK: Final = "application/vnd.pingidentity.connection.check+json"
MOST_PAGES: Final = 1000

Fields = Mapping[str, Any]


class PingOne:
    """One environment. Every method is one request, but for lists, which follow their pages."""

    def __init__(self, settings: PingOneSettings, session: Session, patience: Patience | None = None) -> None:
        authority = WorkerToken(settings, session, patience)
        root = f"{settings.api_url.rstrip('/')}/environments/{settings.environment_id}"
        self._door = Door(SERVICE, root, session, explain, authority=authority, patience=patience)
        self._lists: dict[str, list[dict[str, Any]]] | None = None

    def list(
        self, path: str, collection: str, query: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """All objects of a collection, over all its pages; raises ServiceError on a partial answer."""
        if query is None and self._lists is not None and path in self._lists:
            return self._lists[path]
        found: list[dict[str, Any]] = []
        for page in self._pages(path, query):
            members = page.get("_embedded", {}).get(collection, [])
            if not isinstance(members, list):
                raise ServiceError(f"{SERVICE} answered a list of {collection} in an unknown form")
            found.extend(members)
        if self._lists is not None and query is None:
            self._lists[path] = found
        return found

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """While nothing is changed, one look at each whole collection is enough."""
        self._lists = {}
        try:
            yield
        finally:
            self._lists = None

    def _pages(self, path: str, query: Mapping[str, str] | None) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        link: str | None = path
        while link is not None:
            if link in seen or len(seen) >= MOST_PAGES:
                raise ServiceError(f"{SERVICE} sends the pages of {path} in a circle")
            seen.add(link)
            page = _object(self._door.call("GET", link, query=query if link == path else None), path)
            yield page
            link = page.get("_links", {}).get("next", {}).get("href")

    def read(self, path: str) -> dict[str, Any]:
        """One object; raises NotFoundError."""
        return _object(self._door.call("GET", path), path)

    def create(
        self, path: str, body: Fields | None, content_type: str = "application/json"
    ) -> dict[str, Any]:
        """Make an object; the answer may lack what the documents promise, even the id."""
        answer = self._door.call("POST", path, body, content_type=content_type)
        return answer if isinstance(answer, dict) else {}

    def make(self, path: str, body: Fields, *, listed_at: str, collection: str) -> str:
        """Create a named object and return its id, looked up by name where the answer lacks it.

        Raises UnknownOutcomeError where the service shows no such object, or several, afterwards.
        """
        answer = self.create(path, body)
        if isinstance(answer.get("id"), str):
            return str(answer["id"])
        found = [one for one in self.list(listed_at, collection) if one.get("name") == body["name"]]
        if len(found) != 1:
            raise UnknownOutcomeError(
                f"{SERVICE} answered the creation of {body['name']} without an id",
                f"Afterwards it lists {len(found)} of that name; one was expected.",
            )
        return str(found[0]["id"])

    def replace(self, path: str, body: Fields) -> None:
        """PUT a whole object: what is left out is cleared."""
        self._door.call("PUT", path, body)

    def delete(self, path: str) -> None:
        """Remove an object; one that is gone already is a success."""
        try:
            self._door.call("DELETE", path)
        except NotFoundError:
            return

    def check_connection(self, store: Fields) -> dict[str, Any]:
        """Let PingOne try a proposed connection; nothing is saved."""
        return self.create("/propagation/stores/connection/status", store, CONNECTION_CHECK)


READ_ONLY: Final = frozenset(
    {"id", "environment", "createdAt", "updatedAt", "_links", "_embedded", "syncStatus", "displayName"}
    | {"directMemberCounts", "totalMemberCounts", "sourceId", "sourceType"}
)


def writable(body: Fields) -> dict[str, Any]:
    """What of a read object a PUT may send back. Fields we do not know are kept, as PUT replaces."""
    return {name: value for name, value in body.items() if name not in READ_ONLY}


class WorkerToken:
    """The access token of the worker application: kept in memory, renewed early, by HTTP Basic or form."""

    def __init__(self, settings: PingOneSettings, session: Session, patience: Patience | None = None) -> None:
        self._settings = settings
        self._door = Door(SERVICE, settings.auth_url, session, explain_token, patience=patience)
        self._token = settings.access_token
        self._until = float("inf") if settings.access_token else 0.0

    def bearer(self) -> Secret | None:
        if self._token is None or time.monotonic() > self._until:
            self._ask()
        return self._token

    def renew(self) -> bool:
        if self._settings.client_secret is None or self._settings.client_id is None:
            return False
        self._token = None
        return True

    def _ask(self) -> None:
        client_id, secret = self._settings.client_id, self._settings.client_secret
        if client_id is None or secret is None:
            raise CredentialError(
                "No credentials for PingOne",
                "Set PINGONE_CLIENT_ID and PINGONE_CLIENT_SECRET of a worker application.",
                ROLES,
            )
        path = f"/{self._settings.auth_environment_id}/as/token"
        form: dict[str, Any] = {"grant_type": "client_credentials"}
        kind = "application/x-www-form-urlencoded"
        try:
            answer = self._door.call("POST", path, form, content_type=kind, basic=(client_id, secret))
        except UnsupportedMethodError:
            form |= {"client_id": client_id, "client_secret": secret}
            answer = self._door.call("POST", path, form, content_type=kind)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, Secret):
            raise ServiceError(f"{SERVICE} answered the token request without an access token")
        self._token = token
        self._until = time.monotonic() + float(answer.get("expires_in", 3600)) - RENEW_EARLY


class UnsupportedMethodError(CredentialError):
    """The worker application wants its secret in another place of the request."""


def explain_token(answer: Answer, what: str) -> PingconfError:
    """The OAuth error of the token endpoint in plain words."""
    said = str(answer.fields.get("error_description") or answer.fields.get("message") or "")
    if "Unsupported authentication method" in said:
        return UnsupportedMethodError(
            "PingOne does not accept this way of sending the worker's secret",
            "Its token endpoint authentication method must be Client Secret Basic or Client Secret Post.",
        )
    if answer.status == 404 or answer.fields.get("code") == "NOT_FOUND":
        return CredentialError(
            "PingOne knows no environment of this id for the worker application",
            "Check PINGONE_ENVIRONMENT_ID (where the worker lives) and the region.",
        )
    if answer.status in (400, 401, 403):
        return CredentialError(
            "PingOne refuses the worker's client id or secret",
            f"It says: {said or answer.status}",
            "Check PINGONE_CLIENT_ID, PINGONE_CLIENT_SECRET and PINGONE_ENVIRONMENT_ID.",
        )
    headline = f"PingOne gives no access token: {answer.status}"
    return ServiceError(headline, f"Request: {what}", status=answer.status)


def explain(answer: Answer, what: str) -> PingconfError:
    """A platform error in plain words; decided by `code` first, as the status may change within its class."""
    fields = answer.fields
    code = str(fields.get("code", ""))
    where = _where(answer, what)
    if code == "ACCESS_FAILED" or answer.status in (401, 403):
        return _access(answer, code, where)
    if code == "NOT_FOUND" or answer.status == 404:
        return NotFoundError(
            "PingOne does not find what the request names",
            "If it exists in the console, the region or the environment id may be wrong.",
            where,
            status=answer.status,
            code=code,
        )
    if code == "REQUEST_LIMITED" or answer.status == 429:
        wait = answer.headers.get("retry-after", "")
        when = f" Try again in {wait} seconds." if wait.isdigit() else ""
        return ServiceError(f"PingOne's rate limit is used up.{when}", where, status=answer.status, code=code)
    return ServiceError(
        f"PingOne refuses: {fields.get('message') or answer.status}",
        *_details(fields),
        where,
        status=answer.status,
        code=code,
    )


def _access(answer: Answer, code: str, where: str) -> PingconfError:
    if not code:
        return ServiceError(
            "PingOne knows no such path; that is what a 403 without a code means",
            "Check api_url in the file.",
            where,
            status=answer.status,
        )
    problems = {str(detail.get("code")) for detail in _detail_list(answer.fields)}
    if "INVALID_TOKEN" in problems or answer.status == 401:
        return CredentialError("PingOne does not accept the access token: missing, invalid or expired", where)
    return CredentialError("The PingOne worker application lacks a role for this", ROLES, where)


def _detail_list(fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    details = fields.get("details")
    return [detail for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []


def _details(fields: Mapping[str, Any]) -> list[str]:
    details = _detail_list(fields)
    return [f"{one.get('target') or one.get('code')}: {one.get('message')}" for one in details]


def _where(answer: Answer, what: str) -> str:
    correlation = answer.headers.get("correlation-id") or answer.fields.get("id")
    return f"Request: {what}" + (f", correlation id {correlation}" if correlation else "")


def _object(data: Any, path: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ServiceError(f"{SERVICE} answered {path} without an object", "Is the address right?")
    return data
