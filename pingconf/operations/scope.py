"""Who is in scope of the rules, before and after: how many people a plan would take access from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pingconf.clients import Services
from pingconf.clients.pingone_people import Person, people_in
from pingconf.kinds.pingone_rule import selection_of
from pingconf.model.address import Address
from pingconf.model.errors import PingconfError
from pingconf.model.plan import People, Plan, RulePeople, Step, Verb

RULES = "pingone.rules"
USERS = "pingone.users"


@dataclass(frozen=True, slots=True)
class _Scope:
    """The user filters of a rule before and after; None where nobody is in scope."""

    rule: Address
    connection: str
    before: str | None
    after: str | None

    @property
    def stays(self) -> bool:
        return self.before == self.after


def count_people(services: Services, plan: Plan) -> People:
    """Ask PingOne who is in scope, where the plan changes that to the loss of anybody; sends GETs only.

    A rule or connection that is switched off, or removed without --deprovision, leaves people their access.
    Who leaves a group that a filter names is not foreseen.
    """
    scopes, disabled = [*_scopes(plan)], {*_disabled(plan)}
    if not disabled and all(one.stays for one in scopes):
        return People()
    try:
        return _counted(services, scopes, disabled)
    except PingconfError as failure:
        changed = (one for one in scopes if not one.stays)
        return People(
            tuple(RulePeople(one.rule, None, None) for one in changed),
            trouble=" ".join((failure.headline, *failure.details)),
        )


def _scopes(plan: Plan) -> Iterator[_Scope]:
    """Every rule through which people have access now."""
    steps = {step.address: step for step in plan.steps if step.verb in (Verb.UPDATE, Verb.DEPROVISION)}
    for address, observed in plan.observed.items():
        if address.section != RULES or not isinstance(observed.attributes["user_filter"], str):
            continue
        step, before = steps.get(address), observed.attributes["user_filter"]
        if observed.attributes["enabled"] or (step and step.verb is Verb.DEPROVISION):
            connection = str(observed.attributes["connection"])
            yield _Scope(address, connection, before, _filter_after(step, before))


def _filter_after(step: Step | None, before: str) -> str | None:
    """The rule is on before; switched off it takes nobody along."""
    if step is not None and step.verb is Verb.DEPROVISION:
        return None
    wanted = step.desired.attributes if step and step.desired else {}
    return str(wanted["user_filter"]) if wanted.get("enabled") else before


def _disabled(plan: Plan) -> Iterator[str]:
    """Ids of people of the file who are disabled or deleted."""
    for step in plan.steps:
        seen = plan.observed.get(step.address)
        if step.address.section != USERS or seen is None or seen.attributes["enabled"] is not True:
            continue
        off = step.verb is Verb.UPDATE and step.desired and step.desired.attributes["enabled"] is False
        if off or step.verb in (Verb.RELEASE, Verb.DELETE):
            yield seen.id


def _counted(services: Services, scopes: list[_Scope], disabled: set[str]) -> People:
    people: dict[str, dict[str, Person]] = {}
    for text in {text for one in scopes for text in (one.before, one.after) if text is not None}:
        found = people_in(services.pingone, selection_of(text))
        people[text] = {one.id: one for one in found}
    known = {id: person for group in people.values() for id, person in group.items()}

    def ids(text: str | None) -> set[str]:
        return {*people[text]} if text is not None else set()

    rules: list[RulePeople] = []
    had: set[tuple[str, str]] = set()
    has: set[tuple[str, str]] = set()
    for one in scopes:
        before, after = ids(one.before), ids(one.after) - disabled
        had |= {(one.connection, id) for id in before}
        has |= {(one.connection, id) for id in after}
        if before != after:
            gains, losses = len(after - before), len(before - after)
            rules.append(RulePeople(one.rule, len(before), len(after), gains, losses))
    lost = sorted({id for _, id in had - has}, key=lambda id: known[id].username)
    names = tuple(known[id].email or known[id].username for id in lost)
    return People(tuple(rules), len({id for _, id in had}), len(lost), names)
