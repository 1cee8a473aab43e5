"""Looks for drift for cron: tells people what is new, writes metrics, and takes no error for an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pingconf.backends import disk
from pingconf.backends.told_file import read_told, write_told
from pingconf.clients.retry import Patience
from pingconf.model.errors import PingconfError
from pingconf.model.plan import Plan
from pingconf.model.told import News, Told, compare, compare_failure
from pingconf.operations.gauges import measure, what_was_seen
from pingconf.operations.interruption import Interruption
from pingconf.operations.notify import Channel, Message, tell
from pingconf.operations.planning import make_drift
from pingconf.operations.session import (
    Invocation,
    Session,
    open_session,
    patience_of,
    read_state,
)
from pingconf.view.json import drift_document
from pingconf.view.metrics import Gauges, render_metrics
from pingconf.view.news import in_plain_values, render_message
from pingconf.view.plan import last_line_of_drift
from pingconf.view.style import Style, escape

READABLE = 0o644
"""The node exporter runs as another user."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is done with what a look comes to: whom to tell, what was told, where metrics go."""

    channels: tuple[Channel, ...] = ()
    told_file: Path | None = None
    metrics_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look came to. `failures` are what went wrong with telling it; drift is none the less drift."""

    plan: Plan
    failures: tuple[PingconfError, ...] = ()

    @property
    def exit_code(self) -> int:
        """2 where there is drift, whatever else; 1 where nobody can say, or could be told; else 0."""
        if self.plan.drift:
            return 2
        return 0 if self.plan.complete and not self.failures else 1


@dataclass(slots=True)
class _Telling:
    """What is to be told, and what becomes of it."""

    watch: Watch
    patience: Patience
    told: Told = field(default_factory=Told)
    told_file: Path | None = None
    failures: list[PingconfError] = field(default_factory=list)

    def recall(self) -> None:
        """Read what was told before. Nothing is ever written over a file that could not be read."""
        if self.watch.told_file is not None:
            self.told = read_told(self.watch.told_file)
            self.told_file = self.watch.told_file

    def deliver(self, news: News, message: Message, gauges: Callable[[], Gauges]) -> None:
        """Tell, write down what was told, and write metrics: each is tried whatever becomes of the others."""
        failures = tell(self.watch.channels, message, self.patience) if news.worth_telling else []
        self.failures += failures
        if self.told_file is not None:
            told, path = news.as_told(delivered=not failures), self.told_file
            self.attempt(lambda: write_told(told, path))
        if self.watch.metrics_file is not None:
            file = self.watch.metrics_file
            self.attempt(lambda: write_metrics(gauges(), file))

    def attempt(self, act: Callable[[], None]) -> None:
        try:
            act()
        except PingconfError as failure:
            self.failures.append(failure)


def look_and_tell(
    invocation: Invocation,
    watch: Watch,
    *,
    show: Callable[[Plan, News], None],
    complain: Callable[[PingconfError], None],
) -> Looked:
    """Look once, show it, and tell what is new of it. Sends GETs only to the services.

    It is shown before anybody is told, so that no message that fails, or takes its time, can hide it;
    `complain` gets what goes wrong with telling. An error of the look is told, too, and raised. A damaged
    file of what was told is such an error: taken for an empty one, it would hide what is over.
    """
    telling = _Telling(watch, patience_of(Interruption()))
    try:
        telling.recall()
        session = open_session(invocation, only_looks=True)
        plan = in_plain_values(make_drift(session, read_state(session)))
    except Exception as error:  # also a bug: whoever waits for news must not take silence for a good sign
        _tell_failure(telling, error if isinstance(error, PingconfError) else _bug(error))
        for failure in telling.failures:
            complain(failure)
        raise
    news = _news(telling.told, plan)
    show(plan, news)
    telling.deliver(news, _message(news, plan), lambda: _measured(telling, session, plan))
    for failure in telling.failures:
        complain(failure)
    return Looked(plan, tuple(telling.failures))


def _bug(error: Exception) -> PingconfError:
    """Its text may hold anything, and is not told."""
    headline = f"There is a bug in pingconf: {type(error).__name__}"
    return PingconfError(headline, "What pingconf drift prints says where.")


def _news(told: Told, plan: Plan) -> News:
    trouble = f"not all could be read: {', '.join(map(str, plan.unverified))}" if plan.unverified else ""
    return compare(told, plan.drift, datetime.now(UTC), trouble=trouble, unread=frozenset(plan.unverified))


def _message(news: News, plan: Plan) -> Message:
    """Drift is worth more than what could not be told, and that more than what is over."""
    event = "drift" if news.fresh else "error" if news.new_trouble else "resolved"
    title = f"pingconf: {last_line_of_drift(plan)}"
    return Message(event, title, render_message(news, Style()), drift_document(plan))


def _tell_failure(telling: _Telling, error: PingconfError) -> None:
    """Of the first of several faults, and how many there are."""
    first, *more = error.faults
    said = " ".join((first.headline, *first.details)) + (f" And {len(more)} more." if more else "")
    now = datetime.now(UTC)
    news = compare_failure(telling.told, said, now)
    title = f"pingconf: Could not tell whether there is drift: {escape(first.headline)}"
    message = Message("error", title, render_message(news, Style()), None)
    telling.deliver(news, message, lambda: Gauges(now.timestamp(), success=False))


def _measured(telling: _Telling, session: Session, plan: Plan) -> Gauges:
    """With what more requests show, as far as they are answered."""
    now = datetime.now(UTC)
    try:
        return measure(session.services, plan, now)
    except PingconfError as failure:
        telling.failures.append(failure)
        return what_was_seen(plan, now)


def write_metrics(gauges: Gauges, path: Path) -> None:
    """Write aside and rename, as the collector may read at any moment; raises StateError."""
    disk.put_file(path, render_metrics(gauges).encode(), mode=READABLE)
