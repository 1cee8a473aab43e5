"""The log: requests on stderr, a line each, in words or as JSON."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from pingconf.model.errors import UsageError
from pingconf.view.style import escape, escape_json


def set_up_logging(verbosity: int, log_format: str, *, quiet: bool = False) -> None:
    """Requests as method, path, status and milliseconds on stderr with -v; never a header or a body.

    Without -v only warnings; where `quiet`, that a service is waited for is none.
    """
    if log_format not in ("text", "json"):
        raise UsageError(f'--log-format takes text or json, not "{log_format}"')
    logger = logging.getLogger("pingconf")
    logger.handlers.clear()
    logger.propagate = not verbosity
    logger.setLevel((logging.NOTSET, logging.INFO, logging.DEBUG)[min(verbosity, 2)])
    logging.getLogger("pingconf.pace").setLevel(logging.ERROR if quiet and not verbosity else logging.NOTSET)
    if not verbosity:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if log_format == "json" else PlainLines())
    logger.addHandler(handler)


class PlainLines(logging.Formatter):
    """One line per record. No name from outside can begin a line of its own, or a command to the CI."""

    def format(self, record: logging.LogRecord) -> str:
        return escape(record.getMessage())


class JsonLines(logging.Formatter):
    """One JSON object per line, in ASCII: time in UTC, level, logger, message.

    Of an exception only its class is told: its text may hold anything.
    """

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            entry["exception"] = record.exc_info[0].__name__
        return escape_json(json.dumps(entry))
