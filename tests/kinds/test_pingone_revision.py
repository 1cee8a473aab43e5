"""The revision: a commit, and nothing else."""

from __future__ import annotations

from typing import Any, Final

import pytest
import responses

from pingconf.clients import Services
from pingconf.kinds.pingone_revision import PingOneRevision
from pingconf.model.errors import ServiceError, UnknownOutcomeError
from tests.kinds import MARKER, NO_ID, ROOT, Stage, attributes

KIND = PingOneRevision()
REVISIONS: Final = "/propagation/revisions"


def test_it_is_made_without_a_body(embedded: Stage) -> None:
    made = KIND.create(embedded.api, {}, MARKER)
    assert embedded.sent == [("POST", REVISIONS, None)]
    assert list(embedded.world.revisions) == [made.id]


@pytest.mark.parametrize("answer", [{}, {"body": "{}"}, {"json": {"id": None}}])
def test_an_answer_without_an_id_is_looked_up(
    real: Services, wire: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    wire.add("POST", f"{ROOT}{REVISIONS}", status=201, **answer)
    wire.add("GET", f"{ROOT}{REVISIONS}/id%3Alatest", json={"id": "r-1"})
    assert KIND.create(real, {}, MARKER).id == "r-1"
    assert str(wire.calls[1].request.url).endswith("/id%3Alatest")


def test_a_lost_one_is_unknown(real: Services, wire: responses.RequestsMock) -> None:
    wire.add("POST", f"{ROOT}{REVISIONS}", status=502, body="<html>bad gateway</html>")
    with pytest.raises(UnknownOutcomeError):
        KIND.create(real, {}, MARKER)


def test_its_only_verb_is_create(embedded: Stage) -> None:
    with pytest.raises(ServiceError, match="cannot be changed"):
        KIND.update(embedded.api, NO_ID, {})
    with pytest.raises(ServiceError, match="cannot be deleted"):
        KIND.delete(embedded.api, NO_ID)
    assert KIND.list(embedded.api) == []
    assert embedded.sent == []
    assert attributes(KIND.section) == {}
