"""The SCIM filter language (RFC 7644, section 3.4.2.2): read it, print it, ask what it names, apply it."""

from pingconf.scim.filter import (
    And,
    Comparison,
    Filter,
    Not,
    Or,
    Present,
    Value,
    ValuePath,
    attributes,
    parse,
    print_filter,
)
from pingconf.scim.matching import match
from pingconf.scim.words import FilterSyntaxError

__all__ = [
    "And",
    "Comparison",
    "Filter",
    "FilterSyntaxError",
    "Not",
    "Or",
    "Present",
    "Value",
    "ValuePath",
    "attributes",
    "match",
    "parse",
    "print_filter",
]
