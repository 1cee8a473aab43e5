"""Posts a message to an address that is a secret itself, as whoever has it may post there."""

from __future__ import annotations

from typing import Any

from pingconf.clients.answer import Answer
from pingconf.clients.http import Call, Session, send
from pingconf.clients.line import Trouble
from pingconf.clients.retry import LONGEST_WAIT, Attempt, Patience, asked_wait, may_repeat, persist
from pingconf.model.errors import ServiceError
from pingconf.model.values import Secret

SAID = {
    Trouble.NOT_SENT: "no connection could be made",
    Trouble.NO_SUCH_HOST: "no such host is known (DNS)",
    Trouble.CERTIFICATE: "its TLS certificate cannot be verified",
    Trouble.LOST: "the connection broke before an answer came",
}


def post(session: Session, service: str, url: Secret, body: Any, patience: Patience) -> None:
    """Send one message as JSON; any answer of 2xx is a success, whatever is in it.

    It is sent again after 429, or where nothing was sent: nobody is told twice. Raises ServiceError, which
    names `service` and nothing of the address.
    """

    def once() -> Attempt:
        return _attempt(service, send(session, _call(service, url, body)), patience)

    last = persist(once, patience)[-1]
    if last.error is not None:
        raise last.error
    if last.answer is not None and not last.answer.success:
        raise ServiceError(_refusal(service, last.answer), status=last.answer.status)


def _attempt(service: str, answer: Answer | Trouble, patience: Patience) -> Attempt:
    if isinstance(answer, Trouble):
        error = ServiceError(f"{service} cannot be reached: {SAID[answer]}")
        return Attempt(error=error, again=answer in (Trouble.NOT_SENT, Trouble.NO_SUCH_HOST))
    wait = asked_wait(answer.headers, patience.now())
    patient = wait is None or wait <= LONGEST_WAIT
    return Attempt(answer, again=patient and may_repeat(False, answer.status), wait=wait)


def _call(service: str, url: Secret, body: Any) -> Call:
    return Call(
        service=service,
        method="POST",
        url=url,
        body=body,
        query=None,
        content_type="application/json",
        basic=None,
        bearer=None,
        idempotent=False,
    )


def _refusal(service: str, answer: Answer) -> str:
    """What services say beside the status may quote the address, so it is not shown."""
    if answer.status in (401, 403, 404, 410):
        return f"{service} refused the message ({answer.status}): its address is wrong, or was withdrawn"
    if 300 <= answer.status < 400:
        return f"{service} redirects the message ({answer.status}); redirects are not followed"
    return f"{service} did not take the message: it answered {answer.status}"
