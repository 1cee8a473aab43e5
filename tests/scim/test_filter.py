"""The filter language: what it reads, how it prints, and where it points when it cannot read."""

from __future__ import annotations

import string

import pytest
import scim2_models
from hypothesis import given
from hypothesis import strategies as st
from scim2_models.path import AttrPath, FilterNode, LogicalExpr, LogicalOperator
from scim2_models.path import Comparison as TheirComparison
from scim2_models.path import Not as TheirNot
from scim2_models.path import Present as TheirPresent
from scim2_models.path import ValuePath as TheirValuePath

from pingconf.scim import (
    And,
    Comparison,
    Filter,
    FilterSyntaxError,
    Not,
    Or,
    Present,
    ValuePath,
    attributes,
    parse,
    print_filter,
)

OPERATOR_NAMES = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
A, B, C = Present("a"), Present("b"), Present("c")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a pr", A),
        ("  a\tPR\n", A),
        ('title co "Engineer"', Comparison("title", "co", "Engineer")),
        ("enabled EQ true", Comparison("enabled", "eq", True)),
        ("enabled eq False", Comparison("enabled", "eq", False)),
        ("manager eq null", Comparison("manager", "eq", None)),
        ("age ge 18", Comparison("age", "ge", 18)),
        ("age lt -1.5e2", Comparison("age", "lt", -150.0)),
        (r'a eq "say \"hi\" \u00e9"', Comparison("a", "eq", 'say "hi" é')),
        ("population.id pr", Present("population.id")),
        ("a pr and b pr and c pr", And((A, B, C))),
        ("a pr AND b pr Or c pr", Or((And((A, B)), C))),
        ("a pr and (b pr or c pr)", And((A, Or((B, C))))),
        ("(a pr and b pr) and c pr", And((A, B, C))),
        ("((a pr))", A),
        ("not (a pr)", Not(A)),
        ("NOT(a pr) and b pr", And((Not(A), B))),
        ("not pr", Present("not")),
        ('and eq "x"', Comparison("and", "eq", "x")),
        ('memberOfGroups[id eq "x"]', ValuePath("memberOfGroups", Comparison("id", "eq", "x"))),
        ("e[a pr and (b pr or c pr)]", ValuePath("e", And((A, Or((B, C)))))),
        ("e[a pr].b pr", ValuePath("e", And((A, B)))),
        (
            'urn:ietf:params:scim:User:userName eq "x"',
            Comparison("urn:ietf:params:scim:User:userName", "eq", "x"),
        ),
        ('email.value Eq "%s"', Comparison("email.value", "eq", "%s")),
    ],
)
def test_reads(text: str, expected: Filter) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "column", "saw"),
    [
        ("", 1, "saw the end of the filter, expected an attribute"),
        ("   ", 4, "saw the end of the filter"),
        ("title", 6, "expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)"),
        ('title is "x"', 7, "saw is, expected an operator"),
        ("title eq", 9, "saw the end of the filter, expected a value"),
        ("title eq 'x'", 10, "saw a single quote (texts stand in double quotes), expected a value"),
        ('title eq "x', 10, "a text that is not closed"),
        (r'title eq "\x"', 10, "wrong escape"),
        ("title eq Engineer", 10, "saw Engineer, expected a value: a text in double quotes"),
        ("a eq 012", 6, "saw 012"),
        ("a eq 1e999", 6, "too large"),
        ("a eq " + "9" * 5000, 6, "too large"),
        ("(a pr", 6, "saw the end of the filter, expected and, or, or )"),
        ("a pr)", 5, "saw ), expected and, or, or the end"),
        ("a pr b pr", 6, "saw b, expected and, or, or the end"),
        ("a pr and", 9, "expected an attribute, not or ("),
        ("e[a pr", 7, "expected and, or, or ]"),
        ("e[f[a pr]]", 4, "brackets cannot stand within brackets"),
        ("a pr && b pr", 6, "saw &&"),
        ("garbage filter here !!", 9, "saw filter"),
        ('"a" eq b', 1, 'saw "a", expected an attribute'),
    ],
)
def test_says_where_and_why_it_cannot_read(text: str, column: int, saw: str) -> None:
    with pytest.raises(FilterSyntaxError) as caught:
        parse(text)
    assert caught.value.column == column
    assert saw in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_takes_fifty_levels_and_no_more() -> None:
    assert parse("(" * 50 + "a pr" + ")" * 50) == A
    for opening in ("(", "not("):
        with pytest.raises(FilterSyntaxError, match="50 levels"):
            parse(opening * 100_000 + "a pr")
    assert parse("not (" * 50 + "a pr" + ")" * 50)
    assert len(parse(" or ".join(["a pr"] * 10_000)).terms) == 10_000  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("filter", "text"),
    [
        (Comparison("a", "eq", 'é"\\'), r'a eq "é\"\\"'),
        (Comparison("a", "eq", "\ud800"), r'a eq "\ud800"'),
        (Comparison("a", "eq", None), "a eq null"),
        (And((A, Or((B, C)))), "a pr and (b pr or c pr)"),
        (Or((A, And((B, C)))), "a pr or b pr and c pr"),
        (Not(Or((A, B))), "not (a pr or b pr)"),
        (ValuePath("e", Or((A, B))), "e[a pr or b pr]"),
    ],
)
def test_prints_no_needless_parentheses(filter: Filter, text: str) -> None:
    assert print_filter(filter) == text


