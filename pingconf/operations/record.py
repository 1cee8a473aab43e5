"""What the state says, for people and scripts."""

from __future__ import annotations

from typing import Any

from pingconf.backends.codec import state_to_json
from pingconf.backends.local import LocalBackend
from pingconf.engine.situation import in_tour_order
from pingconf.kinds import KINDS
from pingconf.model.address import Address
from pingconf.model.errors import PingconfError
from pingconf.model.state import State
from pingconf.operations.session import Invocation, read_configuration


def read_recorded(invocation: Invocation) -> State:
    """The state the file points to; raises PingconfError where there is none yet."""
    configuration = read_configuration(invocation)
    state = LocalBackend(configuration.state).read()
    if state is None:
        raise PingconfError(
            f"There is no state at {configuration.state}", "The first apply that changes something makes it."
        )
    return state


def recorded_addresses(invocation: Invocation) -> list[str]:
    """The address of every recorded resource, in the order of the kinds."""
    return [str(one) for one in in_tour_order(read_recorded(invocation).resources, KINDS)]


def recorded_document(invocation: Invocation, address: Address) -> dict[str, Any]:
    """One recorded resource as it stands in the state; raises PingconfError for an unknown address."""
    state = read_recorded(invocation)
    resources: dict[str, dict[str, Any]] = state_to_json(state)["resources"]
    if str(address) not in resources:
        raise PingconfError(f"The state holds no {address}", "See: pingconf state list")
    return resources[str(address)]
