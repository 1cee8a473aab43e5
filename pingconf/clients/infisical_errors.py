"""What Infisical's errors mean, in plain words, each with its mend.

Sources: the public documentation, and a self-hosted backend of June 2025 as observed. Lock-out, trusted IPs
and the limits of a client secret are in the documentation of universal auth; their wording was not observed,
so that whatever is worded otherwise ends in the general help.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pingconf.clients.answer import Answer
from pingconf.model.errors import (
    CredentialError,
    NotFoundError,
    PingconfError,
    ServiceError,
    UserNeededError,
)

SERVICE: Final = "Infisical"
NO_ROUTE: Final = "no route"
"""The code of an error that says: this server has no such path, it is older or newer than the request."""
LOGIN_HELP: Final = (
    "Log in with `infisical login`, then: export INFISICAL_TOKEN=$(infisical user get token --plain)"
)
USER_TOKEN_HELP: Final = (
    "Infisical lets only a person read and make SCIM tokens, never a machine identity.",
    LOGIN_HELP,
)
IDENTITY_VARIABLES: Final = "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"
SCIM_ROLE: Final = (
    "Give the user the organisation role admin, or a role that may edit settings and read, create, edit and"
    " delete scim."
)
_PERMISSION: Final = re.compile(r"You are not allowed to (?P<action>\S+) on (?P<subject>\S+)")


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a refusal means whose message holds these words: an error, its headline and what to do."""

    words: str
    error: type[CredentialError] | type[ServiceError]
    headline: str
    mends: tuple[str, ...]


_ADDRESS: Final = _Meaning(
    "current IP address",
    CredentialError,
    "Infisical does not let this machine identity in from the IP address of this machine",
    ("Add it to the trusted IPs: the identity > Universal Auth, for client secrets and for access tokens.",),
)
_MEANINGS: Final = (
    _Meaning(
        "membership is inactive",
        CredentialError,
        "The Infisical user is not active in the organisation any more",
        (
            "Somebody has deactivated the membership, or SCIM has: people out of scope in PingOne lose it.",
            "Let another admin activate it, or log in as somebody else.",
        ),
    ),
    _Meaning(
        "Scoped to different organization",
        CredentialError,
        "The Infisical user's token is for another organisation than the file's",
        ("Check infisical.organization_id in the file, or log in to the other organisation.", LOGIN_HELP),
    ),
    _Meaning(
        "identity access token",
        CredentialError,
        "Infisical does not know the machine identity's access token any more",
        (f"Its identity or client secret may have been deleted. Check {IDENTITY_VARIABLES}.",),
    ),
    _ADDRESS,
    _Meaning(
        "plan RBAC restriction",
        ServiceError,
        "Infisical's licence allows no custom roles",
        ("Built in are admin, member and no-access; others need a licence for custom roles.",),
    ),
    _Meaning(
        "neither SAML or OIDC",
        ServiceError,
        "Infisical switches SCIM on only where single sign-on is active",
        (
            "Set up PingOne as the OIDC provider of this organisation and activate it: stored is not enough.",
            "Do so before the apply: each later change of the OIDC or SAML set-up switches SCIM off again.",
        ),
    ),
    _Meaning(
        "Custom role",
        ServiceError,
        "Infisical has no role of this name",
        ("A role is named by its slug, as Infisical shows it under Access Control > Organization Roles.",),
    ),
)
_LOGINS: Final = (
    _Meaning(
        "temporarily locked",
        CredentialError,
        "Infisical has locked this machine identity out after too many wrong logins",
        ("Wait for the end of the lock-out, or let an admin lift it: the identity > Universal Auth.",),
    ),
    _Meaning(
        "expired client secret",
        CredentialError,
        "The machine identity's client secret has expired",
        ("Make a new one: the identity > Universal Auth > Add client secret.",),
    ),
    _Meaning(
        "usage limit reached",
        CredentialError,
        "The machine identity's client secret has been used as often as it may be",
        ("Make a new one without a limit: the identity > Universal Auth > Add client secret.",),
    ),
    _ADDRESS,
)


def explain(answer: Answer, what: str) -> PingconfError:
    """An error body in plain words."""
    message, error = _message(answer.fields), str(answer.fields.get("error", ""))
    where = _where(answer, what)
    if error.startswith("Forbidden access to"):
        return UserNeededError("Infisical refuses this kind of token", *USER_TOKEN_HELP, where)
    if "no organization found" in error:
        return CredentialError("The Infisical user's token is for no organisation", LOGIN_HELP, where)
    known = _known(_MEANINGS, message)
    if known is not None:
        return _error(known, message, where, answer.status)
    if error == "TokenError" or answer.status == 401:
        return CredentialError(f"Infisical does not accept the token: {message}", *USER_TOKEN_HELP, where)
    if answer.status == 403:
        lacking = _PERMISSION.search(message)
        said = (
            f"the permission {lacking['action']} on {lacking['subject']} is missing" if lacking else message
        )
        return CredentialError(f"Infisical forbids this: {said}", SCIM_ROLE, where)
    if answer.status == 404 and error != "NotFound" and "reqId" not in answer.fields:
        headline = "Infisical knows no such path"
        return ServiceError(headline, "Check infisical.url in the file.", where, status=404, code=NO_ROUTE)
    if answer.status == 404:
        return NotFoundError(f"Infisical does not find it: {message}", where, status=404)
    if "plan restriction" in message:
        return ServiceError(
            f"Infisical's licence does not allow this: {message}",
            "SCIM needs the Enterprise tier, or a self-hosted licence that holds it.",
            where,
            status=answer.status,
        )
    return _refused(answer, message, error, where)


