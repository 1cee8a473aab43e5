"""The one door to the network, and the one file where a Secret is revealed.

One origin per door, no redirects, no netrc, a deadline and a size cap per request. Nothing of requests leaves
this file: neither its exceptions, which carry headers, nor bodies.
"""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from pingconf.clients.answer import Answer, read_answer
from pingconf.clients.retry import LONGEST_WAIT, Patience, TryAgain, asked_wait, may_repeat, retrying
from pingconf.model.errors import CredentialError, PingconfError, ServiceError, UnknownOutcomeError
from pingconf.model.values import Secret

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 30.0
DEADLINE_SECONDS: Final = 60.0
BODY_CAP: Final = 10 * 1024 * 1024
"""Bytes of an answer after decompression."""

log = logging.getLogger("pingconf.http")


class Session(requests.Session):
    """Follows no redirect, and does not so much as read where one leads."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def open_session(adapter: requests.adapters.BaseAdapter | None = None) -> Session:
    """A session for all doors; an adapter, where given, answers every request in place of the network."""
    session = Session()
    if adapter is not None:
        session.mount("https://", adapter)
        session.mount("http://", adapter)
    return session


class Authority(Protocol):
    """Who gives the bearer token of a service and can get a fresh one."""

    def bearer(self) -> Secret | None:
        """The token to send now; None sends none."""

    def renew(self) -> bool:
        """Forget the token that was refused; false where no other can be had."""


class Anonymous:
    """Sends no token: for the requests that get one."""

    def bearer(self) -> Secret | None:
        return None

    def renew(self) -> bool:
        return False


class Given:
    """Sends one token that cannot be renewed."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def bearer(self) -> Secret | None:
        return self._token

    def renew(self) -> bool:
        return False


Explain = Callable[[Answer, str], PingconfError]
"""A service's way to say what is wrong: an answer that is no success, and `METHOD path`, to an error."""


