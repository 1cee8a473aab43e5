"""Tells what PyYAML stumbled over, in our words."""

from __future__ import annotations

import re

from pingconf.config.source import Source
from pingconf.model.errors import Fault

# What PyYAML's words (those of its C and of its Python parser) mean to somebody who writes a configuration: a
# headline and what to do. Of the file a message shows one character at most: more could be part of a secret.
_TOLD_WHERE_IT_BEGAN = {
    r"unexpected (end of stream|document)": "A quote is not closed\n"
    "End the text with the same quote. Put double quotes around a text with an apostrophe.",
    r"could not find expected ':'": 'A ":" is missing behind a key\n'
    'Write "key: value", with a blank behind the colon. Indent the further lines of a text.',
    r"alphabetic or numeric": 'A text cannot start with "*" or "&"\nPut quotes around the text.',
    r"tag|expected '>'": 'A text cannot start with "!"\nPut quotes around it; YAML tags are not allowed.',
}
_TOLD_WHERE_IT_SHOWED = {
    r"mapping values are not allowed": 'Unexpected ":" in a value\nPut quotes around the whole value.',
    r"cannot start any token": "A text cannot start with {seen}\nPut quotes around the text.",
    r"',' or '[\]}]'": "A list or mapping in brackets breaks off at {seen}\n"
    "Put commas between the values, close the bracket, and put quotes around ${{…}} in brackets.",
    r"escape|hexa?decimal|chr\(\)": "Invalid escape in double quotes\n"
    "Put single quotes around a text with a backslash, or write the backslash twice.",
    r"entries are not allowed": "A list cannot start here\n"
    'Start it on a line of its own, or put quotes around a text that starts with "- ".',
    r"keys are not allowed": 'A text cannot start with "? "\nPut quotes around the text.',
    r"line break|indentation indicator|indicators": 'Unexpected text behind "|" or ">"\n'
    "The text starts on the next line, indented. Put quotes around a value that starts with | or >.",
    r"node content": "A value is missing before {seen}\nWrite the value, or delete what is too much.",
    r"<document start>": "Unexpected text behind the end of the document\n"
    "All keys stand in one mapping. Delete the closing bracket or the three dots before this place.",
}


def explain(error: Exception, source: Source, offset: int) -> Fault:
    """The fault for an exception of the parser, which it raised at `offset`; never raises."""
    noticed, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    seen = source.seen(offset)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    before = source.text[:offset].rpartition("\n")[2]
    if "mapping values" in problem and ":" not in before and before.strip(" -"):
        advice = 'Its line is indented too far, or the line before lacks a blank behind its ":".'
        place = source.place(offset - len(before.lstrip()))
        return Fault("A key cannot stand here", place, (advice,))
    for meanings, mark in ((_TOLD_WHERE_IT_BEGAN, begun), (_TOLD_WHERE_IT_SHOWED, None)):
        for words, meaning in meanings.items():
            if re.search(words, problem):
                headline, *details = meaning.format(seen=seen).split("\n")
                if "brackets" in headline and begun:
                    details.insert(0, f"The bracket opens at {source.place(begun.index)}.")
                return Fault(headline, source.place(mark.index if mark else offset), tuple(details))
    if noticed is None:
        return Fault("This is not YAML", source.place(offset), ("See what stands here and before it.",))
    if before.strip(" -"):
        advice = "Put the whole value into quotes, of the kind that it does not hold itself."
        return Fault(f"Unexpected text behind a value: {seen}", source.place(offset), (advice,))
    details = ["Keys of one mapping, and elements of one list, start in the same column."]
    if begun:
        details.insert(0, f"What it could belong to starts at {source.place(begun.index)}.")
    return Fault("Wrong indentation", source.place(offset), tuple(details))
