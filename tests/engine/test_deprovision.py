"""Taking people's access along, as somebody asked for it: in which order, and how long it is waited for."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pingconf.engine.acts import LONGEST_AWAIT, LOOK_EVERY
from pingconf.engine.applier import Applier
from pingconf.engine.ports import Ports
from pingconf.kinds import KINDS
from pingconf.model.errors import ConfigurationError, Interrupted, ServiceError
from pingconf.model.plan import Plan
from pingconf.model.state import Intent, State
from tests.engine import (
    CONNECTION,
    GROUP,
    LINEAGE,
    REVISION,
    RULE,
    TOKEN,
    USER,
    keys,
    settled_scene,
    step,
)
from tests.engine.fakes import Journal


def end(**request: Any) -> Plan:
    scene = settled_scene()
    scene.desired = {}
    return scene.plan(deprovision=True, **request)


def test_the_rule_is_off_and_published_and_waited_for_before_the_connection_goes_and_the_token_last() -> None:
    said = [key for key in keys(end()) if str(CONNECTION) in key or "commit" in key or str(RULE) in key]
    assert said == [
        f"deprovision {RULE}",
        f"commit {REVISION}",
        f"await {CONNECTION}",
        f"delete {CONNECTION}",
        f"commit {REVISION} (2)",
    ]
    assert keys(end())[-2:] == [f"delete {TOKEN}", "delete infisical.scim"]


def test_it_needs_no_last_token() -> None:
    """Nothing is released, so the connection is not written once more."""
    releases = f"release {CONNECTION}"
    assert not any(key.startswith(("create", releases, "test", "revoke")) for key in keys(end()))


def test_a_run_that_goes_on_waits_before_it_goes_on() -> None:
    """The rule is gone and that is published; the connection may still be at work."""
    scene = settled_scene().lose(RULE).lose(GROUP).lose(USER)
    scene.desired = {}
    del scene.recorded[RULE], scene.recorded[GROUP], scene.recorded[USER]
    plan = scene.plan(deprovision=True)
    assert [key for key in keys(plan) if str(CONNECTION) in key] == [
        f"await {CONNECTION}",
        f"delete {CONNECTION}",
    ]
    assert f"delete {CONNECTION}" in step(plan, f"commit {REVISION}").needs, "one revision is enough"


def test_what_was_never_published_takes_nobody_along() -> None:
    scene = settled_scene()
    del scene.recorded[RULE]
    scene.pending[RULE] = Intent("n1", "employees")
    scene.desired = {}
    assert [key for key in keys(scene.plan(deprovision=True)) if str(RULE) in key] == [f"delete {RULE}"]


OBSTACLES: Final = {
    "deprovision_on_rule_deletion": False,
    "enabled": False,
    "disable_users": False,
}


@pytest.mark.parametrize("name", OBSTACLES)
def test_a_connection_through_which_nobody_can_be_reached(name: str) -> None:
    scene = settled_scene().show(CONNECTION, **{name: False})
    scene.desired = {}
    with pytest.raises(ConfigurationError) as caught:
        scene.plan(deprovision=True)
    (fault,) = caught.value.faults
    assert fault.headline == f"Nobody's access can be taken away through {CONNECTION}"
    assert fault.details[0] == f"It has {name}: false at PingOne; set it to true and apply first."
    assert scene.plan().steps, "without it the same can be done"


def test_nobody_waits_unasked() -> None:
    assert f"await {CONNECTION}" not in keys(settled_scene().drop(CONNECTION).drop(RULE).plan())


# ---- waiting


class Patient:
    """A clock that is wound by waiting, and somebody who may lose patience."""

    def __init__(self, gives_up_after: float = 1e9) -> None:
        self.slept = 0.0
        self._longest = gives_up_after

    def sleep(self, seconds: float) -> None:
        self.slept += seconds

    def stopped(self) -> bool:
        return self.slept >= self._longest


class Slow(type(KINDS[CONNECTION.section])):  # type: ignore[misc]
    """A connection that is at work for so many looks."""

    def __init__(self, looks: float) -> None:
        self.looks = looks

    def is_settled(self, api: Any, id: str) -> bool:
        self.looks -= 1
        return bool(self.looks < 0)


def waiting(looks: float, patient: Patient) -> Applier[Any]:
    plan = end()
    alone = Plan(LINEAGE, 1, steps=(step(plan, f"await {CONNECTION}"),), observed=plan.observed)
    kinds: Any = {**KINDS, CONNECTION.section: Slow(looks)}
    ports: Ports[Any] = Ports(None, Journal(State(LINEAGE)), str, patient.sleep, patient.stopped)
    return Applier(alone, kinds, ports)


def test_it_is_waited_for_until_it_is_done() -> None:
    patient = Patient()
    list(waiting(3, patient).run())
    assert patient.slept == 3 * LOOK_EVERY


def test_but_not_for_ever() -> None:
    patient = Patient()
    with pytest.raises(ServiceError) as caught:
        list(waiting(float("inf"), patient).run())
    assert caught.value.headline == f"{CONNECTION} still takes people's access away after 15 minutes"
    assert "Run the command again to go on waiting" in caught.value.details[0]
    assert patient.slept == LONGEST_AWAIT


def test_a_signal_ends_the_wait() -> None:
    patient = Patient(gives_up_after=20)
    with pytest.raises(Interrupted):
        list(waiting(float("inf"), patient).run())
    assert patient.slept == 20
