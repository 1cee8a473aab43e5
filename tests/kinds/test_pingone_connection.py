"""Connections: what PingOne is sent, what is seen of them, and that their secrets are never seen."""

from __future__ import annotations

from typing import Any, Final

import pytest
import responses

from pingconf.clients import Services
from pingconf.kinds.pingone_connection import PingOneConnection
from pingconf.model.errors import ConnectionTestError, CredentialError
from pingconf.model.resource import Observed
from pingconf.model.values import Secret, leaves
from pingconf.sandbox import Switches
from tests.canary import SCIM_TOKEN
from tests.clients import leaks
from tests.kinds import (
    CONNECTION,
    MARKER,
    NO_ID,
    ROOT,
    SITE,
    Stage,
    connection,
    stage,
    store,
)

KIND = PingOneConnection()
STORES: Final = "/propagation/stores"

BODIES: Final[list[tuple[dict[str, Any], dict[str, Any]]]] = [
    ({}, {}),
    ({"name": "Other"}, {"name": "Other"}),
    ({"description": "text"}, {"description": "text"}),
    ({"description": ""}, {"description": ""}),
    ({"enabled": False}, {"status": "INACTIVE"}),
    ({"deprovision_on_rule_deletion": False}, {"managed": False}),
    ({"create_users": False, "update_users": False}, {"CREATE_USERS": False, "UPDATE_USERS": False}),
    (
        {"disable_users": False, "remove_action": "delete"},
        {"DISABLE_USERS": False, "REMOVE_ACTION": "Delete"},
    ),
    ({"user_identifier": "userName"}, {"UNIQUE_USER_IDENTIFIER": "userName"}),
    ({"user_filter_expression": 'userName Eq "%s"'}, {"USER_FILTER": 'userName Eq "%s"'}),
    ({"users_resource": "/U", "groups_resource": "/G"}, {"USERS_RESOURCE": "/U", "GROUPS_RESOURCE": "/G"}),
    ({"scim_version": "1.1"}, {"SCIM_VERSION": "1.1"}),
    ({"base_url": "https://app.infisical.com/x"}, {"SCIM_URL": "https://app.infisical.com/x"}),
]


@pytest.mark.parametrize(("changes", "expected"), BODIES)
def test_what_is_sent_to_make_one(embedded: Stage, changes: dict[str, Any], expected: dict[str, Any]) -> None:
    made = KIND.create(embedded.api, connection(**changes), MARKER)
    assert embedded.sent == [("POST", STORES, store(**expected))]
    assert made.secret is None
    assert made.id in embedded.world.stores


@pytest.mark.parametrize(("changes", "_body"), BODIES)
@pytest.mark.parametrize("secrets", ["clear", "masked", "absent"])
def test_what_is_seen_is_what_was_asked_for_and_no_secret(
    changes: dict[str, Any], _body: Any, secrets: Any
) -> None:
    with stage(Switches(secrets_in_get=secrets)) as shown:
        made = KIND.create(shown.api, connection(**changes), MARKER)
        (seen,) = KIND.list(shown.api)
    assert seen.id == made.id
    wanted: dict[str, Any] = {"description": "", **CONNECTION, **changes}
    assert seen.attributes == wanted
    assert not any(
        isinstance(value, Secret) or value == "******" for value in leaves(seen.attributes).values()
    )
    assert SCIM_TOKEN not in repr(seen)


def test_other_stores_are_none_of_ours(embedded: Stage) -> None:
    embedded.api.pingone.create(STORES, {"type": "directory", "name": "PingOne Directory"})
    assert KIND.list(embedded.api) == []


# ---- PUT keeps what we do not know