class Door:
    """Requests to one service at one origin."""

    def __init__(
        self,
        service: str,
        base_url: str,
        session: Session,
        explain: Explain,
        *,
        authority: Authority | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.service = service
        self.base_url = base_url.rstrip("/")
        parts = urlsplit(base_url)
        self._host = str(parts.hostname)
        origin = f"{parts.scheme}://{parts.netloc}"
        port = {"https": 443, "http": 80}[parts.scheme]
        self._origins = (f"{origin}/", f"{origin.removesuffix(f':{port}')}/", f"{origin}:{port}/")
        self._session = session
        self._explain = explain
        self._authority = authority or Anonymous()
        self._patience = patience or Patience(time.sleep)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        basic: tuple[str, Secret] | None = None,
    ) -> Any:
        """Send one request and return its JSON body, None where it is empty.

        Raises the error that `explain` makes of a refusal, UnknownOutcomeError where a write may have
        happened, ServiceError where the service cannot be reached or does not answer like an API.
        """
        data = _encode(body, content_type)
        headers = {"Accept": "application/json"}
        if data is not None or method in ("POST", "PUT", "PATCH"):
            headers["Content-Type"] = content_type
        request = requests.Request(method, self._url(path), headers=headers, params=query, data=data)
        answer = self._with_patience(request, basic)
        if answer.status == 401 and basic is None and self._authority.renew():
            answer = self._with_patience(request, basic)
        return self._check(answer, method, path)

    def _url(self, path: str) -> str:
        """Links of the service, such as the next page, are followed within the origin only.

        They are compared as text up to the first slash behind the host: parsers disagree about the rest.
        """
        if path.startswith("/") and not path.startswith("//"):
            return f"{self.base_url}{path}"
        if path.startswith(self._origins):
            return path
        raise ServiceError(
            f"{self.service} sent a link to another host",
            f"The credentials are for {self._host} only; nothing was sent there.",
        )

    def _with_patience(self, request: requests.Request, basic: tuple[str, Secret] | None) -> Answer:
        try:
            for attempt in retrying(self._patience):
                with attempt:
                    return self._once(request, basic)
        except TryAgain as failure:
            if isinstance(failure.error, _Refusal):
                return failure.error.answer
            raise failure.error from None
        raise AssertionError("unreachable")

    def _once(self, request: requests.Request, basic: tuple[str, Secret] | None) -> Answer:
        request.auth = _Credentials(self.service, self._authority.bearer() if basic is None else None, basic)
        method = str(request.method)
        what = f"{method} {urlsplit(str(request.url)).path}"
        began = time.monotonic()
        try:
            answer = self._send(request)
        except requests.ConnectTimeout:
            raise TryAgain(self._unreachable(what, "it took too long to connect")) from None
        except requests.exceptions.SSLError:
            raise self._unreachable(what, "its TLS certificate cannot be verified") from None
        except requests.ConnectionError as failure:
            raise self._lost(method, what, sent=not _never_sent(failure)) from None
        except (requests.RequestException, OSError):
            raise self._lost(method, what, sent=True) from None
        log.info("%s %s %d %d ms", self.service, what, answer.status, (time.monotonic() - began) * 1000)
        if may_repeat(method, answer.status):
            wait = asked_wait(answer.headers, self._patience.now())
            if wait is None or wait <= LONGEST_WAIT:
                raise TryAgain(_Refusal(answer), wait)
        return answer

    def _send(self, request: requests.Request) -> Answer:
        prepared = self._session.prepare_request(request)
        url = str(prepared.url)
        ways: dict[str, Any] = dict(self._session.merge_environment_settings(url, {}, True, None, None))
        ways.update(stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False)
        deadline = time.monotonic() + DEADLINE_SECONDS
        with self._session.send(prepared, **ways) as response:
            body = bytearray()
            while chunk := response.raw.read1(65536, decode_content=True):
                body += chunk
                if len(body) > BODY_CAP or time.monotonic() > deadline:
                    raise requests.ConnectionError("the answer is too long or too slow")
            return read_answer(response.status_code, response.headers, bytes(body))

    def _lost(self, method: str, what: str, *, sent: bool) -> Exception:
        if not sent:
            return TryAgain(self._unreachable(what, "no connection could be made"))
        if method == "GET":
            return TryAgain(self._unreachable(what, "the connection broke before an answer came"))
        unknown = self._unknown(what, "the connection broke before an answer came")
        return unknown if method == "POST" else TryAgain(unknown)

    def _unreachable(self, what: str, why: str) -> ServiceError:
        headline = f"{self.service} cannot be reached at {self._host}: {why}"
        return ServiceError(headline, f"Request: {what}")

    def _unknown(self, what: str, why: str) -> UnknownOutcomeError:
        return UnknownOutcomeError(
            f"Nobody knows whether {self.service} did what was asked: {why}",
            f"Request: {what}",
            "The next run looks before it acts.",
        )

    def _check(self, answer: Answer, method: str, path: str) -> Any:
        what = f"{method} {urlsplit(path).path}"
        if 300 <= answer.status < 400:
            raise ServiceError(
                f"{self.service} redirects to another address; redirects are not followed",
                f"Request: {what}. It leads to: {answer.headers.get('location', 'nowhere')[:200]}",
                "Is the address in the file right?",
            )
        if answer.success and answer.readable:
            return answer.data
        if method == "POST" and (answer.status >= 500 or answer.success):
            said = self._explain(answer, what).headline if answer.readable else "no usable body"
            raise self._unknown(what, f"it answered {answer.status}: {said}")
        if not answer.readable:
            kind = answer.headers.get("content-type", "no content type").partition(";")[0]
            raise ServiceError(
                f"{self.service} did not answer like its API: {answer.status} with {kind}",
                f"Request: {what} at {self._host}. Is the address right, and no proxy in between?",
                status=answer.status,
            )
        raise self._explain(answer, what)


class _Refusal(Exception):
    """An answer that may be better next time."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.status))
        self.answer = answer


class _Credentials(AuthBase):
    """Sets the Authorization header. Being given at all, it also keeps requests from reading .netrc."""

    def __init__(self, service: str, bearer: Secret | None, basic: tuple[str, Secret] | None) -> None:
        self._service = service
        self._bearer = bearer
        self._basic = basic

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._basic is not None:
            name, secret = self._basic
            pair = f"{name}:{secret.reveal()}".encode()
            request.headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        elif self._bearer is not None:
            text = self._bearer.reveal()
            if not (text.isascii() and text.isprintable() and " " not in text):
                raise CredentialError(
                    f"The token for {self._service} holds a blank, a line break or the like",
                    "A token read from a file often ends in a line break; give the token alone.",
                )
            request.headers["Authorization"] = "Bearer " + text
        return request


def _encode(body: Any, content_type: str) -> Any:
    if body is None:
        return None
    if content_type == "application/x-www-form-urlencoded":
        return {name: _reveal(value) for name, value in body.items()}
    return json.dumps(body, default=_reveal).encode()


def _reveal(value: Any) -> Any:
    return value.reveal() if isinstance(value, Secret) else value


def _never_sent(failure: requests.ConnectionError) -> bool:
    """Whether the connection was never made: refused, or the name is unknown."""
    reason = getattr(failure.args[0], "reason", None) if failure.args else None
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def jwt_claims(token: Secret) -> Mapping[str, Any]:
    """The payload of a JWT, unverified; empty where the token is none. Claims are not secret."""
    parts = token.reveal().split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
