"""Plans and drift as Markdown, as a reader of GitHub sees them and as no name in them may change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pingconf.model.plan import Action, Change, Difference, Drift, People, Plan, RulePeople
from pingconf.view.markdown import LIMIT, code, render_drift_markdown, render_markdown
from tests.view import DRIFT, EMPTY, FULL, UPDATED
from tests.view.hostile import HOSTILE, RULE, hostile_plan

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PEOPLE = People((RulePeople(RULE, 120, 118, 0, 2),), 120, 2, ("ann@acme.example", "bob@acme.example"))

FULL_TEXT = """\
## pingconf plan

**Plan: 2 to add, 1 to change, 2 to destroy, 1 to adopt, 1 to forget.**

### Unverified, as they could not be read

- `infisical.scim_tokens.other`

### Warnings

- `The token never expires.`

### What will be done

```diff
! ± infisical.scim_tokens.pingone   (26 days are left)
!       id         "t1" -> (known after apply)
!       ttl_days   365 -> 30   # forces replacement
+   pingone.connections.infisical   (new in the file)
+       name           "Infisical"
+       auth.token     (sensitive)
+       create_users   true
+       id             (known after apply)
!   pingone.rules.employees   (changed in the file)
!       user_filter         "email eq \\"a\\"" -> "enabled eq false"
-       description         "x" -> (none)
!       groups              ["engineering", "all_staff"] -> ["engineering"]
!       roles
-           "role-0"
-           "role-1"
+           "role-12"
          (10 unchanged)
!       connection.secret   (sensitive)
-   pingone.groups.old   (no longer in the file)
-       name   "Old" -> (none)
-       key    (sensitive)
  > infisical.scim   (it is there already)
  . pingone.directory   (never deleted)
  ✓ pingone.revision   (PingOne changed)
```

### Changed by hand since the last apply

```diff
  pingone.rules.employees
!       enabled             true -> false
!       mappings.userName   "username" -> "email"

  pingone.groups.staff
-       id   "g-1" -> (none)   # it is gone
```
"""


def tokens(text: str) -> list[Token]:
    return [one for block in READER.parse(text) for one in (block, *(block.children or ()))]


def prose(text: str) -> str:
    """All that a reader sees outside of code: where GitHub looks for mentions, references and links."""
    return "\n".join(one.content for one in tokens(text) if one.type in ("text", "html_block", "html_inline"))


def test_a_full_plan() -> None:
    assert render_markdown(FULL) == FULL_TEXT


def test_nothing_to_do_is_two_lines() -> None:
    assert render_markdown(EMPTY, title="Production") == (
        "## Production\n\n**No changes. PingOne and Infisical match the configuration.**\n"
    )
    assert "No drift. PingOne and Infisical" in render_drift_markdown(EMPTY)


def test_what_could_not_be_read_is_never_called_no_drift() -> None:
    text = render_drift_markdown(replace(EMPTY, unverified=FULL.unverified))
    assert "**No drift in what could be read; 1 resource is unverified.**" in text
    assert "- `infisical.scim_tokens.other`" in text


def test_people_are_counted_and_named_only_if_asked_for() -> None:
    plan = replace(EMPTY, changes=(UPDATED,), people=PEOPLE)
    text = render_markdown(plan)
    assert "| `pingone.rules.employees` | 120 -> 118 (+0 -2) |" in text
    assert "### 2 people of 120 would lose access" in text
    assert "ann@acme.example" not in text
    assert "- `ann@acme.example`" in render_markdown(plan, show_users=True)


@pytest.mark.parametrize("text", [*HOSTILE, "a``b`", "`a", "a`", " a ", "`` ` ``"])
def test_any_text_is_one_span_of_code(text: str) -> None:
    for written in (f"- {code(text)}", f"## {code(text)}", f"x {code(text)} y"):
        inline = [one for one in tokens(written) if one.type == "code_inline"]
        assert len(inline) == 1
        assert "\n" not in written
        left = prose(written).replace("x", "").replace("y", "").strip()
        assert left == "", "something is left outside of the code"


@pytest.mark.parametrize("render", [render_markdown, render_drift_markdown])
@pytest.mark.parametrize("limit", [1_000, 5_000, 65_000, 10_000_000])
def test_no_name_is_obeyed(render: Callable[..., str], limit: int) -> None:
    text = render(hostile_plan(), limit=limit, title=HOSTILE[7] + HOSTILE[11])
    kinds = {one.type for one in tokens(text)}
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "blockquote_open", "hr"}
    left = prose(text)
    for bad in ("owned", "@", "#", "http", "www.", "<", "evil", "::", "`", "\x1b", "\u202e", "GH-"):
        assert bad not in left, f"{bad!r} stands outside of code"
    assert text.isprintable() or all(one.isprintable() for one in text.splitlines())
    assert not any(line.strip().startswith(("::", "##[", "##vso")) for line in text.splitlines())
    assert len(text.encode()) <= limit


def test_a_block_of_code_has_a_fence_that_nothing_in_it_can_end() -> None:
    text = render_drift_markdown(replace(EMPTY, drift=(Drift(RULE, "name", "`" * 7, "x"),)))
    assert "\n````````diff\n" in text
    (block,) = (one for one in tokens(text) if one.type == "fence")
    assert "`" * 7 in block.content


def many(number: int, length: int = 40) -> Plan:
    drift = tuple(Drift(RULE, f"mappings.a{n}", "é" * length, "b") for n in range(number))
    return replace(EMPTY, drift=drift)


@pytest.mark.parametrize("number", [1, 10, 100, 1_000, 5_000])
def test_it_fits_into_a_comment_and_says_what_is_missing(number: int) -> None:
    text = render_drift_markdown(many(number))
    assert len(text.encode()) <= LIMIT <= 65_536
    shown = text.count('-> "b"')
    if number <= 100:
        assert shown == number
        assert "did not fit" not in text
    else:
        assert 0 < shown < number or number == 1_000
    if shown < number:
        assert f"**{number - shown} lines more did not fit** into 65,000 bytes" in text
        assert text.count("```") == 2, "the block is closed although it was cut"


def test_after_the_first_line_that_does_not_fit_nothing_follows() -> None:
    """Else a reader would take what follows for all there is."""
    plan = replace(many(1), warnings=("a short one", "w" * 900, "another short one"))
    text = render_drift_markdown(plan, limit=1_000)
    assert "a short one" in text
    assert "another short one" not in text
    assert "mappings" not in text
    assert "**4 lines more did not fit**" in text


def test_a_long_value_is_cut_and_the_others_are_shown() -> None:
    changes = (
        Change(RULE, Action.UPDATE, "", (Difference("a", "x" * 5_000, "y"), Difference("b", "1", "2"))),
    )
    text = render_markdown(replace(EMPTY, changes=changes))
    assert "… (4021 characters more)" in text
    assert '"1" -> "2"' in text


def test_a_limit_that_holds_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1000"):
        render_markdown(EMPTY, limit=999)


def test_drift_alone_shows_no_changes() -> None:
    text = render_drift_markdown(FULL)
    assert "What will be done" not in text
    assert text.count("pingone.rules.employees") == 1
    assert "Drift: 2 resources changed by hand." in text
    assert DRIFT[2].address.label in text
