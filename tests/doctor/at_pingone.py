"""What can be wrong about PingOne, and about the file's half of it."""

from __future__ import annotations

from typing import Any, Final

from pingconf.sandbox import World
from tests.canary import PINGONE_ACCESS_TOKEN, PINGONE_CLIENT_SECRET
from tests.doctor.cases import CLOSED, ELSEWHERE, Case, both, delenv, edit, hand, setenv, switched
from tests.e2e.hands import (
    GROUP,
    RULE,
    delete_connection,
    delete_plan,
    delete_rule,
    group,
    plan,
    rule,
    store,
)

LATER: Final = "2999-01-01T00:00:00.000Z"
EXTERNAL: Final = "pingone.groups.all_staff"


def person(world: World, number: int) -> Any:
    return list(world.users.values())[number]


def all_staff(world: World) -> Any:
    return next(row for row in world.groups.values() if row["name"] == "All Staff")


def another_all_staff(world: World) -> None:
    world.groups[ELSEWHERE] = {
        **all_staff(world),
        "id": ELSEWHERE,
        "population": {"id": list(world.populations)[1]},
    }


def other_connection(world: World) -> None:
    row = {"id": ELSEWHERE, "type": "scim", "name": "Infisical", "status": "ACTIVE", "configuration": {}}
    world.stores[ELSEWHERE] = {**row, "managed": False}


ACCESS: Final = {
    "nobody listens at PingOne": Case(
        both(edit("pingone.api_url", f"{CLOSED}/v1"), edit("pingone.auth_url", CLOSED)), 1
    ),
    "no credentials for PingOne": Case(delenv("PINGONE_CLIENT_SECRET"), 3),
    "a wrong secret": Case(setenv(PINGONE_CLIENT_SECRET=PINGONE_CLIENT_SECRET), 3),
    "another way to send the secret": Case(switched(token_method="jwt"), 3),
    "an unknown environment of the worker": Case(
        both(setenv(PINGONE_ENVIRONMENT_ID=ELSEWHERE), switched(unknown_worker_status="404")), 3
    ),
    "a ready token that is no good": Case(
        both(setenv(PINGONE_API_ACCESS_TOKEN=PINGONE_ACCESS_TOKEN), delenv("PINGONE_CLIENT_SECRET")), 3
    ),
    "an environment of another region": Case(
        both(
            setenv(PINGONE_TARGET_ENVIRONMENT_ID=ELSEWHERE),
            lambda stage, _: stage.edit("pingone.auth_environment_id", stage.world.environment_id),
        ),
        1,
        first=True,
    ),
    "another api_url": Case(lambda stage, _: stage.edit("pingone.api_url", f"{stage.url}/v2"), 1),
    "no Environment Admin": Case(hand(lambda world: world.worker.update(roles=["Identity Data Admin"])), 3),
    "no Identity Data Admin": Case(hand(lambda world: world.worker.update(roles=["Environment Admin"])), 3),
}
OBJECTS: Final = {
    "plan switched off": Case(hand(lambda world: plan(world).update(status="INACTIVE")), 1),
    "plan deleted": Case(hand(delete_plan), 1),
    "connection switched off": Case(hand(lambda world: store(world).update(status="INACTIVE")), 1),
    "connection changed": Case(
        hand(lambda world: store(world)["configuration"].update(CREATE_USERS=False)), 0
    ),
    "connection deleted": Case(hand(delete_connection), 1),
    "connection of another": Case(hand(other_connection), 1, first=True),
    "everybody is answered": Case(
        hand(lambda world: store(world)["configuration"].update(USER_FILTER='emails.value eq "%s"')), 1
    ),
    "an expression that is none": Case(
        hand(lambda world: store(world)["configuration"].update(USER_FILTER="%s")), 0
    ),
    "provisioning failed": Case(
        hand(
            lambda world: store(world).update(
                syncStatus={"failedCount": 3, "syncState": "FAILED", "details": "401 from the target"}
            )
        ),
        1,
    ),
    "deprovisioning failed": Case(
        hand(lambda world: store(world)["syncStatus"].update(failedDeprovisionCount=2)), 1
    ),
    "rule switched off": Case(hand(lambda world: rule(world).update(active=False)), 1),
    "rule deleted": Case(hand(delete_rule), 1),
    "rule changed": Case(hand(lambda world: rule(world).update(populationExpression='title co "E"')), 0),
    "changes that nobody published": Case(hand(lambda world: rule(world).update(updatedAt=LATER)), 0),
    "revisions are gone": Case(hand(lambda world: world.revisions.clear()), 1),
    "group deleted": Case(hand(lambda world: world.groups.pop(group(world)["id"])), 1),
}
NAMES: Final = {
    "group of another": Case(
        both(edit(f"{GROUP}.name", "Sales"), edit(f"{GROUP}.population", None)), 1, first=True
    ),
    "an existing group that there is not": Case(edit(f"{EXTERNAL}.name", "All Staf"), 1),
    "two existing groups of that name": Case(hand(another_all_staff), 1),
    "a group from outside": Case(
        hand(lambda world: all_staff(world).update(sourceType="IDP", sourceId="x")), 1
    ),
    "a name that Infisical cuts": Case(edit(f"{GROUP}.name", "Sequoia"), 0, first=True),
    "an unknown population": Case(edit(f"{GROUP}.population", "Robots"), 1, first=True),
    "a membership_filter that is refused": Case(
        edit(f"{GROUP}.membership_filter", "shoeSize eq 44"), 1, first=True
    ),
    "a membership_filter that finds nobody": Case(
        edit(f"{GROUP}.membership_filter", 'title eq "Pope"'), 0, first=True
    ),
    "a user_filter that is refused": Case(edit(f"{RULE}.user_filter", "shoeSize eq 44"), 1, first=True),
    "a user_filter that finds nobody": Case(edit(f"{RULE}.user_filter", 'title eq "Pope"'), 0, first=True),
    "people without e-mail": Case(hand(lambda world: person(world, 3).pop("email")), 0),
    "people with one e-mail": Case(
        hand(lambda world: person(world, 3).update(email=person(world, 4)["email"].upper())), 0
    ),
}
PINGONE: Final = ACCESS | OBJECTS | NAMES
