"""Both ends of the wire agree with the documents: pingconf asks for nothing else, the sandbox answers so."""

from __future__ import annotations

import pytest

from tests.wire.record import Exchange, Record
from tests.wire.samples import endpoints
from tests.wire.shapes import misfits
from tests.wire.story import live


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory, wire_record: Record) -> list[Exchange]:
    """Every request of a whole life, with its answer."""
    with wire_record.listening() as heard:
        live(tmp_path_factory.mktemp("wire"))
    return heard


def test_each_endpoint_of_the_table_is_used(exchanges: list[Exchange]) -> None:
    used = {one.endpoint.name for one in exchanges if one.endpoint and one.answer.status < 300}
    assert [one.name for one in endpoints() if one.name not in used] == []


def test_each_request_is_documented(exchanges: list[Exchange]) -> None:
    record = Record()
    for one in exchanges:
        record.note(one.request, one.answer)
    assert list(record.complaints) == []
    assert sum(record.served.values()) == len(exchanges) > 100


def test_each_answer_is_like_its_sample(exchanges: list[Exchange]) -> None:
    wrong: dict[str, None] = {}
    for one in exchanges:
        if one.endpoint is None or one.answer.status >= 300:
            continue
        assert one.answer.status == one.endpoint.status, one.endpoint.request
        found = misfits(one.endpoint.answer, one.answer.json())
        wrong |= {f"{one.endpoint.request}: {place}": None for place in found}
    assert not wrong, "\n".join(wrong)
