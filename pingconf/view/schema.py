"""The documents of `view.json` in types, from which the JSON Schema is generated."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

AddressText = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*(\.[a-z][a-z0-9_-]{0,62})?$")]
Count = Annotated[int, Field(ge=0)]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class DifferenceDocument(_Document):
    """One attribute that changes."""

    path: str
    """The attribute, as a dotted path."""
    before: JsonValue
    """Its value now; null if it has none or is sensitive."""
    after: JsonValue
    """Its value afterwards; null if it has none or is sensitive. The text "(known after apply)" stands for a
    value that the service will give."""
    sensitive: bool
    """Whether the value is kept out of every output."""


class ChangeDocument(_Document):
    """What will happen to one resource."""

    address: AddressText
    """The path of the resource in the file."""
    action: Literal["create", "update", "replace", "delete", "adopt", "forget", "commit"]
    """What happens to the resource as a whole."""
    reason: str
    """Why, for people; the words may change in any version."""
    differences: list[DifferenceDocument]
    """The attributes that change."""


class DriftDocument(_Document):
    """One attribute that someone else changed since the last apply. In the document of `drift` also what
    cannot stay as it is: a token to renew, what is not published."""

    address: AddressText
    """The path of the resource in the file."""
    path: str
    """The attribute, as a dotted path; `id` with nothing observed if the object is gone. `expires` of a token
    that must be renewed, in words; `unpublished` of pingone.revision, a list in words."""
    recorded: JsonValue
    """The value after the last apply."""
    observed: JsonValue
    """The value at the service now."""


class PeopleDocument(_Document):
    """Whom a rule lets in, before and after."""

    rule: AddressText
    """The rule's address."""
    before: Count | None
    """People in scope now; null where nobody could count them."""
    after: Count | None
    """People in scope afterwards; null likewise."""
    gains: Count
    """People who come into scope."""
    losses: Count
    """People who fall out of scope."""


class SummaryDocument(_Document):
    """How many resources there are of each sort; `forget` is not counted."""

    add: Count
    """Resources to create."""
    change: Count
    """Resources to update in place."""
    replace: Count
    """Resources to make anew; they count neither as add nor as destroy."""
    destroy: Count
    """Resources to delete."""
    adopt: Count
    """Living objects to take over."""
    commit: Count
    """Revisions to make."""
    drifted: Count
    """Resources that were changed by hand since the last apply."""


class PlanDocument(_Document):
    """What an apply would do, and what was changed by hand since the last one."""

    format_version: Literal["1.0"]
    """Changes with every change of this format."""
    pingconf_version: str
    """The version that wrote the document."""
    lineage: str
    """The state it was computed from."""
    serial: Count
    """The version of that state."""
    complete: bool
    """Whether everything could be read; if not, `unverified` says what could not."""
    changes: list[ChangeDocument]
    """Resources with something to do; all others are left out."""
    drift: list[DriftDocument]
    """What was changed by hand, an entry per attribute."""
    people: list[PeopleDocument]
    """Whom each changed rule lets in and out."""
    unverified: list[AddressText]
    """Resources that could not be read; nothing is known of their drift."""
    warnings: list[str]
    """Things that are allowed but deserve a look."""
    summary: SummaryDocument
    """How many resources there are of each sort."""


def schema_of(document: type[BaseModel], title: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a document."""
    schema = document.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}
