"""Every endpoint that pingconf uses: what the vendor documents of its request and answer, as data.

One file below `samples/` holds the endpoints of one subject. Of each endpoint it says:

    name      what is done, in a few words
    request   method and path template; `root` of the file stands before the path
    source    the page, file or backend it is composed from; default: `pages` of the file
    mark      how sure that is: D documented, S in the vendor's SDK, C seen in a client, I inferred,
              U unknown, src read in source, obs observed
    type      the content type of the request; default: JSON
    query     a pattern for each documented parameter; default: there are none
    body      a JSON Schema of the documented body; default: there is none
    sends     a body, as pingconf sends it
    call      the client's method and its arguments; or `like`, an endpoint whose call needs this one first
    as        who is calling Infisical: token (default), person, identity
    status    of the answer; default: 200
    answer    a body; default: there is none. A `?` behind a key says that it may be missing, {any of: […]}
              that it is like one of them; an element of a list is like one of those in the sample
    without   a path that the server does not know, so that the client comes here
    gives     what the client makes of the answer; default: the answer itself

A text that begins with `composed-` is a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import yaml
from jsonschema import Draft202012Validator

FOLDER: Final = Path(__file__).parent
SAMPLES: Final = FOLDER / "samples"
JSON: Final = "application/json"
ANY: Final = "any of"
SECRET: Final = "composed-"
MARKS: Final = frozenset("D S C I U src obs".split())
AS_THEY_STAND: Final = frozenset("name request mark type query body sends like status answer without".split())
KEYS: Final = AS_THEY_STAND | {"source", "call", "as", "gives"}


@dataclass(frozen=True)
class Endpoint:
    """One method at one path, with what is documented of it."""

    service: str
    file: str
    root: str
    name: str
    request: str
    source: str
    mark: str
    type: str = JSON
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    sends: Any = None
    call: tuple[Any, ...] = ()
    like: str = ""
    caller: str = "token"
    status: int = 200
    answer: Any = None
    gives: Any = None
    without: str = ""

    @property
    def method(self) -> str:
        return self.request.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.request.partition(" ")[2]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What its paths look like, also behind the prefix of a reverse proxy."""
        return re.compile(".*?" + re.sub(r"\{\w+\}", "[^/]+", self.root + self.path))

    @cached_property
    def validator(self) -> Draft202012Validator:
        return Draft202012Validator(self.body)

    @property
    def answered(self) -> Any:
        """The sample of the answer as a service sends it."""
        return plain(self.answer)


def plain(sample: Any) -> Any:
    """A sample without its marks: every key is there, and of several shapes the first."""
    if isinstance(sample, list):
        return [plain(one) for one in sample]
    if not isinstance(sample, dict):
        return sample
    if ANY in sample:
        return plain(sample[ANY][0])
    return {name.removesuffix("?"): plain(value) for name, value in sample.items()}


@cache
def endpoints() -> tuple[Endpoint, ...]:
    """All of them, in the order of the files and within each."""
    return tuple(one for path in sorted(SAMPLES.glob("*.yaml")) for one in read(path))


def read(path: Path) -> list[Endpoint]:
    """The endpoints of one file; raises ValueError for a key that means nothing."""
    document = yaml.safe_load(path.read_text("utf-8"))
    return [_endpoint(path, document, one) for one in document["endpoints"]]


def _endpoint(path: Path, document: Mapping[str, Any], one: Mapping[str, Any]) -> Endpoint:
    unknown = set(one) - KEYS
    if unknown:
        raise ValueError(f"{path.name}: {one.get('name')} has unknown keys: {', '.join(sorted(unknown))}")
    return Endpoint(
        service=document["service"],
        file=path.name,
        root=document.get("root", ""),
        source=one.get("source", document["pages"]),
        call=tuple(one.get("call", ())),
        caller=one.get("as", "token"),
        gives=plain(one.get("gives", one.get("answer"))),
        **{name: one[name] for name in AS_THEY_STAND if name in one},
    )


@cache
def find(method: str, path: str) -> Endpoint | None:
    """The endpoint that a request is for; a literal path goes before one with variables."""
    plain_path = unquote(path)
    fitting = [one for one in endpoints() if one.method == method and one.pattern.fullmatch(plain_path)]
    return min(fitting, key=lambda one: one.path.count("{"), default=None)


@cache
def refusals() -> tuple[dict[str, Any], ...]:
    """How the services refuse, as `refusals.yaml` has it."""
    return tuple(yaml.safe_load((FOLDER / "refusals.yaml").read_text("utf-8")))


def named(name: str) -> Endpoint:
    """The endpoint of a name."""
    return next(one for one in endpoints() if one.name == name)
