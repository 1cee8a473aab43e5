"""Decisions become steps: acts in an order that is safe to stop anywhere.

The graph is of steps, not of resources: a replaced token is made early and revoked late, a connection that
would take people with it is released and that is published before it is removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pingconf.engine.decision import Decision, built_on
from pingconf.engine.graph import MAKING, REVISION, Graph, held, in_order
from pingconf.model.address import Address
from pingconf.model.kind import Kinds
from pingconf.model.plan import Action, Step, Verb
from pingconf.model.resource import Desired
from pingconf.model.values import Reference, with_value

REMOVING: Final = frozenset({Verb.RELEASE, Verb.DEPROVISION, Verb.DELETE, Verb.FORGET, Verb.REVOKE})
PUBLISHED: Final = frozenset({Verb.CREATE, Verb.UPDATE, Verb.DELETE, Verb.RELEASE, Verb.DEPROVISION})
LOOKING: Final = frozenset({Verb.AWAIT, Verb.VERIFY})
ENDING: Final = frozenset({Verb.DELETE, Verb.REVOKE})


def steps_of(decisions: Sequence[Decision], kinds: Kinds[Any], *, uncommitted: bool) -> tuple[Step, ...]:
    """All steps in an order in which each finds done what it needs."""
    drawn = [step for decision in decisions for step in _draw(decision, decisions)]
    by_address = {one.address: one for one in decisions}
    drawn += _verifications(drawn, by_address)
    graph = Graph({step.key: step for step in drawn}, by_address, kinds)
    commits = _commits(graph, uncommitted)
    graph = replace(graph, steps={**graph.steps, **{step.key: step for step in commits}})
    needing = [
        replace(step, needs=tuple(dict.fromkeys([*step.needs, *_needs(step, graph)])))
        for step in graph.steps.values()
    ]
    return tuple(in_order(needing, kinds))


def _draw(decision: Decision, decisions: Sequence[Decision]) -> list[Step]:
    """The steps of one decision, each needing the one before."""
    situation = decision.situation
    ids = tuple(one.id for one in (situation.observed or situation.recorded,) if one is not None)
    chain: list[Step] = []
    for verb in _verbs(decision):
        step = Step(
            key=f"{verb} {decision.address}",
            verb=verb,
            address=decision.address,
            needs=tuple(previous.key for previous in chain[-1:]),
            desired=_desired(decision, verb, decisions),
            ids=ids,
            made=situation.unfinished or _becomes_ours(decision),
            published=situation.kind.committed and _takes_effect(verb, decision),
        )
        chain.append(step)
    stale = () if decision.left_out else _revoked(decision)
    if stale:
        chain.append(Step(f"{Verb.REVOKE} {decision.address}", Verb.REVOKE, decision.address, ids=stale))
    return chain


def _becomes_ours(decision: Decision) -> bool:
    """Whether one that was there before is ours to remove, once it was adopted."""
    kind, observed = decision.situation.kind, decision.situation.observed
    return bool(decision.differences) and (observed is None or kind.becomes_ours(observed))


def _verifications(drawn: Sequence[Step], decisions: Mapping[Address, Decision]) -> list[Step]:
    """What got a new secret is tried once more when that is published, before an old one is revoked."""
    ending = {step.address for step in drawn if step.verb in ENDING}
    return [
        replace(step, key=f"{Verb.VERIFY} {step.address}", verb=Verb.VERIFY, needs=(), published=False)
        for step in drawn
        if step.verb is Verb.TEST and ending.intersection(_holds(decisions[step.address]))
    ]


def _holds(decision: Decision) -> tuple[Address, ...]:
    """What a resource depends on, before or after."""
    desired, recorded = decision.situation.desired, decision.situation.recorded
    return (*(desired.depends_on if desired else ()), *(recorded.depends_on if recorded else ()))


def _verbs(decision: Decision) -> list[Verb]:
    kind = decision.situation.kind
    test = [Verb.TEST] if kind.tested else []
    wanted = decision.situation.desired
    two_steps = wanted is not None and kind.in_two_steps(wanted.attributes)
    create = [Verb.CREATE, Verb.UPDATE] if two_steps else [Verb.CREATE]
    match decision.action:
        case Action.CREATE:
            return [*test, *create]
        case Action.UPDATE:
            adopt = [] if decision.situation.recorded else [Verb.ADOPT]
            return [*adopt, *([Verb.RECORD] if decision.only_recorded else [*test, Verb.UPDATE])]
        case Action.REPLACE:
            return create if kind.yields_secret else [Verb.DELETE, *create]
        case Action.ADOPT:
            return [Verb.ADOPT]
        case Action.DELETE:
            if decision.deprovision and kind.takes_people:
                return [Verb.DEPROVISION]
            before = {
                Verb.CREATE: decision.last_secret,
                Verb.RELEASE: decision.release,
                Verb.AWAIT: decision.deprovision,
            }
            return [*(verb for verb, needed in before.items() if needed), Verb.DELETE]
        case Action.FORGET:
            return [Verb.RELEASE, Verb.FORGET] if decision.release else [Verb.FORGET]
        case _:
            return []


def _revoked(decision: Decision) -> tuple[str, ...]:
    """Ids of secrets that live on although nothing shall hold them any more."""
    situation = decision.situation
    stale = [*(situation.recorded.deposed if situation.recorded else ()), *situation.orphans]
    if decision.makes_secret and situation.observed is not None:
        stale.append(situation.observed.id)
    return tuple(dict.fromkeys(stale))


def _desired(decision: Decision, verb: Verb, decisions: Sequence[Decision]) -> Desired | None:
    """What the step writes. A resource that is on its way out is written once more as it was recorded."""
    situation = decision.situation
    if situation.desired is not None or situation.recorded is None:
        return situation.desired
    if verb not in (Verb.CREATE, Verb.RELEASE):
        return None
    attributes = situation.recorded.attributes
    for path in situation.kind.write_only:
        producer = next(
            one.address
            for one in decisions
            if one.makes_secret and one.address in (situation.recorded.depends_on or (one.address,))
        )
        attributes = with_value(attributes, path, Reference(producer, "secret"))
    return Desired(decision.address, attributes, depends_on=situation.recorded.depends_on)


def _commits(graph: Graph, uncommitted: bool) -> list[Step]:
    """One revision after everything it publishes; one more before a removal that was made harmless first."""
    if not uncommitted and not any(step.published for step in graph.steps.values()):
        return []
    # What Infisical does at the first provisioning must be told it before; what is revoked there comes after.
    told = [
        key
        for key, step in graph.steps.items()
        if step.verb in MAKING or not graph.kinds[step.address.section].user_only
    ]
    late = [key for key in graph.where(frozenset({Verb.DELETE})) if _is_late(graph.steps[key], graph)]
    orphaned = [key for key in graph.where(ENDING) if graph.steps[key].address in graph.taking_access]
    later = {*late, *graph.where(LOOKING)}
    early = tuple(key for key in (*told, *orphaned) if key not in later)
    first = Step(f"{Verb.COMMIT} {REVISION}", Verb.COMMIT, REVISION, early)
    if not late:
        return [first]
    if not uncommitted and not any(graph.steps[key].published for key in early):
        return [Step(first.key, Verb.COMMIT, REVISION, (*early, *late))]
    return [first, Step(f"{first.key} (2)", Verb.COMMIT, REVISION, (first.key, *late))]


def _is_late(step: Step, graph: Graph) -> bool:
    """Whether it is removed only after what lets go of its people was published."""
    decision = graph.decisions[step.address]
    return decision.release or decision.deprovision


def _needs(step: Step, graph: Graph) -> Iterable[str]:
    """Keys of steps of other resources that must be done before this one."""
    if step.verb is Verb.COMMIT:
        return
    decision, kind = graph.decisions[step.address], graph.kinds[step.address.section]
    commits = graph.where(frozenset({Verb.COMMIT}))
    if step.verb in MAKING or step.verb is Verb.RELEASE:
        for address in built_on(step.desired, graph.decisions) if step.desired else ():
            yield from graph.of(address, frozenset({Verb.CREATE, Verb.UPDATE, Verb.ADOPT}))
    if step.verb in PUBLISHED and not kind.user_only:  # nothing is saved before the new token is tested
        yield from graph.where(frozenset({Verb.TEST}))
    early = step.verb in ENDING and kind.user_only and step.address in graph.taking_access
    if early:
        yield from graph.of(step.address, frozenset({Verb.CREATE}))
    elif step.verb in REMOVING:
        yield from _dependents_done(step, graph)
    if decision.situation.lost and step.verb in (Verb.CREATE, Verb.FORGET):
        yield from _ended_first(decision, graph)
    if step.verb is Verb.DELETE:
        yield from graph.of(step.address, frozenset({Verb.REVOKE}))
    waits = step.verb is Verb.AWAIT or (step.verb is Verb.DELETE and decision.release)
    if waits and len(commits) > 1:
        yield commits[0]
    if step.verb is Verb.VERIFY:
        yield from commits
    if step.verb in ENDING and kind.user_only and not early:
        yield from commits
        yield from _verified(step, graph)


def _verified(step: Step, graph: Graph) -> Iterable[str]:
    """Steps that try the new secret before this old one goes."""
    for key in graph.where(frozenset({Verb.VERIFY})):
        if step.address in _holds(graph.decisions[graph.steps[key].address]):
            yield key


def _ended_first(decision: Decision, graph: Graph) -> Iterable[str]:
    """Steps that end what it held when it was deleted by hand. A run that dies later has forgotten that."""
    for address in held(decision):
        if address in graph.taking_access:
            yield from graph.of(address, ENDING)


def _takes_effect(verb: Verb, decision: Decision) -> bool:
    """Whether it takes a revision: also what a hand deleted or changed may not have been published."""
    if verb is Verb.FORGET:
        return decision.situation.gone
    if verb is Verb.RECORD:
        return bool(decision.situation.drifted)
    return verb in PUBLISHED


def _dependents_done(step: Step, graph: Graph) -> Iterable[str]:
    """Whatever was recorded to depend on this resource must have let go of it."""
    for address in graph.dependents.get(step.address, ()):
        yield from graph.of(address, MAKING | REMOVING - {Verb.REVOKE})
