"""The samples are whole, the client understands each, and each schema refuses what is not documented."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses

from pingconf.clients import Services
from pingconf.clients.answer import Answer
from pingconf.clients.http import FORM, open_session
from pingconf.clients.infisical import Infisical
from pingconf.clients.pingone import PingOne
from pingconf.clients.retry import Patience
from pingconf.kinds import KINDS
from pingconf.model.settings import InfisicalSettings, PingOneSettings
from pingconf.model.values import Secret
from pingconf.sandbox import Request
from tests.kinds import CONNECTION
from tests.wire.record import in_body, undocumented
from tests.wire.samples import JSON, MARKS, SECRET, Endpoint, endpoints, find, named, refusals

SITE: Final = "https://app.infisical.com"
ENVIRONMENT: Final = "5a4d0000-e000-4000-8000-000000000001"
PINGONE: Final = PingOneSettings(
    "https://api.pingone.eu/v1",
    "https://auth.pingone.eu",
    ENVIRONMENT,
    ENVIRONMENT,
    client_id="composed-client-id",
    client_secret=Secret("composed-client-secret"),
)
NOBODY: Final = InfisicalSettings(SITE, SITE, "5a4d0000-0000-4000-8000-000000000002")
CALLERS: Final = {
    "token": replace(NOBODY, token=Secret("composed-user-token")),
    "person": replace(NOBODY, email="admin@acme.example", password=Secret("composed-password")),
    "identity": replace(
        NOBODY, client_id="composed-client-id", client_secret=Secret("composed-client-secret")
    ),
}
ANY_URL: Final = re.compile("https://")
PATIENCE: Final = Patience(lambda seconds: None)
UNKNOWN: Final = next(one for one in refusals() if one["name"] == "Infisical, unknown route")

each_endpoint = pytest.mark.parametrize("endpoint", endpoints(), ids=lambda endpoint: endpoint.name)
each_body = pytest.mark.parametrize(
    "endpoint", [one for one in endpoints() if one.body], ids=lambda endpoint: endpoint.name
)


@dataclass
class Asked:
    """What both services are asked, which answer with the samples; one path may be unknown to them."""

    requests: list[Request] = field(default_factory=list)
    unknown: str = ""


@pytest.fixture
def asked() -> Iterator[Asked]:
    received = Asked()

    def answer(prepared: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        url = urlsplit(str(prepared.url))
        body = prepared.body or b""
        headers = {name.lower(): str(value) for name, value in prepared.headers.items()}
        sent = body if isinstance(body, bytes) else str(body).encode()
        received.requests.append(Request(str(prepared.method), url.path, url.query, headers, sent))
        if url.path == received.unknown:
            return UNKNOWN["status"], {"Content-Type": JSON}, json.dumps(UNKNOWN["answer"])
        endpoint = find(str(prepared.method), url.path)
        assert endpoint, f"{prepared.method} {url.path} has no sample"
        answered = endpoint.answered
        if "cursor=" in url.query:  # that of the second and last page
            del answered["_links"]["next"]
        content = "" if answered is None else json.dumps(answered)
        return endpoint.status, {"Content-Type": JSON}, content

    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            wire.add_callback(method, ANY_URL, callback=answer)
        yield received


def services(caller: str = "token") -> Services:
    session = open_session()
    return Services(PingOne(PINGONE, session, PATIENCE), Infisical(CALLERS[caller], session, PATIENCE))


# ---- the client understands the answer


@each_endpoint
def test_the_client_understands_the_answer(endpoint: Endpoint, asked: Asked) -> None:
    called = named(endpoint.like) if endpoint.like else endpoint
    asked.unknown = endpoint.without
    returned = attrgetter(called.call[0])(services(endpoint.caller))(*hidden(called.call[1:]))
    assert shown(returned) == called.gives
    requests = [one for one in asked.requests if find(one.method, one.path) is endpoint]
    assert requests
    for one in requests:
        assert [*undocumented(endpoint, one), *in_body(endpoint, one, b"")] == []
        assert endpoint.sends is None or content(one) == endpoint.sends


def content(request: Request) -> Any:
    """The body, which is JSON or a form."""
    form = request.headers["content-type"] == FORM
    return dict(parse_qsl(request.body.decode())) if form else json.loads(request.body)


def hidden(value: Any) -> Any:
    """Every text that is marked as one, as a Secret."""
    if isinstance(value, str):
        return Secret(value) if value.startswith(SECRET) else value
    if isinstance(value, list | tuple):
        return [hidden(one) for one in value]
    return {name: hidden(one) for name, one in value.items()} if isinstance(value, dict) else value


def shown(value: Any) -> Any:
    """Every Secret as the text it is, tuples as lists, and of a whole answer its body."""
    if isinstance(value, Answer):
        return shown(value.data)
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, list | tuple):
        return [shown(one) for one in value]
    return {name: shown(one) for name, one in value.items()} if isinstance(value, dict) else value


PERSON: Final = {
    "username": "amara.okafor",
    "email": "amara.okafor@acme.example",
    "given_name": "Amara",
    "family_name": "Okafor",
    "population": "Default",
    "enabled": True,
}
SEEN: Final[dict[str, list[dict[str, Any]]]] = {
    "infisical.scim": [{"enabled": True}],
    "infisical.scim_tokens": [{"description": "PingOne", "ttl_days": 365}],
    "infisical.group_roles": [{"roles": {"Engineering": "member", "All Staff": "auditor"}}],
    "pingone.directory": [{}],
    "pingone.connections": [
        {**CONNECTION, "description": "SCIM provisioning into Infisical"},
    ],
    "pingone.users": [PERSON, PERSON],  # one on each page
    "pingone.groups": [
        {
            "name": "Engineering",
            "description": "Everyone who ships",
            "membership_filter": 'title co "Engineer"',
            "population": "Default",
        }
    ],
    "pingone.plan": [{"enabled": True}],
    "pingone.rules": [
        {
            "name": "Employees to Infisical",
            "connection": "5a4d0002-0000-4000-8000-000000000001",
            "user_filter": "enabled eq true",
            "groups": ["5a4d0006-0000-4000-8000-000000000001"],
            "enabled": True,
            "mappings": {
                "userName": "username",
                "displayName": {"expression": 'user.name.given + " " + user.name.family'},
            },
        }
    ],
    "pingone.revision": [{}],
}
"""What each kind makes of the samples, as the file would say it."""


@pytest.mark.usefixtures("asked")
def test_each_kind_sees_the_samples_as_the_file_would_say_it() -> None:
    api = services()
    seen = {
        section: [dict(kind.complete(api, one).attributes) for one in kind.list(api)]
        for section, kind in KINDS.items()
    }
    assert seen == SEEN


# ---- the schemas


@each_body
def test_what_pingconf_sends_is_documented(endpoint: Endpoint) -> None:
    assert [error.message for error in endpoint.validator.iter_errors(endpoint.sends)] == []


@each_body
def test_an_undocumented_field_is_refused_wherever_it_stands(endpoint: Endpoint) -> None:
    spoiled = list(one_field_more(endpoint.sends, endpoint.body))
    assert spoiled
    assert [one for one in spoiled if endpoint.validator.is_valid(one)] == []


def one_field_more(value: Any, schema: Any) -> Iterator[Any]:
    """The value with an unknown field in each of its objects, one at a time; customData may hold anything."""
    if isinstance(value, dict) and "properties" in schema:
        yield {**value, "surprise": 1}
        for name, inner in value.items():
            for spoiled in one_field_more(inner, schema["properties"][name]):
                yield {**value, name: spoiled}
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            for spoiled in one_field_more(inner, schema["items"]):
                yield [*value[:number], spoiled, *value[number + 1 :]]


@each_body
def test_a_value_of_another_type_is_refused(endpoint: Endpoint) -> None:
    for name in endpoint.sends:
        assert not endpoint.validator.is_valid({**endpoint.sends, name: [1]}), name


@each_body
def test_every_object_is_closed(endpoint: Endpoint) -> None:
    endpoint.validator.check_schema(endpoint.body)
    assert [one for one in objects(endpoint.body) if one.get("additionalProperties") is not False] == []


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every part of a schema that says which fields an object has, those that are conditions aside."""
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        for name, inner in schema.items():
            if name != "if":
                yield from objects(inner)


# ---- the files


def test_each_endpoint_has_a_name_and_a_path_of_its_own() -> None:
    for counted in (Counter(one.name for one in endpoints()), Counter(one.request for one in endpoints())):
        assert [text for text, times in counted.items() if times > 1] == []


@each_endpoint
def test_each_endpoint_says_how_sure_it_is(endpoint: Endpoint) -> None:
    assert set(endpoint.mark.partition(";")[0].split()) <= MARKS
    assert bool(endpoint.call) is not bool(endpoint.like)
    assert (endpoint.body is None) is (endpoint.sends is None)
