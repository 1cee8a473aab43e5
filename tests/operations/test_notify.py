"""Telling people: what each service receives, what goes wrong, and that no address is ever told."""

from __future__ import annotations

import builtins
import json
import logging
from collections.abc import Iterator
from typing import Any, Final

import pytest
import requests
import responses

from pingconf.clients.retry import ATTEMPTS, Patience
from pingconf.model.errors import PingconfError, ServiceError, UsageError
from pingconf.operations.notify import VARIABLE, Message, Taker, read_channels, tell
from tests.canary import Canaries
from tests.clients import leaks
from tests.receiver import Receiver, receiving
from tests.view.hostile import HOSTILE

TOKEN: Final = "canary-webhook-token/T0123/B4567"
SLACK: Final = f"https://hooks.slack.com/services/{TOKEN}"
TEAMS: Final = f"https://prod-1.westeurope.logic.azure.com:443/workflows/{TOKEN}?sig=canary-webhook-sig"
HOOK: Final = f"https://alerts.example/hook/{TOKEN}"
MESSAGE: Final = Message("drift", "pingconf: Drift", "the rule <!channel> & co", {"drift": [1]})
NOWAIT: Final = Patience(lambda seconds: None)


@pytest.fixture(autouse=True)
def registered(canaries: Canaries) -> None:
    canaries.add(TOKEN)
    canaries.add("canary-webhook-sig")


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def told(*urls: str, message: Message = MESSAGE) -> list[PingconfError]:
    return tell(read_channels(urls, {}), message, NOWAIT)


def body_of(wire: responses.RequestsMock, number: int = 0) -> Any:
    request = wire.calls[number].request
    assert request.headers["Content-Type"] == "application/json"
    assert isinstance(request.body, bytes)
    return json.loads(request.body)


# ---- who gets what


def test_slack_gets_a_text(wire: responses.RequestsMock) -> None:
    wire.add("POST", SLACK, body="ok")
    assert told(SLACK) == []
    assert body_of(wire)["text"] == "pingconf: Drift\n\nthe rule &lt;!channel&gt; &amp; co"


@pytest.mark.parametrize(
    "url",
    [
        TEAMS,
        f"https://acme.webhook.office.com/webhookb2/{TOKEN}",
        f"https://default1.0c.environment.api.powerplatform.com/powerautomate/{TOKEN}",
    ],
)
def test_teams_gets_a_card(wire: responses.RequestsMock, url: str) -> None:
    wire.add("POST", url, status=202)
    assert told(url) == []
    card = body_of(wire)["attachments"][0]["content"]
    assert card["type"] == "AdaptiveCard"
    assert card["body"][1]["inlines"][0]["text"] == "the rule <!channel> & co"


def test_any_other_webhook_gets_the_document(wire: responses.RequestsMock) -> None:
    wire.add("POST", HOOK, status=204)
    assert told(HOOK) == []
    assert body_of(wire) == {
        "event": "drift",
        "text": "pingconf: Drift\n\nthe rule <!channel> & co",
        "document": {"drift": [1]},
    }


def test_names_of_hosts_are_compared_whole() -> None:
    takers = {
        "https://hooks.slack.com.evil.example/x": Taker.WEBHOOK,
        "https://evilwebhook.office.com/x": Taker.WEBHOOK,
        "https://HOOKS.slack.com/x": Taker.SLACK,
        "discord://a/b": Taker.APPRISE,
        "mailto://ann:canary-of-mail-password@acme.example": Taker.APPRISE,
    }
    for url, taker in takers.items():
        assert read_channels([url], {})[0].taker is taker


def test_the_environment_names_addresses_too() -> None:
    found = read_channels([SLACK], {VARIABLE: f"  {HOOK}\n{SLACK} discord://a/b "})
    assert [one.name for one in found] == [
        "Slack at https://hooks.slack.com",
        "The webhook at https://alerts.example",
        "The service behind discord://",
    ]


@pytest.fixture
def loopback() -> Iterator[Receiver]:
    with receiving(TOKEN) as receiver:
        yield receiver


