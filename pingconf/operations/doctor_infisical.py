"""Whether Infisical is ready: reachable, who asks, what they may, licence, single sign-on, e-mail domains."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Final

from pingconf.clients.http import jwt_claims
from pingconf.model.check import Finding, doubtful, refused, unseen, well, wrong
from pingconf.model.errors import CredentialError, PingconfError, ServiceError
from pingconf.model.settings import InfisicalSettings
from pingconf.operations.doctor_clock import judge_clock
from pingconf.operations.doctor_evidence import Evidence, InfisicalEvidence, Row
from pingconf.operations.doctor_question import Question, advice, because, quoted, said, some, troubled
from pingconf.operations.doctor_tokens import token_questions

REACH: Final = "infisical.reach"
CREDENTIAL: Final = "infisical.credential"
LICENCE: Final = "infisical.licence"
PERMISSION: Final = "infisical.permission"
SSO: Final = "infisical.sso"
DOMAINS: Final = "infisical.email_domains"
PEOPLE_ONLY: Final = "only a person's token shows it"
LOG_IN: Final = (
    "Log in as an organisation admin with `infisical login`, choose the organisation, then: "
    "export INFISICAL_TOKEN=$(infisical user get token --plain)"
)
HOUR: Final = 3600


def infisical_questions(evidence: Evidence) -> Iterator[Question]:
    """Everything to ask about Infisical, in the order in which it is set up."""
    ours = evidence.infisical
    if ours is None:
        return
    settings = evidence.configuration.settings.infisical
    yield Question(REACH, lambda _: _reach(ours, settings), about_file=True)
    yield Question("infisical.mail", lambda _: _mail(ours), (REACH,))
    yield Question("infisical.clock", lambda _: judge_clock(ours.status, ours.status_at), (REACH,))
    yield Question(CREDENTIAL, partial(_credential, ours=ours), (REACH,), about_file=True)
    yield Question(LICENCE, partial(_licence, ours=ours), (REACH,), about_file=True)
    needs = (REACH, CREDENTIAL, LICENCE)
    yield Question(PERMISSION, lambda _: _permission(ours), needs, about_file=True)
    yield Question(SSO, lambda _: _sso(ours), (REACH, CREDENTIAL))
    for desired in evidence.desired("infisical.scim"):
        wanted = bool(desired.attributes["enabled"])
        judge = partial(_switch, ours=ours, wanted=wanted)
        yield Question("infisical.scim", judge, ("state", REACH, CREDENTIAL, LICENCE, SSO))
    yield Question(DOMAINS, partial(_email_domains, ours=ours), (REACH, CREDENTIAL))
    yield from token_questions(evidence, (*needs, PERMISSION))


def _reach(ours: InfisicalEvidence, settings: InfisicalSettings) -> Finding:
    status = ours.status
    if isinstance(status, ServiceError) and status.status is None:
        mend = "Check infisical.url in the file, the network and any proxy (HTTPS_PROXY, REQUESTS_CA_BUNDLE)."
        return wrong(said(status), mend)
    if isinstance(status, PingconfError) or not {"emailConfigured", "redisConfigured"} & status.fields.keys():
        seen = status.headline if isinstance(status, PingconfError) else "what answers is no Infisical"
        mend = (
            "infisical.url in the file must be the address at which a browser shows Infisical, without /api."
        )
        return wrong(f"{settings.url}: {seen}", mend)
    return well(f"{settings.url} answers")


def _mail(ours: InfisicalEvidence) -> Finding:
    told = None if isinstance(ours.status, PingconfError) else ours.status.fields.get("emailConfigured")
    if told is not False:
        return well("the server sends mail") if told else unseen("the server does not say")
    return doubtful(
        "the server sends no mail: nobody is invited, and OIDC cannot be activated",
        "Set SMTP_HOST and the other SMTP variables of the server and restart it; or turn on trust for OIDC"
        " e-mails in its admin console.",
    )


def _credential(evidence: Evidence, ours: InfisicalEvidence) -> Finding:
    settings, answered = evidence.configuration.settings.infisical, ours.organization
    who = _who(settings)
    if who is None:
        return refused("none is given", LOG_IN)
    if ours.machine and who != "a SCIM token":
        return _machine(evidence, who)
    if not isinstance(answered, PingconfError):
        return _person(settings, who)
    if isinstance(answered, CredentialError) or settings.token is None:  # or the login has no such route
        return refused(quoted(answered), advice(answered))
    return troubled(answered)


def _who(settings: InfisicalSettings) -> str | None:
    """What kind of credential is given; a token says so itself."""
    if settings.token is not None:
        kinds = {"identityAccessToken": "a machine identity's token", "scimToken": "a SCIM token"}
        return kinds.get(str(jwt_claims(settings.token).get("authTokenType")), "a user's token")
    if settings.email is not None and settings.password is not None:
        return "a user's password"
    if settings.client_id is not None and settings.client_secret is not None:
        return "a machine identity"
    return None


def _machine(evidence: Evidence, who: str) -> Finding:
    """Enough to look at most of it once all is made; too little for the first apply."""
    wanted = (*evidence.desired("infisical.scim"), *evidence.desired("infisical.scim_tokens"))
    missing = [str(one.address) for one in wanted if one.address not in evidence.known.resources]
    if missing and not isinstance(evidence.state, PingconfError):
        return refused(f"{who}, which may not make {some(missing)}", f"Only a person may. {LOG_IN}")
    return doubtful(
        f"{who}: SCIM switch and tokens can be neither seen nor changed",
        f"Enough for plan and drift of the rest. For a rotation: {LOG_IN}",
    )


def _person(settings: InfisicalSettings, who: str) -> Finding:
    ends = jwt_claims(settings.token).get("exp") if settings.token is not None else None
    if not isinstance(ends, int | float):
        return well(f"{who} is accepted")
    left = ends - datetime.now(UTC).timestamp()
    if left < HOUR:
        return doubtful(f"{who} ends in {max(0, int(left // 60))} minutes", LOG_IN)
    return well(f"{who}, good until {datetime.fromtimestamp(ends, UTC):%Y-%m-%d %H:%M} UTC")


def _licence(evidence: Evidence, ours: InfisicalEvidence) -> Finding:
    if isinstance(ours.organization, PingconfError) and not ours.machine:
        return unseen(because(CREDENTIAL))
    if isinstance(ours.licence, PingconfError):
        return unseen(f"could not be read: {ours.licence.headline}")
    groups = any(one.attributes["groups"] for one in evidence.desired("pingone.rules"))
    needed = ["scim", *(["groups"] if groups else [])]
    lacking = [name for name in needed if ours.licence.get(name) is False]
    if lacking:
        return wrong(
            f"it does not include {' and '.join(lacking)}",
            "SCIM and groups need Infisical's Enterprise tier, or a self-hosted licence that holds them.",
        )
    return well(f"it includes {' and '.join(needed)}")


def _permission(ours: InfisicalEvidence) -> Finding:
    if ours.machine:
        return unseen(PEOPLE_ONLY)
    if isinstance(ours.tokens, CredentialError):
        return refused(
            ours.tokens.headline,
            "Give this user the organisation role admin, or one that may read, create, edit and delete SCIM"
            " and edit the settings.",
        )
    if isinstance(ours.tokens, PingconfError):
        return troubled(ours.tokens)
    return well("may read SCIM tokens")


def _sso(ours: InfisicalEvidence) -> Finding:
    if ours.machine:
        return unseen(PEOPLE_ONLY)
    if isinstance(ours.listed, PingconfError) or "orgAuthMethod" not in ours.listed:
        return unseen("this Infisical does not show it")
    if method := ours.listed["orgAuthMethod"]:
        return well(f"active: {method}")
    return wrong(
        "none is active; Infisical switches SCIM on only behind it",
        "Organization Settings > SSO: set up OIDC with PingOne and activate it. A change of that set-up"
        " switches SCIM off; pingconf apply switches it on again.",
    )


def _switch(evidence: Evidence, ours: InfisicalEvidence, wanted: bool) -> Finding:
    if isinstance(ours.organization, PingconfError):
        return unseen(PEOPLE_ONLY)
    on = bool(ours.organization.get("scimEnabled"))
    if on is wanted:
        return well("on" if on else "off, as the file says")
    known = [one for address, one in evidence.known.resources.items() if address.section == "infisical.scim"]
    if not known or known[0].attributes.get("enabled") is not wanted:
        return well(f"{'on' if on else 'off'}; pingconf apply turns it {'on' if wanted else 'off'}")
    if on:
        return doubtful("on; the file says off", "Turn it off: pingconf apply")
    return wrong(
        "off; it was turned off since the last apply, and nobody is provisioned",
        "Turn it on: pingconf apply. A change of the single sign-on set-up turns it off, too.",
    )


def _email_domains(evidence: Evidence, ours: InfisicalEvidence) -> Finding:
    """Newer servers refuse people of a domain that is not verified; each subdomain counts by itself.

    Source: Infisical's documentation, platform/email-domain.
    """
    if ours.machine:
        return unseen(PEOPLE_ONLY)
    domains = ours.email_domains
    if isinstance(domains, ServiceError) and domains.status == 404:
        return unseen("this Infisical does not ask for it yet")
    if isinstance(domains, PingconfError):
        return unseen(f"could not be read: {domains.headline}")
    used = _domains_in_scope(evidence)
    if not used:
        return unseen("nobody is known to be in scope")
    good = {str(one.get("domain")).lower() for one in domains if _is_verified(one)}
    if missing := sorted(used - good):
        return wrong(
            f"not verified: {some(missing)}; Infisical refuses people of it",
            "Organization Settings > Email Domains: add it, put the TXT record shown there into its DNS,"
            " verify.",
        )
    return well(f"verified: {some(sorted(used))}")


def _is_verified(row: Row) -> bool:
    return row.get("status") == "verified" or bool(row.get("verifiedAt"))


def _domains_in_scope(evidence: Evidence) -> set[str]:
    """The domains of the people that the first pages show."""
    pages = evidence.pingone.people.values() if evidence.pingone else ()
    rows = [row for page in pages if not isinstance(page, PingconfError) for row in page.rows]
    return {str(row["email"]).rpartition("@")[2].lower() for row in rows if "@" in str(row.get("email"))}
