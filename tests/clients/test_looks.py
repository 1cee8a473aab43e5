"""What only `doctor` asks: the environment, a first page, the server's status, the licence, domains."""

from __future__ import annotations

from typing import Any, Final

import pytest
import requests
import responses
import urllib3

from pingconf.clients.http import Session
from pingconf.clients.infisical import Infisical
from pingconf.clients.pingone import PingOne
from pingconf.clients.pingone_errors import MissingRoleError
from pingconf.clients.retry import ATTEMPTS
from pingconf.model.errors import CredentialError, NotFoundError, ServiceError
from tests.canary import INFISICAL_TOKEN, PINGONE_ACCESS_TOKEN
from tests.clients import Waits, leaks
from tests.clients.test_infisical import API, USER
from tests.clients.test_pingone import ROOT, SETTINGS, TOKEN_URL, WORKER, grant

PEOPLE: Final = f"{ROOT}/users"
DATE: Final = {"Date": "Mon, 02 Mar 2026 09:00:00 GMT"}


@pytest.fixture
def pingone(session: Session, waits: Waits) -> PingOne:
    return PingOne(SETTINGS, session, waits.patience)


@pytest.fixture
def infisical(session: Session, waits: Waits) -> Infisical:
    return Infisical(USER, session, waits.patience)


def authorization(wire: responses.RequestsMock, number: int = 0) -> str | None:
    return wire.calls[number].request.headers.get("Authorization")


# ---- PingOne


def test_to_sign_in_is_to_get_a_token_and_no_more(session: Session, wire: responses.RequestsMock) -> None:
    wire.add("POST", TOKEN_URL, json=grant())
    worker = PingOne(WORKER, session, Waits().patience)
    worker.sign_in()
    worker.sign_in()
    assert len(wire.calls) == 1


def test_who_was_given_a_token_asks_nobody_to_sign_in(pingone: PingOne, wire: responses.RequestsMock) -> None:
    pingone.sign_in()
    assert len(wire.calls) == 0


def test_the_environment_comes_with_the_time(pingone: PingOne, wire: responses.RequestsMock) -> None:
    wire.add("GET", ROOT, json={"id": "env-1", "name": "Acme"}, headers=DATE)
    answer = pingone.environment()
    assert (answer.fields["name"], answer.headers["date"]) == ("Acme", DATE["Date"])
    assert authorization(wire) == f"Bearer {PINGONE_ACCESS_TOKEN}"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, {"code": "NOT_FOUND"}, NotFoundError),
        (403, {"code": "ACCESS_FAILED"}, MissingRoleError),
        (401, {"code": "ACCESS_FAILED", "details": [{"code": "INVALID_TOKEN"}]}, CredentialError),
        (403, {"message": "Invalid key=value pair"}, ServiceError),
    ],
)
def test_why_the_environment_is_not_shown(
    pingone: PingOne, wire: responses.RequestsMock, status: int, body: Any, error: type[Exception]
) -> None:
    wire.add("GET", ROOT, status=status, json=body)
    with pytest.raises(error) as caught:
        pingone.environment()
    assert type(caught.value) is error
    assert leaks(caught.value) == []


def page(number: int, **more: Any) -> dict[str, Any]:
    return {"_embedded": {"users": [{"id": f"u-{one}"} for one in range(number)]}, **more}


MORE: Final = {"_links": {"next": {"href": f"{PEOPLE}?cursor=x"}}}


@pytest.mark.parametrize(
    ("answer", "shown", "total"),
    [
        (page(2, count=2), 2, 2),
        (page(2), 2, 2),
        (page(0, size=0), 0, 0),
        (page(2, count=7, **MORE), 2, 7),
        (page(2, **MORE), 2, None),
        (page(2, count="many", **MORE), 2, None),
    ],
)
def test_a_first_page_is_one_request(
    pingone: PingOne, wire: responses.RequestsMock, answer: Any, shown: int, total: int | None
) -> None:
    wire.add("GET", PEOPLE, json=answer)
    found = pingone.first_page("/users", "users", {"limit": "200", "filter": "enabled eq true"})
    assert (len(found.rows), found.total) == (shown, total)
    assert str(wire.calls[0].request.url).endswith("/users?limit=200&filter=enabled+eq+true")


