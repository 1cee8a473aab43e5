"""What a look for drift came to as metrics, for the text collector of Prometheus' node exporter.

The text is both OpenMetrics and the older text format, which is what the collector reads
(github.com/prometheus/node_exporter, collector/textfile.go: expfmt.TextParser): gauges only, no time stamps,
which the collector refuses, no empty lines. That parser skips every comment but HELP and TYPE, so that the
`# EOF` at the end, which OpenMetrics demands, does it no harm as long as a line break follows
(github.com/prometheus/common, expfmt/text_parse.go, startComment).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pingconf.view.style import escape

Values = Mapping[str, float]
"""A value by the address of a resource."""


@dataclass(frozen=True, slots=True)
class Gauges:
    """What is measured: times in seconds since 1970, UTC. What nobody knows is left out, and no zero.

    `success` is whether the look came to its end, `complete` whether everything could be read.
    """

    looked_at: float
    success: bool
    complete: bool = False
    drifted: Values = field(default_factory=dict)
    token_seconds: Values = field(default_factory=dict)
    people: Values = field(default_factory=dict)
    last_sync: Values = field(default_factory=dict)
    sync_failures: Values = field(default_factory=dict)
    revision_at: float | None = None


HELP: Final = {
    "pingconf_drift_look_timestamp_seconds": "When pingconf looked for drift last.",
    "pingconf_drift_look_success": "Whether that look came to its end (1) or failed (0).",
    "pingconf_drift_look_complete": "Whether everything could be read (1), or nobody can say of all (0).",
    "pingconf_drifted_fields": "Fields of a resource that are not as the last apply left them.",
    "pingconf_scim_token_left_seconds": "Seconds until a SCIM token expires, negative after it did.",
    "pingconf_rule_people": "People in scope of a rule.",
    "pingconf_connection_last_sync_timestamp_seconds": "When PingOne provisioned by a connection last.",
    "pingconf_connection_sync_failures": "People whom PingOne could not provision or deprovision then.",
    "pingconf_revision_timestamp_seconds": "When the latest revision was made.",
}


def render_metrics(gauges: Gauges) -> str:
    """The whole text, with the line break at its end."""
    alone = {
        "pingconf_drift_look_timestamp_seconds": gauges.looked_at,
        "pingconf_drift_look_success": int(gauges.success),
        "pingconf_drift_look_complete": int(gauges.complete),
    }
    lines = [line for name, value in alone.items() for line in (*_head(name), f"{name} {_number(value)}")]
    lines += _family("pingconf_drifted_fields", gauges.drifted)
    lines += _family("pingconf_scim_token_left_seconds", gauges.token_seconds)
    lines += _family("pingconf_rule_people", gauges.people)
    lines += _family("pingconf_connection_last_sync_timestamp_seconds", gauges.last_sync)
    lines += _family("pingconf_connection_sync_failures", gauges.sync_failures)
    if gauges.revision_at is not None:
        name = "pingconf_revision_timestamp_seconds"
        lines += [*_head(name), f"{name} {_number(gauges.revision_at)}"]
    return "\n".join([*lines, "# EOF", ""])


def _family(name: str, values: Values) -> Iterable[str]:
    """One sample per address; nothing at all where there is none."""
    samples = [f'{name}{{address="{_label(key)}"}} {_number(value)}' for key, value in values.items()]
    return [*_head(name), *samples] if samples else []


def _head(name: str) -> tuple[str, str]:
    return f"# HELP {name} {HELP[name]}", f"# TYPE {name} gauge"


def _label(text: str) -> str:
    return escape(text).replace("\\", "\\\\").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.3f}"
