"""Types of attributes in the file: every scalar comes as text, its type is decided here."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

FAULT: Final = "fault"
"""The error type whose message is written for the user and printed as it is."""


def fault(message: str) -> PydanticCustomError:
    """An error that says what was expected."""
    return PydanticCustomError(FAULT, "{message}", {"message": message})


class Before:
    """Runs a function of one value before the type is checked.

    As pydantic's BeforeValidator, which looks at the signature of the function for each attribute again.
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], CoreSchema]) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._function, handler(source))


class After:
    """Runs a function of one value after the type was checked, as pydantic's AfterValidator; see `Before`."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], CoreSchema]) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._function, handler(source))


class Spec(BaseModel):
    """The attributes of one kind of resource; an unknown one is an error.

    The validator of a kind is built when the first of its kind is read.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)


class FreeSpec(Spec):
    """Attributes under keys of the user's own, all of one type: that of `__pydantic_extra__`."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True, defer_build=True)
    contents: ClassVar[str]
    """What stands in it, in a sentence."""


def _flag(value: Any) -> Any:
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise fault("expected true or false")
        return value == "true"
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        if not re.fullmatch(r"0|[1-9][0-9]{0,8}", value):
            raise fault("expected a whole number")
        return int(value)
    return value


def _filled(value: str) -> str:
    if not value.strip():
        raise fault("expected a text that is not empty")
    if value != value.strip() or not value.isprintable():
        raise fault("expected one line without blanks around it")
    return value


def _resource_path(value: str) -> str:
    if not value.startswith("/") or value.endswith("/") or "//" in value:
        raise fault("expected a path such as /Users")
    return value


Flag = Annotated[bool, Before(_flag)]
"""`true` or `false`, nothing else: `no`, `on` and `1` are text."""
Whole = Annotated[int, Before(_whole)]
"""A whole number of at most nine digits."""
Text = Annotated[str, After(_filled), Field(max_length=1024)]
"""One line of text that is not empty."""
ResourcePath = Annotated[str, After(_resource_path), Field(max_length=256)]
"""A path below a base URL."""


class LifecycleSpec(Spec):
    """How pingconf treats a resource, beyond its attributes."""

    prevent_destroy: Flag | None = Field(
        None,
        description="true: refuse every plan that would destroy it. Kept in the state too: false lifts it.",
    )


Lifecycle = Annotated[LifecycleSpec | None, Field(description="How pingconf treats it.")]
"""The last attribute of whatever somebody writes."""
