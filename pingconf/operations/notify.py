"""Tells people of drift: by Slack, by Teams, by a webhook, or by any service that apprise knows.

An address holds what lets one post there, so it is a Secret from the moment it was read: messages name its
scheme and its host.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from pingconf.clients.http import Session, hand_over, open_session, unlogged
from pingconf.clients.retry import Patience
from pingconf.clients.webhook import post
from pingconf.config.urls import is_loopback
from pingconf.model.errors import PingconfError, ServiceError, UsageError
from pingconf.model.values import Secret
from pingconf.view.message import plain_message, slack_message, teams_message
from pingconf.view.style import escape

VARIABLE: Final = "PINGCONF_NOTIFY"
"""Addresses with white space between them: whoever may list processes sees arguments, and no environment."""
SLACK: Final = ("hooks.slack.com", "hooks.slack-gov.com")
TEAMS: Final = (".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com")
"""Where incoming webhooks of Teams lie, and those of its workflows, old and new."""
INSTALL: Final = "Install it: pip install 'pingconf[notify]'"


class Taker(StrEnum):
    """Who takes a message, and so in which form."""

    SLACK = "Slack"
    TEAMS = "Teams"
    WEBHOOK = "The webhook"
    APPRISE = "The service"


@dataclass(frozen=True, slots=True)
class Channel:
    """One address to tell. `name` is what messages say of it."""

    taker: Taker
    name: str
    url: Secret


@dataclass(frozen=True, slots=True)
class Message:
    """What to tell. `event` is drift, resolved or error; `document` is what `drift --json` prints, None where
    that could not be told."""

    event: str
    title: str
    text: str
    document: Mapping[str, Any] | None


def read_channels(given: Sequence[str], environ: Mapping[str, str]) -> tuple[Channel, ...]:
    """The addresses of the arguments and of PINGCONF_NOTIFY, each once.

    Raises UsageError for what is no address, or would send it in clear over a network; no message repeats it.
    """
    texts = [*given, *environ.get(VARIABLE, "").split()]
    return tuple(_channel(text, number) for number, text in enumerate(dict.fromkeys(texts), 1))


def _channel(text: str, number: int) -> Channel:
    where = f"Address {number} to notify (--notify, {VARIABLE})"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError(f"{where} is no URL") from None
    if not parts.scheme or "://" not in text or not (text.isascii() and text.isprintable()) or " " in text:
        raise UsageError(
            f"{where} is no URL", "For example: mailto://, discord://, https://hooks.slack.com/…"
        )
    if parts.scheme not in ("http", "https"):
        return Channel(Taker.APPRISE, f"The service behind {escape(parts.scheme)}://", Secret(text))
    _refuse_unsafe(parts, host, where)
    taker = _taker(host)
    return Channel(taker, f"{taker} at {parts.scheme}://{escape(host)}", Secret(text))


def _refuse_unsafe(parts: SplitResult, host: str, where: str) -> None:
    if not host or "@" in parts.netloc:
        raise UsageError(f"{where} has no host, or a user name before it", "Write https://HOST/PATH")
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(
            f"{where} is plain http:// to {escape(host)}", "It must be https://, but for this very machine."
        )


def _taker(host: str) -> Taker:
    if host in SLACK:
        return Taker.SLACK
    return Taker.TEAMS if host.endswith(TEAMS) else Taker.WEBHOOK


def tell(channels: Sequence[Channel], message: Message, patience: Patience) -> list[PingconfError]:
    """Send a message to every channel, and return what went wrong: one that fails keeps no other from it."""
    failures: list[PingconfError] = []
    if not channels:
        return failures
    with open_session() as http:
        for channel in channels:
            try:
                _tell(http, channel, message, patience)
            except PingconfError as failure:
                failures.append(failure)
    return failures


def _tell(http: Session, channel: Channel, message: Message, patience: Patience) -> None:
    if channel.taker is Taker.APPRISE:
        _tell_by_apprise(channel, message)
        return
    body: dict[str, Any] = {
        "event": message.event,
        "text": f"{message.title}\n\n{message.text}",
        "document": message.document,
    }
    if channel.taker is Taker.SLACK:
        body = slack_message(message.title, message.text)
    elif channel.taker is Taker.TEAMS:
        body = teams_message(message.title, message.text)
    post(http, channel.name, channel.url, body, patience)


def _tell_by_apprise(channel: Channel, message: Message) -> None:
    """Its log, and those of its libraries, hold addresses, and so may its exceptions; what it warns of is not
    the user's business."""
    title, text = plain_message(message.title, message.text)
    with unlogged(), warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        try:
            import apprise

            crowd = apprise.Apprise()
            known = bool(hand_over(channel.url, crowd.add))
            done = known and crowd.notify(body=text, title=title, body_format=apprise.NotifyFormat.TEXT)
        except ImportError:
            headline = f"{channel.name} takes apprise, which is not installed"
            raise PingconfError(headline, INSTALL) from None
        except Exception as failure:  # whatever its plug-ins let out
            problem = type(failure).__name__
            raise ServiceError(f"{channel.name} did not take the message: {problem}") from None
    if not known:
        raise UsageError(f"{channel.name} is not known to apprise, or its address lacks something")
    if not done:
        raise ServiceError(f"{channel.name} did not take the message")
