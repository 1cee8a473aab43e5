"""What cron runs, what somebody does by hand meanwhile, and what is found afterwards."""

from __future__ import annotations

from typing import Any, Final

from prometheus_client.openmetrics import parser

from pingconf.operations.embedded import read_world, save_world
from pingconf.sandbox import World
from tests.e2e.hands import CONNECTION, FIELDS, GROUP, OBJECTS, RULE, Change
from tests.e2e.makers import Ran, Stage

read_metrics: Final[Any] = parser.text_string_to_metric_families
SECRET_PATH: Final = "canary-of-the-webhook/T0A1B2"
TOKEN: Final = "infisical.scim_tokens.pingone"
CRON: Final = ("drift", "--state-file", "told.json", "--metrics", "pingconf.prom")
HANDS: Final = tuple(
    next(one for one in (*FIELDS, *OBJECTS) if (one.address, one.path) == wanted)
    for wanted in (
        (CONNECTION, "base_url"),
        (RULE, "user_filter"),
        (RULE, "mappings.givenName"),
        (GROUP, "membership_filter"),
        ("infisical.scim", "enabled"),
        (TOKEN, "id"),
    )
)


def by_hand(stage: Stage, change: Change) -> None:
    """Somebody does it in the sandbox of this folder."""
    path = stage.folder / ".pingconf" / "sandbox.json"
    world = read_world(path)
    assert isinstance(world, World)
    change.act(world)
    save_world(world, path)


def metrics(stage: Stage) -> dict[tuple[str, str], float]:
    """What the collector finds, by name and address."""
    text = (stage.folder / "pingconf.prom").read_text("utf-8")
    samples = [one for family in read_metrics(text) for one in family.samples]
    return {(one.name, one.labels.get("address", "")): one.value for one in samples}


def look(stage: Stage, expect: int) -> Ran:
    """One run of cron: it writes nothing at the services, and a whole file of metrics whatever it finds."""
    ran = stage.run(*CRON, expect=expect)
    assert stage.wire.writes == []
    success = metrics(stage)[("pingconf_drift_look_success", "")]
    assert success == (1 if expect in (0, 2) else success)
    return ran