def test_every_other_url_goes_through_apprise(loopback: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert told(f"json://{loopback.address}") == []
    (received,) = loopback.take()
    assert received["title"] == "pingconf: Drift"
    assert received["message"] == "the rule ‹!channel› & co"  # noqa: RUF001
    assert TOKEN not in caplog.text


def test_plain_http_is_for_loopback(loopback: Receiver) -> None:
    assert told(loopback.url) == []
    assert loopback.take()[0]["event"] == "drift"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_arrive_as_texts(wire: responses.RequestsMock, text: str) -> None:
    message = Message("drift", text, text, {"drift": [text]})
    for url in (SLACK, TEAMS, HOOK):
        wire.add("POST", url, body="ok")
    assert told(SLACK, TEAMS, HOOK, message=message) == []
    assert "<" not in body_of(wire)["text"]
    assert body_of(wire, 2)["document"] == {"drift": [text]}


# ---- what is no address


@pytest.mark.parametrize(
    "url",
    [
        f"hooks.slack.com/{TOKEN}",
        f"http://alerts.example/{TOKEN}",
        f"http://127.0.0.1.evil.example/{TOKEN}",
        f"https://user:{TOKEN}@alerts.example/",
        f"https:///{TOKEN}",
        f"https://[{TOKEN}",
        f"https://alerts.example:{TOKEN}/",
        f"https://alerts.example/{TOKEN} x",
        f"https://alerts.example/{TOKEN}\nx",
        f"https://älerts.example/{TOKEN}",
        f"://{TOKEN}",
        TOKEN,
        "",
    ],
)
def test_what_is_no_safe_address_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_channels([url], {})
    said = " ".join((caught.value.headline, *caught.value.details))
    assert said.startswith("Address 1 to notify (--notify, PINGCONF_NOTIFY) ")
    assert TOKEN not in said
    assert "T0123" not in said


# ---- what goes wrong


@pytest.mark.parametrize("url", [SLACK, TEAMS, HOOK])
@pytest.mark.parametrize("status", [302, 400, 403, 404, 410, 500, 503])
def test_a_refusal_names_the_host_alone(wire: responses.RequestsMock, url: str, status: int) -> None:
    wire.add("POST", url, status=status, body=f"no such {url}", headers={"Location": url})
    (failure,) = told(url)
    assert isinstance(failure, ServiceError)
    assert f"({status})" in failure.headline or f"answered {status}" in failure.headline
    assert leaks(failure, TOKEN, "canary-webhook-sig") == []
    assert len(wire.calls) == 1, "a message that may have arrived is not sent again"


def test_one_that_fails_keeps_no_other_from_it(wire: responses.RequestsMock) -> None:
    wire.add("POST", SLACK, status=404)
    wire.add("POST", HOOK)
    (failure,) = told("unknown-to-apprise://x", SLACK, HOOK)[1:]
    assert "Slack at https://hooks.slack.com refused the message (404)" in failure.headline
    assert len(wire.calls) == 2


def test_it_is_sent_again_where_nothing_arrived(wire: responses.RequestsMock) -> None:
    wire.add("POST", HOOK, status=429, headers={"Retry-After": "1"})
    wire.add("POST", HOOK, body=requests.ConnectTimeout())
    wire.add("POST", HOOK)
    assert told(HOOK) == []
    assert len(wire.calls) == 3


def test_nobody_waits_for_an_hour(wire: responses.RequestsMock) -> None:
    wire.add("POST", HOOK, status=429, headers={"Retry-After": "3600"})
    (failure,) = told(HOOK)
    assert "answered 429" in failure.headline
    assert len(wire.calls) == 1


@pytest.mark.parametrize(
    ("trouble", "tries"), [(requests.ConnectTimeout(HOOK), ATTEMPTS), (requests.ReadTimeout(HOOK), 1)]
)
def test_nobody_answers(wire: responses.RequestsMock, trouble: Exception, tries: int) -> None:
    wire.add("POST", HOOK, body=trouble)
    (failure,) = told(HOOK)
    assert failure.headline.startswith("The webhook at https://alerts.example cannot be reached: ")
    assert leaks(failure, TOKEN) == []
    assert len(wire.calls) == tries


def test_an_address_is_in_no_log(loopback: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """urllib3 logs the path of each request, which is the secret here; and only here it is kept from it."""
    with caplog.at_level(logging.DEBUG):
        told(loopback.url)
        assert TOKEN not in caplog.text
        requests.post(loopback.url.replace(TOKEN, "other"), data=b"x", timeout=5)
    assert "/other" in caplog.text


def test_apprise_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "apprise":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    (failure,) = told("discord://a/b")
    assert failure.headline == "The service behind discord:// takes apprise, which is not installed"
    assert failure.details == ("Install it: pip install 'pingconf[notify]'",)


def test_apprise_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    import apprise

    def bursts(*args: Any, **kwargs: Any) -> bool:
        raise RuntimeError(f"at {TOKEN}")

    monkeypatch.setattr(apprise.Apprise, "notify", bursts)
    (failure,) = told(f"json://127.0.0.1/{TOKEN}")
    assert failure.headline == "The service behind json:// did not take the message: RuntimeError"
    monkeypatch.setattr(apprise.Apprise, "notify", lambda *args, **kwargs: False)
    (failure,) = told(f"json://127.0.0.1/{TOKEN}")
    assert failure.headline == "The service behind json:// did not take the message"
    (failure,) = told(f"nobody-knows-this://{TOKEN}")
    assert failure.headline.startswith("The service behind nobody-knows-this:// is not known to apprise")
