"""Random valid configurations, as the documents that a YAML file holds.

Valid for the loader and for the services. What they would refuse, by design of PingOne, Infisical or
pingconf, is not drawn:

* a rule that is on behind a connection that is off; a connection while SCIM is off, as it is tested first;
* another user_identifier or population of the same key, so each key has its own for good;
* paths at which Infisical has no SCIM server; a filter over attributes that PingOne does not know;
* in a second configuration the name that another key had in the first: two keys cannot change names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from pingconf.config.leaks import looks_like_secret
from pingconf.config.prescan import refused_character
from pingconf.sandbox import ENVIRONMENT_ID, ORGANIZATION_ID

Document: TypeAlias = dict[str, Any]

TOKENS: Final = ("pingone", "second-token", "t3_")
CONNECTIONS: Final = {"infisical": "workEmail", "by_name": "userName", "x-": "workEmail"}
"""Each key with the user_identifier that it has for good."""
GROUPS: Final = {"engineering": None, "g-2": None, "at_home": ("Default", 1), "outside": ("Contractors", 2)}
"""Each key with its population, by name and by the number of its id in a new world."""
RULES: Final = ("employees", "r_2", "zz-9", "a" * 63)
DIRECTORY: Final = "PingOne Directory"
"""A store, too, so that no connection can be called that."""
SEEDED_GROUPS: Final = ("All Staff", "Finance", "Sales", "Leadership")

ODD: Final = (
    *("Infisical", "yes", "null", "~", "12:30", "2024-01-31", "1e3", "- dash", "# no comment", "a: b", "%s"),
    *("it's", 'say "so"', "back\\slash", "<b>&amp;", "{x}", "[x]", "*star", "!bang", "@at", "`tick`", "|"),
    *("Ärzte & Söhne", "名前", "Ελληνικά", "emoji \U0001f680", "e\u0301 combined", "ẞ", "عربي", "x" * 200),
    *("costs ${PRICE}", "[pingconf:0badcafe:pingone:1234abcd]", "a/b?c=d#e", "true", "0x1f", "é" * 60),
)
LETTERS: Final = st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S"))
FLAGS: Final = st.booleans()


def _is_plain(text: str) -> bool:
    refused = refused_character(text) or looks_like_secret(text) or "$${" in text
    return bool(text) and text.isprintable() and not refused


NAMES: Final = st.one_of(
    st.sampled_from(ODD), st.text(LETTERS | st.just(" "), max_size=20).map(str.strip).filter(_is_plain)
)
"""One line without blanks around it, in any script."""
DESCRIPTIONS: Final = NAMES | st.sampled_from(["", " blanks ", "two\nlines\n", "\ttab"])


def seeded_id(number: int) -> str:
    """The id of the object that a new world made as its n-th."""
    return f"{number:08x}-5a4d-4b0c-8000-{number:012x}"


USER_FILTERS: Final = (
    *("all", "enabled eq true", "ENABLED Eq true and population.id pr", "population.id pr", "title pr"),
    *('title co "Engineer" or title co "Ingénieur ñ"', 'not (email ew "@partner.example")'),
    *('(name.given sw "A") and enabled eq true', 'username sw "m"', f'population.id eq "{seeded_id(1)}"'),
    f'memberOfGroups.id eq "{seeded_id(43)}" or (title co "\\u0041\\"b\\"")',
)
MEMBERSHIP_FILTERS: Final = ("enabled eq true", 'title co "Engineer"', '((nickname pr)) OR title SW "Staff"')
LOOKUPS: Final = ('email.value Eq "%s"', 'email.value eq "%s" and active eq true', 'userName Eq "%s"')
PLACES: Final[tuple[Document, ...]] = (
    {},
    {"base_url": "https://app.infisical.com/proxy/api/v1/scim"},
    {
        "base_url": "https://app.infisical.com/api/v1",
        "users_resource": "/scim/Users",
        "groups_resource": "/scim/Groups",
    },
    {"groups_resource": "/Teams"},
)
"""Addresses at which Infisical's users are found; its groups need not be."""
SOURCES: Final = {
    "userName": ("username", "email", {"expression": "user.email"}),
    "workEmail": ("email", {"expression": "user.email"}),
}
MORE_SOURCES: Final = (
    *("name.given", "name.family", "title", "externalId"),
    *({"expression": "user.name.given + ' ' + user.name.family"}, {"expression": '"ß: " + user.title'}),
)
TEAMS: Final = ("Engineering", "All Staff", "a.b", "größe: 'x'", "roles", "no")
ROLES: Final = ("admin", "member", "no-access")
TARGETS: Final = ("givenName", "familyName", "formattedName", "nickName", "workCity", "urn:x:y:größe")


