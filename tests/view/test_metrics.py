"""Metrics, as both parsers of Prometheus' text read them."""

from __future__ import annotations

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from pingconf.view.metrics import HELP, Gauges, render_metrics
from tests.view.hostile import HOSTILE

RULE = "pingone.rules.employees"
FULL = Gauges(
    looked_at=1_795_667_582.366,
    success=True,
    complete=False,
    drifted={RULE: 2, "pingone.plan": 0},
    token_seconds={"infisical.scim_tokens.pingone": -3.5},
    people={RULE: 36},
    last_sync={"pingone.connections.infisical": 1_795_667_584.0},
    sync_failures={"pingone.connections.infisical": 1},
    revision_at=1_795_667_584.55,
)
Samples = dict[tuple[str, str], float]


def samples(text: str) -> Samples:
    """By name and address: the same by both parsers, of types that the collector knows, without times."""
    found: list[Samples] = []
    for read in (read_openmetrics, read_text):
        families = list(read(text))
        assert {family.type for family in families} == {"gauge"}
        assert all(family.documentation == HELP[family.name] for family in families)
        rows = [sample for family in families for sample in family.samples]
        assert all(sample.timestamp is None for sample in rows)
        found.append({(one.name, one.labels.get("address", "")): one.value for one in rows})
    assert found[0] == found[1]
    return found[0]


def test_all_of_it() -> None:
    assert samples(render_metrics(FULL)) == {
        ("pingconf_drift_look_timestamp_seconds", ""): 1_795_667_582.366,
        ("pingconf_drift_look_success", ""): 1,
        ("pingconf_drift_look_complete", ""): 0,
        ("pingconf_drifted_fields", RULE): 2,
        ("pingconf_drifted_fields", "pingone.plan"): 0,
        ("pingconf_scim_token_left_seconds", "infisical.scim_tokens.pingone"): -3.5,
        ("pingconf_rule_people", RULE): 36,
        ("pingconf_connection_last_sync_timestamp_seconds", "pingone.connections.infisical"): 1_795_667_584,
        ("pingconf_connection_sync_failures", "pingone.connections.infisical"): 1,
        ("pingconf_revision_timestamp_seconds", ""): 1_795_667_584.55,
    }


def test_a_look_that_failed_says_that_alone() -> None:
    assert samples(render_metrics(Gauges(looked_at=5, success=False))) == {
        ("pingconf_drift_look_timestamp_seconds", ""): 5,
        ("pingconf_drift_look_success", ""): 0,
        ("pingconf_drift_look_complete", ""): 0,
    }


def test_what_the_collector_demands() -> None:
    """One line break at the very end, behind `# EOF` too, and no empty line."""
    text = render_metrics(FULL)
    assert text.endswith("\n# EOF\n")
    assert "" not in text.splitlines()


def test_no_address_breaks_the_text() -> None:
    """Addresses of the state are not the user's alone."""
    found = samples(render_metrics(Gauges(1, True, drifted=dict.fromkeys(HOSTILE, 1))))
    assert len(found) == 3 + len(HOSTILE)
