"""What Infisical's errors mean, in plain words.

Sources: the public documentation, and a self-hosted backend of June 2025 as observed.
"""

from __future__ import annotations

from collections.abc import Mapping
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
USER_TOKEN_HELP: Final = (
    "Infisical lets only a person read and make SCIM tokens, never a machine identity.",
    "Log in with `infisical login`, then: export INFISICAL_TOKEN=$(infisical user get token --plain)",
)


def explain(answer: Answer, what: str) -> PingconfError:
    """An error body in plain words."""
    fields = answer.fields
    message = _message(fields)
    error = str(fields.get("error", ""))
    where = f"Request: {what}" + (f", request id {fields['reqId']}" if fields.get("reqId") else "")
    if error.startswith("Forbidden access to"):
        return UserNeededError("Infisical refuses this kind of token", *USER_TOKEN_HELP, where)
    if error == "TokenError" or answer.status == 401:
        return CredentialError(f"Infisical does not accept the token: {message}", *USER_TOKEN_HELP, where)
    if answer.status == 403:
        return CredentialError(
            f"Infisical forbids this: {message}",
            "The user needs the organisation role admin, or a role with the SCIM and settings permissions.",
            where,
        )
    if answer.status == 404 and error != "NotFound" and "reqId" not in fields:
        headline = "Infisical knows no such path"
        return ServiceError(headline, "Check infisical.url in the file.", where, status=404)
    if answer.status == 404:
        return NotFoundError(f"Infisical does not find it: {message}", where, status=404)
    if "plan restriction" in message:
        return ServiceError(
            f"Infisical's licence does not allow this: {message}",
            "SCIM needs the Enterprise tier, or a self-hosted licence that holds it.",
            where,
            status=answer.status,
        )
    if "neither SAML or OIDC" in message:
        return ServiceError(
            "Infisical switches SCIM on only where single sign-on is active",
            "Set up and activate PingOne OIDC for this organisation first.",
            where,
            status=answer.status,
        )
    return ServiceError(f"Infisical refuses: {message}", where, status=answer.status)


def _message(fields: Mapping[str, Any]) -> str:
    """The message, which is a text, or a list of validation issues, or a SCIM detail."""
    message = fields.get("message", fields.get("detail", ""))
    if isinstance(message, list):
        issues = [issue for issue in message if isinstance(issue, dict)]
        return "; ".join(f"{'.'.join(map(str, i.get('path', [])))}: {i.get('message')}" for i in issues)
    return str(message)
