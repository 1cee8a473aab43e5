"""What a configuration file may hold, checked before a YAML parser sees it.

Everything here looks at plain text: its size, its encoding, characters nobody can see, and directives.
Secrets are looked for by `leaks`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import islice

from pingconf.config.source import Source
from pingconf.model.errors import Fault, Place

MAX_BYTES = 10_000_000
_MAX_FAULTS = 20  # a file of another format holds hundreds of odd characters; the first ones tell the story

# One class of characters after the other, each with the reason it is refused. Tab and line feed are text;
# a carriage return is text only in front of a line feed, which the scan of the raw file takes care of.
_CLASSES = (
    ("control", "Control character", "\x00-\x08\x0b-\x1f\x7f-\x9f"),
    ("bidi", "Text-direction character", "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"),
    (
        "hidden",
        "Invisible character",
        "\u00ad\u034f\u115f\u1160\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
        "\U000e0000-\U000e007f",
    ),
    ("separator", "Line separator", "\u2028\u2029"),
    ("surrogate", "Lone surrogate", "\ud800-\udfff"),
    ("nothing", "Noncharacter", "\ufdd0-\ufdef\ufffe\uffff"),
)
_NAMES = {group: name for group, name, _ in _CLASSES}
# Compiled when they are first needed, which few files are: `re` keeps them.
_REFUSED = "|".join(f"(?P<{group}>[{characters}])" for group, _, characters in _CLASSES)
_ANY_REFUSED = f"[{''.join(characters for _, _, characters in _CLASSES)}]"  # ten times as fast
# Blanks that an editor shows like spaces and YAML does not take for indentation.
_ODD_INDENTATION = r"(?m)^ *([\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000])(.*\S)?"
_ODD_BLANKS = (
    "\t\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
# What nearly every file consists of: such a file is not looked through for refused characters.
_ORDINARY = bytes([*b"\t\n", *range(0x20, 0x7F)])

_ENCODINGS = (
    ("UTF-32", (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")),
    ("UTF-16", (b"\xff\xfe", b"\xfe\xff")),
)


def read_text(data: bytes, file: str) -> tuple[Source | None, tuple[Fault, ...]]:
    """The text of a file without its byte order mark, or the faults that forbid to parse it."""
    if len(data) > MAX_BYTES:
        return None, (
            Fault(
                f"The file is too large: {len(data):,} bytes",
                Place(file, 1, 1),
                (
                    f"A configuration file holds at most {MAX_BYTES:,} bytes.",
                    "Split it and pass a folder with -f.",
                ),
            ),
        )
    if (encoding := _other_encoding(data)) is not None:
        return None, (
            Fault(
                f"The file is {encoding}, not UTF-8",
                Place(file, 1, 1),
                (f"Save it as UTF-8, for example: iconv -f {encoding} -t UTF-8 OLD > NEW",),
            ),
        )
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        return None, (_not_utf_8(data, error, file),)
    source = Source(file, text)
    faults = (*_refused_characters(source), *_directives(source))
    return (None if faults else source), faults


def _other_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32 by their mark, or without one by where the zero bytes of the first letters stand."""
    for name, marks in _ENCODINGS:
        if data.startswith(marks):
            return name
    zeros = [index for index, byte in enumerate(data[:4]) if byte == 0]
    if len(data) >= 4 and zeros in ([0, 1, 2], [1, 2, 3]):
        return "UTF-32"
    return "UTF-16" if len(data) >= 4 and zeros in ([0, 2], [1, 3]) else None


def _not_utf_8(data: bytes, error: UnicodeDecodeError, file: str) -> Fault:
    before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
    place = Source(file, before).place(len(before))
    byte, following = data[error.start], data[error.start + 1 : error.start + 2]
    if byte == 0xED and following >= b"\xa0":
        return Fault("Lone surrogate in the file", place, ("It is half of a character. Delete it.",))
    details = ("A configuration file is UTF-8 text. Save it as UTF-8 in your editor.",)
    return Fault(f"Byte 0x{byte:02X} is not UTF-8", place, details)


