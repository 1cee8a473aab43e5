"""Whether connections, groups and rules are what the file says, and whom the filters find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pingconf.engine.comparison import resolve
from pingconf.engine.diff import departures, unseen_of
from pingconf.kinds import KINDS
from pingconf.model.address import Address
from pingconf.model.check import Finding, doubtful, unseen, well, wrong
from pingconf.model.errors import PingconfError, ServiceError
from pingconf.model.resource import Desired, Observed
from pingconf.model.values import UNKNOWN, Reference, Value, leaves, value_at
from pingconf.operations.doctor_evidence import Evidence, PingOneEvidence
from pingconf.operations.doctor_question import Question, said, some, troubled
from pingconf.scim import FilterSyntaxError, parse
from pingconf.scim.dialects import KNOWN_TO_INFISICAL, unknown_to_infisical

Needs = tuple[str, ...]
Judge = Callable[[Evidence, PingOneEvidence, Desired], Finding]
EXPRESSION: Final = "user_filter_expression"
BEFORE_RULES: Final = ("pingone.connections", "pingone.plan")
"""What a rule goes with: it is deleted before the one, and with the other."""


def resource_questions(
    evidence: Evidence, theirs: PingOneEvidence, propagation: Needs, directory: Needs
) -> Iterator[Question]:
    """`propagation` is what connections and rules need, `directory` what groups and people need."""
    for desired in evidence.desired("pingone.connections"):
        name, judges = str(desired.address), {"": _connection, f".{EXPRESSION}": _expression}
        for aspect, judge in (judges | {".provisioning": _provisioning}).items():
            yield Question(name + aspect, _about(judge, theirs, desired), propagation)
    for desired in evidence.desired("pingone.groups"):
        yield from _group_questions(theirs, desired, directory)
    for desired in evidence.desired("pingone.rules"):
        name = str(desired.address)
        before = [str(one) for one in desired.depends_on if one.section in BEFORE_RULES]
        yield Question(name, _about(_as_in_file, theirs, desired), (*propagation, *before))
        who = f"{name}.user_filter"
        yield Question(who, _about(_scope, theirs, desired), directory, about_file=True)
        yield Question(f"{name}.people", _about(_people, theirs, desired), (*directory, who))


def _group_questions(theirs: PingOneEvidence, desired: Desired, directory: Needs) -> Iterator[Question]:
    name, ours = str(desired.address), not desired.external
    judge, needs = (_as_in_file, ("state", *directory)) if ours else (_external, directory)
    yield Question(name, _about(judge, theirs, desired), needs, about_file=not ours)
    if "eq" in str(desired.attributes.get("name")):
        yield Question(f"{name}.name", lambda _: _ambiguous(desired), about_file=True)
    for path, judge in {"population": _population, "membership_filter": _membership}.items():
        if path in desired.attributes:
            yield Question(f"{name}.{path}", _about(judge, theirs, desired), directory, about_file=True)


def _about(judge: Judge, theirs: PingOneEvidence, desired: Desired) -> Callable[[Evidence], Finding]:
    return lambda evidence: judge(evidence, theirs, desired)


# ---- as in the file


def _as_in_file(evidence: Evidence, theirs: PingOneEvidence, desired: Desired) -> Finding:
    """One resource that pingconf manages: there, switched on, and as the file says."""
    observed = theirs.sections[desired.address.section]
    if isinstance(observed, PingconfError):
        return troubled(observed)
    kind, known = KINDS[desired.address.section], evidence.known.resources.get(desired.address)
    if desired.address in evidence.known.pending:
        return unseen("the last apply stopped while making it; see state")
    if known is None:
        if not any(kind.recognises(desired.attributes, one) for one in observed):
            return well("not there yet; pingconf apply makes it")
        mend = "Give it another name in the file, or remove the one that is there."
        mend += " To use it as it is, write manage: false." if "manage" in kind.spec.model_fields else ""
        seen = f'a {kind.noun} called "{desired.attributes["name"]}" is there, and pingconf did not make it'
        return wrong(seen, mend)
    living = next((one for one in observed if one.id == known.id), None)
    if living is None:
        return wrong("deleted since the last apply", "Make it anew: pingconf apply")
    paths = _departures(evidence, theirs, desired, living)
    if "enabled" in paths and known.attributes.get("enabled") and not living.attributes.get("enabled"):
        mend = "Switch it on: pingconf apply"
        return wrong("switched off since the last apply; nobody comes through it", mend)
    if paths:
        mend = "See what differs: pingconf plan. Make it as the file says: pingconf apply"
        return doubtful(f"not as the file says: {some(paths)}", mend)
    return well("as the file says" if living.attributes.get("enabled", True) else "off, as the file says")


def _departures(
    evidence: Evidence, theirs: PingOneEvidence, desired: Desired, living: Observed
) -> tuple[str, ...]:
    """Where the living object differs; what refers to something that is not there is told there."""
    ids: dict[Address, Value] = {
        one.address: found.id
        for one in evidence.configuration.desired
        if (found := _living(evidence, theirs, one)) is not None
    }
    kind, wanted = KINDS[desired.address.section], resolve(desired.attributes, ids)
    dangling = {path.partition(".")[0] for path, value in leaves(wanted).items() if _holds_unknown(value)}
    return departures(kind, wanted, living, ignore={*unseen_of(kind), *dangling})


def _holds_unknown(value: Value) -> bool:
    return value is UNKNOWN or (isinstance(value, list) and UNKNOWN in value)


def _living(evidence: Evidence, theirs: PingOneEvidence, desired: Desired) -> Observed | None:
    """The object of an address: by its recorded id, or by its name where it is only looked up."""
    observed = theirs.sections.get(desired.address.section, ())
    if isinstance(observed, PingconfError):
        return None
    known, kind = evidence.known.resources.get(desired.address), KINDS[desired.address.section]
    if desired.external:
        named = [one for one in observed if kind.recognises(desired.attributes, one)]
        return named[0] if len(named) == 1 else None
    return next((one for one in observed if known is not None and one.id == known.id), None)


# ---- connections


def _connection(evidence: Evidence, theirs: PingOneEvidence, desired: Desired) -> Finding:
    """What its expression is, is told by a line of its own where that is dangerous."""
    finding, living = _as_in_file(evidence, theirs, desired), _living(evidence, theirs, desired)
    only = living is not None and _departures(evidence, theirs, desired, living) == (EXPRESSION,)
    return well("as the file says but for its expression") if only and _unknown_in(living) else finding


def _expression(evidence: Evidence, theirs: PingOneEvidence, desired: Desired) -> Finding:
    living = _living(evidence, theirs, desired)
    if living is None:
        return well("Infisical knows what the file looks for")
    if unknown := _unknown_in(living):
        return wrong(
            f"Infisical ignores {some(unknown)} and answers with everybody: PingOne takes the wrong person",
            f"Put it back at once: pingconf apply. Infisical knows: {', '.join(KNOWN_TO_INFISICAL)}.",
        )
    return well("Infisical knows what PingOne looks for")


def _unknown_in(living: Observed | None) -> list[str]:
    """What a living expression names that Infisical ignores."""
    text = str(living.attributes.get(EXPRESSION)) if living else ""
    try:
        return unknown_to_infisical(parse(text))
    except FilterSyntaxError:
        return []


def _provisioning(evidence: Evidence, theirs: PingOneEvidence, desired: Desired) -> Finding:
    """What PingOne counted since the latest revision; no documented state says that it is done."""
    living = _living(evidence, theirs, desired)
    stores = () if isinstance(theirs.stores, PingconfError) else theirs.stores
    row: Mapping[str, Any] = next((one for one in stores if living and one["id"] == living.id), {})
    status = row.get("syncStatus") or {}
    if not status:
        return unseen("PingOne has nothing to tell yet")
    bad = {"provisioned": status.get("failedCount"), "deprovisioned": status.get("failedDeprovisionCount")}
    counts = [f"{number} people could not be {what}" for what, number in bad.items() if number]
    if counts or status.get("syncState") == "FAILED":
        told = f"; PingOne says: {status['details']}" if status.get("details") else ""
        mend = (
            "Mend what it names; PingOne tries again with the next change of a person, or the next revision."
        )
        return wrong(f"{' and '.join(counts) or 'it failed'}{told}", mend)
    if status.get("syncState") == "SYNCING":
        return well("at work")
    return well(f"{status.get('successCount', 0)} of {status.get('userTotal', 0)} people, none failed")


# ---- groups


def _external(evidence: Evidence, theirs: PingOneEvidence, desired: Desired) -> Finding:
    """A group with `manage: false` must be there, once, and be PingOne's own (platform/groups)."""
    groups, name = theirs.groups, desired.attributes["name"]
    observed = theirs.sections["pingone.groups"]
    if isinstance(groups, PingconfError) or isinstance(observed, PingconfError):
        return unseen("groups could not be read")
    found = [one.id for one in observed if KINDS["pingone.groups"].recognises(desired.attributes, one)]
    if not found:
        others = some(sorted(str(one.get("name")) for one in groups))
        mend = "Correct its name, or make it in PingOne; without manage: false pingconf makes it."
        return wrong(f'PingOne has no group called "{name}"', f"{mend} It has: {others}")
    if len(found) > 1:
        return wrong(
            f'PingOne has {len(found)} groups called "{name}"',
            "Say which is meant: write its population, too.",
        )
    row = next((one for one in groups if one["id"] == found[0]), {})
    if row.get("sourceId") or row.get("sourceType"):
        source = row.get("sourceType") or "external"
        return wrong(
            f"it comes from outside PingOne ({source}) and cannot be provisioned",
            "Make a group of PingOne with a membership_filter in its place.",
        )
    return well("there, and PingOne's own")