@st.composite
def configurations(draw: st.DrawFn, before: Document | None = None) -> Document:
    """A configuration; with another before it, one that may follow upon that and has some of it unchanged."""
    past = before["pingone"] if before else {"connections": {}, "groups": {}, "rules": {}}
    tokens = draw(_some(TOKENS, 1, 3, before["infisical"]["scim_tokens"] if before else {}, _token))
    on = draw(st.integers(0, 9)) > 0
    connections = draw(
        _some(
            tuple(CONNECTIONS),
            int(on),
            3 * on,
            {key: one for key, one in past["connections"].items() if one["auth"]["token"] in tokens},
            lambda key: _connection(key, tuple(tokens)),
        )
    )
    groups = draw(
        _some(tuple(GROUPS), 0, 4, past["groups"], lambda key: _group(key, past["groups"].get(key)))
    )
    fitting = {key: one for key, one in past["rules"].items() if _fits(one, connections, groups)}
    rules = draw(_some(RULES, 0, 4 * on, fitting, lambda key: _rule(connections, tuple(groups))))
    sections = {"connections": connections, "groups": groups, "rules": rules}
    for section, resources in sections.items():
        draw(_named(resources, past[section]))
    infisical: Document = {"organization_id": ORGANIZATION_ID, "scim_tokens": tokens}
    if on or draw(FLAGS):
        infisical["scim"] = {} if draw(FLAGS) and on else {"enabled": on}
    if roles := draw(st.none() | st.dictionaries(st.sampled_from(TEAMS), st.sampled_from(ROLES), max_size=3)):
        infisical["group_roles"] = roles
    return {
        "version": 1,
        "infisical": infisical,
        "pingone": {"region": "EU", "environment_id": ENVIRONMENT_ID, **sections},
    }


@st.composite
def _some(
    draw: st.DrawFn,
    pool: tuple[str, ...],
    fewest: int,
    most: int,
    past: Mapping[str, Document],
    make: Callable[[str], st.SearchStrategy[Document]],
) -> dict[str, Document]:
    """Resources under some keys of a pool: new ones, or as they were before."""
    keys = draw(_keys(pool, fewest, most))
    return {key: dict(past[key]) if key in past and draw(FLAGS) else draw(make(key)) for key in keys}


def _keys(pool: tuple[str, ...], fewest: int, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(pool), min_size=fewest, max_size=most, unique=True)


def _fits(rule: Document, connections: Mapping[str, Document], groups: Collection[str]) -> bool:
    """Whether a rule of before has all that it needs."""
    target = connections.get(rule["connection"])
    if target is None or not set(rule.get("groups", ())) <= set(groups):
        return False
    return bool(target.get("enabled", True) or not rule.get("enabled", True))


@st.composite
def _named(draw: st.DrawFn, resources: dict[str, Document], past: Mapping[str, Document]) -> None:
    """Give most of the new ones names, none of which another has or had; the rest is called by its key."""
    taken = {DIRECTORY, *SEEDED_GROUPS, "Contractors Group", *TOKENS, *CONNECTIONS, *GROUPS, *RULES}
    taken |= {one["name"] for one in resources.values() if "name" in one}
    for key, one in resources.items():
        if "name" in one or one == past.get(key) or draw(st.integers(0, 4)) == 0:
            continue
        others = {str(each.get("name")) for other, each in past.items() if other != key}
        one["name"] = draw(_unlike({*taken, *others}))
        taken.add(one["name"])


