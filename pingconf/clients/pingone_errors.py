"""What PingOne's errors mean, in plain words.

Sources: developer.pingidentity.com, reference/error-codes; the OAuth errors of the token endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pingconf.clients.answer import Answer
from pingconf.model.errors import CredentialError, NotFoundError, PingconfError, ServiceError

ROLES: Final = "The worker needs the roles Environment Admin and Identity Data Admin on this environment."
MISSING: Final = frozenset({400, 404})
"""Statuses that may say an object is not there. One who may not look, or a service that fails, never does."""


class UnsupportedMethodError(CredentialError):
    """The worker application wants its secret in another place of the request."""


class MissingRoleError(CredentialError):
    """The access token is good, and what it asks for needs a role that the worker does not have."""


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
    if code == "ACCESS_FAILED" or (not code and answer.status in (401, 403)):
        return _access(answer, code, where)
    if answer.status == 404 and code != "NOT_FOUND":
        return ServiceError(
            "PingOne answered 404 in words that are not its own",
            "Is api_url in the file right, and no proxy in between?",
            where,
            status=404,
        )
    if code == "NOT_FOUND" and answer.status in MISSING:
        return NotFoundError(
            "PingOne does not find what the request names",
            "If it exists in the console, the region or the environment id may be wrong.",
            where,
            status=answer.status,
            code=code,
        )
    if code == "REQUEST_LIMITED" or answer.status == 429:
        return ServiceError("PingOne's rate limit is used up", where, status=answer.status, code=code)
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
    return MissingRoleError("The PingOne worker application lacks a role for this", ROLES, where)


def _detail_list(fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    details = fields.get("details")
    return [detail for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []


def _details(fields: Mapping[str, Any]) -> list[str]:
    details = _detail_list(fields)
    return [f"{one.get('target') or one.get('code')}: {one.get('message')}" for one in details]


def _where(answer: Answer, what: str) -> str:
    correlation = answer.headers.get("correlation-id") or answer.fields.get("id")
    return f"Request: {what}" + (f", correlation id {correlation}" if correlation else "")
