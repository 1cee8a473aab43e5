"""What is generated from the code, or copied in the repository, is fresh."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pingconf.operations.schemas import all_schemas

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", all_schemas())
def test_each_schema_is_as_the_code_says(name: str) -> None:
    kept = json.loads((ROOT / "schemas" / name).read_text(encoding="utf-8"))
    assert kept == all_schemas()[name], "run: make schemas"


def test_no_schema_is_left_over() -> None:
    assert {path.name for path in (ROOT / "schemas").iterdir()} == set(all_schemas())


def test_the_tour_walks_the_example() -> None:
    tour = (ROOT / "pingconf" / "operations" / "tour.yaml").read_text(encoding="utf-8")
    assert tour == (ROOT / "examples" / "infisical" / "pingconf.yaml").read_text(encoding="utf-8")
