"""Where the services are and as whom to speak to them: the file first, then the environment."""

from __future__ import annotations

import pickle

import pytest

from pingconf.config.urls import infisical_url, is_loopback, pingone_api_url, service_url
from pingconf.model.errors import ConfigurationError, Place
from pingconf.model.settings import REGIONS, Settings
from tests import canary
from tests.config.makers import ENVIRON, faults, read, told

NO_PINGONE = "version: 1\ninfisical:\n  organization_id: org-1\n"
NO_INFISICAL = "version: 1\npingone:\n  groups: {staff: {}}\n"


def settings(text: str, **environ: str) -> Settings:
    return read(text, environ=environ).settings


# ---- Infisical


def test_the_address_of_infisical_comes_from_the_file_then_the_environment_then_is_the_cloud() -> None:
    environ = {"INFISICAL_HOST": "https://host.example"}
    assert settings("version: 1\n").infisical.url == "https://app.infisical.com"
    assert settings("version: 1\n", **environ).infisical.url == "https://host.example"
    environ["INFISICAL_API_URL"] = "https://api.example/api"
    assert settings("version: 1\n", **environ).infisical.url == "https://api.example"
    environ["INFISICAL_DOMAIN"] = "https://domain.example/"
    assert settings("version: 1\n", **environ).infisical.url == "https://domain.example"
    text = "version: 1\ninfisical:\n  url: https://file.example/api/\n"
    assert settings(text, **environ).infisical.url == "https://file.example"


def test_pingone_reaches_infisical_at_the_same_address_unless_told_otherwise() -> None:
    text = "version: 1\ninfisical:\n  url: http://localhost:8080/infisical\n"
    assert settings(text).infisical.public_url == "http://localhost:8080/infisical"
    text += "  public_url: https://id.example/infisical/api\n"
    assert settings(text).infisical.public_url == "https://id.example/infisical"
    assert settings(text).infisical.url == "http://localhost:8080/infisical"


def test_the_organisation_may_come_from_the_environment() -> None:
    text = "version: 1\ninfisical:\n  scim: {enabled: true}\n"
    found = settings(text, INFISICAL_ORGANIZATION_ID="from-environ")
    assert found.infisical.organization_id == "from-environ"
    assert settings(NO_PINGONE, INFISICAL_ORGANIZATION_ID="other").infisical.organization_id == "org-1"


# ---- PingOne


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_is_two_addresses(region: str) -> None:
    expected = (f"https://api.pingone.{REGIONS[region]}/v1", f"https://auth.pingone.{REGIONS[region]}")
    text = f"version: 1\npingone:\n  region: {region}\n"
    sources = [
        settings(text, PINGONE_REGION_CODE="NA"),
        settings("version: 1\n", PINGONE_REGION_CODE=region, PINGONE_ROOT_DOMAIN="pingone.com"),
        settings("version: 1\n", PINGONE_ROOT_DOMAIN=f"pingone.{REGIONS[region]}"),
    ]
    assert {(one.pingone.api_url, one.pingone.auth_url) for one in sources} == {expected}


def test_both_addresses_stand_for_a_region() -> None:
    text = (
        "version: 1\npingone:\n  api_url: http://127.0.0.1:9000/p1\n  auth_url: http://127.0.0.1:9000/auth/\n"
    )
    found = settings(text, PINGONE_REGION_CODE="NA").pingone
    assert (found.api_url, found.auth_url) == ("http://127.0.0.1:9000/p1/v1", "http://127.0.0.1:9000/auth")


def test_the_environment_of_the_worker_may_be_another() -> None:
    text = "version: 1\npingone:\n  region: EU\n  environment_id: managed\n"
    assert settings(text).pingone.auth_environment_id == "managed"
    found = settings(text, PINGONE_ENVIRONMENT_ID="worker").pingone
    assert (found.environment_id, found.auth_environment_id) == ("managed", "worker")
    found = settings(text + "  auth_environment_id: home\n", PINGONE_ENVIRONMENT_ID="worker").pingone
    assert found.auth_environment_id == "home"
    found = settings("version: 1\n", PINGONE_ENVIRONMENT_ID="both").pingone
    assert (found.environment_id, found.auth_environment_id) == ("both", "both")