def _unlike(taken: Collection[str]) -> st.SearchStrategy[str]:
    return NAMES.filter(lambda name: name not in taken)


def _token(key: str) -> st.SearchStrategy[Document]:
    ttl = st.sampled_from([{}, {"ttl_days": 0}, {"ttl_days": 1}, {"ttl_days": 90}, {"ttl_days": 730}])
    rest = st.fixed_dictionaries({}, optional={"description": NAMES.filter(lambda text: len(text) <= 100)})
    before = st.none() | st.integers(0, 40)
    return st.builds(_aged, ttl, rest, before)


def _aged(ttl: Document, rest: Document, before: int | None) -> Document:
    """With days before its end at which it is rotated, where they are fewer than all."""
    days = ttl.get("ttl_days", 365)
    early = {} if before is None or before >= days > 0 else {"rotate_before_days": before}
    return {**ttl, **rest, **early}


@st.composite
def _connection(draw: st.DrawFn, key: str, tokens: tuple[str, ...]) -> Document:
    auth = draw(
        st.fixed_dictionaries(
            {"token": st.sampled_from(tokens)},
            optional={"method": st.just("oauth2_bearer_token"), "header": st.just("Bearer")},
        )
    )
    usual = CONNECTIONS[key] == "workEmail" and draw(FLAGS)
    fields = {
        "description": DESCRIPTIONS,
        "scim_version": st.sampled_from(["1.1", "2.0"]),
        "user_filter_expression": st.sampled_from(LOOKUPS),
        "remove_action": st.sampled_from(["disable", "delete"]),
        **dict.fromkeys(("create_users", "update_users", "disable_users"), FLAGS),
        "deprovision_on_rule_deletion": FLAGS,
        "enabled": st.sampled_from([True, True, False]),
    }
    identifier = {} if usual else {"user_identifier": CONNECTIONS[key]}
    rest = draw(st.fixed_dictionaries({}, optional=fields))
    return {"auth": auth, **identifier, **draw(st.sampled_from(PLACES)), **rest}


@st.composite
def _group(draw: st.DrawFn, key: str, past: Document | None) -> Document:
    """One to be made, or one that is there: a seeded one, or what was made under this key before."""
    if draw(st.integers(0, 4)) == 0:
        made = [past.get("name", key)] if past and past.get("manage") is not False else []
        return {"name": draw(st.sampled_from([*SEEDED_GROUPS, *made])), "manage": False}
    fields = {"description": DESCRIPTIONS, "membership_filter": st.sampled_from(MEMBERSHIP_FILTERS)}
    home = GROUPS[key]
    population = {} if home is None else {"population": draw(st.sampled_from([home[0], seeded_id(home[1])]))}
    return {**population, **draw(st.fixed_dictionaries({}, optional={**fields, "manage": st.just(True)}))}


@st.composite
def _rule(draw: st.DrawFn, connections: Mapping[str, Document], groups: tuple[str, ...]) -> Document:
    target = draw(st.sampled_from(sorted(connections)))
    fields: dict[str, st.SearchStrategy[Any]] = {"mappings": _mappings(), "enabled": FLAGS}
    if groups:
        fields["groups"] = _keys(groups, 0, 4)
    rule: Document = {"connection": target, "user_filter": draw(st.sampled_from(USER_FILTERS))}
    rule |= draw(st.fixed_dictionaries({}, optional=fields))
    if not connections[target].get("enabled", True):
        rule["enabled"] = False
    return rule


@st.composite
def _mappings(draw: st.DrawFn) -> Document:
    """Always what finds a person at Infisical; anything else besides, in any order."""
    found: Document = {target: draw(st.sampled_from(sources)) for target, sources in SOURCES.items()}
    for target in draw(_keys(TARGETS, 0, 4)):
        found[target] = draw(st.sampled_from(MORE_SOURCES))
    return {target: found[target] for target in draw(st.permutations(sorted(found)))}
