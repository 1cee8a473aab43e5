"""Done, but answered as a failure: no connection is left on a token that is revoked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pingconf.engine.applier import Applier
from pingconf.engine.ports import Ports
from pingconf.kinds import KINDS
from pingconf.model.errors import PingconfError
from pingconf.sandbox import Switches
from tests.engine import CONNECTION, connection
from tests.engine.fakes import Journal
from tests.kinds.test_life_cycle import Life, living


@pytest.fixture
def life() -> Iterator[Life]:
    yield from living(Switches())


def apply_in_vain(life: Life, status: int) -> None:
    """Every change of a connection is done, and answered with this status."""

    def spoil(sent: str, path: str) -> int | None:
        return status if sent == "PUT" and path.startswith("/propagation/stores/") else None

    life.stage.adapter.spoil = spoil
    journal = Journal(life.state)
    with pytest.raises(PingconfError):
        list(Applier(life.plan(), KINDS, Ports(life.stage.api, journal, life.nonce)).run())
    life.stage.adapter.spoil = lambda sent, path: None
    life.state = journal.state


@pytest.mark.parametrize(
    "status",
    [500, 502, 503, 504],
)
def test_a_connection_that_was_told_its_token_has_one_that_works(life: Life, status: int) -> None:
    life.apply()
    life.wanted[CONNECTION] = connection(description="changed")
    apply_in_vain(life, status)
    life.apply()
    (row,) = (one for one in life.stage.world.stores.values() if one["type"] == "scim")
    assert life.stage.world.token_is_live(row["configuration"]["OAUTH_ACCESS_TOKEN"])
