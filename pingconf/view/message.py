"""A message about drift in the forms that chat services take; nothing in it is obeyed by them."""

from __future__ import annotations

from json import dumps
from typing import Any, Final

from pingconf.view.style import count

SLACK_LETTERS: Final = 3_500
"""Slack asks for at most 4,000 characters, and cuts at 40,000 (api.slack.com, changelog of April 2018)."""
TEAMS_BYTES: Final = 20_000
"""A card of more than 28 KB is refused (learn.microsoft.com, Create an Incoming Webhook)."""
LONGEST_LINE: Final = 1_000
"""Characters of one line of a card, each of which takes up to twelve bytes on its way."""
PLAIN_LETTERS: Final = 1_900
"""The narrowest of the services that are known by a URL of their own: Discord takes 2,000 characters."""


def slack_message(title: str, text: str) -> dict[str, Any]:
    """A text without formatting, mentions, links and previews.

    Source: docs.slack.dev, formatting message text: `&`, `<` and `>` are all there is to escape, as mentions
    such as `<!channel>` stand between the latter. `parse: none` and `link_names: false` let `@name` be text.
    """
    whole = _cut(f"{title}\n\n{text}", SLACK_LETTERS)
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        whole = whole.replace(letter, entity)
    return {
        "text": whole,
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def teams_message(title: str, text: str) -> dict[str, Any]:
    """A message with an Adaptive Card, as a workflow of Teams takes it.

    A RichTextBlock knows no Markdown, unlike a TextBlock (learn.microsoft.com, Adaptive Cards, Text
    features); a mention would need `<at>` in a text and an entity beside it.
    """
    lines = [line for line in text.splitlines() if line]
    body = [_paragraph(title[:LONGEST_LINE], weight="Bolder", size="Medium")]
    while lines and len(dumps(body)) < TEAMS_BYTES:
        body.append(_paragraph(_cut(lines.pop(0), LONGEST_LINE), fontType="Monospace"))
    if lines:
        body.append(_paragraph(_missing(len(lines))))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [attachment]}


def _paragraph(text: str, **looks: str) -> dict[str, Any]:
    shown = text.replace("<at", "\\x3cat").replace("</at", "\\x3c/at")
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": shown, **looks}]}


def plain_message(title: str, text: str) -> tuple[str, str]:
    """Title and text for any other service: `@`, `<` and `>` give way to letters that only look like them, as
    what each of the services would obey is beyond counting."""
    lookalikes = str.maketrans({"@": "＠", "<": "‹", ">": "›"})  # noqa: RUF001
    return title.translate(lookalikes), _cut(text, PLAIN_LETTERS).translate(lookalikes)


def _cut(text: str, letters: int) -> str:
    """Whole lines, as many as fit, and how many are missing; of one line that is too long, its beginning."""
    if len(text) <= letters:
        return text
    kept = text[: letters - 60]
    whole, broke, _ = kept.rpartition("\n")
    kept = whole if broke else kept
    missing = text[len(kept) :].strip("\n").count("\n") + 1
    return f"{kept}\n{_missing(missing)}"


def _missing(lines: int) -> str:
    return f"… {count(lines, 'more line')}; see: pingconf drift"
