"""What an apply must not do without being told: the block `guardrails`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from pingconf.config.checking import Subject, check
from pingconf.config.document import Entry
from pingconf.config.interpolation import Sources
from pingconf.config.written import is_empty, written
from pingconf.model.errors import Fault
from pingconf.model.fields import Spec, Text, Whole
from pingconf.model.settings import Guardrails


class GuardrailKeys(Spec):
    """What an apply refuses to do."""

    max_removed_users: Annotated[Whole, Field(ge=0)] = Field(
        10, description="People who may lose access in one apply, all rules together."
    )
    max_removed_percent: Annotated[Whole, Field(ge=0, le=100)] = Field(
        10, description="Of those in scope now; the smaller of the two bounds counts."
    )
    protected_users: list[Text] = Field([], description="E-mails of people who must stay in scope.")
    foreign_changes: Literal["refuse", "publish"] = Field(
        "refuse",
        description="What others left unpublished in PingOne: a revision would publish it, too.",
    )


def read_guardrails(entry: Entry | None, sources: Mapping[str, Sources], faults: list[Fault]) -> Guardrails:
    """The guardrails; the defaults where nothing is written, or where something is wrong."""
    if entry is None or is_empty(entry.value):
        return Guardrails()
    text = written(entry.value, sources)
    subject = Subject("guardrails", "guardrails has", entry.key.place)
    keys, wrong = check(GuardrailKeys, text, subject)
    faults += (*text.faults, *wrong)
    if keys is None:
        return Guardrails()
    return Guardrails(
        max_removed_users=keys.max_removed_users,
        max_removed_percent=keys.max_removed_percent,
        protected_users=tuple(keys.protected_users),
        publish_foreign_changes=keys.foreign_changes == "publish",
    )