@pytest.mark.parametrize("secrets", ["clear", "masked", "absent"])
def test_a_change_is_put_whole_over_what_is_there(secrets: Any) -> None:
    with stage(Switches(secrets_in_get=secrets)) as shown:
        made = KIND.create(shown.api, connection("token-of-before"), MARKER)
        row = shown.world.stores[made.id]
        row |= {"image": {"id": "i-1"}, "description": "by hand"}
        row["configuration"] |= {"GROUP_MEMBERSHIP_HANDLING": "Merge", "NEW_KEY": 1}
        assert len(shown.sent) == 1
        KIND.update(shown.api, made.id, connection(name="Renamed"))
        expected = store(name="Renamed", description="by hand", image={"id": "i-1"}, NEW_KEY=1)
        expected["configuration"]["GROUP_MEMBERSHIP_HANDLING"] = "Merge"
        assert shown.sent == [("PUT", f"{STORES}/{made.id}", expected)]


def test_a_description_that_the_file_clears(embedded: Stage) -> None:
    made = KIND.create(embedded.api, connection(description="x"), MARKER)
    KIND.update(embedded.api, made.id, connection(description=""))
    assert KIND.list(embedded.api)[0].attributes["description"] == ""


def test_it_is_removed_also_twice(embedded: Stage) -> None:
    made = KIND.create(embedded.api, connection(), MARKER)
    for _ in range(2):
        KIND.delete(embedded.api, made.id)
    assert KIND.list(embedded.api) == []


def test_it_is_released_with_its_token(embedded: Stage) -> None:
    made = KIND.create(embedded.api, connection(), MARKER)
    assert len(embedded.sent) == 1
    given = connection()
    left = KIND.release(embedded.api, made.id, given)
    assert embedded.sent == [("PUT", f"{STORES}/{made.id}", store(managed=False, status="INACTIVE"))]
    assert left == {**given, "deprovision_on_rule_deletion": False, "enabled": False}
    assert (KIND.harms(given), KIND.harms(left)) == (True, False)


# ---- the test


def test_a_test_is_asked_for_in_its_own_type_and_saves_nothing(embedded: Stage) -> None:
    KIND.test(embedded.api, connection(embedded.secret()))
    method, path, body = embedded.sent[-1]
    assert (method, path) == ("POST", f"{STORES}/connection/status")
    assert body.keys() == store().keys()
    assert KIND.list(embedded.api) == []


@pytest.mark.parametrize("status", ["400", "200"])
def test_a_test_that_fails_says_why_whatever_its_status(status: Any) -> None:
    with (
        stage(Switches(test_failure=status)) as shown,
        pytest.raises(
            ConnectionTestError, match="could not connect to Infisical with the new token"
        ) as caught,
    ):
        KIND.test(shown.api, connection(shown.secret(), users_resource="/People"))
    assert any("Connection test failed: GET /api/v1/scim/People" in one for one in caught.value.details)
    assert leaks(caught.value) == []


def test_a_token_that_infisical_does_not_take_is_not_given_to_pingone(embedded: Stage) -> None:
    with pytest.raises(ConnectionTestError) as caught:
        KIND.test(embedded.api, connection())
    assert caught.value.headline == "Infisical's SCIM server does not answer to the new token"
    assert caught.value.details[0].startswith("Infisical does not accept the token")
    assert embedded.sent == []
    assert leaks(caught.value) == []


STATUS_URL: Final = f"{ROOT}{STORES}/connection/status"


def infisical_is_well(wire: responses.RequestsMock) -> None:
    """Its SCIM server answers to the new token."""
    wire.add("GET", f"{SITE}/api/v1/scim/Users", json={"Resources": []})


def test_nobody_may_be_found_under_an_address_that_nobody_has(
    real: Services, wire: responses.RequestsMock
) -> None:
    """Before the connection is saved: it would be one of these whom PingOne takes for everybody."""
    wire.add("GET", f"{SITE}/api/v1/scim/Users", json={"Resources": [{"id": "1"}, {"id": "2"}]})
    with pytest.raises(ConnectionTestError) as caught:
        KIND.test(real, connection())
    assert caught.value.headline == "user_filter_expression finds 2 people where it must find nobody"
    assert caught.value.details[0] == (
        'Asked for nobody@pingconf.invalid, an address that nobody has: email.value Eq "%s"'
    )
    assert str(wire.calls[0].request.url).endswith(
        "/Users?startIndex=1&count=2&filter=email.value+eq+%22nobody%40pingconf.invalid%22"
    )


