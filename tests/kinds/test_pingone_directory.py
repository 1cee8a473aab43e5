"""The directory store: found or made, never changed, never deleted."""

from __future__ import annotations

from typing import Any, Final

import pytest
import responses

from pingconf.clients import Services
from pingconf.kinds.pingone_directory import PingOneDirectory
from pingconf.model.errors import ServiceError
from pingconf.model.resource import Observed
from pingconf.sandbox import Switches
from tests.kinds import MARKER, NO_ID, ROOT, Stage, attributes, stage

KIND = PingOneDirectory()
STORES: Final = "/propagation/stores"
NAME: Final = "PingOne Directory"


def test_what_is_sent_where_there_is_none(embedded: Stage) -> None:
    assert KIND.list(embedded.api) == []
    made = KIND.create(embedded.api, {}, MARKER)
    assert embedded.sent == [("POST", STORES, {"type": "directory", "name": NAME})]
    assert KIND.list(embedded.api) == [Observed(made.id, {})]


def test_the_one_that_is_there_is_found() -> None:
    with stage(Switches(directory_premade=True, list_counts=False)) as premade:
        (seen,) = KIND.list(premade.api)
        assert premade.world.stores[seen.id]["name"] == NAME


@pytest.mark.parametrize(
    ("names", "found"),
    [([], []), (["Any"], ["0"]), (["Any", NAME], ["1"]), ([NAME, NAME], ["0", "1"]), (["Any", "Other"], [])],
)
def test_of_several_the_one_of_that_name_is_meant(
    real: Services, wire: responses.RequestsMock, names: list[str], found: list[str]
) -> None:
    rows: list[Any] = [{"id": str(n), "type": "directory", "name": name} for n, name in enumerate(names)]
    rows.append({"id": "s", "type": "scim", "name": NAME})
    wire.add("GET", f"{ROOT}{STORES}", json={"_embedded": {"stores": rows}})
    assert [one.id for one in KIND.list(real)] == found


def test_it_is_never_touched(embedded: Stage) -> None:
    with pytest.raises(ServiceError, match="never changed"):
        KIND.update(embedded.api, NO_ID, {})
    with pytest.raises(ServiceError, match="never deleted"):
        KIND.delete(embedded.api, NO_ID)
    assert embedded.sent == []


def test_nobody_writes_it() -> None:
    assert attributes(KIND.section) == {}
    assert KIND.kept
    assert KIND.implied_by == {"pingone.rules"}
