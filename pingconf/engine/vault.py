"""The secrets of one run, and what must become of each: they live here only, between two requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pingconf.model.address import Address
from pingconf.model.errors import PingconfError, UnknownOutcomeError
from pingconf.model.resource import Recorded
from pingconf.model.values import Secret


def was_refused(error: PingconfError) -> bool:
    """Whether nothing was done, for certain."""
    return not isinstance(error, UnknownOutcomeError)


@dataclass(frozen=True, slots=True)
class Fresh:
    """A secret made in this run that nobody holds yet: its id, and what was recorded before it."""

    id: str
    before: Recorded | None


class Vault:
    """Secrets by the address that yields them, and which of them nobody holds yet."""

    def __init__(self) -> None:
        self._secrets: dict[Address, Secret] = {}
        self.fresh: dict[Address, Fresh] = {}

    def keep(self, address: Address, secret: Secret, fresh: Fresh) -> None:
        """Take a secret that was just made."""
        self._secrets[address] = secret
        self.fresh[address] = fresh

    def learn(self, address: Address, secret: Secret) -> None:
        """Take a secret that is held already, and is to be sent once more."""
        self._secrets[address] = secret

    def secret_of(self, address: Address) -> Secret | None:
        """The secret itself, for the request that must carry it; None where it is not known."""
        return self._secrets.get(address)

    @contextmanager
    def delivering(self, addresses: Iterable[Address]) -> Iterator[None]:
        """While the secrets of a request are on their way somebody may hold them, unless it is refused."""
        on_their_way = {one: self.fresh.pop(one) for one in addresses if one in self.fresh}
        try:
            yield
        except PingconfError as error:
            if was_refused(error):
                self.fresh |= on_their_way
            raise