@pytest.mark.parametrize("answer", [{}, {"Resources": None}, []])
def test_a_lookup_that_is_not_answered_is_a_failed_test(
    real: Services, wire: responses.RequestsMock, answer: Any
) -> None:
    wire.add("GET", f"{SITE}/api/v1/scim/Users", json=answer)
    with pytest.raises(ConnectionTestError, match="does not answer to the new token"):
        KIND.test(real, connection())


@pytest.mark.parametrize(
    ("body", "fails"),
    [
        ({}, False),
        ({"status": "SUCCESS"}, False),
        ({"connected": True}, False),
        ({"status": "failed"}, True),
        ({"status": "ERROR", "details": "x"}, True),
        ({"error": "no"}, True),
        ({"errors": ["no"]}, True),
        ({"code": "INVALID_DATA", "message": "no"}, True),
        ({"status": "UNAUTHORIZED"}, True),
        ({"status": 401}, True),
    ],
)
def test_a_failure_within_a_200(
    real: Services, wire: responses.RequestsMock, body: dict[str, Any], fails: bool
) -> None:
    infisical_is_well(wire)
    wire.add("POST", STATUS_URL, json=body)
    if fails:
        with pytest.raises(ConnectionTestError):
            KIND.test(real, connection())
    else:
        KIND.test(real, connection())
    kind = wire.calls[1].request.headers["Content-Type"]
    assert kind == "application/vnd.pingidentity.connection.check+json"


def test_a_test_without_a_role_is_no_failed_test(real: Services, wire: responses.RequestsMock) -> None:
    infisical_is_well(wire)
    wire.add("POST", STATUS_URL, status=403, json={"code": "ACCESS_FAILED"})
    with pytest.raises(CredentialError):
        KIND.test(real, connection())


def test_a_test_that_nobody_answers_is_told_as_one(real: Services, wire: responses.RequestsMock) -> None:
    infisical_is_well(wire)
    wire.add("POST", STATUS_URL, status=500, json={"message": "sorry"})
    with pytest.raises(ConnectionTestError) as caught:
        KIND.test(real, connection())
    assert "it answered 500" in caught.value.details[0]


# ---- odd rows


def row(**changes: Any) -> dict[str, Any]:
    return {"_embedded": {"stores": [{"id": "s-1", "type": "scim", "name": "x", **changes}]}}


@pytest.mark.parametrize(
    ("changes", "path", "value"),
    [
        ({"managed": "true"}, "deprovision_on_rule_deletion", True),
        ({"managed": "false"}, "deprovision_on_rule_deletion", False),
        ({}, "deprovision_on_rule_deletion", False),
        ({}, "enabled", False),
        ({"status": "PAUSED"}, "enabled", False),
        ({"configuration": {"CREATE_USERS": "true"}}, "create_users", True),
        ({"configuration": {"REMOVE_ACTION": "Explode"}}, "remove_action", "Explode"),
        ({"configuration": None}, "base_url", None),
        ({"description": None}, "description", ""),
    ],
)
def test_what_is_seen_of_an_odd_row(
    real: Services, wire: responses.RequestsMock, changes: dict[str, Any], path: str, value: Any
) -> None:
    wire.add("GET", f"{ROOT}{STORES}", json=row(**changes))
    (seen,) = KIND.list(real)
    assert seen.attributes[path] == value


def test_it_is_known_by_its_name() -> None:
    assert KIND.recognises({"name": "x"}, Observed("1", {"name": "x"}))
    assert not KIND.recognises({"name": "x"}, Observed("1", {"name": "X"}))


def test_one_that_is_not_there_cannot_be_changed(embedded: Stage) -> None:
    with pytest.raises(Exception, match="does not find what the request names"):
        KIND.update(embedded.api, NO_ID, connection())