def test_what_no_resource_needs_may_be_missing() -> None:
    found = settings("version: 1\n")
    assert (found.pingone.api_url, found.pingone.environment_id) == ("", "")
    assert found.infisical.organization_id == ""


def test_what_is_missing_is_told_with_the_variables_that_could_give_it() -> None:
    text = told(faults(NO_INFISICAL, environ={}))
    for name in ("PINGONE_REGION_CODE", "PINGONE_ROOT_DOMAIN", "PINGONE_ENVIRONMENT_ID"):
        assert name in text
    assert "INFISICAL" not in text


# ---- credentials

CREDENTIALS = {
    "PINGONE_CLIENT_ID": ("pingone", "client_id", "worker"),
    "PINGONE_CLIENT_SECRET": ("pingone", "client_secret", canary.PINGONE_CLIENT_SECRET),
    "PINGONE_API_ACCESS_TOKEN": ("pingone", "access_token", canary.PINGONE_ACCESS_TOKEN),
    "INFISICAL_TOKEN": ("infisical", "token", canary.INFISICAL_TOKEN),
    "INFISICAL_EMAIL": ("infisical", "email", "admin@acme.example"),
    "INFISICAL_PASSWORD": ("infisical", "password", canary.INFISICAL_PASSWORD),
    "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": ("infisical", "client_id", "machine"),
    "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": ("infisical", "client_secret", canary.INFISICAL_CLIENT_SECRET),
}


def plain(value: object) -> object:
    return value.reveal() if hasattr(value, "reveal") else value


@pytest.mark.parametrize("variable", CREDENTIALS)
def test_credentials_come_from_the_environment_and_the_file_beats_it(variable: str) -> None:
    half, key, value = CREDENTIALS[variable]
    found = settings("version: 1\n", **{variable: value})
    assert plain(getattr(getattr(found, half), key)) == value
    assert value not in repr(found) or "_ID" in variable or "EMAIL" in variable
    text = f"version: 1\n{half}:\n  {key}: ${{MINE}}\n"
    found = settings(text, MINE=value, **{variable: "from the environment"})
    assert plain(getattr(getattr(found, half), key)) == value


def test_no_credential_is_no_fault_and_an_empty_one_is_none() -> None:
    found = settings("version: 1\n", **dict.fromkeys(CREDENTIALS, ""))
    for half, key, _ in CREDENTIALS.values():
        assert getattr(getattr(found, half), key) is None


@pytest.mark.parametrize("value", ["\n", "x\n", "x ", "a\tb", "a\x1b[0m", "a\u200bb"])
def test_a_variable_with_invisible_characters_is_told_and_not_shown(value: str) -> None:
    (fault,) = faults("version: 1\n", environ={"INFISICAL_TOKEN": "canary" + value})
    assert fault.headline == "Wrong value in variable INFISICAL_TOKEN"
    assert "canary" not in told((fault,))


@pytest.mark.parametrize("key", ["token", "client_secret", "password"])
@pytest.mark.parametrize(
    "value",
    ["literal-secret", "${X:-literal-secret}", "literal-secret${X}", "[literal-secret]", '""', "$${X}"],
)
def test_a_credential_in_the_file_is_refused_and_not_shown(key: str, value: str) -> None:
    (fault,) = faults(f"version: 1\ninfisical:\n  {key}: {value}\n", environ={"X": "x"})
    assert fault.headline == f"A secret stands in the file: infisical.{key}"
    assert fault.place and (fault.place.line, fault.place.column) == (3, 5 + len(key))
    assert "literal-secret" not in told((fault,))


def test_settings_cannot_be_written_down() -> None:
    with pytest.raises(TypeError, match="cannot be copied or pickled"):
        pickle.dumps(settings("version: 1\n", INFISICAL_TOKEN=canary.INFISICAL_TOKEN))


# ---- addresses and ids

