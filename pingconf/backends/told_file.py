"""What was told of drift as a file of JSON, for `drift --state-file`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pingconf.backends import disk
from pingconf.backends.shape import as_address, as_fields, as_plain, as_text, as_typed, parse_json
from pingconf.model.errors import StateError
from pingconf.model.plan import UNPUBLISHED, Drift
from pingconf.model.told import StandingDrift, Told, Trouble
from pingconf.model.values import moment_of

FORMAT_VERSION: Final = "1.0"
ADVICE: Final = "Nothing is told twice by it alone. Move it away to begin another one: all drift is new then."


def read_told(path: Path) -> Told:
    """What the file holds; nothing was told yet where there is none.

    Raises StateError for a damaged one: it is never taken for an empty one, as what was told and is over
    would never be told so.
    """
    data = disk.read_file(path)
    if data is None:
        return Told()
    try:
        return _told(parse_json(data))
    except ValueError as error:
        headline = f"The file of what was told, {path}, is damaged or no such file: {error}"
        raise StateError(headline, ADVICE) from None


def write_told(told: Told, path: Path) -> None:
    """Write it aside, then give it its name: for its owner alone, whole or not at all."""
    document = {
        "format_version": FORMAT_VERSION,
        "drift": [_standing_to_json(one) for one in told.drift],
        "trouble": _trouble_to_json(told.trouble) if told.trouble else None,
    }
    data = json.dumps(document, indent=2, allow_nan=False).encode("ascii") + b"\n"
    disk.make_folder(path.parent)
    disk.put_file(path, data)


def _standing_to_json(one: StandingDrift) -> dict[str, Any]:
    return {
        "address": str(one.drift.address),
        "path": one.drift.path,
        "recorded": as_plain(one.drift.recorded, "recorded"),
        "observed": as_plain(one.drift.observed, "observed"),
        "since": one.since.isoformat(),
        "told": one.told,
        "changed": one.changed,
    }


def _trouble_to_json(one: Trouble) -> dict[str, Any]:
    return {"text": one.text, "since": one.since.isoformat(), "told": one.told}


def _told(document: Any) -> Told:
    version = as_typed(document, dict, "the document").get("format_version")
    if version != FORMAT_VERSION:
        raise ValueError(f'its format_version is not "{FORMAT_VERSION}"')
    found = as_fields(document, "the document", "format_version drift trouble")
    trouble = None if found["trouble"] is None else _trouble(found["trouble"])
    return Told(tuple(_standing(one) for one in as_typed(found["drift"], list, "drift")), trouble)


def _standing(document: Any) -> StandingDrift:
    found = as_fields(document, "a drift", "address path recorded observed since told changed")
    drift = Drift(
        as_address(found["address"]), as_text(found["path"], "path"), found["recorded"], found["observed"]
    )
    if drift.path == UNPUBLISHED:
        as_typed(drift.observed, list, "observed")
    return StandingDrift(
        drift,
        _moment(found["since"]),
        as_typed(found["told"], bool, "told"),
        as_typed(found["changed"], bool, "changed"),
    )


def _trouble(document: Any) -> Trouble:
    found = as_fields(document, "trouble", "text since told")
    text, told = as_text(found["text"], "text"), as_typed(found["told"], bool, "told")
    return Trouble(text, _moment(found["since"]), told)


def _moment(value: Any) -> datetime:
    moment = moment_of(as_text(value, "since"))
    if moment is None:
        raise ValueError("since is no time stamp")
    return moment
