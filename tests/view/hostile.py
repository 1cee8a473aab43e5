"""Names that somebody in PingOne could give, to be obeyed by whatever shows them."""

from __future__ import annotations

from typing import Final

from pingconf.model.address import Address, parse_address
from pingconf.model.plan import Action, Change, Difference, Drift, People, Plan, RulePeople

HOSTILE: Final = (
    "line one\nline two\r\nthree\u2028four\u2029five\x85six",
    "::error file=a.py,line=1::owned",
    "\n::set-output name=x::y",
    "##[error]owned",
    "##vso[task.complete result=Failed;]",
    "\x1b[2J\x1b]0;owned\x07",
    "@all @channel @here @octocat @acme/security <@U012345> <!channel> <!here> <!subteam^S1> <at>Ann</at>",
    "#1 acme/widgets#7 GH-3",
    "[click](https://evil.example) ![x](https://evil.example/p.png) <https://evil.example> www.evil.example",
    "<script>alert(1)</script><img src=x onerror=alert(1)>&lt;b&gt;<!-- --></testcase>]]>",
    "a | b \\| c || d",
    "`tick` ``two`` ```three``` ````four````",
    "```\n# owned\n```diff",
    "\u202egnp.exe \u200b\u2066\ufeff \ud800 \x00 \x0b \x7f",
    "*bold* _under_ ~gone~ # Title\n- item\n> quote\n---\n$x$ :tada:",
    "",
    "   ",
    "`",
    "\\",
    "x" * 20_000,
)
"""What terminals, logs of pipelines, Markdown, XML, Slack and Teams would obey."""

RULE: Final = parse_address("pingone.rules.employees")


def hostile_plan() -> Plan:
    """A plan in which every text from outside is hostile."""
    differences = tuple(Difference(text, text, [text, {text: text}]) for text in HOSTILE)
    changes = tuple(
        Change(Address("pingone.groups", f"g{n}"), Action.UPDATE, text, differences[n : n + 1])
        for n, text in enumerate(HOSTILE)
    )
    return Plan(
        "lineage-1",
        4,
        changes,
        drift=tuple(Drift(RULE, text, text, [text]) for text in HOSTILE),
        unverified=(Address("pingone.groups", HOSTILE[8]), RULE),
        warnings=HOSTILE,
        people=People((RulePeople(Address("pingone.rules", HOSTILE[10]), 3, 1, 0, 2),), 3, 2, HOSTILE),
    )