GOOD = {
    "https://secrets.example": "https://secrets.example",
    "https://Secrets.Example:8443/": "https://secrets.example:8443",
    "https://id.example/infisical/": "https://id.example/infisical",
    "https://[2001:db8::1]:8443": "https://[2001:db8::1]:8443",
    "http://127.0.0.1:8080": "http://127.0.0.1:8080",
    "http://127.9.9.9": "http://127.9.9.9",
    "http://[::1]:1": "http://[::1]:1",
    "http://localhost:1/x": "http://localhost:1/x",
}
BAD = """\
secrets.example //secrets.example https:// https:secrets.example https:///x ftp://x file:///x
javascript:alert(1) http://secrets.example http://10.0.0.1 http://localhost.example http://127.0.0.1.example
http://[::2] http://0.0.0.0 http://2130706433 http://0x7f.1 http://127.1 http://[::ffff:8.8.8.8] https://u@x
https://u:p@x https://@x https://x?y https://x#y https://x/? https://x/# https://x:0 https://x:99999
https://x:y https://x: https://x/a/../b https://x/./b https://x//y https://x/%2e%2e/y https://x\\@y
https://x;y https://x_y..z https://-x https://exämple https://x/ä https://[x] https://x\u200b.y
https://x%2f.y"""


@pytest.mark.parametrize("text", GOOD)
def test_good_addresses_have_one_spelling(text: str) -> None:
    assert service_url(text) == GOOD[text]
    assert service_url(service_url(text)) == service_url(text)


@pytest.mark.parametrize("text", [*BAD.split(), "", " ", "https://x y", "https://x\n", "https://x\x00"])
def test_bad_addresses_are_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match=r"^expected ") as caught:
        service_url(text)
    assert len(text) < 9 or text not in str(caught.value)


def test_what_the_services_add_to_their_addresses() -> None:
    assert infisical_url("https://x/infisical/api/") == "https://x/infisical"
    assert infisical_url("https://api") == "https://api"
    assert pingone_api_url("https://api.pingone.eu") == "https://api.pingone.eu/v1"
    assert pingone_api_url("https://api.pingone.eu/v1/") == "https://api.pingone.eu/v1"
    assert pingone_api_url("https://v1") == "https://v1/v1"
    assert is_loopback("127.0.0.1") and is_loopback("::1") and is_loopback("LOCALHOST")


@pytest.mark.parametrize("variable", ["INFISICAL_DOMAIN", "INFISICAL_API_URL", "INFISICAL_HOST"])
def test_a_bad_address_in_a_variable_names_the_variable(variable: str) -> None:
    (fault,) = faults("version: 1\n", environ={variable: "http://secrets.example"})
    assert fault.headline == f"Wrong value in variable {variable}"
    assert fault.place == Place("1.yaml", 1, 1)
    assert "secrets.example" not in told((fault,))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PINGONE_REGION_CODE", "Europe"),
        ("PINGONE_ROOT_DOMAIN", "evil.example"),
        ("PINGONE_ENVIRONMENT_ID", "../x"),
    ],
)
def test_a_wrong_variable_of_pingone_is_told_once(variable: str, value: str) -> None:
    good = {"PINGONE_REGION_CODE": "EU", "PINGONE_ENVIRONMENT_ID": "env-1"}
    if variable == "PINGONE_ROOT_DOMAIN":
        del good["PINGONE_REGION_CODE"]
    (fault,) = faults(NO_INFISICAL, environ={**good, variable: value})
    assert fault.headline == f"Wrong value in variable {variable}"


@pytest.mark.parametrize("value", ["../x", "a/b", "a?b", "a#b", "a%2fb", '""', "a b", "x" * 129])
def test_ids_are_safe_in_paths(value: str) -> None:
    (fault,) = faults(f"version: 1\ninfisical:\n  organization_id: {value}\n", environ=ENVIRON)
    assert fault.headline == 'Wrong value for "organization_id" in infisical'


def test_a_wrong_address_of_infisical_causes_no_second_fault() -> None:
    text = "version: 1\ninfisical:\n  organization_id: o\n  url: http://x.example\n  scim_tokens: {t: {}}\n"
    text += "pingone:\n  region: EU\n  environment_id: e\n  connections:\n    c:\n      auth: {token: t}\n"
    text += "      base_url: https://x.example/api/v1/scim\n"
    with pytest.raises(ConfigurationError) as caught:
        settings(text)
    assert [fault.headline for fault in caught.value.faults] == ['Wrong value for "url" in infisical']
