"""What happens to one resource, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pingconf.engine.comparison import (
    all_attributes,
    compare,
    is_local,
    is_one_of,
)
from pingconf.engine.situation import Situation
from pingconf.model.address import Address
from pingconf.model.errors import Fault
from pingconf.model.plan import Action, Difference
from pingconf.model.resource import Desired, Observed, Recorded
from pingconf.model.values import Value


@dataclass(frozen=True, slots=True)
class Decision:
    """A situation and what is done about it; no action where everything is as it should be.

    `last_secret` is set on a deletion whose secret is needed once more to release what holds it;
    `deprovision` on one that shall take people's access along. `due` says why its time has come, whatever
    the file says. `left_out` are those that were not asked for.
    """

    situation: Situation
    action: Action | None
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    release: bool = False
    last_secret: bool = False
    deprovision: bool = False
    due: str | None = None
    left_out: bool = False
    fault: Fault | None = None

    @property
    def address(self) -> Address:
        return self.situation.address

    @property
    def makes_secret(self) -> bool:
        """Whether its secret will be at hand during the apply."""
        fresh = self.action in (Action.CREATE, Action.REPLACE) or self.last_secret
        return fresh and self.situation.kind.yields_secret

    @property
    def only_recorded(self) -> bool:
        """Whether it changes nothing at the service, only what is written down."""
        kind, known = self.situation.kind, self.situation.recorded is not None
        return self.action is Action.UPDATE and known and all(is_local(kind, one) for one in self.differences)


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision needs besides its own situation.

    `ids` are the ids of resources decided before, UNKNOWN where they will be made anew. `labels` are the
    names in the file by id. `forced` are replacements that something else wants, with the reason.
    `unwanted` says why a resource nobody desires goes; `deprovision`, that people lose their access with it;
    `unsparing`, that also what is spared otherwise is deleted.
    """

    ids: Mapping[Address, Value]
    labels: Mapping[str, str]
    forced: Mapping[Address, str]
    now: datetime
    unwanted: str
    deprovision: bool = False
    unsparing: bool = False


def decide(situation: Situation, context: Context) -> Decision:
    """The action for one resource; pure."""
    desired = situation.desired
    if desired is None:
        return _decide_unwanted(situation, context)
    if desired.external:
        forget = situation.recorded is not None
        return Decision(situation, Action.FORGET if forget else None, "manage: false; it stays as it is")
    if situation.observed is None:
        reason = "deleted by hand since the last apply" if situation.lost else "in the file, not there yet"
        due = reason if situation.lost else None
        return Decision(situation, Action.CREATE, reason, all_attributes(desired, context.labels), due=due)
    forced = context.forced.get(situation.address)
    differences = compare(situation, situation.observed, context.ids, context.labels)
    fixed = [one for one in differences if is_one_of(one.path, situation.kind.fixed)]
    if fixed:
        return Decision(situation, None, fault=_fixed_fault(situation, fixed[0]))
    if situation.recorded is None:
        reason = (
            "made by a run that could not record it" if situation.unfinished else "there already, taken over"
        )
        action = Action.UPDATE if differences else Action.ADOPT
        return Decision(situation, action, _remarked(situation, reason, differences), differences)
    due = situation.kind.due(desired.attributes, situation.observed, context.now)
    if forced or due:
        return Decision(situation, Action.REPLACE, forced or str(due), differences, due=due)
    if differences:
        replaces = any(one.forces_replacement for one in differences)
        reason = _remarked(situation, _why(situation, situation.recorded, differences), differences)
        return Decision(situation, Action.REPLACE if replaces else Action.UPDATE, reason, differences)
    if situation.drifted:
        return Decision(situation, Action.UPDATE, "changed by hand to what the file allows")
    return Decision(situation, None)


