"""What others left unpublished: the revision of an apply would publish it along with what it means to."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pingconf.model.errors import GuardrailError
from pingconf.model.kind import Outstanding
from pingconf.model.plan import Plan


def find_foreign(outstanding: Iterable[Outstanding], ours: Collection[str]) -> tuple[str, ...]:
    """In words, what waits for a revision and is not ours, by the ids of all that is."""
    return tuple(
        f'the {one.noun} "{one.name}", changed at {one.since}' for one in outstanding if one.id not in ours
    )


def refuse_foreign(plan: Plan) -> None:
    """Raise GuardrailError where an apply would publish what somebody else left unpublished."""
    if plan.foreign:
        raise GuardrailError(
            "This apply would publish what somebody else has changed in PingOne and not published yet",
            *(f"Not published: {one}" for one in plan.foreign),
            "A revision publishes everything in the environment. Nothing was changed.",
            "Ask whose it is and let them publish it; or, if it may go along,"
            " write guardrails: {foreign_changes: publish}",
        )
