"""The contract of a kind of resource. One file in `kinds/` fulfils it for each kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pingconf.model.address import Address
from pingconf.model.resource import Marker, Observed, Renewal
from pingconf.model.settings import Settings
from pingconf.model.values import Attributes, Secret, Value

if TYPE_CHECKING:
    from pingconf.model.plan import Difference

Api = TypeVar("Api")


@dataclass(frozen=True, slots=True)
class RefersTo:
    """An attribute that names a resource of another section, and what of it is meant."""

    section: str
    attribute: str = "id"


@dataclass(frozen=True, slots=True)
class Made:
    """What a service answered to a creation; `secret` lives in memory only.

    `refused` are attributes that the service does not keep as they were sent, with what it shows instead.
    """

    id: str
    secret: Secret | None = None
    refused: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the names that some attributes hold mean at the service.

    `attributes` have ids in their place; `labels` are the names to show for ids. What means nothing there, or
    more than one thing, is in `objections`.
    """

    attributes: Attributes
    labels: Mapping[str, str] = field(default_factory=dict)
    objections: tuple[Objection, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """A warning about something allowed but unwise; `path` is the attribute it is about."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Objection:
    """Something wrong about an attribute that its type alone cannot say."""

    path: str
    headline: str
    details: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Outstanding:
    """Something that was changed since the latest commit, by whomever.

    `since` is when, in the service's words.
    """

    id: str
    noun: str
    name: str
    since: str


class Kind(ABC, Generic[Api]):
    """What the house must know about one kind of resource. Everything else comes with the house."""

    # What it looks like
    section: ClassVar[str]
    """Its section in the file, the first two words of its addresses."""
    noun: ClassVar[str]
    """What one of them is called in a sentence."""
    spec: ClassVar[type[Any]]
    """The pydantic model of its attributes."""
    references: ClassVar[Mapping[str, RefersTo]] = {}
    """Attributes that name other resources, by dotted path."""

    named_by: ClassVar[str] = "name"
    """The attribute by which it is known at the service."""

    # How it behaves
    single: ClassVar[bool] = False
    """There is one per environment or organisation; its section is its address."""
    implied_by: ClassVar[frozenset[str]] = frozenset()
    """Nobody writes it: it exists when one of these sections has a resource."""
    needs: ClassVar[Mapping[str, str]] = {}
    """Single resources that must be in place first: their section by the name under which `create` gets
    their id."""
    replaces_on: ClassVar[frozenset[str]] = frozenset()
    """Attributes that cannot be changed on a living object."""
    fixed: ClassVar[frozenset[str]] = frozenset()
    """Attributes that can neither be changed nor be reached by a replacement without taking access away."""
    refusable: ClassVar[frozenset[str]] = frozenset()
    """Attributes that a service may not keep; what it refused once is not asked for again."""
    local: ClassVar[frozenset[str]] = frozenset()
    """Attributes that steer pingconf and are never sent."""
    write_only: ClassVar[frozenset[str]] = frozenset()
    """Attributes compared by the identity of their source, as no service shows them reliably."""
    yields_secret: ClassVar[bool] = False
    """Its creation yields a secret that is shown once."""
    two_steps: ClassVar[bool] = False
    """Its creation makes the least that can exist; an update makes it right."""
    tested: ClassVar[bool] = False
    """Its configuration is tested before it is saved."""
    committed: ClassVar[bool] = False
    """Its changes take effect with the next revision only."""
    adopts: ClassVar[bool] = False
    """An object that is there already is taken, as there can be only one."""
    kept: ClassVar[bool] = False
    """It is never deleted, only forgotten."""
    spared: ClassVar[str] = ""
    """Taken out of the file it is released and forgotten, which these words tell; it is deleted only where
    somebody asks for that."""
    takes_people: ClassVar[bool] = False
    """Its deletion can take the access of the people it brought; see `deprovision`."""
    settles: ClassVar[bool] = False
    """Taking people's access away through it takes its time; see `obstacle` and `is_settled`."""
    deep: ClassVar[frozenset[str]] = frozenset()
    """Attributes that lists leave out: `complete` or `deepen` send requests for each object to see them."""
    listed: ClassVar[bool] = True
    """Whoever looks for some of them lists them all; else see `seek`."""
    has_route: ClassVar[bool] = False
    """A single object can be read by its id, and that is believed before any list."""
    commits: ClassVar[bool] = False
    """It is the commit itself: its only verb is create."""
    user_only: ClassVar[bool] = False
    """Infisical lets only a person change it, not a machine identity."""

    # Who it is
    def recognises(self, attributes: Attributes, observed: Observed) -> bool:
        """Whether an object we have no record of is the one these attributes describe; by its name."""
        return self.single or attributes.get(self.named_by) == observed.attributes.get(self.named_by)

    def known_as(self, attributes: Attributes) -> str:
        """What any two have in common of whom `recognises` is true, to look one up by; mostly the name."""
        return "" if self.single else str(attributes.get(self.named_by))

    def canonical(self, path: str, value: Value) -> Value:
        """The same value in the one spelling that is compared."""
        return value

    def fill(self, key: str, attributes: Attributes, settings: Settings) -> Attributes:
        """The attributes with the defaults that depend on the key or on where the services are."""
        return attributes

    def review(self, attributes: Attributes, settings: Settings) -> Iterable[Objection | Advice]:
        """What is wrong or unwise beyond the types of single attributes."""
        return ()

    def review_beside(
        self, attributes: Attributes, others: Mapping[Address, Attributes]
    ) -> Sequence[Objection | Advice]:
        """What does not fit the resources it refers to, which are reviewed before it."""
        return ()

    def refer_beside(self, attributes: Attributes, others: Mapping[Address, Attributes]) -> Attributes:
        """The attributes with a Reference for each resource they name in another way than by its key."""
        return attributes

    def due(self, attributes: Attributes, observed: Observed, now: datetime) -> str | None:
        """Why a living object must be replaced although nothing differs, or None."""
        return None

    def renewal(self, attributes: Attributes, observed: Observed) -> Renewal | None:
        """By when a living object must be made anew; None for one that does not end."""
        return None

    def becomes_ours(self, observed: Observed) -> bool:
        """Whether one that is there already and is adopted is ours once it was changed: ours to remove."""
        return True

    def remark(self, differences: Sequence[Difference], drifted: Collection[str]) -> str | None:
        """What a reader should know beside why these are changed; `drifted` are the paths a hand changed."""
        return None

    def harms(self, attributes: Attributes) -> bool:
        """Whether deleting it would act on people, unless it is released first and that is published."""
        return False

    def obstacle(self, attributes: Attributes) -> str | None:
        """Why nobody's access can be taken away through it, with what to do about that; None where it can."""
        return None

    def in_two_steps(self, attributes: Attributes) -> bool:
        """Whether one with these attributes is made by two steps; see `two_steps`."""
        return self.two_steps

    def label(self, address: Address, attributes: Attributes) -> str:
        """What is shown of it where others refer to it."""
        return address.label

    def unfit(self, observed: Observed) -> tuple[str, ...]:
        """Why a living object cannot be what the file means, and what to do; empty where it can."""
        return ()

    def is_released(self, attributes: Attributes) -> bool:
        """Whether there is nothing left to release."""
        return False

    # How to see it
    @abstractmethod
    def list(self, api: Api) -> Sequence[Observed]:
        """Every object of this kind at the service, by as few requests as the service allows."""

    def seek(self, api: Api, likenesses: Sequence[Attributes], ids: Collection[str]) -> Sequence[Observed]:
        """At least every object that has one of these ids or is described by one of these attributes."""
        return self.list(api)

    def complete(self, api: Api, observed: Observed) -> Observed:
        """The same object with what lists leave out."""
        return observed

    def deepen(self, api: Api, observed: Observed, named: Collection[str]) -> Observed:
        """The same object with what takes requests of its own and is looked at only where it is named."""
        return observed

    def interpret(
        self, api: Api, described: Sequence[Attributes], observed: Sequence[Observed]
    ) -> Sequence[Meaning]:
        """What each of these attributes means at the service, in the same order; sends GETs only.

        Every name is looked up once, those that an observed object spells not at all.
        """
        return [Meaning(one) for one in described]

    def is_partial(self, recorded: Attributes, observed: Observed) -> bool:
        """Whether a list that it was put together from does not show all that is recorded of it."""
        return False

    def read(self, api: Api, id: str) -> Observed | None:
        """One object as it is now, completed, or None where it is gone; by its route where there is one."""
        found = next((one for one in self.list(api) if one.id == id), None)
        return self.complete(api, found) if found else None

    def outstanding(self, api: Api, latest: Observed | None) -> Sequence[Outstanding]:
        """What the commit after the latest one would publish, as far as the service shows it."""
        return ()

    def held(self, api: Api, id: str, path: str, source: str) -> Secret | None:
        """The secret in a write-only attribute, where the service shows it and it is that of this source."""
        return None

    # How to change it
    @abstractmethod
    def create(self, api: Api, attributes: Attributes, marker: Marker) -> Made:
        """Make it; raises UnknownOutcomeError where nobody can say whether it was made."""

    @abstractmethod
    def update(self, api: Api, id: str, attributes: Attributes) -> Attributes | None:
        """Bring the living object to these attributes; absent ones are left as they are.

        Returns those that the service does not keep as they were sent, with what it shows instead, if any.
        """

    @abstractmethod
    def delete(self, api: Api, id: str) -> None:
        """Remove it; an object that is gone already is a success."""

    def test(self, api: Api, attributes: Attributes) -> None:
        """Try the configuration without saving it; raises ConnectionTestError."""

    def release(self, api: Api, id: str, attributes: Attributes) -> Attributes:
        """Make the deletion that follows harmless to people; returns the attributes it has now."""
        raise NotImplementedError

    def deprovision(self, api: Api, id: str) -> None:
        """Remove it so that, with the next revision, the people it brought lose their access."""
        raise NotImplementedError

    def is_settled(self, api: Api, id: str) -> bool:
        """Whether everybody's access was taken away since the latest revision; raises ServiceError where
        that went wrong for somebody."""
        raise NotImplementedError


Kinds = Mapping[str, Kind[Api]]
"""Every kind by its section, in the order of a tour from the first act to the last."""