def test_a_conjunction_needs_two_terms() -> None:
    with pytest.raises(ValueError, match="two terms"):
        And((A,))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a pr", ("a",)),
        ("a pr or not (b pr and a pr)", ("a", "b")),
        ('memberOfGroups[id eq "x" and type eq "DIRECT"]', ("memberOfGroups.id", "memberOfGroups.type")),
        ('emails[type eq "work"].value eq "x"', ("emails.type", "emails.value")),
    ],
)
def test_names_its_attributes(text: str, named: tuple[str, ...]) -> None:
    assert attributes(parse(text)) == named


# The oracle takes these for no attribute, wherever they stand; we do where nothing else can be meant.
WORDS_OF_THE_LANGUAGE = {*OPERATOR_NAMES, "and", "or", "not", "pr", "true", "false", "null"}
NAMES = st.text(string.ascii_letters, min_size=1, max_size=4).filter(
    lambda name: name.lower() not in WORDS_OF_THE_LANGUAGE
)
PATHS = st.builds(".".join, st.lists(NAMES, min_size=1, max_size=2))
VALUES = st.one_of(
    st.text(max_size=8),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)
OPERATORS = st.sampled_from(OPERATOR_NAMES)


def trees(paths: st.SearchStrategy[str], brackets: bool) -> st.SearchStrategy[Filter]:
    leaves: st.SearchStrategy[Filter] = st.one_of(
        st.builds(Present, paths), st.builds(Comparison, paths, OPERATORS, VALUES)
    )
    if brackets:
        leaves |= st.builds(ValuePath, NAMES, trees(NAMES, brackets=False))

    def branches(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
        terms = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(st.builds(And, terms), st.builds(Or, terms), st.builds(Not, inner))

    return st.recursive(leaves, branches, max_leaves=6)


@given(trees(PATHS, brackets=True))
def test_what_is_printed_is_read_again(filter: Filter) -> None:
    assert parse(print_filter(filter)) == filter


@given(st.text(alphabet='ab .()[]"\\eqprnotandor01-é\n', max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        again = print_filter(parse(text))
    except FilterSyntaxError as fault:
        assert 1 <= fault.column <= len(text) + 1
    else:
        assert print_filter(parse(again)) == again


def ours(node: FilterNode) -> Filter:
    """The oracle's tree as ours."""
    match node:
        case TheirComparison():
            return Comparison(str(node.attr_path), node.op.value, node.value)
        case TheirPresent():
            return Present(str(node.attr_path))
        case TheirNot():
            return Not(ours(node.expr))
        case TheirValuePath():
            return ValuePath(str(node.attr_path), ours(node.val_filter))
        case LogicalExpr():
            kind = And if node.op is LogicalOperator.and_ else Or
            return kind(tuple(ours(term) for term in node.terms))
    raise AssertionError(node)


@given(trees(PATHS, brackets=True))
def test_reads_as_scim2_models_does(filter: Filter) -> None:
    text = print_filter(filter)
    assert ours(scim2_models.ScimFilter(text).ast) == parse(text)


@pytest.mark.parametrize(
    "text", ["a", "a eq", "a foo 1", "(a pr", "a pr)", "a[b[c pr]]", "a eq 01", "a eq 'x'", "not a pr", ""]
)
def test_refuses_what_scim2_models_refuses(text: str) -> None:
    with pytest.raises(scim2_models.InvalidFilterException):
        scim2_models.ScimFilter(text)
    with pytest.raises(FilterSyntaxError):
        parse(text)


def test_the_oracle_knows_one_dot_only() -> None:
    assert str(AttrPath("a", "b")) == "a.b"
    assert parse("a.b.c pr") == Present("a.b.c")
