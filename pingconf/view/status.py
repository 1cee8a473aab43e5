"""How everything stands, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pingconf.model.standing import Published, Standing, TokenLife
from pingconf.model.verification import Sync
from pingconf.view.history import counts_of, when
from pingconf.view.json import FORMAT_VERSION
from pingconf.view.style import Style, count, escape
from pingconf.view.verify import sync_document

Row = tuple[str, str]


def render_status(now: Standing, style: Style) -> str:
    """A block for each subject, aligned; what could not be read is said last."""
    blocks = {
        "State": list(_state(now)),
        "Resources": [(str(address), id) for address, id in now.resources],
        "SCIM tokens": [(str(one.address), _life(one)) for one in now.tokens or ()],
        "Revision": list(_revision(now.published)),
        "Connections": [(str(one.connection), _sync(one)) for one in now.syncs or ()],
        "Last run": list(_last_run(now)),
    }
    width = max((len(escape(name)) for rows in blocks.values() for name, _ in rows), default=0)
    told = [
        "\n".join(
            [style.bold(title), *(f"  {escape(name):<{width}}   {escape(text)}" for name, text in rows)]
        )
        for title, rows in blocks.items()
        if rows
    ]
    told += ["\n".join(style.yellow(f"Could not be read: {escape(one)}") for one in now.troubles)]
    return "\n\n".join(filter(None, told))


def _state(now: Standing) -> Iterator[Row]:
    yield "where", now.where
    if not now.lineage:
        yield "version", "none yet; the first apply makes it"
        return
    yield "version", f"serial {now.serial}, lineage {now.lineage}"
    if now.pending:
        yield "begun", f"{', '.join(map(str, now.pending))}; the next apply looks what became of it"
    if now.uncommitted:
        yield "published", "no: the last apply stopped before its revision"


def _life(one: TokenLife) -> str:
    if not one.there:
        return "is not at Infisical any more"
    over = one.days_left is not None and one.days_left < 0
    told = "never expires" if one.days_left is None else f"{count(one.days_left, 'day')} left"
    told, word = ("has expired", "on") if over else (told, "until")
    until = f", {word} {when(one.until)}" if one.until else ""
    return f"{told}{until}{'; replaced, still to be revoked' if one.deposed else ''}"


def _revision(published: Published | None) -> Iterator[Row]:
    if published is None:
        return
    if not published.id:
        yield "latest", "none"
        return
    whose = "ours" if published.ours else "made by others, or by an earlier state"
    yield "latest", f"{published.id}, {when(published.at)}, {whose}"
    yield "unpublished", ", ".join(published.unpublished) or "nothing that can be seen"


def _sync(sync: Sync) -> str:
    if sync.state == "gone":
        return "is not in PingOne any more"
    if not sync.last:
        return "has not synchronized yet"
    total = "" if sync.total is None else f" of {sync.total}"
    failed = sync.failed + sync.failed_deprovisions
    state = "" if sync.settled else "; PingOne is still at it"
    return f"{sync.succeeded}{total} done, {failed} failed, last {when(sync.last)}{state}"


def _last_run(now: Standing) -> Iterator[Row]:
    if now.last_run is None:
        return
    run = now.last_run
    told = ", ".join(filter(None, (str(run.get("outcome", "")), counts_of(run))))
    yield (
        str(run.get("command", "")),
        f"{when(run.get('started', ''))} by {run.get('who') or 'somebody'}: {told}",
    )


def status_document(now: Standing) -> dict[str, Any]:
    """The same as `status --json` prints it; null is what could not be read."""
    published = now.published
    return {
        "format_version": FORMAT_VERSION,
        "state": {
            "where": now.where,
            "lineage": now.lineage or None,
            "serial": now.serial,
            "pending": [str(one) for one in now.pending],
            "uncommitted": now.uncommitted,
        },
        "resources": [{"address": str(address), "id": id} for address, id in now.resources],
        "tokens": None if now.tokens is None else [_token_document(one) for one in now.tokens],
        "revision": None
        if published is None
        else {
            "id": published.id or None,
            "created_at": published.at or None,
            "ours": published.ours,
            "unpublished": list(published.unpublished),
        },
        "connections": None if now.syncs is None else [sync_document(one) for one in now.syncs],
        "last_run": None if now.last_run is None else dict(now.last_run),
        "unverified": list(now.troubles),
    }


def _token_document(one: TokenLife) -> dict[str, Any]:
    return {
        "address": str(one.address),
        "id": one.id,
        "there": one.there,
        "days_left": one.days_left,
        "expires_at": one.until or None,
        "deposed": one.deposed,
    }
