"""Where the services are and as whom to speak to them: the file first, then the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import Field, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from pingconf.config.checking import Subject, check
from pingconf.config.document import Scalar
from pingconf.config.interpolation import is_reference
from pingconf.config.prescan import refused_character
from pingconf.config.urls import identifier, infisical_url, pingone_api_url, service_url
from pingconf.config.written import Written, is_empty
from pingconf.model.errors import Fault, Place
from pingconf.model.fields import After, Spec, Text
from pingconf.model.fields import fault as expectation
from pingconf.model.settings import REGIONS, InfisicalSettings, PingOneSettings, Settings
from pingconf.model.values import Secret

T = TypeVar("T")

INFISICAL_CLOUD: Final = "https://app.infisical.com"
UNKNOWN_ORIGIN: Final = "https://infisical.invalid"
"""Stands for an address of Infisical that is wrong in the file, so that the rest can still be checked."""
INFISICAL_URL: Final = ("INFISICAL_DOMAIN", "INFISICAL_API_URL", "INFISICAL_HOST")
CREDENTIALS: Final = frozenset({"token", "access_token", "client_secret", "password"})

_SECRET_SCHEMA: Final = {"type": "string", "pattern": r"^\$\{(file:)?[^:}]+\}$"}
Credential = Annotated[Any, After(Secret), WithJsonSchema(_SECRET_SCHEMA)]
InfisicalUrl = Annotated[str, After(infisical_url)]
ApiUrl = Annotated[str, After(pingone_api_url)]
AuthUrl = Annotated[str, After(service_url)]
Identifier = Annotated[str, After(identifier)]


class InfisicalKeys(Spec):
    """Infisical: where it is, which organisation, and who acts there."""

    url: InfisicalUrl | None = Field(
        None, description=f"Default: {', '.join(INFISICAL_URL)}, then {INFISICAL_CLOUD}"
    )
    public_url: InfisicalUrl | None = Field(
        None, description="The address that PingOne reaches. Default: url"
    )
    organization_id: Identifier | None = Field(None, description="Default: INFISICAL_ORGANIZATION_ID")
    token: Credential = Field(None, description="A user's token as ${NAME}. Default: INFISICAL_TOKEN")
    client_id: Text | None = Field(
        None, description="Of a machine identity. Default: INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"
    )
    client_secret: Credential = Field(
        None, description="Its secret as ${NAME}. Default: INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"
    )
    email: Text | None = Field(None, description="Of a user. Default: INFISICAL_EMAIL")
    password: Credential = Field(None, description="Their password as ${NAME}. Default: INFISICAL_PASSWORD")


class PingOneKeys(Spec):
    """PingOne: where it is, which environment, and which worker app acts there."""

    region: Literal["NA", "CA", "EU", "AP", "AU", "SG"] | None = Field(
        None, description="Default: PINGONE_REGION_CODE or PINGONE_ROOT_DOMAIN"
    )
    api_url: ApiUrl | None = Field(None, description="With auth_url instead of region.")
    auth_url: AuthUrl | None = Field(None, description="With api_url instead of region.")
    environment_id: Identifier | None = Field(
        None, description="The managed environment. Default: PINGONE_ENVIRONMENT_ID"
    )
    auth_environment_id: Identifier | None = Field(
        None, description="Where the worker app lives. Default: PINGONE_ENVIRONMENT_ID, then environment_id"
    )
    client_id: Text | None = Field(None, description="Of the worker app. Default: PINGONE_CLIENT_ID")
    client_secret: Credential = Field(
        None, description="Its secret as ${NAME}. Default: PINGONE_CLIENT_SECRET"
    )
    access_token: Credential = Field(
        None, description="A ready token as ${NAME}. Default: PINGONE_API_ACCESS_TOKEN"
    )


@dataclass(frozen=True, slots=True)
class Half:
    """What the file says about one service, apart from its resources.

    `place` is where the half begins; `needed` is whether it has resources, so that its service must be known.
    """

    name: str
    written: Written
    place: Place
    needed: bool
    misspelt: frozenset[str] = frozenset()
    """Keys that were probably meant by unknown ones; their lack is not told again."""


def read_settings(
    infisical: Half, pingone: Half, environ: Mapping[str, str]
) -> tuple[Settings, tuple[Fault, ...]]:
    """Both services. What nothing tells, and no resource needs, is an empty text; with faults, do not act."""
    ours = _Reader(infisical, InfisicalKeys, environ)
    theirs = _Reader(pingone, PingOneKeys, environ)
    settings = Settings(_pingone(theirs), _infisical(ours))
    return settings, (*ours.faults, *theirs.faults)


class _Reader:
    """Takes each setting of one half from the file, else from the environment, and collects the faults."""

    def __init__(self, half: Half, keys: type[Spec], environ: Mapping[str, str]) -> None:
        self.half = half
        self._environ = environ
        self.faults = _literal_credentials(half)
        self.faults += check(keys, half.written, Subject(half.name, f"{half.name} has", half.place))[1]
        self.wrong: set[str] = set()
        """Keys and variables that have a fault: the lack of their value is not told again."""
        self._values: dict[str, Any] = {}
        for key, value in (half.written.value or {}).items():
            if value is not None:
                self._take(keys, key, value)

    def _take(self, keys: type[Spec], key: str, value: Any) -> None:
        try:
            checked = keys.model_validate({key: value})
        except ValidationError:
            self.wrong.add(key)
            return
        if self.half.written.is_broken((key,)):
            self.wrong.add(key)
        else:
            self._values[key] = getattr(checked, key)

    def has(self, key: str) -> bool:
        """Whether the file names it, rightly or wrongly."""
        return key in self._values or key in self.wrong

    def value(self, key: str, convert: Callable[[str], T], *variables: str) -> T | None:
        """The setting, or None where it is not told or wrong."""
        if self.has(key):
            found: T | None = self._values.get(key)
            return found
        for variable in variables:
            if text := self._environ.get(variable):
                return self._converted(key, convert, variable, text)
        return None

    def _converted(self, key: str, convert: Callable[[str], T], variable: str, text: str) -> T | None:
        try:
            return convert(_visible(text))
        except PydanticCustomError as error:
            if variable not in self.wrong:
                details = (f"{error.message().capitalize()}; what it holds is not shown here.",)
                self.faults.append(Fault(f"Wrong value in variable {variable}", self.half.place, details))
            self.wrong |= {key, variable}
            return None

    def required(self, key: str, convert: Callable[[str], str], variable: str) -> str:
        """The setting, or an empty text, which is a fault if the half is needed."""
        found = self.value(key, convert, variable)
        if found is None and self.half.needed and key not in self.wrong:
            self.lacks(key, f"Write {key}: …, or set the variable {variable}.")
        return found or ""

    def lacks(self, key: str, *details: str) -> None:
        if key in self.half.misspelt:
            return
        headline = f'Missing key "{key}" in {self.half.name}'
        self.faults.append(Fault(headline, self.half.written.key((key,)) or self.half.place, details))


def _literal_credentials(half: Half) -> list[Fault]:
    """A credential in the file is exactly one `${…}`; anything else is broken and never shown."""
    written, faults = half.written, []
    for key in CREDENTIALS & set(written.value or {}):
        node = written.node((key,))
        if node is None or is_empty(node) or (isinstance(node, Scalar) and is_reference(node.text)):
            continue
        written.broken.add((key,))
        details = (
            f"Write {key}: ${{NAME}} to take it from a variable, or ${{file:/path}} to read it from a file.",
            "If it was a real one and others could read this file, revoke it where it was made.",
        )
        faults.append(Fault(f"A secret stands in the file: {half.name}.{key}", node.place, details))
    return faults


def _visible(text: str) -> str:
    if text != text.strip() or "\n" in text or "\t" in text or refused_character(text) is not None:
        raise expectation("expected visible characters, without blanks or line ends around them")
    return text


def _infisical(reader: _Reader) -> InfisicalSettings:
    url = reader.value("url", infisical_url, *INFISICAL_URL)
    if url is None:
        url = UNKNOWN_ORIGIN if "url" in reader.wrong else INFISICAL_CLOUD
    public_url = reader.value("public_url", infisical_url)
    if public_url is None:
        public_url = UNKNOWN_ORIGIN if "public_url" in reader.wrong else url
    return InfisicalSettings(
        url=url,
        public_url=public_url,
        organization_id=reader.required("organization_id", identifier, "INFISICAL_ORGANIZATION_ID"),
        token=reader.value("token", Secret, "INFISICAL_TOKEN"),
        email=reader.value("email", str, "INFISICAL_EMAIL"),
        password=reader.value("password", Secret, "INFISICAL_PASSWORD"),
        client_id=reader.value("client_id", str, "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"),
        client_secret=reader.value("client_secret", Secret, "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"),
    )


def _pingone(reader: _Reader) -> PingOneSettings:
    api_url, auth_url = _pingone_urls(reader)
    environment_id = reader.required("environment_id", identifier, "PINGONE_ENVIRONMENT_ID")
    auth_environment_id = reader.value("auth_environment_id", identifier, "PINGONE_ENVIRONMENT_ID")
    return PingOneSettings(
        api_url=api_url,
        auth_url=auth_url,
        environment_id=environment_id,
        auth_environment_id=auth_environment_id or environment_id,
        client_id=reader.value("client_id", str, "PINGONE_CLIENT_ID"),
        client_secret=reader.value("client_secret", Secret, "PINGONE_CLIENT_SECRET"),
        access_token=reader.value("access_token", Secret, "PINGONE_API_ACCESS_TOKEN"),
    )


def _pingone_urls(reader: _Reader) -> tuple[str, str]:
    """The addresses of both APIs: of a region, or both written out."""
    given = [key for key in ("api_url", "auth_url") if reader.has(key)]
    if given and reader.has("region"):
        place = reader.half.written.key(("region",))
        details = ("Write region, or both api_url and auth_url.",)
        reader.faults.append(Fault(f"Both region and {given[0]} in pingone", place, details))
    elif len(given) == 1:
        missing = "auth_url" if given == ["api_url"] else "api_url"
        place = reader.half.written.key((given[0],))
        details = (f"{given[0]} alone is not enough: write both, or region instead of them.",)
        reader.faults.append(Fault(f'Missing key "{missing}" in pingone', place, details))
    if given:
        return reader.value("api_url", str) or "", reader.value("auth_url", str) or ""
    region = reader.value("region", _region, "PINGONE_REGION_CODE")
    region = region or reader.value("region", _region_of_domain, "PINGONE_ROOT_DOMAIN")
    if region is None:
        if reader.half.needed and "region" not in reader.wrong:
            codes = f"Write region: {', '.join(REGIONS)}; or api_url and auth_url."
            reader.lacks("region", codes, "Or set PINGONE_REGION_CODE or PINGONE_ROOT_DOMAIN.")
        return "", ""
    return f"https://api.pingone.{REGIONS[region]}/v1", f"https://auth.pingone.{REGIONS[region]}"


def _region(text: str) -> str:
    if text not in REGIONS:
        raise expectation(f"expected {', '.join(REGIONS)}")
    return text


def _region_of_domain(text: str) -> str:
    found = {f"pingone.{ending}": region for region, ending in REGIONS.items()}.get(text.lower())
    if found is None:
        raise expectation(f"expected pingone.{', pingone.'.join(REGIONS.values())}")
    return found
