"""A saved plan reads back exactly as it was, or is refused: every byte of it counts."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from pingconf.backends import plan_file
from pingconf.backends.plan_file import Bond, load, save
from pingconf.backends.shape import digest
from pingconf.model.errors import PingconfError, StalePlanError, StateError
from pingconf.model.plan import Plan
from pingconf.model.state import CommitDue, Moved
from pingconf.model.values import UNKNOWN, Reference, Secret
from tests.canary import SCIM_TOKEN
from tests.engine import (
    CONNECTION,
    GROUP,
    RULE,
    TOKEN,
    connection,
    empty_scene,
    group,
    rule,
    settled_scene,
    stray_token,
)

BOND = Bond("sha256:state", "config", "environment/organisation")


def plans() -> dict[str, Plan]:
    removal = settled_scene()
    removal.desired = {}
    drifted = settled_scene().show(RULE, enabled=False, groups=[]).lose(GROUP)
    drifted.others["infisical.scim_tokens"] = [stray_token("lost-1")]
    odd = rule(mappings={"$reference": "username", "$$x": {"expression": "a"}, "workEmail": "email"})
    return {
        "first": empty_scene().plan(),
        "nothing": settled_scene().plan(),
        "rotation": settled_scene().plan(replace={TOKEN: "asked for"}),
        "change": settled_scene().want(connection(description="ü")).want(group(description="")).plan(),
        "removal": removal.plan(),
        "deprovision": removal.plan(deprovision=True),
        "drift": drifted.plan(),
        "keys with a dollar": settled_scene().want(odd).plan(),
        "learnt": Plan("l", 1, learnt=(Moved(RULE, RULE), CommitDue(False)), left_out=(RULE,), revision="r"),
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "saved.plan"


@pytest.mark.parametrize("name", plans())
@pytest.mark.parametrize("destroy", [True, False])
def test_it_reads_back_as_it_was(path: Path, name: str, destroy: bool) -> None:
    plan = plans()[name]
    save(plan, BOND, path, destroy=destroy)
    read = load(path)
    assert read.plan == plan
    assert (read.bond, read.destroy) == (BOND, destroy)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_each_has_an_id_of_its_own(path: Path) -> None:
    ids = set()
    for _ in range(3):
        save(plans()["first"], BOND, path, destroy=False)
        ids.add(load(path).id)
    assert len(ids) == 3


def test_any_byte_changed_is_refused(path: Path) -> None:
    save(plans()["change"], BOND, path, destroy=False)
    data = path.read_bytes()
    refused = 0
    for place in range(len(data)):
        changed = data[place] ^ 1 << place % 8
        path.write_bytes(data[:place] + bytes([changed]) + data[place + 1 :])
        with pytest.raises(StalePlanError) as caught:
            load(path)
        assert caught.value.exit_code == 4
        refused += 1
    sys.stdout.write(f"{refused} of {len(data)} changed bytes of a plan refused\n")
    assert refused == len(data) > 1000


def test_any_length_but_its_own_is_refused(path: Path) -> None:
    save(plans()["first"], BOND, path, destroy=False)
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(StalePlanError):
            load(path)
    for more in (b"\n", b" ", b"{}", b"\x00"):
        path.write_bytes(data + more)
        with pytest.raises(StalePlanError):
            load(path)


def test_the_same_words_in_another_order_are_refused(path: Path) -> None:
    """The digest alone would take them."""
    save(plans()["first"], BOND, path, destroy=False)
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
    with pytest.raises(StalePlanError, match="was changed after it was written"):
        load(path)


def rewritten(path: Path, **changes: Any) -> None:
    """By somebody who knows how a digest is made."""
    document = {**json.loads(path.read_text()), **changes}
    del document["digest"]
    path.write_bytes(plan_file._encode(document))
    assert json.loads(path.read_text())["digest"] == digest(document)


@pytest.mark.parametrize("version", ["1.0.0", "0.2.0", "0.9.3", "9.0"])
def test_another_line_of_versions_is_refused(path: Path, version: str) -> None:
    save(plans()["first"], BOND, path, destroy=False)
    rewritten(path, pingconf_version=version)
    with pytest.raises(StalePlanError) as caught:
        load(path)
    assert f"was written by pingconf {version}, and this is 0.1.0" in caught.value.headline


def test_a_patch_of_the_same_line_is_taken(path: Path) -> None:
    save(plans()["first"], BOND, path, destroy=False)
    rewritten(path, pingconf_version="0.1.7")
    assert load(path).plan == plans()["first"]


@pytest.mark.parametrize(
    ("name", "value"), [("id", 7), ("plan", {}), ("destroy", "no"), ("more", 1), ("target", None)]
)
def test_what_has_another_shape_is_refused(path: Path, name: str, value: Any) -> None:
    save(plans()["first"], BOND, path, destroy=False)
    rewritten(path, **{name: value})
    with pytest.raises(StalePlanError, match="has the wrong shape"):
        load(path)


@pytest.mark.parametrize("data", [b"", b"x", b"[]", b"{}", b"null", b"[" * 99999, b"\xff\xfe", b"NaN"])
def test_what_is_no_plan_is_refused(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(StalePlanError):
        load(path)


def test_a_plan_that_is_not_there(path: Path) -> None:
    with pytest.raises(PingconfError) as caught:
        load(path)
    assert (caught.value.exit_code, caught.value.headline) == (1, f"There is no saved plan at {path}")


def test_no_link_is_followed(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    for act in (lambda: save(plans()["first"], BOND, path, destroy=False), lambda: load(path)):
        with pytest.raises(StateError, match="symbolic link"):
            act()
    assert not (tmp_path / "elsewhere").exists()


def test_a_secret_is_a_bug_and_is_not_written(path: Path) -> None:
    auth = {"method": "oauth2_bearer_token", "header": "Bearer", "token": Secret(SCIM_TOKEN)}
    wanted = connection(auth=auth, description="new")
    with pytest.raises(TypeError):
        save(settled_scene().want(wanted).plan(), BOND, path, destroy=False)
    assert not path.exists()


def test_references_and_the_unknown_survive(path: Path) -> None:
    plan = plans()["first"]
    save(plan, BOND, path, destroy=False)
    read = load(path).plan
    made = next(step for step in read.steps if step.key == f"create {CONNECTION}")
    assert made.desired is not None
    assert made.desired.attributes["auth"]["token"] == Reference(TOKEN, "secret")
    assert any(one.after is UNKNOWN for change in read.changes for one in change.differences)
