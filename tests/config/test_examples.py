"""The full example shows every key the schema knows, written or as a comment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def keys_of(schema: Any) -> Iterator[str]:
    """Every property name anywhere in a schema."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from keys_of(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from keys_of(part)


def test_the_full_example_has_every_key() -> None:
    schema = json.loads((ROOT / "schemas/pingconf.schema.json").read_text(encoding="utf-8"))
    text = (ROOT / "examples/full/pingconf.yaml").read_text(encoding="utf-8")
    known = set(keys_of(schema))
    assert len(known) > 40
    written = set(re.findall(r"(?:^[ #-]*|[{,] ?)([a-zA-Z_]+):", text, re.MULTILINE))
    missing = known - written
    assert missing == set()
