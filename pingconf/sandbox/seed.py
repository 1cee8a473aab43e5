"""The small company that a new world begins with: Acme, its forty people, its groups and its Infisical."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pingconf.sandbox.http import Json

DOMAIN: Final = "acme.example"

ENVIRONMENT_ID: Final = "5a4db0c5-e000-4000-8000-000000000001"
ORGANIZATION_ID: Final = "5a4db0c5-0000-4000-8000-000000000002"
CLIENT_ID: Final = "5a4db0c5-c000-4000-8000-000000000003"
CLIENT_SECRET: Final = "sandbox-worker-secret"
ROLES: Final = ("Environment Admin", "Identity Data Admin")
"""Of the worker application."""
ADMIN_EMAIL: Final = f"admin@{DOMAIN}"
ADMIN_PASSWORD: Final = "sandbox-admin-password"
IDENTITY_CLIENT_ID: Final = "5a4db0c5-1d00-4000-8000-000000000004"
DOMAIN_ID: Final = "5a4db0c5-d000-4000-8000-000000000005"
IDENTITY_CLIENT_SECRET: Final = "sandbox-identity-secret"

# given name | family name | title; a * marks a disabled account, a + a contractor
_PEOPLE: Final = """
Amara|Okafor|Chief Executive Officer
Tomasz|Nowak|Chief Technology Officer
Mei|Tanaka|Chief Financial Officer
Priya|Raman|Software Engineer
Jonas|Lindqvist|Senior Software Engineer
Fatima|Zahra|Platform Engineer
Diego|Morales|Site Reliability Engineer
Ines|Carvalho|Software Engineer
Kwame|Mensah|Data Engineer
Hannah|Weiss|Security Engineer
Yusuf|Demir|Engineering Manager
Linh|Tran|Staff Engineer
Oskar|Berg|Quality Engineer*
Chiara|Russo|Product Manager
Noah|Feldman|Product Designer
Aisha|Bello|Accountant
Pierre|Lambert|Controller
Svetlana|Petrova|Payroll Specialist
Grace|Mwangi|Financial Analyst
Henrik|Dahl|Accountant*
Lucia|Fernandez|Account Executive
Marcus|Boateng|Account Executive
Sofia|Ricci|Sales Director
Daniel|Cohen|Sales Development Representative
Anjali|Mehta|Account Executive
Ryo|Nakamura|Regional Sales Lead
Elif|Yilmaz|Customer Success Lead
Samuel|Osei|Customer Support Agent
Zoe|Martin|Customer Support Agent*
Karim|Haddad|Office Coordinator
Ingrid|Solberg|People Partner
Mateo|Silva|Recruiter
Nadia|Kowalska|Legal Counsel
Tariq|Aziz|IT Administrator
Bianca|Moretti|Technical Writer+
Andile|Dlamini|Network Engineer+
Wei|Chen|Illustrator+
Olga|Ivanova|Translator+
Patrick|Byrne|Security Auditor+
Leila|Farsi|Event Planner+*
"""

_TITLES_BY_GROUP: Final = {
    "Finance": ("Account", "Controller", "Payroll", "Financial Analyst", "Chief Financial"),
    "Sales": ("Account Executive", "Sales"),
    "Leadership": ("Chief", "Director", "Manager"),
}


_ORGANIZATION_REST: Final[Json] = {
    "customerId": None,
    "kmsDefaultKeyId": "5a4db0c5-4e00-4000-8000-000000000005",
    "enforceMfa": False,
    "selectedMfaMethod": None,
    "allowSecretSharingOutsideOrganization": True,
    "shouldUseNewPrivilegeSystem": True,
    "privilegeUpgradeInitiatedByUsername": None,
    "privilegeUpgradeInitiatedAt": None,
    "bypassOrgAuthEnabled": False,
    "userTokenExpiration": "90d",
    "secretsProductEnabled": True,
    "pkiProductEnabled": True,
    "kmsProductEnabled": True,
    "sshProductEnabled": True,
    "scannerProductEnabled": True,
    "shareSecretsProductEnabled": True,
    "maxSharedSecretLifetime": 2_592_000,
    "maxSharedSecretViewLimit": None,
}
"""What else an organisation shows, as observed on a backend of June 2025; nothing here acts on it."""


@dataclass(frozen=True, slots=True)
class Company:
    """Rows of the PingOne directory; `members` holds the direct members of each group."""

    populations: tuple[Json, ...]
    users: tuple[Json, ...]
    groups: tuple[Json, ...]
    members: dict[str, list[str]]


def company(new_id: Callable[[], str], stamp: str) -> Company:
    """Make the people and groups, in a fixed order, so that a new world always has the same ids."""
    times = {"createdAt": stamp, "updatedAt": stamp}
    populations: tuple[Json, ...] = tuple(
        {"id": new_id(), "name": name, "description": text, "default": name == "Default", **times}
        for name, text in (("Default", "Everybody on the payroll"), ("Contractors", "People from outside"))
    )
    users: tuple[Json, ...] = tuple(
        {"id": new_id(), **_person(line, populations), **times} for line in _PEOPLE.strip().splitlines()
    )
    groups: list[Json] = []
    members: dict[str, list[str]] = {}
    for name, chosen in _groups(users, populations[1]["id"]).items():
        group = {"id": new_id(), "name": name, "description": f"{name} of Acme", **times}
        groups.append(group)
        members[group["id"]] = [user["id"] for user in chosen]
    return Company(populations, users, tuple(groups), members)


def _person(line: str, populations: tuple[Json, ...]) -> Json:
    given, family, title = line.split("|")
    population = populations[1] if "+" in title else populations[0]
    username = f"{given}.{family}".lower()
    return {
        "username": username,
        "email": f"{username}@{DOMAIN}",
        "name": {"given": given, "family": family},
        "title": title.rstrip("+*"),
        "population": {"id": population["id"]},
        "enabled": "*" not in title,
    }


def _groups(users: tuple[Json, ...], contractors: str) -> dict[str, list[Json]]:
    chosen = {"All Staff": [user for user in users if user["population"]["id"] != contractors]}
    for name, titles in _TITLES_BY_GROUP.items():
        chosen[name] = [
            user
            for user in users
            if any(user["title"].startswith(title) or user["title"].endswith(title) for title in titles)
            and (name == "Sales" or not user["title"].startswith("Account Executive"))
        ]
    chosen["Contractors Group"] = [user for user in users if user["population"]["id"] == contractors]
    return chosen


@dataclass(frozen=True, slots=True)
class Organisation:
    """Rows of Infisical: one organisation on PingOne's OIDC, its admin, and a machine identity."""

    organization: Json
    licence: Json
    oidc: Json
    account: Json
    member: Json
    identity: Json
    email_domain: Json


