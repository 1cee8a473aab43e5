"""Requests to one service at one origin: authority, patience, and what an answer means."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from pingconf.clients.answer import Answer
from pingconf.clients.authority import Anonymous, Authority
from pingconf.clients.http import Call, Session, send
from pingconf.clients.line import Trouble
from pingconf.clients.retry import (
    LONGEST_WAIT,
    Attempt,
    Patience,
    asked_wait,
    may_repeat,
    persist,
    when_to_return,
)
from pingconf.model.errors import Interrupted, PingconfError, ServiceError, UnknownOutcomeError
from pingconf.model.values import Secret

log = logging.getLogger("pingconf.http")

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
        exact: bool = False,
    ) -> None:
        """`exact` gives the body of a success as bytes, for a service that keeps documents of ours."""
        self.service = service
        self.base_url = base_url.rstrip("/")
        parts = urlsplit(base_url)
        self._host = str(parts.hostname)
        self._pace = session.paces.of(service, self._host, parts.port)
        origin = f"{parts.scheme}://{parts.netloc}"
        port = {"https": 443, "http": 80}.get(parts.scheme)  # none where no resource needs the service
        self._origins = (f"{origin}/", f"{origin.removesuffix(f':{port}')}/", f"{origin}:{port}/")
        self._session = session
        self._explain = explain
        self._authority = authority or Anonymous()
        self._patience = patience or Patience(time.sleep)
        self._exact = exact

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        basic: tuple[str, Secret] | None = None,
        idempotent: bool = False,
    ) -> Answer:
        """Send one request and return its successful answer, whose body is JSON or empty.

        `idempotent` says that a POST may be sent again. Raises the error that `explain` makes of a refusal,
        UnknownOutcomeError where a write may have happened, ServiceError where the service cannot be reached
        or does not answer like an API, or asks for a long pause, CredentialError for a token that cannot be
        one, and Interrupted where it would have to wait and nobody wants to.
        """
        call = Call(
            service=self.service,
            method=method,
            url=self._url(path),
            body=body,
            query=query,
            content_type=content_type,
            basic=basic,
            bearer=self._authority.bearer() if basic is None else None,
            idempotent=idempotent or method != "POST",
            exact=self._exact,
        )
        answer = self._ask(call)
        if answer.status == 401 and basic is None and self._authority.renew(call.bearer):
            answer = self._ask(replace(call, bearer=self._authority.bearer()))
        self._check(answer, call)
        return answer

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

    def _ask(self, call: Call) -> Answer:
        """The last answer of all tries. A write that may have been done at an earlier one, and is refused at
        a later one, raises UnknownOutcomeError: the refusal says nothing of the first."""

        def once() -> Attempt:
            try:
                return self._once(call)
            except (Interrupted, ServiceError) as held_back:  # an earlier try may have been sent all the same
                return Attempt(error=held_back)

        tries = persist(once, self._patience)
        answer = tries[-1].answer
        doubtful = call.acts and any(map(_may_be_done, tries[:-1]))
        if answer is None:
            lost = self._unknown(call.what, "one try was lost, and a later one reached nobody")
            raise lost if doubtful else tries[-1].error or RuntimeError("a try without an end")
        gone = call.method == "DELETE" and answer.status == 404
        if doubtful and not (answer.success or gone):
            raise self._unknown(call.what, f"one try was lost, and a later one answered {answer.status}")
        return answer

    def _once(self, call: Call) -> Attempt:
        with self._pace.turn(call.lane, self._patience) as turn:
            began = time.monotonic()
            answer = send(self._session, call)
            took = (time.monotonic() - began) * 1000
            if isinstance(answer, Answer):
                turn.answer, turn.pause = answer, asked_wait(answer.headers, self._patience.now())
        if isinstance(answer, Trouble):
            return self._after(answer, call)
        log.info("%s %s %d %d ms", self.service, call.what, answer.status, took)
        again = (turn.pause is None or turn.pause <= LONGEST_WAIT) and may_repeat(
            call.idempotent, answer.status
        )
        return Attempt(answer, again=again, wait=turn.pause, served=self._pace.served)

    def _after(self, trouble: Trouble, call: Call) -> Attempt:
        """What to make of a request without an answer."""
        if trouble is Trouble.CERTIFICATE:
            return Attempt(error=self._unreachable(call, "its TLS certificate cannot be verified"))
        if trouble is Trouble.NO_SUCH_HOST:
            return Attempt(error=self._unreachable(call, "no such host is known (DNS)"), again=True)
        if trouble is Trouble.NOT_SENT:
            return Attempt(error=self._unreachable(call, "no connection could be made"), again=True)
        why = "the connection broke before an answer came"
        error = self._unknown(call.what, why) if call.acts else self._unreachable(call, why)
        return Attempt(error=error, again=call.idempotent)

    def _unreachable(self, call: Call, why: str) -> ServiceError:
        headline = f"{self.service} cannot be reached at {self._host}: {why}"
        return ServiceError(headline, f"Request: {call.what}")

    def _unknown(self, what: str, why: str) -> UnknownOutcomeError:
        return unknown_outcome(self.service, what, why)

    def _check(self, answer: Answer, call: Call) -> None:
        """Raise what an answer means that is no success."""
        what = call.what
        if answer.success and answer.readable:
            return
        redirect = self._redirect(answer, what) if 300 <= answer.status < 400 else None
        if call.acts and (answer.status >= 500 or answer.success or redirect):
            said = redirect or (self._explain(answer, what) if answer.readable else None)
            because = said.headline if said else "no usable body"
            unknown = self._unknown(what, f"it answered {answer.status}: {because}")
            unknown.details += redirect.details if redirect else ()
            unknown.status = answer.status
            raise unknown
        if redirect:
            raise redirect
        if not answer.readable:
            kind = answer.headers.get("content-type", "no content type").partition(";")[0]
            raise ServiceError(
                f"{self.service} did not answer like its API: {answer.status} with {kind}",
                f"Request: {what} at {self._host}. Is the address right, and no proxy in between?",
                status=answer.status,
            )
        error = self._explain(answer, what)
        now = self._patience.now()
        when = when_to_return(asked_wait(answer.headers, now), now)
        error.details += (when,) if when else ()
        raise error

    def _redirect(self, answer: Answer, what: str) -> ServiceError:
        """After a write it may well mean that it was done: the result is to be seen elsewhere."""
        return ServiceError(
            f"{self.service} redirects to another address; redirects are not followed",
            f"Request: {what}. It leads to: {_without_query(answer.headers.get('location', 'nowhere'))}",
            "Is the address in the file right?",
        )


def unknown_outcome(service: str, what: str, why: str) -> UnknownOutcomeError:
    """A write of which nobody knows whether it was done; `what` is its method and path."""
    return UnknownOutcomeError(
        f"Nobody knows whether {service} did what was asked: {why}",
        f"Request: {what}",
        "The next run looks before it acts.",
    )


def _may_be_done(attempt: Attempt) -> bool:
    """Whether the service may have acted on this try: its answer was lost, or it failed while at it."""
    if attempt.answer is not None:
        return attempt.answer.status >= 500 or 300 <= attempt.answer.status < 400
    return isinstance(attempt.error, UnknownOutcomeError)


def _without_query(address: str) -> str:
    """An address to print: what stands behind its path may be secret."""
    return address.partition("?")[0].partition("#")[0][:200]