def _decide_unwanted(situation: Situation, context: Context) -> Decision:
    kind, recorded, observed = situation.kind, situation.recorded, situation.observed
    if recorded is None and observed is None:
        return Decision(situation, None)
    if observed is None and situation.address not in context.forced:
        return Decision(situation, Action.FORGET, f"{context.unwanted}; gone already")
    if kind.kept:
        return Decision(situation, Action.FORGET, f"{context.unwanted}; it stays, as others may need it")
    if recorded is not None and not recorded.made:
        return Decision(
            situation, Action.FORGET, f"{context.unwanted}; it stays, as pingconf did not make it"
        )
    if kind.spared and observed is not None and not context.unsparing:
        return _spare(situation, observed, context)
    forced = context.forced.get(situation.address)
    ways = [one.attributes for one in (recorded, observed) if one is not None]
    # What was never recorded was never published by us, and no rule of ours leads to it.
    published = len(ways) == 2
    obstacle = kind.obstacle(observed.attributes) if context.deprovision and observed is not None else None
    if obstacle:
        return Decision(situation, None, fault=_obstacle_fault(situation, obstacle))
    release = published and any(map(kind.harms, ways)) and not context.deprovision
    takes_people = context.deprovision and published and kind.takes_people
    reason = context.unwanted
    if forced:
        reason += f"; a last one is made first, as {forced}"
    if takes_people:
        reason += "; everybody it brought loses access at Infisical"
    return Decision(
        situation,
        Action.DELETE,
        reason,
        release=release,
        last_secret=forced is not None,
        deprovision=takes_people or (context.deprovision and published and kind.settles),
    )


def _spare(situation: Situation, observed: Observed, context: Context) -> Decision:
    """It is released and forgotten. What was never recorded may be another's: that is forgotten only."""
    kind = situation.kind
    if situation.recorded is None:
        reason = f"{context.unwanted}; a run that could not record it may have made it, and it stays"
        return Decision(situation, Action.FORGET, reason)
    release = not kind.is_released(observed.attributes)
    return Decision(situation, Action.FORGET, f"{context.unwanted}; {kind.spared}", release=release)


def _why(situation: Situation, recorded: Recorded, differences: tuple[Difference, ...]) -> str:
    """Who caused the differences: the file, a hand, or a new secret."""
    kind = situation.kind
    by_hand = {one.path for one in differences}.intersection(situation.drifted)
    if all(one.sensitive for one in differences) and not by_hand:
        return "it gets the new token"
    if not recorded.attributes and not all(is_local(kind, one) for one in differences):
        return "an earlier run stopped before this was done"
    paths = {one.path for one in differences if not one.sensitive and not is_local(kind, one)}
    if not by_hand:
        return "changed in the file"
    return "changed by hand since the last apply" if by_hand >= paths else "changed in the file and by hand"


def _remarked(situation: Situation, reason: str, differences: tuple[Difference, ...]) -> str:
    remark = situation.kind.remark(differences, situation.drifted)
    return f"{reason}; {remark}" if remark else reason


def _obstacle_fault(situation: Situation, obstacle: str) -> Fault:
    return Fault(
        f"Nobody's access can be taken away through {situation.address}",
        None,
        (obstacle, "Or leave --deprovision out, and people keep their access."),
    )


def _fixed_fault(situation: Situation, difference: Difference) -> Fault:
    noun = situation.kind.noun
    return Fault(
        f"{difference.path} of {situation.address} cannot be changed",
        situation.desired.place if situation.desired else None,
        (
            f"It is {difference.before!r} at the service; the file says {difference.after!r}.",
            f"PingOne cannot change it on a living {noun}, and a new {noun} in its place would take access"
            " away from people.",
            f"Write the {noun} under another key beside it, move people over, then remove this one.",
        ),
    )


def built_on(desired: Desired, decisions: Mapping[Address, Decision]) -> list[Address]:
    """All that something depends on, and what that depends on in turn: what is in between may have nothing to
    do, such as a token that stays while SCIM is switched on again."""
    found: list[Address] = []
    waiting = [*desired.depends_on]
    while waiting:
        address = waiting.pop(0)
        if address not in found:
            found.append(address)
            below = decisions[address].situation.desired if address in decisions else None
            waiting += below.depends_on if below else ()
    return found
