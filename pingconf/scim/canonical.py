"""One spelling for filters that mean the same, so that they can be compared."""

from __future__ import annotations

from pingconf.scim.filter import FilterSyntaxError, parse, print_filter


def canonical(text: str) -> str:
    """The filter as we print it; a text that is no filter is left as it is."""
    try:
        return print_filter(parse(text))
    except FilterSyntaxError:
        return text
