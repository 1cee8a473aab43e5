"""One contract over all kinds: make, break behind our back, mend, change, replace, remove."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest

from pingconf.engine.applier import Applier
from pingconf.engine.grace import confirm_absences
from pingconf.engine.meaning import interpret
from pingconf.engine.planner import Request, plan
from pingconf.engine.ports import Ports
from pingconf.engine.snapshot import refresh
from pingconf.kinds import KINDS
from pingconf.model.address import Address
from pingconf.model.plan import Action, Plan
from pingconf.model.resource import Desired
from pingconf.model.state import State
from pingconf.sandbox import Switches, World
from tests.engine import (
    CONNECTION,
    GROUP,
    LINEAGE,
    PLAN,
    REVISION,
    RULE,
    SCIM,
    TOKEN,
    actions,
    connection,
    group,
    rule,
    switch,
    token,
    whole_setup,
)
from tests.engine.fakes import Journal
from tests.engine.test_applier import check_entries
from tests.kinds import Stage, stage

Break = Callable[[World, str], Any]
SECOND: Final = connection("second")


@dataclass
class Life:
    """The embedded services, and what is written down about them."""

    stage: Stage
    wanted: dict[Address, Desired]
    state: State = field(default_factory=lambda: State(LINEAGE))
    nonces: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def nonce(self) -> str:
        return f"{next(self.nonces):08x}"

    def plan(self, **request: Any) -> Plan:
        desired = tuple(self.wanted.values())
        first = refresh(desired, self.state, KINDS, self.stage.api)
        snapshot = confirm_absences(first, desired, self.state, KINDS, self.stage.api, lambda seconds: None)
        asked, faults = interpret(Request(desired, **request), snapshot, KINDS, self.stage.api)
        assert faults == ()
        return plan(asked, self.state, snapshot, KINDS, self.stage.clock())

    def apply(self, **request: Any) -> dict[Address, Action]:
        """Plan and apply, and see that nothing is left to do; the actions that were planned."""
        planned = self.plan(**request)
        journal = Journal(self.state)
        dead = set(self.stage.world.published_on_revoked_token())
        for _ in Applier(planned, KINDS, Ports(self.stage.api, journal, self.nonce)).run():
            assert set(self.stage.world.published_on_revoked_token()) <= dead, "none that worked before"
        assert self.stage.world.published_on_revoked_token() == ()
        self.state = journal.state
        check_entries(journal.entries)
        self.check_settled()
        return actions(planned)

    def check_settled(self) -> None:
        left = self.plan()
        assert (left.changes, left.steps, left.drift) == ((), (), ())
        assert (dict(self.state.pending), self.state.uncommitted) == ({}, False)
        tokens = {one.id for address, one in self.state.resources.items() if address.section == TOKEN.section}
        assert set(self.stage.world.scim_tokens) == tokens, "every token that lives is one that we know"

    def drop(self, *addresses: Address) -> None:
        for address in addresses:
            del self.wanted[address]


# ---- what somebody does by hand, and what the file says next


def change_store(**changes: Any) -> Break:
    def act(world: World, id: str) -> None:
        world.stores[id]["configuration"] |= changes

    return act


def change_row(table: str, **changes: Any) -> Break:
    return lambda world, id: getattr(world, table)[id].update(changes)


def change_mapping(world: World, id: str) -> None:
    row = next(one for one in world.mappings.values() if one["targetAttribute"] == "userName")
    row["sourceAttribute"] = "email"


def delete_mapping(world: World, id: str) -> None:
    row = next(one for one in world.mappings.values() if one["targetAttribute"] == "userName")
    del world.mappings[row["id"]]


def add_mapping(world: World, id: str) -> None:
    world.mappings["m"] = {
        "id": "m",
        "rule": {"id": id},
        "targetAttribute": "nick",
        "sourceAttribute": "nickname",
    }


def turn_switch(world: World, id: str) -> None:
    world.organization["scimEnabled"] = False


BREAKS: Final[list[tuple[Address, Break, str]]] = [
    (SCIM, turn_switch, "enabled"),
    (TOKEN, lambda world, id: world.scim_tokens.pop(id), "id"),
    (CONNECTION, change_row("stores", name="Renamed"), "name"),
    (CONNECTION, change_row("stores", status="INACTIVE"), "enabled"),
    (CONNECTION, change_row("stores", managed=False), "deprovision_on_rule_deletion"),
    (CONNECTION, change_store(SCIM_URL="https://evil.example/api/v1/scim"), "base_url"),
    (CONNECTION, change_store(SCIM_VERSION="1.1"), "scim_version"),
    (CONNECTION, change_store(USERS_RESOURCE="/X"), "users_resource"),
    (CONNECTION, change_store(GROUPS_RESOURCE="/X"), "groups_resource"),
    (CONNECTION, change_store(AUTHENTICATION_METHOD="None"), "auth.method"),
    (CONNECTION, change_store(AUTHORIZATION_TYPE="Basic"), "auth.header"),
    (CONNECTION, change_store(USER_FILTER='userName Eq "%s"'), "user_filter_expression"),
    (CONNECTION, change_store(CREATE_USERS=False), "create_users"),
    (CONNECTION, change_store(UPDATE_USERS=False), "update_users"),
    (CONNECTION, change_store(DISABLE_USERS=False), "disable_users"),
    (CONNECTION, change_store(REMOVE_ACTION="Delete"), "remove_action"),
    (GROUP, change_row("groups", name="Renamed"), "name"),
    (GROUP, change_row("groups", description="Changed"), "description"),
    (GROUP, change_row("groups", userFilter="enabled eq true"), "membership_filter"),
    (PLAN, change_row("plans", status="INACTIVE"), "enabled"),
    (RULE, change_row("rules", name="Renamed"), "name"),
    (RULE, change_row("rules", active=False), "enabled"),
    (RULE, change_row("rules", populationExpression="population.id pr"), "user_filter"),
    (RULE, change_row("rules", groups=[]), "groups"),
    (RULE, change_mapping, "mappings.userName"),
    (RULE, delete_mapping, "mappings.userName"),
    (RULE, add_mapping, "mappings.nick"),
]
CHANGES: Final[list[tuple[Desired, Action]]] = [
    (switch(enabled=False), Action.UPDATE),
    (token(description="Other"), Action.REPLACE),
    (token(ttl_days=30, rotate_before_days=3), Action.REPLACE),
    (token(rotate_before_days=9), Action.UPDATE),
    (connection(name="Renamed", description="New"), Action.UPDATE),
    (connection(deprovision_on_rule_deletion=False, remove_action="delete"), Action.UPDATE),
    (group(name="Renamed", description="", membership_filter='title co "Lead"'), Action.UPDATE),
    (rule(name="Renamed", user_filter="all", enabled=False), Action.UPDATE),
    (rule(groups=("engineering",), mappings={"userName": {"expression": "user.email"}}), Action.UPDATE),
    (rule("employees", "second"), Action.REPLACE),
]


def living(switches: Switches, *more: Desired) -> Iterator[Life]:
    """Everything made."""
    described = [replace(one, attributes={**one.attributes, **_more(one)}) for one in whole_setup()]
    with stage(switches) as opened:
        yield Life(opened, {one.address: one for one in (*described, *more)})


def _more(desired: Desired) -> dict[str, Any]:
    texts = {"description": "Who ships", "membership_filter": 'title co "Engineer"'}
    return texts if desired.address == GROUP else {}


@pytest.fixture
def life() -> Iterator[Life]:
    yield from living(Switches())


def id_of(life: Life, address: Address) -> str:
    return life.state.resources[address].id


# ---- the contract


def break_and_mend(life: Life, address: Address, act: Break, path: str) -> None:
    """What a hand changed is drift, and is mended and published where that is needed."""
    revisions = len(life.stage.world.revisions)
    act(life.stage.world, id_of(life, address))
    assert [(one.address, one.path) for one in life.plan().drift] == [(address, path)]
    mended = life.apply()
    assert mended[address] is (Action.CREATE if path == "id" else Action.UPDATE)
    published = REVISION in mended
    assert len(life.stage.world.revisions) == revisions + published
    assert published is (address != SCIM)


@pytest.mark.parametrize(("address", "act", "path"), BREAKS, ids=[f"{one[0]} {one[2]}" for one in BREAKS])
def test_what_is_broken_by_hand_is_drift_and_is_mended(
    life: Life, address: Address, act: Break, path: str
) -> None:
    life.apply()
    break_and_mend(life, address, act, path)


@pytest.mark.parametrize(
    ("desired", "action"), CHANGES, ids=[f"{one[0].address} {n}" for n, one in enumerate(CHANGES)]
)
def test_a_change_in_the_file_keeps_the_object_unless_it_cannot(
    life: Life, desired: Desired, action: Action
) -> None:
    life.wanted[SECOND.address] = SECOND
    life.apply()
    before = id_of(life, desired.address)
    life.wanted[desired.address] = desired
    assert life.apply()[desired.address] is action
    assert (id_of(life, desired.address) == before) is (action is Action.UPDATE)


@pytest.mark.parametrize(
    "gone", [(RULE,), (CONNECTION, RULE), (TOKEN, CONNECTION, RULE), (SCIM,)], ids=lambda gone: str(gone[0])
)
def test_what_is_not_in_the_file_any_more_goes_and_nothing_else(
    life: Life, gone: tuple[Address, ...]
) -> None:
    life.apply()
    before = dict(life.state.resources)
    life.drop(*gone)
    done = life.apply()
    assert {address for address, action in done.items() if action is Action.DELETE} == set(gone)
    assert set(life.state.resources) == set(before) - set(gone)


def test_a_group_goes_after_the_rule_let_go_of_it(life: Life) -> None:
    life.apply()
    life.drop(GROUP)
    life.wanted[RULE] = rule()
    assert life.apply() == {GROUP: Action.DELETE, RULE: Action.UPDATE, REVISION: Action.COMMIT}


def test_a_token_grows_old_and_is_replaced_with_nobody_losing_access() -> None:
    for life in living(Switches()):
        life.wanted[TOKEN] = token(ttl_days=10, rotate_before_days=5)
        life.apply()
        before = id_of(life, TOKEN)
        active = {id for id, row in life.stage.world.members.items() if row["isActive"]}
        life.stage.clock.wind(days=6)
        assert life.apply() == {TOKEN: Action.REPLACE, CONNECTION: Action.UPDATE, REVISION: Action.COMMIT}
        assert id_of(life, TOKEN) != before
        assert {id for id, row in life.stage.world.members.items() if row["isActive"]} == active
