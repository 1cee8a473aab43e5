"""Takes values from outside into the text of a file: `${NAME}`, `${NAME:-default}`, `${file:/path}`.

`$${` stands for a literal `${`. What comes in is text and stays text: it is never searched for references
again, and no fault repeats it.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pingconf.config.document import Scalar
from pingconf.config.prescan import refused_character, shown
from pingconf.model.errors import Fault, Place

MAX_FILE_BYTES = 64 * 1024
MAX_EXPANDED = 1_000_000  # characters; a short file can name a long variable very often

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_START = re.compile(r"\$?\$\{")
_VARIABLE = re.compile(rf"({_NAME})(?::-(.*))?", re.DOTALL)
_WHOLE = rf"\$\{{(?:{_NAME}|file:(?!\}})(?:(?!:-|\$\{{)[^}}])+)\}}"
_FORMS = "Write ${NAME}, ${NAME:-default} or ${file:/path}; $${ stands for a literal ${."


@dataclass(frozen=True)
class Sources:
    """Where values come from: `variables` (--var) beat `environ`; `base` is the folder of the YAML file."""

    variables: Mapping[str, str]
    environ: Mapping[str, str]
    base: Path


class _Refused(Exception):
    """A reference that has no value, with the headline and the details of its fault."""

    def __init__(self, headline: str, *details: str) -> None:
        super().__init__(headline)
        self.headline = headline
        self.details = details


def is_reference(text: str) -> bool:
    """Whether the whole text is exactly one `${…}` without a default: it holds no secret itself."""
    return re.fullmatch(_WHOLE, text) is not None


def interpolate(scalar: Scalar, sources: Sources) -> tuple[str | None, tuple[Fault, ...]]:
    """The text with its references replaced, or None and a fault for each reference without a value.

    Never raises. The faults stand at the `${` they are about, and never show what a variable or a file holds.
    """
    if "${" not in scalar.text:
        return scalar.text, ()
    spots = _Spots(scalar)
    pieces: list[str] = []
    faults: list[Fault] = []
    length = 0
    for offset, piece in _pieces(scalar.text):
        try:
            value = piece if offset is None else _value(piece, sources)
            length += len(value)
            if length > MAX_EXPANDED:
                raise _Refused(
                    "The text becomes too long", f"It may hold {MAX_EXPANDED:,} characters at most."
                )
            pieces.append(value)
        except _Refused as refused:
            faults.append(Fault(refused.headline, spots.place(offset), refused.details))
        if length > MAX_EXPANDED:
            break
    return (None, tuple(faults)) if faults else ("".join(pieces), ())


class _Spots:
    """Finds the place of each `${` of a text."""

    def __init__(self, scalar: Scalar) -> None:
        self._scalar = scalar
        offsets = (match.start() for match in re.finditer(r"\$\{", scalar.text))
        self._places = dict(zip(offsets, scalar.references, strict=False))

    def place(self, offset: int | None) -> Place:
        start = self._scalar.place
        if offset in self._places:
            return self._places[offset]
        if offset is None or not self._scalar.plain or self._scalar.references or "\n" in self._scalar.text:
            return start
        return Place(start.file, start.line, start.column + offset)


def _pieces(text: str) -> Iterator[tuple[int | None, str]]:
    """The text cut up: literal pieces without an offset, references with that of their `${`.

    A reference goes to the first `}` behind it, or to the end of the text if there is none.
    """
    position = 0
    while match := _START.search(text, position):
        yield None, text[position : match.start()]
        position = match.end()
        if match[0] == "$${":
            yield None, "${"
            continue
        end = text.find("}", position) + 1 or len(text)
        yield match.start(), text[match.start() : end]
        position = end
    yield None, text[position:]


def _value(reference: str, sources: Sources) -> str:
    inside = reference[2:]
    if not inside.endswith("}"):
        raise _Refused('A "${" is not closed', 'Close it with "}", or write $${ for a literal ${.')
    inside = inside[:-1]
    if "${" in inside:
        raise _Refused("A ${…} stands inside of another one", "A default is plain text.", _FORMS)
    if inside.startswith("file:"):
        return _checked(_content(inside.removeprefix("file:"), sources.base), f"File {shown(inside[5:])}")
    match = _VARIABLE.fullmatch(inside)
    if match is None:
        raise _Refused(_bad_name(inside), *_advice(inside))
    name, default = match[1], match[2]
    found = sources.variables.get(name, sources.environ.get(name))
    if found:
        return _checked(found, f"Variable {_short(name)}")
    if default is None:
        seen = "is not set" if found is None else "is not set: its value is empty"
        raise _Refused(f"Variable {_short(name)} {seen}", *_how_to_set(name, sources))
    return str(default)


def _short(name: str) -> str:
    # Somebody may have put the secret itself between the brackets; long names are not shown whole.
    return name if len(name) <= 48 else name[:8] + "…"


def _bad_name(inside: str) -> str:
    if not inside.strip():
        return "A ${} names nothing"
    # As above: what is no name at all is shown only where it is too short for a secret.
    return f'"{shown(inside)}" is not the name of a variable' if len(inside) <= 24 else "A ${…} holds no name"


def _advice(inside: str) -> tuple[str, ...]:
    """What to write instead, as far as one can guess it."""
    guess = re.fullmatch(rf"\s*(?:env[:.])?({_NAME})\s*(?::?[-?=+].*)?", inside, re.DOTALL)
    if guess is None or len(guess[1]) > 24:
        return (_FORMS,)
    form = f"${{{guess[1]}:-default}}" if re.search(r"[-=+]", inside) else f"${{{guess[1]}}}"
    return (f"Did you mean {form}?", _FORMS)


def _how_to_set(name: str, sources: Sources) -> tuple[str, ...]:
    if len(name) > 48:
        return ("Write the name of a variable, not its value.",)
    how = f"Set it: export {name}=… or pass --var {name}=…"
    from difflib import get_close_matches  # only somebody with a mistake pays for this import

    close = get_close_matches(name, {*sources.variables, *sources.environ}, 1, 0.8)
    return (how, f"Did you mean {_short(shown(close[0]))}?") if close and close[0] != name else (how,)


def _checked(value: str, what: str) -> str:
    """The value, if it is one line of visible text; a stray line end makes a credential wrong unnoticed."""
    if "\n" in value or "\r" in value:
        raise _Refused(f"{what} holds a line break", "A value is one line. Its content is not shown here.")
    if "\t" in value or refused_character(value) is not None:
        advice = "A value is visible text. Its content is not shown here."
        raise _Refused(f"{what} holds a control or invisible character", advice)
    return value


def _content(name: str, base: Path) -> str:
    """What a file holds, without one line end at its end."""
    if not name.strip():
        raise _Refused("A ${file:} names no file", "Write ${file:/path/to/file}.")
    if ":-" in name:
        raise _Refused("A ${file:…} cannot have a default", "Write ${file:/path} alone.")
    what = f"File {shown(name)}"
    try:
        data = _bytes(base / name)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "this is not a path"
        raise _Refused(f"{what} cannot be read: {reason}", _looked_at(base, name)) from None
    if data is None:
        advice = "A ${file:…} takes a regular file, not a folder, pipe or device."
        raise _Refused(f"{what} is not a regular file", _looked_at(base, name), advice)
    if len(data) > MAX_FILE_BYTES:
        raise _Refused(f"{what} is larger than 64 KB", "A ${file:…} takes one value, such as a token.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _Refused(f"{what} is not UTF-8 text", "Its content is not shown here.") from None
    text = text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
    if not text:
        raise _Refused(f"{what} is empty", "Write the value into it, on one line.")
    return text


def _looked_at(base: Path, name: str) -> str:
    return f"Looked at {shown(str(base / name))}; a relative path starts at the folder of the YAML file."


def _bytes(path: Path) -> bytes | None:
    """Up to one byte more than allowed of a regular file; None for anything else. Never waits on a pipe."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with open(descriptor, "rb", closefd=False) as stream:
            return stream.read(MAX_FILE_BYTES + 1)
    finally:
        os.close(descriptor)
