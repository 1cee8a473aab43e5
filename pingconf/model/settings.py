"""Where the two services are, and as whom to speak to them. Credentials are Secrets, never text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pingconf.model.values import Secret

REGIONS: Final = {
    "NA": "com",
    "CA": "ca",
    "EU": "eu",
    "AP": "asia",
    "AU": "com.au",
    "SG": "sg",
}
"""Top-level domain by region code (developer.pingidentity.com, working with PingOne APIs)."""


@dataclass(frozen=True, slots=True)
class PingOneSettings:
    """The managed environment, and the worker application that manages it.

    `api_url` ends in `/v1`. The worker may live in another environment, `auth_environment_id`.
    """

    api_url: str
    auth_url: str
    environment_id: str
    auth_environment_id: str
    client_id: str | None = None
    client_secret: Secret | None = None
    access_token: Secret | None = None


@dataclass(frozen=True, slots=True)
class InfisicalSettings:
    """The organisation and who acts in it.

    `url` is where pingconf reaches Infisical, without `/api`; `public_url` is where PingOne does.
    """

    url: str
    public_url: str
    organization_id: str
    token: Secret | None = None
    email: str | None = None
    password: Secret | None = None
    client_id: str | None = None
    client_secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class Guardrails:
    """What an apply may do without being told.

    The smaller of both bounds counts; the percentage is of the people in scope now. `protected_users` are
    e-mails of people who must stay in scope.
    """

    max_removed_users: int = 10
    max_removed_percent: int = 10
    protected_users: tuple[str, ...] = ()
    publish_foreign_changes: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Both services."""

    pingone: PingOneSettings
    infisical: InfisicalSettings


@dataclass(frozen=True, slots=True)
class RemoteState:
    """Where a state is kept that is not a file here: an address without any credential.

    `scheme` is http, https, s3, gs or az; `host` also holds a port, or is the bucket or container; `path` is
    what stands behind it, without a slash in front.
    """

    scheme: str
    host: str
    path: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}/{self.path}"
