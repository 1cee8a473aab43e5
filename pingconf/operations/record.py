"""What the state says, and the few things that may be done to it by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pingconf.backends import Backend, Journal
from pingconf.backends.codec import state_to_json
from pingconf.engine.situation import in_tour_order
from pingconf.kinds import KINDS
from pingconf.model.address import Address
from pingconf.model.errors import PingconfError, UsageError
from pingconf.model.state import Moved, Released, State
from pingconf.operations.session import Invocation, read_configuration
from pingconf.operations.store import open_backend


def read_recorded(invocation: Invocation) -> State:
    """The state the file points to; raises PingconfError where there is none yet."""
    return read_kept(open_backend(read_configuration(invocation).state, invocation.environ))


def read_kept(backend: Backend) -> State:
    """The state of a backend; raises PingconfError where there is none yet."""
    state = backend.read()
    if state is None:
        raise PingconfError(
            f"There is no state at {backend.where}", "The first apply that changes something makes it."
        )
    return state


@contextmanager
def _changing(invocation: Invocation, command: str, lock_timeout: float) -> Iterator[Journal]:
    """The state's journal, for as long as no other run may touch it."""
    backend = open_backend(read_configuration(invocation).state, invocation.environ)
    with backend.lock(command, lock_timeout):
        journal = backend.session(read_kept(backend))
        yield journal
        journal.close()


def move_recorded(invocation: Invocation, source: Address, target: Address, lock_timeout: float = 0) -> None:
    """Let one address stand in the place of another; nothing changes at the services.

    Raises PingconfError where there is nothing at the one, or something at the other already.
    """
    if source.section != target.section or not (source.key and target.key) or source == target:
        raise UsageError(
            f"{source} cannot move to {target}", "Only a key can be renamed, within its section."
        )
    with _changing(invocation, f"pingconf state mv {source} {target}", lock_timeout) as journal:
        _refuse_unknown(source, journal.state)
        if target in journal.state.resources:
            raise PingconfError(f"The state holds {target} already", f"See: pingconf state show {target}")
        journal.append(Moved(source, target))


def release_recorded(invocation: Invocation, addresses: Sequence[Address], lock_timeout: float = 0) -> None:
    """Forget resources: pingconf neither changes nor removes them any more, and they stay as they are.

    Raises PingconfError, and forgets none, where one is unknown.
    """
    command = f"pingconf state rm {' '.join(map(str, addresses))}"
    with _changing(invocation, command, lock_timeout) as journal:
        for address in addresses:
            _refuse_unknown(address, journal.state)
        for address in dict.fromkeys(addresses):
            journal.append(Released(address))


def unlock(invocation: Invocation, id: str) -> bool:
    """Take away what a run that died left of its lock; whether there was anything.

    Whether it did die, only a kernel can tell: of a remote state, whoever asks must be sure of it.
    """
    return open_backend(read_configuration(invocation).state, invocation.environ).unlock(id)


def _refuse_unknown(address: Address, state: State) -> None:
    if address not in state.resources:
        raise PingconfError(f"The state holds no {address}", "See: pingconf state list")


def recorded_addresses(invocation: Invocation) -> list[str]:
    """The address of every recorded resource, in the order of the kinds."""
    return [str(one) for one in in_tour_order(read_recorded(invocation).resources, KINDS)]


def recorded_document(invocation: Invocation, address: Address) -> dict[str, Any]:
    """One recorded resource as it stands in the state; raises PingconfError for an unknown address."""
    state = read_recorded(invocation)
    _refuse_unknown(address, state)
    resources: dict[str, dict[str, Any]] = state_to_json(state)["resources"]
    return resources[str(address)]
