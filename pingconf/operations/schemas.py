"""Writes the JSON Schemas of file, plan and state: `python -m pingconf.operations.schemas FOLDER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pingconf.backends.schema import state_schema
from pingconf.config.schema import configuration_schema
from pingconf.kinds import KINDS
from pingconf.view.json import plan_schema


def all_schemas() -> dict[str, dict[str, Any]]:
    """Each schema by its file name."""
    return {
        "pingconf.schema.json": configuration_schema(KINDS),
        "plan.schema.json": plan_schema(),
        "state.schema.json": state_schema(),
    }


def write_schemas(folder: Path) -> None:
    """Write them all, so that a test can tell whether they are fresh."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in all_schemas().items():
        (folder / name).write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "schemas"))
