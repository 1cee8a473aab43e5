"""Builds configurations for the tests of this room."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pingconf.config.loader import Configuration, load
from pingconf.kinds import KINDS
from pingconf.model.errors import ConfigurationError, Fault

ENVIRON = {"ORGANIZATION": "org-1", "ENVIRONMENT": "env-1"}
HEAD = """\
version: 1
infisical:
  organization_id: ${ORGANIZATION}
  scim_tokens:
    pingone: {}
pingone:
  region: EU
  environment_id: ${ENVIRONMENT}
"""
CONNECTION = """\
  connections:
    infisical:
      auth: {token: pingone}
"""
RULE = """\
  rules:
    employees:
      connection: infisical
      user_filter: enabled eq true
"""
COMPLETE = HEAD + CONNECTION + RULE


def read(
    *texts: str, environ: Mapping[str, str] = ENVIRON, variables: Mapping[str, str] | None = None
) -> Configuration:
    """Write each text to a file of its own (1.yaml, 2.yaml, …) in the working folder, and load them all."""
    paths = [Path(f"{number}.yaml") for number in range(1, len(texts) + 1)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return load(paths, KINDS, variables=variables or {}, environ=environ)


def faults(*texts: str, environ: Mapping[str, str] = ENVIRON) -> tuple[Fault, ...]:
    """What is wrong with the texts, which must be something."""
    try:
        read(*texts, environ=environ)
    except ConfigurationError as error:
        return error.faults
    raise AssertionError("the configuration was taken for a valid one")


def told(wrong: tuple[Fault, ...]) -> str:
    """The faults as text."""
    lines = []
    for fault in wrong:
        lines.append(f"Error: {fault.headline}")
        lines += [f"  at {fault.place}"] if fault.place else []
        lines += [f"  {line}" for line in fault.details]
    return "".join(f"{line}\n" for line in lines)