def _refused_characters(source: Source) -> tuple[Fault, ...]:
    """One fault for each refused character, at its first place; the details tell the others."""
    if source.text.isascii() and not source.text.encode().translate(None, _ORDINARY):
        return ()
    # The same length, so offsets stay true, and what is left of carriage returns stands alone.
    text = source.text.replace("\r\n", " \n")
    offsets: dict[str, list[int]] = {}
    names: dict[str, str] = {}
    if re.search(_ANY_REFUSED, text) is None:
        return ()
    for match in re.finditer(_REFUSED, text):
        names.setdefault(match[0], _NAMES[str(match.lastgroup)])
        offsets.setdefault(match[0], []).append(match.start())
    return tuple(
        Fault(
            f"{names[character]} U+{ord(character):04X} in the file",
            source.place(found[0]),
            (*_others(source, found[1:]), _mend(character, names[character])),
        )
        for character, found in islice(offsets.items(), _MAX_FAULTS)
    )


def _others(source: Source, offsets: list[int]) -> tuple[str, ...]:
    if not offsets:
        return ()
    first = ", ".join(f"{place.line}:{place.column}" for place in map(source.place, offsets[:3]))
    return (f"Also at {first}{f' and {len(offsets) - 3} more' if len(offsets) > 3 else ''}.",)


def _mend(character: str, name: str) -> str:
    if character == "\0":
        return "This is not a text file, or it was damaged."
    if character == "\r":
        return "A line ends in LF or CR LF, never in CR alone. Save the file with LF line ends."
    if name == "Control character":
        return "Delete it."
    return (
        "One cannot see it, but it changes what the text means. Delete it; it often comes with copied text."
    )


def _directives(source: Source) -> tuple[Fault, ...]:
    # Not needed here, and libyaml takes quadratic time for many %TAG lines.
    if "%" not in source.text:
        return ()
    matches = list(islice(re.finditer(r"^%", source.text, re.MULTILINE), 1))
    return tuple(
        Fault(
            'A line starts with "%"',
            source.place(match.start()),
            ("YAML directives are not allowed. Delete the line; if it is part of a text, indent it.",),
        )
        for match in matches
    )


def indentation_faults(source: Source, until: int, texts: Sequence[tuple[int, int]]) -> tuple[Fault, ...]:
    """Faults for tabs and odd blanks before the first word of a line, up to the offset `until`.

    Inside `texts`, the spans of quoted and block texts, they are part of the text.
    """
    if not any(blank in source.text for blank in _ODD_BLANKS):
        return ()
    found: dict[str, list[int]] = {}
    starts = [start for start, _ in texts]
    for match in re.finditer(_ODD_INDENTATION, source.text):
        offset = match.start(1)
        if offset >= until:
            break
        # A line of blanks alone harms nobody, unless the parser stumbled over this very one.
        if match[2] is None and offset != until - 1:
            continue
        before = bisect_right(starts, offset) - 1
        if before < 0 or offset >= texts[before][1]:
            found.setdefault(match[1], []).append(offset)
    return tuple(
        Fault(
            "Tab in the indentation" if blank == "\t" else f"Odd blank U+{ord(blank):04X} in the indentation",
            source.place(offsets[0]),
            (*_others(source, offsets[1:]), "Indent with spaces."),
        )
        for blank, offsets in found.items()
    )


def refused_character(text: str) -> str | None:
    """Names the first character no value may hold, such as `Control character U+001B`; else None."""
    match = re.search(_REFUSED, text) if re.search(_ANY_REFUSED, text) else None
    return None if match is None else f"{_NAMES[str(match.lastgroup)]} U+{ord(match[0]):04X}"


def shown(text: str, longest: int = 60) -> str:
    """The text as a message may show it: on one line, short, and with nothing a terminal would obey."""
    short = text if len(text) <= longest else text[: longest - 3] + "…"
    if short.isprintable():
        return short
    return "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}" for character in short
    )
