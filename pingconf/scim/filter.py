"""SCIM filters as values: `parse` reads a text, `print_filter` writes it, `attributes` names what it reads.

The grammar is RFC 7644, section 3.4.2.2. Two liberties, both of them seen in the wild: an attribute path may
have more than one dot, and `emails[type eq "work"].value eq "x"` is read as
`emails[type eq "work" and value eq "x"]`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from pingconf.scim.words import FilterSyntaxError, Token, tokens

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
    "parse",
    "print_filter",
]

MAX_DEPTH: Final = 50
"""How deep parentheses, `not` and brackets may be nested; nobody writes such filters by hand."""

OPERATORS: Final = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
_BY_WORD: Final = frozenset({*OPERATORS, "pr"})

Value: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`attribute operator value`, such as `title co "Engineer"`; the operator is kept in lower case."""

    attribute: str
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Present:
    """`attribute pr`: the attribute has a value."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Not:
    """`not (term)`."""

    term: Filter


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more terms; an `And` among the terms is dissolved, for it means the same."""

    terms: tuple[Filter, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", _flat(And, self.terms))


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more terms; an `Or` among the terms is dissolved, for it means the same."""

    terms: tuple[Filter, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", _flat(Or, self.terms))


@dataclass(frozen=True, slots=True)
class ValuePath:
    """`attribute[term]`: one value of a multi-valued attribute meets the whole term."""

    attribute: str
    term: Filter


Filter: TypeAlias = Comparison | Present | Not | And | Or | ValuePath


def _flat(kind: type[And] | type[Or], terms: tuple[Filter, ...]) -> tuple[Filter, ...]:
    flat: list[Filter] = []
    for term in terms:
        if isinstance(term, (And, Or)) and type(term) is kind:
            flat.extend(term.terms)
        else:
            flat.append(term)
    if len(flat) < 2:
        raise ValueError(f"{kind.__name__} needs two terms at least")
    return tuple(flat)


def print_filter(filter: Filter) -> str:
    """The canonical text: lower-case words, values as in JSON, no parentheses but the needed ones."""
    match filter:
        case Comparison(attribute, operator, value):
            return f"{attribute} {operator} {_print_value(value)}"
        case Present(attribute):
            return f"{attribute} pr"
        case Not(term):
            return f"not ({print_filter(term)})"
        case ValuePath(attribute, term):
            return f"{attribute}[{print_filter(term)}]"
        case And(terms):
            return " and ".join(
                f"({print_filter(term)})" if isinstance(term, Or) else print_filter(term) for term in terms
            )
        case Or(terms):
            return " or ".join(print_filter(term) for term in terms)


def _print_value(value: Value) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # Half of a surrogate pair can be written as an escape only.
    return json.dumps(value) if any("\ud800" <= letter <= "\udfff" for letter in text) else text


def attributes(filter: Filter) -> tuple[str, ...]:
    """Every attribute path the filter names, once, in order; `emails[type pr]` names `emails.type`."""
    return tuple(dict.fromkeys(_named(filter)))


def _named(filter: Filter) -> Iterator[str]:
    match filter:
        case Comparison(attribute, _, _) | Present(attribute):
            yield attribute
        case Not(term):
            yield from _named(term)
        case And(terms) | Or(terms):
            for term in terms:
                yield from _named(term)
        case ValuePath(attribute, term):
            yield from (f"{attribute}.{inner}" for inner in _named(term))


_LITERALS: Final[dict[str, Value]] = {"true": True, "false": False, "null": None}


def parse(text: str) -> Filter:
    """Read a filter; the words `and`, `or`, `not` and the operators may be in any case.

    Raises FilterSyntaxError, also for more than MAX_DEPTH levels of nesting.
    """
    parser = _Parser(tokens(text))
    parsed = parser.any_of(0)
    parser.expect_end()
    return parsed


class _Parser:
    """Recursive descent; depth is counted where `(`, `not (` and `[` open: nothing else recurses."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._token = tokens[0]
        self._in_brackets = False

    def _step(self) -> None:
        self._next += 1
        self._token = self._tokens[self._next]

    def any_of(self, depth: int) -> Filter:
        terms = [self._all_of(depth)]
        while self._take_word("or"):
            terms.append(self._all_of(depth))
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def expect_end(self) -> None:
        if self._token.kind != "end":
            raise self._unexpected("and, or, or the end of the filter")

    def _all_of(self, depth: int) -> Filter:
        terms = [self._one(depth)]
        while self._take_word("and"):
            terms.append(self._one(depth))
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def _one(self, depth: int) -> Filter:
        if depth > MAX_DEPTH:
            raise FilterSyntaxError(
                f"saw more than {MAX_DEPTH} levels of nesting, expected fewer", self._token.column
            )
        if self._token.text.lower() == "not" and self._after.text == "(":
            self._step()
            return Not(self._enclosed("(", ")", depth))
        if self._token.text == "(":
            return self._enclosed("(", ")", depth)
        return self._attribute_term(depth)

    def _enclosed(self, opening: str, closing: str, depth: int) -> Filter:
        self._take_mark(opening)
        inner = self.any_of(depth + 1)
        self._take_mark(closing, or_else="and, or, ")
        return inner

    def _attribute_term(self, depth: int) -> Filter:
        attribute = self._take("word", "an attribute, not or (").text
        if self._token.text == "[":
            return self._value_path(attribute, depth)
        return self._operation(attribute)

    def _value_path(self, attribute: str, depth: int) -> Filter:
        if self._in_brackets:
            raise self._unexpected("an operator, for brackets cannot stand within brackets")
        self._in_brackets = True
        term = self._enclosed("[", "]", depth)
        self._in_brackets = False
        if self._token.text == ".":
            self._step()
            term = And((term, self._operation(self._take("word", "an attribute").text)))
        return ValuePath(attribute, term)

    def _operation(self, attribute: str) -> Filter:
        operator = self._token.text.lower()
        if operator not in _BY_WORD:
            raise self._unexpected(f"an operator ({', '.join(OPERATORS)} or pr)")
        self._step()
        return Present(attribute) if operator == "pr" else Comparison(attribute, operator, self._value())

    def _value(self) -> Value:
        token = self._token
        if token.kind == "string":
            self._step()
            return str(json.loads(token.text)) if "\\" in token.text else token.text[1:-1]
        if token.kind == "number":
            self._step()
            return _number(token)
        if token.text.lower() in _LITERALS:
            self._step()
            return _LITERALS[token.text.lower()]
        raise self._unexpected("a value: a text in double quotes, a number, true, false or null")

    @property
    def _after(self) -> Token:
        return self._tokens[min(self._next + 1, len(self._tokens) - 1)]

    def _take(self, kind: str, expected: str) -> Token:
        token = self._token
        if token.kind != kind:
            raise self._unexpected(expected)
        self._step()
        return token

    def _take_word(self, word: str) -> bool:
        found = self._token.kind == "word" and self._token.text.lower() == word
        if found:
            self._step()
        return found

    def _take_mark(self, mark: str, or_else: str = "") -> None:
        if self._token.text != mark:
            raise self._unexpected(f"{or_else}or {mark}" if or_else else mark)
        self._step()

    def _unexpected(self, expected: str) -> FilterSyntaxError:
        return FilterSyntaxError(f"saw {self._token.shown}, expected {expected}", self._token.column)


def _number(token: Token) -> int | float:
    try:
        number = float(token.text) if set(token.text) & set(".eE") else int(token.text)
    except ValueError:
        number = math.inf
    if not math.isfinite(number):
        raise FilterSyntaxError("saw a number that is too large, expected a smaller one", token.column)
    return number