def organisation(
    new_id: Callable[[], str], stamp: str, environment_id: str, organization_id: str
) -> Organisation:
    """Make the organisation as it stands before SCIM: SSO is active, SCIM is off, and there is no token."""
    times = {"createdAt": stamp, "updatedAt": stamp}
    account = _account(new_id())
    return Organisation(
        organization={
            "id": organization_id,
            "name": "Acme",
            "slug": "acme",
            "authEnforced": False,
            "scimEnabled": False,
            "defaultMembershipRole": "member",
            **_ORGANIZATION_REST,
            **times,
        },
        licence={"scim": True, "oidcSSO": True, "groups": True, "auditLogs": True, "rbac": False},
        oidc=_oidc(new_id(), environment_id, organization_id),
        account=account,
        member={
            "id": new_id(),
            "account": account["id"],
            "role": "admin",
            "status": "accepted",
            "inviteEmail": None,
            "isActive": True,
            "alias": None,
            **times,
        },
        identity={
            "id": new_id(),
            "name": "pingconf-ci",
            "role": "admin",
            "clientId": IDENTITY_CLIENT_ID,
            "clientSecret": IDENTITY_CLIENT_SECRET,
        },
        email_domain={"id": DOMAIN_ID, "domain": DOMAIN, "status": "verified", **times},
    )


def _account(id: str) -> Json:
    return {
        "id": id,
        "email": ADMIN_EMAIL,
        "username": ADMIN_EMAIL,
        "firstName": "Admin",
        "lastName": "User",
        "password": ADMIN_PASSWORD,
    }


def _oidc(id: str, environment_id: str, organization_id: str) -> Json:
    issuer = f"https://auth.pingone.eu/{environment_id}/as"
    return {
        "id": id,
        "issuer": issuer,
        "authorizationEndpoint": "",
        "configurationType": "discoveryURL",
        "discoveryURL": f"{issuer}/.well-known/openid-configuration",
        "jwksUri": "",
        "tokenEndpoint": "",
        "userinfoEndpoint": "",
        "orgId": organization_id,
        "isActive": True,
        "allowedEmailDomains": "",
        "manageGroupMemberships": False,
        "jwtSignatureAlgorithm": "RS256",
        "clientId": "acme-oidc-client",
        "clientSecret": "sandbox-oidc-secret",
    }