def _ambiguous(desired: Desired) -> Finding:
    """Infisical cuts the filter of a group at the letters eq (observed on a backend of June 2025)."""
    return doubtful(
        f'"{desired.attributes["name"]}" holds the letters eq: Infisical cannot find a group of that name',
        "Rename the group, or PingOne may fail to make it again where it is there already.",
    )


def _population(evidence: Evidence, theirs: PingOneEvidence, desired: Desired) -> Finding:
    wanted = str(desired.attributes["population"])
    rows = () if isinstance(theirs.populations, PingconfError) else theirs.populations
    found = [one for one in rows if wanted in (one["id"], one.get("name"))]
    if len(found) == 1:
        return well(f"{found[0].get('name')} is there")
    seen = f'PingOne has {len(found) or "no"} population{"s" if found else ""} called "{wanted}"'
    return wrong(seen, f"Write one of: {some(sorted(str(one.get('name')) for one in rows))}; or its id.")


# ---- people


def _scope(evidence: Evidence, theirs: PingOneEvidence, desired: Desired) -> Finding:
    page = theirs.people[desired.address]
    if isinstance(page, PingconfError):
        return _refused_filter(
            page, "Write user_filter so that PingOne takes it; the word all means everybody."
        )
    if not page.rows:
        return doubtful("nobody is in scope", "Is user_filter what was meant? Nobody would be provisioned.")
    number = f"{page.total}" if page.total is not None else f"{len(page.rows)} or more"
    return well(f"{number} people in scope")


