"""Whether PingOne is ready: reachable, the worker and its roles, the environment, the plan, the revision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from pingconf.clients.answer import Answer
from pingconf.clients.pingone_errors import MissingRoleError, UnsupportedMethodError
from pingconf.model.address import Address
from pingconf.model.check import Finding, doubtful, refused, unseen, well, wrong
from pingconf.model.errors import CredentialError, NotFoundError, PingconfError, ServiceError
from pingconf.model.settings import PingOneSettings
from pingconf.model.values import moment_of
from pingconf.operations.doctor_clock import judge_clock
from pingconf.operations.doctor_evidence import Evidence, PingOneEvidence
from pingconf.operations.doctor_question import Question, advice, quoted, said, some, troubled
from pingconf.operations.doctor_resources import resource_questions

REACH: Final = "pingone.reach"
WORKER: Final = "pingone.worker"
ENVIRONMENT: Final = "pingone.environment"
ADMIN: Final = "pingone.roles.environment_admin"
DATA_ADMIN: Final = "pingone.roles.identity_data_admin"
REVISION: Final = Address("pingone.revision")
PLAN: Final = Address("pingone.plan")
GRANT: Final = (
    "In the admin console: Applications > the worker > Roles: grant {role} for this environment."
    " A new role may take a minute to work."
)


def pingone_questions(evidence: Evidence) -> Iterator[Question]:
    """Everything to ask about PingOne, from the way there to what was published."""
    theirs = evidence.pingone
    if theirs is None:
        return
    settings = evidence.configuration.settings.pingone
    yield Question(REACH, lambda _: _reach(theirs, settings), about_file=True)
    yield Question(WORKER, lambda _: _worker(theirs, settings), (REACH,), about_file=True)
    yield Question(ENVIRONMENT, lambda _: _environment(theirs, settings), (REACH, WORKER), about_file=True)
    needs = (REACH, WORKER, ENVIRONMENT)
    yield Question("pingone.clock", lambda _: judge_clock(theirs.environment, theirs.environment_at), needs)
    yield Question(ADMIN, lambda _: _environment_admin(theirs), needs, about_file=True)
    yield Question(DATA_ADMIN, lambda _: _identity_data_admin(theirs), needs, about_file=True)
    propagation = ("state", *needs, ADMIN)
    if evidence.desired("pingone.plan"):
        yield Question(str(PLAN), partial(_plan, theirs=theirs), propagation)
    yield from resource_questions(evidence, theirs, propagation, (*needs, DATA_ADMIN))
    if evidence.desired("pingone.revision"):
        yield Question(str(REVISION), partial(_revision, theirs=theirs), propagation)


def _reach(theirs: PingOneEvidence, settings: PingOneSettings) -> Finding:
    given = settings.access_token or (settings.client_id and settings.client_secret)
    if not given:
        return unseen("nobody is asked without credentials")
    for one in (theirs.sign_in, theirs.environment):
        if isinstance(one, ServiceError) and (one.status is None or one is theirs.sign_in):
            mend = (
                "Check region (or api_url and auth_url) in the file, the network and any proxy (HTTPS_PROXY,"
            )
            return wrong(said(one), f"{mend} REQUESTS_CA_BUNDLE).")
    url = settings.auth_url if isinstance(theirs.sign_in, PingconfError) else settings.api_url
    return well(f"{urlsplit(url).hostname} answers")


def _worker(theirs: PingOneEvidence, settings: PingOneSettings) -> Finding:
    failure = theirs.sign_in
    if isinstance(failure, UnsupportedMethodError):
        mend = (
            "Applications > the worker > Configuration: set it to Client Secret Basic or Client Secret Post."
        )
        return refused("its token endpoint authentication method is another than pingconf's", mend)
    if isinstance(failure, PingconfError):
        return refused(quoted(failure), advice(failure))
    answered = theirs.environment
    if isinstance(answered, CredentialError) and not isinstance(answered, MissingRoleError):
        given = settings.access_token is not None
        mend = (
            "Set PINGONE_API_ACCESS_TOKEN to a fresh one, or unset it and set PINGONE_CLIENT_ID and _SECRET."
        )
        return refused(answered.headline, mend if given else "Check PINGONE_CLIENT_ID and its environment.")
    return well("its credentials are accepted")


def _environment(theirs: PingOneEvidence, settings: PingOneSettings) -> Finding:
    answered, host = theirs.environment, urlsplit(settings.api_url).hostname
    if isinstance(answered, Answer):
        name, kind = answered.fields.get("name"), answered.fields.get("type")
        return well(f"{name} ({kind}) at {host}")
    if isinstance(answered, NotFoundError):
        return wrong(
            f"{host} knows no environment {settings.environment_id}",
            "Check environment_id; if it is right, the region is wrong: the admin console shows both under"
            " Settings > Environment Properties.",
        )
    if isinstance(answered, MissingRoleError):
        return _hidden_environment(theirs)
    if isinstance(answered, ServiceError) and answered.status in (403, 404):
        mend = "Check api_url in the file; it ends in /v1. With region in its place it is always right."
        return wrong(f"{settings.api_url}: {answered.headline}", mend)
    return troubled(answered)


def _hidden_environment(theirs: PingOneEvidence) -> Finding:
    """The documents do not say which role may read the environment itself: what is in it tells as much."""
    if isinstance(theirs.plans, PingconfError) and isinstance(theirs.populations, PingconfError):
        return unseen("none of the worker's roles lets it look")
    return well("it is there; its name may not be read")


def _environment_admin(theirs: PingOneEvidence) -> Finding:
    """Source: each page about propagation at developer.pingidentity.com names this role."""
    if isinstance(theirs.plans, MissingRoleError):
        seen = "missing: plans, connections, rules and revisions may not be read"
        return refused(seen, GRANT.format(role="Environment Admin"))
    if isinstance(theirs.plans, PingconfError):
        return troubled(theirs.plans)
    return well("plans, connections, rules and revisions may be read")


def _identity_data_admin(theirs: PingOneEvidence) -> Finding:
    """Source: docs.pingidentity.com, roles. Groups alone may be read by an Environment Admin, too."""
    users = next((one for one in theirs.people.values() if isinstance(one, MissingRoleError)), None)
    answered = {"populations": theirs.populations, "users": users, "groups": theirs.groups}
    hidden = [name for name, one in answered.items() if isinstance(one, MissingRoleError)]
    if hidden:
        seen = f"missing: {' and '.join(hidden)} may not be read"
        return refused(seen, GRANT.format(role="Identity Data Admin"))
    for one in answered.values():
        if isinstance(one, PingconfError):
            return troubled(one)
    return well("people, populations and groups may be read")


def _plan(evidence: Evidence, theirs: PingOneEvidence) -> Finding:
    plans, known = theirs.sections["pingone.plan"], evidence.known.resources.get(PLAN)
    if isinstance(plans, PingconfError):
        return troubled(plans)
    if not plans:
        if known is None:
            return well("not there yet; pingconf apply makes it")
        mend = "Make all of it anew: pingconf apply"
        return wrong("deleted since the last apply, and all rules with it", mend)
    if plans[0].attributes["enabled"]:
        return well("active")
    if known is None:
        return well("inactive; pingconf apply switches it on")
    if not known.attributes.get("enabled"):
        return well("inactive, which PingOne does not let anybody change; rules are said to run all the same")
    return wrong("switched off since the last apply; no rule runs", "Switch it on: pingconf apply")


def _revision(evidence: Evidence, theirs: PingOneEvidence) -> Finding:
    latest, known = theirs.latest, evidence.known.resources.get(REVISION)
    if isinstance(latest, PingconfError):
        return troubled(latest)
    if evidence.known.uncommitted:
        return unseen("the last apply stopped before it; see state")
    if not latest:
        if known is None:
            return well("none yet; pingconf apply makes it")
        return wrong(
            "none is there, though one was made", "Is this the right environment? Then: pingconf plan"
        )
    made = moment_of(latest.get("createdAt"))
    if made is None:
        return unseen("PingOne does not say when it was made")
    if changed := _changed_since(theirs, made):
        return doubtful(
            f"changed since it was made, and not published: {some(changed)}",
            "pingconf plan shows what is not as the file says. What somebody else changed, they must publish"
            " or take back: pingconf apply refuses to publish it along.",
        )
    return well(f"all is published, since {made:%Y-%m-%d %H:%M} UTC")


def _changed_since(theirs: PingOneEvidence, made: datetime) -> list[str]:
    """Source: developer.pingidentity.com, propagation-revisions: what is newer has no effect yet."""
    tables = {"connection": theirs.stores, "rule": theirs.rules}
    found = [
        f"{noun} {row.get('name')}"
        for noun, rows in tables.items()
        if not isinstance(rows, PingconfError)
        for row in rows
        if _is_newer(row, made)
    ]
    for rows in theirs.mappings.values():
        targets = () if isinstance(rows, PingconfError) else (row for row in rows if _is_newer(row, made))
        found += [f"mapping {row.get('targetAttribute')}" for row in targets]
    return found


def _is_newer(row: Mapping[str, Any], made: datetime) -> bool:
    changed = moment_of(row.get("updatedAt"))
    return changed is not None and changed > made
