"""The line that a run leaves in the run log: who did what, when, and what came of it.

Infisical keeps no audit entry for SCIM tokens, so this is the only trail of them. A run that is killed at
once leaves no line; the next one tells what it settled.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from pingconf import __version__
from pingconf.kinds import KINDS
from pingconf.model.address import Address
from pingconf.model.errors import Interrupted, PingconfError
from pingconf.model.event import Done, Event, Summary
from pingconf.model.plan import Plan, Step, Verb
from pingconf.model.state import State
from pingconf.operations.origin import Origin
from pingconf.view.json import plan_document
from pingconf.view.style import escape

FORMAT_VERSION: Final = "1.0"
LONGEST_HEADLINE: Final = 300
"""Letters."""
ENDING: Final = frozenset({Verb.REVOKE, Verb.DELETE})
"""Verbs after which a token does not work any more."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What was begun, as which command, by whom; `saved` is the id of the saved plan, if it is one's."""

    command: str
    began: datetime
    origin: Origin
    saved: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """What became of it: all that happened in order, and the state before and after it.

    `made` are the ids of tokens by their address, `undone` what was made and taken back again. A run that
    ended in a fault of our own has `fault`, the name of its class, as nothing else of it is fit to be kept.
    """

    plan: Plan
    events: Sequence[Event]
    summary: Summary
    before: State
    after: State
    made: Mapping[Address, str]
    undone: frozenset[Address] = frozenset()
    error: PingconfError | None = None
    fault: str = ""


def line_of(occasion: Occasion, account: Account, ended: datetime) -> dict[str, Any]:
    """The run as one line; plain JSON without a secret, and with no names of people."""
    origin = occasion.origin
    return {
        "format_version": FORMAT_VERSION,
        "pingconf_version": __version__,
        "id": str(uuid4()),
        "command": occasion.command.removeprefix("pingconf "),
        "started": _stamp(occasion.began),
        "ended": _stamp(ended),
        "who": origin.who,
        "host": origin.host,
        "run_url": origin.url,
        "commit": origin.commit,
        "plan_digest": digest_of(account.plan),
        "saved_plan": occasion.saved,
        "lineage": account.after.lineage,
        "serial": account.after.serial,
        "changes": list(_changes(account)),
        "tokens_made": sorted(account.made.values()),
        "tokens_revoked": sorted(set(_revoked(account))),
        "people_removed": account.plan.people.removed,
        **_outcome(account),
        "counts": asdict(account.summary),
    }


def digest_of(plan: Plan) -> str:
    """SHA-256 over what `plan --json` prints, on one line with its keys sorted, as `jq -cS` writes it."""
    document = plan_document(plan)
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def made_by(event: Event, state: State) -> Mapping[Address, str]:
    """The id of the token that was just made, if that is what happened."""
    recorded = state.resources.get(event.address)
    if not (isinstance(event, Done) and event.verb is Verb.CREATE and recorded is not None):
        return {}
    return {event.address: recorded.id} if KINDS[event.address.section].yields_secret else {}


def done_steps(plan: Plan, events: Sequence[Event]) -> Iterator[Step]:
    """The steps that were done, in the order of the plan."""
    done = Counter((event.address, event.verb) for event in events if isinstance(event, Done))
    for step in plan.steps:
        if done[step.address, step.verb]:
            done[step.address, step.verb] -= 1
            yield step


def _changes(account: Account) -> Iterator[dict[str, Any]]:
    """Every resource of the plan with its action, and whether that was done, and not taken back."""
    planned = Counter(one.address for one in account.plan.steps)
    done = Counter(one.address for one in done_steps(account.plan, account.events))
    for change in account.plan.changes:
        whole = done[change.address] == planned[change.address] and change.address not in account.undone
        yield {"address": str(change.address), "action": change.action.value, "done": whole}


def _revoked(account: Account) -> Iterator[str]:
    """The ids of tokens that were revoked, also of those that this run made."""
    for step in done_steps(account.plan, account.events):
        if step.verb in ENDING and KINDS[step.address.section].yields_secret:
            recorded = account.before.resources.get(step.address)
            yield from (recorded.id,) if recorded and step.verb is Verb.DELETE else step.ids
    yield from (id for address, id in account.made.items() if address in account.undone)


def _outcome(account: Account) -> dict[str, Any]:
    if account.fault:
        return {"outcome": "failed", "exit_code": 70, "headline": f"A bug in pingconf: {account.fault}"}
    if account.error is None:
        return {"outcome": "done", "exit_code": 0, "headline": ""}
    word = "interrupted" if isinstance(account.error, Interrupted) else "failed"
    headline = escape(account.error.headline)[:LONGEST_HEADLINE]
    return {"outcome": word, "exit_code": account.error.exit_code, "headline": headline}


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
