"""Files become one configuration, or one list of everything that is wrong with them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pingconf.config.loader import load
from pingconf.kinds import KINDS
from pingconf.model.errors import ConfigurationError, Place
from tests.config.makers import COMPLETE, CONNECTION, ENVIRON, HEAD, RULE, faults, read, told

MISTAKES = Path(__file__).parent / "mistakes_in_resources"
EXAMPLES = sorted(Path(__file__).parents[2].glob("examples/*/pingconf.yaml"))
EXAMPLE_ENVIRON = {"INFISICAL_ORGANIZATION_ID": "org-1", "PINGONE_TARGET_ENVIRONMENT_ID": "env-1"}
SECRET = "canary-9f8e7d and more"


@pytest.mark.parametrize("path", sorted(MISTAKES.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_mistake_is_told_in_its_words(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(MISTAKES)
    with pytest.raises(ConfigurationError) as caught:
        load([Path(path.name)], KINDS, variables={}, environ={**ENVIRON, "SECRET": SECRET})
    assert told(caught.value.faults) == path.with_suffix(".txt").read_text(encoding="utf-8")
    assert "9f8e7d" not in told(caught.value.faults)
    assert "correct-horse" not in told(caught.value.faults)


def test_the_mistakes_have_their_texts_and_nothing_else() -> None:
    stems = {path.stem for path in MISTAKES.glob("*.yaml")}
    assert stems == {path.stem for path in MISTAKES.glob("*.txt")}
    assert len(stems) >= 100


def test_faults_come_in_the_order_of_the_file() -> None:
    text = (MISTAKES / "many_at_once.yaml").read_text(encoding="utf-8")
    places = [fault.place for fault in faults(text)]
    assert len(places) == 15
    assert places == sorted(place for place in places if place)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_examples_are_valid(path: Path) -> None:
    configuration = load([path], KINDS, variables={}, environ=EXAMPLE_ENVIRON)
    assert configuration.desired
    assert not configuration.warnings
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=../../schemas/")


def test_the_examples_are_there() -> None:
    names = {path.parent.name for path in EXAMPLES}
    assert names == {"minimal", "infisical", "full", "two-connections", "dynamic-groups", "test-person"}


# ---- which files


def test_a_folder_is_its_yaml_files_and_no_others() -> None:
    folder = Path("set-up")
    (folder / "below").mkdir(parents=True)
    (folder / "z.yaml").mkdir()
    (folder / "b.yml").write_text("pingone:\n" + "".join(HEAD.splitlines(True)[6:]) + CONNECTION)
    (folder / "a.yaml").write_text("".join(HEAD.splitlines(True)[:5]))
    for ignored in ("below/c.yaml", ".hidden.yaml", "notes.txt"):
        (folder / ignored).write_text("not: ours\n")
    configuration = load([folder], KINDS, variables={}, environ=ENVIRON)
    assert [str(one.address) for one in configuration.desired] == [
        "infisical.scim_tokens.pingone",
        "pingone.connections.infisical",
        "pingone.revision",
    ]
    assert configuration.state == folder / ".pingconf/state.json"


def test_a_file_named_twice_counts_once() -> None:
    Path("a.yaml").write_text(COMPLETE)
    here = [Path("a.yaml"), Path(), Path("a.yaml").absolute()]
    assert load(here, KINDS, variables={}, environ=ENVIRON).desired


def test_a_missing_file_says_what_was_looked_for_and_how_to_start() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load([Path("pingconf.yaml")], KINDS, variables={}, environ={})
    (fault,) = caught.value.faults
    assert fault.headline == "No configuration file pingconf.yaml"
    assert str(Path("pingconf.yaml").absolute()) in fault.details[0]
    assert "examples/minimal/pingconf.yaml" in fault.details[1]


def test_a_folder_without_files_is_a_fault() -> None:
    Path("empty").mkdir()
    with pytest.raises(ConfigurationError, match="No configuration in empty"):
        load([Path("empty")], KINDS, variables={}, environ={})


def test_no_path_at_all_is_a_fault() -> None:
    with pytest.raises(ConfigurationError):
        load([], KINDS, variables={}, environ={})


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "loop"])
def test_a_path_nobody_can_open_is_one_fault(name: str) -> None:
    os.symlink("loop", "loop")
    with pytest.raises(ConfigurationError) as caught:
        load([Path(name)], KINDS, variables={}, environ={})
    assert len(caught.value.faults) == 1


def test_a_pipe_is_refused_and_not_waited_on() -> None:
    os.mkfifo("pipe.yaml")
    with pytest.raises(ConfigurationError, match=r"pipe\.yaml cannot be read: it is not a regular file"):
        load([Path("pipe.yaml")], KINDS, variables={}, environ={})


# ---- several files


def test_several_files_are_one_configuration() -> None:
    head, rest = HEAD, "version: 1\npingone:\n" + CONNECTION
    one = read(head, rest, "pingone:\n" + RULE, "infisical:\n  scim_tokens:\n    other: {}\n")
    whole = read(HEAD.replace("    pingone: {}\n", "    pingone: {}\n    other: {}\n") + CONNECTION + RULE)
    assert [desired.address for desired in one.desired] == [desired.address for desired in whole.desired]
    assert one.digest == whole.digest


def test_the_same_key_in_two_files_names_both_places() -> None:
    wrong = faults(
        COMPLETE, "pingone:\n  region: NA\n" + RULE, "infisical:\n  scim_tokens:\n    pingone: {}\n"
    )
    assert [(fault.headline, fault.place) for fault in wrong] == [
        ('Duplicate key "region" in pingone', Place("2.yaml", 2, 3)),
        ('Duplicate key "employees" in pingone.rules', Place("2.yaml", 4, 5)),
        ('Duplicate key "pingone" in infisical.scim_tokens', Place("3.yaml", 3, 5)),
    ]
    assert wrong[0].details == ("It was written before at 1.yaml:7:3.", "Keep one of the two.")


def test_an_empty_section_takes_nothing_from_another_file() -> None:
    assert read(COMPLETE, "pingone:\n  rules:\n", "infisical:\n").digest == read(COMPLETE).digest


def test_every_file_may_give_the_version_and_each_must_be_right() -> None:
    assert read(COMPLETE, "version: 1\n").desired
    (fault,) = faults(COMPLETE, "version: 2\n")
    assert fault.place == Place("2.yaml", 1, 10)


def test_a_broken_file_and_a_missing_one_are_told_together() -> None:
    Path("broken.yaml").write_text("a: [\n")
    with pytest.raises(ConfigurationError) as caught:
        load([Path("gone.yaml"), Path("broken.yaml")], KINDS, variables={}, environ={})
    assert len(caught.value.faults) == 2


def test_a_duplicate_key_does_not_hide_other_mistakes() -> None:
    wrong = faults(COMPLETE.replace("  region: EU\n", "  region: EU\n  region: EU\n  regoin: EU\n"))
    assert [fault.headline for fault in wrong] == [
        'Duplicate key "region"',
        'Unknown key "regoin" in pingone',
    ]


def test_a_file_is_read_beside_the_one_that_names_it() -> None:
    Path("sub").mkdir()
    Path("sub/organization").write_text("from-a-file\n")
    text = COMPLETE.replace("${ORGANIZATION}", "${file:organization}")
    Path("sub/a.yaml").write_text(text)
    configuration = load([Path("sub/a.yaml")], KINDS, variables={}, environ=ENVIRON)
    assert configuration.settings.infisical.organization_id == "from-a-file"


def test_a_var_beats_the_environment() -> None:
    settings = read(COMPLETE, variables={"ORGANIZATION": "org-2"}).settings
    assert settings.infisical.organization_id == "org-2"


# ---- the state


def test_the_state_is_beside_the_first_file_unless_told_otherwise() -> None:
    assert read(COMPLETE).state == Path(".pingconf/state.json")
    assert read(COMPLETE + "state: here/my.json\n").state == Path("here/my.json")
    assert read(COMPLETE + "state: /var/lib/pingconf/${ENVIRONMENT}.json\n").state == Path(
        "/var/lib/pingconf/env-1.json"
    )
    assert read(COMPLETE + "state:\n").state == Path(".pingconf/state.json")


@pytest.mark.parametrize(
    "state", ["s3://b/k", "file:///x", "https://x", ".", "..", "a/", "~/x", '""', "x" * 300, '"a\\tb"']
)
def test_what_is_no_local_file_is_refused(state: str) -> None:
    (fault,) = faults(COMPLETE + f"state: {state}\n")
    assert fault.headline.startswith("state ")
    assert fault.place == Place("1.yaml", 16, 8)


# ---- the digest


def test_the_digest_is_that_of_the_meaning() -> None:
    base = read(COMPLETE).digest
    spelled_out = COMPLETE.replace("user_filter: enabled", "enabled: true\n      user_filter: enabled")
    assert read("# a comment\n" + spelled_out).digest == base
    assert read(COMPLETE, environ={**ENVIRON, "PINGONE_CLIENT_SECRET": "other"}).digest == base
    assert read(COMPLETE + "state: elsewhere.json\n").digest == base
    for change in (("eq true", "eq false"), ("EU", "NA"), ("pingone: {}", "pingone: {ttl_days: 90}")):
        assert read(COMPLETE.replace(*change)).digest != base
    assert read(COMPLETE, environ={**ENVIRON, "ENVIRONMENT": "env-2"}).digest != base


def test_a_state_from_a_variable_that_is_not_set_is_told_once() -> None:
    (fault,) = faults(COMPLETE + "state: ${NOT_THERE}\n")
    assert fault.headline == "Variable NOT_THERE is not set"
