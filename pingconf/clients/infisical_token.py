"""What a user's token says about itself, read before anything is sent with it.

Its claims were observed on a backend of June 2025: `authTokenType`, `organizationId`, `exp` in seconds.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from pingconf.clients.http import jwt_claims
from pingconf.clients.infisical_errors import IDENTITY_VARIABLES, LOGIN_HELP, USER_TOKEN_HELP
from pingconf.model.errors import CredentialError
from pingconf.model.values import Secret

_OTHERS: Final = {
    "identityAccessToken": (
        "a machine identity's access token",
        *USER_TOKEN_HELP,
        f"To look around as a machine identity, set {IDENTITY_VARIABLES} instead.",
    ),
    "scimToken": ("a SCIM token", "That is for PingOne to hold; it opens only the SCIM server.", LOGIN_HELP),
}


def refuse_unfit_token(token: Secret, organization_id: str, now: datetime) -> None:
    """Raise CredentialError where Infisical would refuse it: a token of another kind, for another
    organisation or for none, or one that has expired. What is no JWT is left for Infisical to judge."""
    claims = jwt_claims(token)
    if not claims:
        return
    kind = claims.get("authTokenType", "accessToken")
    if kind != "accessToken":
        what, *details = _OTHERS.get(str(kind), ("of another kind", LOGIN_HELP))
        raise CredentialError(f"The token given for Infisical is {what}, not a user's", *details)
    ends = ending(token)
    if ends is not None and ends <= now:
        clocks = f"It ended at {ends:%Y-%m-%d %H:%M} UTC; it is {now.astimezone(UTC):%Y-%m-%d %H:%M} here."
        raise CredentialError("The Infisical user's token has expired", clocks, LOGIN_HELP)
    organization = claims.get("organizationId")
    if organization is None:
        raise CredentialError(
            "The Infisical user's token is for no organisation",
            f"Log in again and choose the one of the file, {organization_id}.",
            LOGIN_HELP,
        )
    if str(organization).lower() != organization_id.lower():
        raise CredentialError(
            "The Infisical user's token is for another organisation than the file's",
            f"It is for {organization}; infisical.organization_id is {organization_id}.",
            "Correct the file (or INFISICAL_ORGANIZATION_ID), or log in again and choose that organisation.",
            LOGIN_HELP,
        )


def ending(token: Secret) -> datetime | None:
    """When a token expires by its own words; None where it does not say, or says what is no time."""
    ends = jwt_claims(token).get("exp")
    if not isinstance(ends, int | float):
        return None
    try:
        return datetime.fromtimestamp(ends, UTC)
    except (ValueError, OverflowError, OSError):
        return None
