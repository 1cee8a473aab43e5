"""The table for people says what the samples say, and nothing is both used and not used."""

from __future__ import annotations

import re

import pytest

from tests.wire.samples import endpoints
from tests.wire.table import README, renewed, unused


def test_the_table_is_as_the_samples_say() -> None:
    text = README.read_text("utf-8")
    if text != renewed(text):
        pytest.fail("tests/wire/README.md is stale; write it anew: python -m tests.wire.table", pytrace=False)


def test_what_is_listed_as_not_used_is_not_used() -> None:
    listed = unused(README.read_text("utf-8"))
    assert len(listed) == len(set(listed)) > 0

    def nameless(request: str) -> str:
        return re.sub(r"\{\w+\}", "{}", request)

    used = {nameless(one.request) for one in endpoints()}
    assert [request for request in listed if nameless(request) in used] == []