def explain_identity_login(answer: Answer, what: str) -> PingconfError:
    """Why a machine identity was not let in: universal auth answers 401, 403 or 404."""
    message, where = _message(answer.fields), _where(answer, what)
    known = _known(_LOGINS, message)
    if known is not None:
        return _error(known, message, where, answer.status)
    if answer.status == 404 and "reqId" in answer.fields:
        return CredentialError(
            "Infisical knows no machine identity of this client id",
            "The client id is not the identity's id; it stands under the identity > Universal Auth.",
            "Is infisical.url the Infisical where the identity is: US cloud, EU cloud or your own?",
            where,
        )
    if answer.status in (401, 403):
        return CredentialError(
            "Infisical refuses the machine identity's client id or client secret",
            f"It says: {message}. A client secret that was revoked is refused in the same words.",
            f"Check {IDENTITY_VARIABLES}.",
            where,
        )
    return explain(answer, what)


def explain_password_login(answer: Answer, what: str) -> PingconfError:
    """Why a person was not let in by e-mail and password. A server of June 2025 has no such route at all."""
    error = explain(answer, what)
    if isinstance(error, ServiceError) and error.code == NO_ROUTE:
        return CredentialError(
            "This Infisical has no login by e-mail and password for programs: it is an older one",
            LOGIN_HELP,
            _where(answer, what),
        )
    if answer.status in (400, 401, 403, 404):
        return CredentialError(
            "Infisical refuses the login by e-mail and password",
            f"It says: {_message(answer.fields) or answer.status}",
            "Check INFISICAL_EMAIL and INFISICAL_PASSWORD. Where the organisation enforces single sign-on,"
            " passwords are of no use to its members.",
            LOGIN_HELP,
            _where(answer, what),
        )
    return error


def explain_choice(answer: Answer, what: str) -> PingconfError:
    """Why a person who has logged in may not choose the organisation of the file."""
    if answer.status in (403, 404) and "reqId" in answer.fields:
        return CredentialError(
            "This Infisical user does not belong to the organisation of the file",
            "Check infisical.organization_id (INFISICAL_ORGANIZATION_ID), or log in as somebody else.",
            _where(answer, what),
        )
    return explain(answer, what)


def explain_scim(answer: Answer, what: str) -> PingconfError:
    """Why the SCIM server does not answer to a SCIM token: observed are 403 while SCIM is off, and 401 for a
    token that was revoked or has expired."""
    message, where = _message(answer.fields), _where(answer, what)
    if answer.status == 403 and "SCIM is disabled" in message:
        return ServiceError(
            "SCIM is switched off for this organisation of Infisical",
            "Write infisical.scim: {enabled: true}.",
            "A change of the OIDC or SAML set-up may have switched it off.",
            where,
            status=403,
        )
    if answer.status in (401, 403):
        return CredentialError(
            f"Infisical does not accept the token: {message}",
            "It is a SCIM token that was revoked or has expired; `pingconf rotate` makes a new one.",
            where,
        )
    return explain(answer, what)


def _known(meanings: Iterable[_Meaning], message: str) -> _Meaning | None:
    return next((one for one in meanings if one.words in message), None)


def _error(meaning: _Meaning, message: str, where: str, status: int) -> PingconfError:
    details = (f"It says: {message}", *meaning.mends, where)
    if issubclass(meaning.error, ServiceError):
        return meaning.error(meaning.headline, *details, status=status)
    return meaning.error(meaning.headline, *details)


def _refused(answer: Answer, message: str, error: str, where: str) -> ServiceError:
    """What is left. The name of a 500 is that of the operation on its database that went wrong."""
    failed = answer.status == 500 and error == "Create"
    why = ("Its database cannot hold a value, or holds one like it already.",) if failed else ()
    return ServiceError(f"Infisical refuses: {message}", *why, where, status=answer.status)


def _where(answer: Answer, what: str) -> str:
    request_id = answer.fields.get("reqId")
    return f"Request: {what}" + (f", request id {request_id}" if request_id else "")


def _message(fields: Mapping[str, Any]) -> str:
    """The message, which is a text, or a list of validation issues, or a SCIM detail."""
    message = fields.get("message", fields.get("detail", ""))
    if isinstance(message, list):
        issues = [issue for issue in message if isinstance(issue, dict)]
        return "; ".join(f"{'.'.join(map(str, i.get('path', [])))}: {i.get('message')}" for i in issues)
    return str(message)
