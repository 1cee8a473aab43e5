"""Messages for chat services: whole, short enough, and obeying no name."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from pingconf.model.address import parse_address
from pingconf.model.plan import EXPIRES, UNPUBLISHED, Drift
from pingconf.model.told import News, StandingDrift, Told, Trouble, compare
from pingconf.view.message import plain_message, slack_message, teams_message
from pingconf.view.news import in_plain_values, render_drift_news, render_message
from pingconf.view.style import Style
from tests.view import DRIFT, EMPTY
from tests.view.hostile import HOSTILE, hostile_plan

NOW: Final = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
PLAIN: Final = Style()
TITLE: Final = "pingconf: Drift: 1 resource changed by hand."


def texts_of(card: dict[str, Any]) -> list[str]:
    (attachment,) = card["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    body = attachment["content"]["body"]
    assert {one["type"] for one in body} == {"RichTextBlock"}, "a TextBlock would read Markdown"
    return [run["text"] for one in body for run in one["inlines"]]


def hostile_text() -> str:
    return render_message(compare(Told(), in_plain_values(hostile_plan()).drift, NOW), PLAIN)


def test_slack_mentions_nobody() -> None:
    for text in ("\n".join(HOSTILE[:-1]), hostile_text()):
        sent = slack_message(TITLE, text)
        assert (sent["parse"], sent["link_names"], sent["mrkdwn"]) == ("none", False, False)
        assert not re.search("[<>]", sent["text"])
        assert not re.search("&(?!amp;|lt;|gt;)", sent["text"])
    assert "&lt;!channel&gt;" in slack_message(TITLE, "<!channel> & co")["text"]
    assert slack_message(TITLE, "a & b")["text"] == f"{TITLE}\n\na &amp; b"


def test_teams_mentions_nobody_and_reads_no_markdown() -> None:
    texts = texts_of(teams_message(TITLE, hostile_text()))
    assert texts[0] == TITLE
    assert not any("<at" in one or "</at" in one for one in texts)


def test_other_services_find_nobody_to_mention() -> None:
    title, text = plain_message("@everyone", "<!channel> <@U1> @here\nann@acme.example")
    assert not set("@<>") & set(title + text)
    assert text.endswith("ann＠acme.example")  # noqa: RUF001


@pytest.mark.parametrize("lines", [["x" * 100_000], ["é" * 90] * 5_000, ["&" * 3_000] * 9, ["🙂"] * 40_000])
def test_every_service_takes_the_length(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert len(slack_message(TITLE, text)["text"]) <= 40_000
    assert len(json.dumps(teams_message(TITLE, text))) <= 28 * 1024
    assert len(plain_message(TITLE, text)[1]) <= 2_000
    for told in (slack_message(TITLE, text)["text"], plain_message(TITLE, text)[1]):
        assert re.search(r"… \d+ more lines?; see: pingconf drift$", told)


def test_what_is_missing_is_counted() -> None:
    text = "\n".join(f"line {n} {'x' * 90}" for n in range(100))
    told = slack_message("t", text)["text"]
    assert told.endswith(f"… {100 - told.count('line ')} more lines; see: pingconf drift")


# ---- the text itself


def standing(drift: Drift, **how: Any) -> StandingDrift:
    return StandingDrift(drift, NOW, **how)


def test_news_are_in_groups() -> None:
    renewal = Drift(
        parse_address("infisical.scim_tokens.pingone"),
        EXPIRES,
        "must be renewed before 2026-11-01",
        "expires",
    )
    waiting = Drift(parse_address("pingone.revision"), UNPUBLISHED, [], ['the rule "X"'])
    news = News(
        standing=(
            standing(DRIFT[0]),
            standing(DRIFT[1], changed=True),
            standing(renewal, told=True),
            standing(waiting, told=True),
        ),
        kept=(standing(DRIFT[2], told=True),),
        resolved=(standing(replace(DRIFT[0], path="name"), told=True),),
    )
    plan = replace(EMPTY, drift=(DRIFT[0], DRIFT[1], renewal, waiting))
    assert render_drift_news(plan, news, PLAIN) == EXPECTED


EXPECTED = """\
New:

  since 2026-11-26 03:00 UTC
  pingone.rules.employees
      ~ enabled   true -> false

Changed once more:

  since 2026-11-26 03:00 UTC
  pingone.rules.employees
      ~ mappings.userName   "username" -> "email"

Still there:

  since 2026-11-26 03:00 UTC
  infisical.scim_tokens.pingone
      ! expires   expires; must be renewed before 2026-11-01

  pingone.revision
      ! unpublished
          the rule "X"

Was there before, and could not be looked at:

  since 2026-11-26 03:00 UTC
  pingone.groups.staff
      - id   "g-1" -> (none)   # it is gone

No longer there:

  since 2026-11-26 03:00 UTC
  pingone.rules.employees
      ~ name   true -> false

Drift: 1 resource changed by hand, 1 token to renew, unpublished changes in PingOne."""


def test_trouble_and_its_end() -> None:
    trouble = News(trouble=Trouble("the service\n::error:: is down", NOW))
    assert render_message(trouble, PLAIN) == "Could not tell: the service\\n::error:: is down"
    ended = render_message(News(ended=Trouble("down", NOW, told=True)), PLAIN)
    assert ended == "It can be told again. Since 2026-11-26 03:00 UTC it could not: down"


def test_a_hostile_name_ends_no_line() -> None:
    for line in hostile_text().splitlines():
        assert line.isprintable()
        assert not line.strip().startswith(("::", "##[", "##vso"))
