"""The JSON Schema of the file says what the loader does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from pingconf.config.schema import configuration_schema
from pingconf.kinds import KINDS

EXAMPLES = sorted(Path(__file__).parents[2].glob("examples/*/pingconf.yaml"))
MISTAKES = Path(__file__).parent / "mistakes_in_resources"
SCHEMA = configuration_schema(KINDS)
BY_SCHEMA_TOO = """\
attribute_below_misspelt attribute_below_missing attribute_misspelt attribute_missing attribute_unknown
attribute_without_its_mapping choice_unknown flag_is_a_mapping flag_number guardrail_unknown guardrail_wrong
guardrails_is_text half_is_a_list half_is_text
half_key_misspelt half_key_of_the_other_half list_is_text list_with_a_mapping mapping_expression_is_a_list
mapping_expression_misspelt mapping_is_a_list mappings_empty name_too_long name_with_a_capital
name_with_a_variable name_with_blanks number_as_float number_is_a_list number_is_text number_negative
number_too_large region_small region_unknown resource_is_a_list resource_is_text secret_beside_a_reference
secret_in_the_file secret_is_a_mapping secret_with_a_default section_is_a_list section_misspelt
section_nobody_writes single_is_text state_is_a_list text_is_a_mapping text_too_long top_key_misspelt
version_a_mapping version_missing version_quoted_words version_unknown"""


def wrong(text: str) -> list[str]:
    return [error.json_path for error in Draft202012Validator(SCHEMA).iter_errors(yaml.safe_load(text))]


def test_it_is_a_schema_of_its_dialect() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"]
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_examples_fulfil_it(path: Path) -> None:
    assert wrong(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", BY_SCHEMA_TOO.split())
def test_an_editor_sees_the_mistake_too(name: str) -> None:
    assert wrong((MISTAKES / f"{name}.yaml").read_text(encoding="utf-8"))


def test_numbers_flags_and_choices_may_be_references() -> None:
    text = (
        "version: 1\ninfisical:\n  scim: {enabled: '${ON}'}\n  scim_tokens: {t: {ttl_days: '${DAYS:-90}'}}\n"
    )
    assert wrong(text + "pingone: {region: '${REGION}'}\n") == []
    assert wrong(text.replace("${ON}", "on")) == ["$.infisical.scim.enabled"]


def test_a_resource_that_needs_nothing_may_be_empty_and_another_may_not() -> None:
    assert wrong("version: 1\ninfisical: {scim_tokens: {pingone: }}\npingone: {groups: {staff: }}\n") == []
    assert wrong("version: 1\npingone: {rules: {employees: }}\n")


def test_credentials_are_references_without_a_default() -> None:
    for good in ("${TOKEN}", "${file:/run/secrets/x}"):
        assert wrong(f"version: 1\ninfisical: {{token: '{good}'}}\n") == []
    for bad in ("secret", "${TOKEN:-secret}", "Bearer ${TOKEN}"):
        assert wrong(f"version: 1\ninfisical: {{token: '{bad}'}}\n") == ["$.infisical.token"]


def test_every_kind_somebody_writes_is_in_it_with_every_attribute() -> None:
    for section, kind in KINDS.items():
        half, _, name = section.partition(".")
        properties = SCHEMA["properties"][half]["properties"]
        assert (name in properties) is not bool(kind.implied_by)
        if not kind.implied_by:
            definition = SCHEMA["$defs"][kind.spec.__name__]
            assert set(definition["properties"]) == set(kind.spec.model_fields)
            assert definition["title"]
            assert definition["description"]


def test_it_keeps_the_defaults_and_allows_no_unknown_key() -> None:
    found: dict[str, Any] = SCHEMA["$defs"]["ConnectionSpec"]["properties"]
    assert found["users_resource"]["default"] == "/Users"
    assert found["enabled"]["default"] is True
    objects = [
        SCHEMA,
        *SCHEMA["$defs"].values(),
        *(SCHEMA["properties"][half] for half in ("infisical", "pingone")),
    ]
    assert all(one["additionalProperties"] is False for one in objects)
    bounds = SCHEMA["$defs"]["ScimTokenSpec"]["properties"]["ttl_days"]["anyOf"][0]
    assert (bounds["minimum"], bounds["maximum"]) == (0, 730)