def test_an_answer_that_is_no_page_is_not_taken_for_nobody(
    pingone: PingOne, wire: responses.RequestsMock
) -> None:
    wire.add("GET", PEOPLE, json={"id": "u-1"})
    with pytest.raises(ServiceError, match="a list of users in an unknown form"):
        pingone.first_page("/users", "users", {})


# ---- Infisical


def test_the_status_needs_no_token_and_is_sent_none(
    infisical: Infisical, wire: responses.RequestsMock
) -> None:
    wire.add("GET", f"{API}/status", json={"message": "Ok", "emailConfigured": False}, headers=DATE)
    answer = infisical.status()
    assert (answer.fields["emailConfigured"], answer.headers["date"]) == (False, DATE["Date"])
    assert authorization(wire) is None


def test_the_licence_by_its_flags(infisical: Infisical, wire: responses.RequestsMock) -> None:
    wire.add("GET", f"{API}/v1/organizations/org-1/plan", json={"plan": {"scim": True, "groups": False}})
    assert infisical.licence() == {"scim": True, "groups": False}
    assert authorization(wire) == f"Bearer {INFISICAL_TOKEN}"


def test_the_organisation_among_ones_own(infisical: Infisical, wire: responses.RequestsMock) -> None:
    rows = [{"id": "org-0", "orgAuthMethod": ""}, {"id": "org-1", "orgAuthMethod": "oidc"}]
    wire.add("GET", f"{API}/v1/organization", json={"organizations": rows})
    wire.add("GET", f"{API}/v1/organization", json={"organizations": rows[:1]})
    assert infisical.listed_organization() == rows[1]
    assert infisical.listed_organization() == {}


def test_email_domains(infisical: Infisical, wire: responses.RequestsMock) -> None:
    row = {"id": "d-1", "domain": "acme.example", "status": "verified"}
    wire.add("GET", f"{API}/v1/email-domains", json={"emailDomains": [row]})
    assert infisical.email_domains() == [row]


def test_an_older_server_knows_no_email_domains(infisical: Infisical, wire: responses.RequestsMock) -> None:
    body = {"message": "Route GET:/api/v1/email-domains not found", "error": "Not Found", "statusCode": 404}
    wire.add("GET", f"{API}/v1/email-domains", status=404, json=body)
    with pytest.raises(ServiceError) as caught:
        infisical.email_domains()
    assert (caught.value.status, type(caught.value)) == (404, ServiceError)


@pytest.mark.parametrize(
    ("path", "method"),
    [("v1/organizations/org-1/plan", "licence"), ("v1/organization", "listed_organization")],
)
def test_an_empty_answer_is_not_taken_for_nothing(
    infisical: Infisical, wire: responses.RequestsMock, path: str, method: str
) -> None:
    wire.add("GET", f"{API}/{path}", body=b"")
    with pytest.raises(ServiceError, match=r"answered /api/v1/organization\S* without "):
        getattr(infisical, method)()


# ---- a name that nobody knows


def unresolved(by_proxy: bool) -> Exception:
    """As requests tells it: urllib3's error for a name that cannot be looked up, within its own."""
    pool = urllib3.HTTPSConnectionPool("api.pingone.eu")
    connection = urllib3.connection.HTTPSConnection("api.pingone.eu")
    inner: Exception = urllib3.exceptions.NameResolutionError("host", connection, OSError("unknown"))  # type: ignore[arg-type]
    if by_proxy:
        inner = urllib3.exceptions.ProxyError("no way", inner)
    outer = requests.exceptions.ProxyError if by_proxy else requests.exceptions.ConnectionError
    return outer(urllib3.exceptions.MaxRetryError(pool, "/thing", inner))


@pytest.mark.parametrize(
    ("by_proxy", "said"),
    [(False, "no such host is known \\(DNS\\)"), (True, "no connection could be made")],
)
def test_a_host_that_nobody_knows(session: Session, waits: Waits, by_proxy: bool, said: str) -> None:
    """Of a proxy it is not the service's name that is wrong. Nothing was sent, so all is tried again."""
    with responses.RequestsMock() as wire:
        wire.add("GET", f"{API}/status", body=unresolved(by_proxy))
        with pytest.raises(ServiceError, match=f"cannot be reached at app.infisical.com: {said}") as caught:
            Infisical(USER, session, waits.patience).status()
        assert len(wire.calls) == ATTEMPTS
    assert leaks(caught.value) == []
