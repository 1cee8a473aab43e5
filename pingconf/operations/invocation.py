"""What the user asked for, and the configuration it is about; all that `validate` needs, without HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pingconf.config.loader import Begin, Configuration, load
from pingconf.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Invocation:
    """What the user gave besides the command: where to read, with which variables, and where to act."""

    files: tuple[Path, ...]
    variables: Mapping[str, str]
    environ: Mapping[str, str]
    sandbox: bool = False
    at_once: int | None = None
    """Requests in flight at most; the embedded services answer at once, so one is enough for them."""

    @property
    def folder(self) -> Path:
        """The folder of the first file, beside which everything else lies."""
        first = self.files[0]
        return first if first.is_dir() else first.parent


def read_configuration(invocation: Invocation, begin: Begin | None = None) -> Configuration:
    """The configuration alone; raises ConfigurationError with every fault in it. For `begin` see `load`."""
    environ = invocation.environ
    if invocation.sandbox:
        from pingconf.operations.embedded import embedded_environ  # costs 50 ms that others need not pay

        environ = embedded_environ(environ)
    return load(invocation.files, KINDS, variables=invocation.variables, environ=environ, begin=begin)