def _refused_filter(error: PingconfError, mend: str) -> Finding:
    """PingOne tells what is wrong about a filter by a 400 (reference/error-codes)."""
    told = isinstance(error, ServiceError) and error.status is not None and 400 <= error.status < 429
    return wrong(said(error), mend) if told else troubled(error)


def _membership(evidence: Evidence, theirs: PingOneEvidence, desired: Desired) -> Finding:
    page = theirs.members[desired.address]
    if isinstance(page, PingconfError):
        return _refused_filter(page, "Write membership_filter so that PingOne takes it.")
    if not page.rows:
        return doubtful("nobody belongs to the group", "Is membership_filter what was meant?")
    return well(f"{page.total if page.total is not None else 'many'} people belong to the group")


def _people(evidence: Evidence, theirs: PingOneEvidence, desired: Desired) -> Finding:
    """Whether everybody on the first page has what PingOne looks people up by, and nobody shares it."""
    page, source = theirs.people[desired.address], _identifier(evidence, desired)
    if isinstance(page, PingconfError) or not page.rows:
        return unseen("nobody is in scope")
    if source is None:
        return unseen("what they are looked up by is computed")
    values = {str(row.get("username") or row.get("id")): value_at(row, source) for row in page.rows}
    without = sorted(name for name, value in values.items() if not value)
    times = Counter(str(value).lower() for value in values.values() if value)
    shared = sorted(value for value, number in times.items() if number > 1)
    seen = [f"{len(without)} without {source}: {some(without)}"] if without else []
    seen += [f"{len(shared)} shared by several: {some(shared)}"] if shared else []
    if seen:
        mend = f"PingOne provisions nobody without {source}, and takes those who share one for one person."
        return doubtful(
            "; ".join(seen), f"{mend} Mend it in the directory, or leave them out by user_filter."
        )
    return well(f"{len(values)} looked at: all have {source}, and nobody shares it")


def _identifier(evidence: Evidence, desired: Desired) -> str | None:
    """PingOne's attribute by which the rule's people are looked up at Infisical; None if it is computed."""
    target = desired.attributes["connection"]
    connections = {one.address: one.attributes for one in evidence.desired("pingone.connections")}
    identifier = (
        connections.get(target.address, {}).get("user_identifier") if isinstance(target, Reference) else ""
    )
    source = desired.attributes["mappings"].get(identifier)
    return source if isinstance(source, str) else None
