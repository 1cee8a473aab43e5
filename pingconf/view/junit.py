"""A plan and its drift as JUnit's XML: a test case per resource, as pipelines show them.

A resource that changes, or was changed, is a failure; one that could not be read is an error, never a pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree

from pingconf.model.address import Address
from pingconf.model.plan import Plan
from pingconf.view.plan import last_line, last_line_of_drift, render_change, render_drifted
from pingconf.view.style import Style, count, escape

_PLAIN: Final = Style()
_NO_XML: Final = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
UNREAD: Final = "It could not be read: nobody can say whether it is as it should be."


def render_junit(plan: Plan) -> str:
    """Every resource that is there or shall be: one that differs from the file, or drifted, has failed."""
    return _rendered("plan", plan, _problems(plan, changes=True), last_line(plan))


def render_drift_junit(plan: Plan) -> str:
    """Every resource that is there or was: one that drifted has failed."""
    return _rendered("drift", plan, _problems(plan, changes=False), last_line_of_drift(plan))


def _problems(plan: Plan, *, changes: bool) -> dict[Address, list[str]]:
    """What is the matter with each resource, a block per cause."""
    found: dict[Address, list[str]] = {}
    for address in dict.fromkeys(one.address for one in plan.drift):
        rows = [one for one in plan.drift if one.address == address]
        head = "Changed by hand:" if all(one.by_hand for one in rows) else "Not to stay as it is:"
        found.setdefault(address, []).append(f"{head}\n{render_drifted(rows, _PLAIN)}")
    for change in plan.changes if changes else ():
        found.setdefault(change.address, []).append(f"To be done:\n{render_change(change, _PLAIN)}")
    return found


def _rendered(command: str, plan: Plan, problems: dict[Address, list[str]], summary: str) -> str:
    unread = dict.fromkeys(plan.unverified)
    addresses = dict.fromkeys([*plan.observed, *problems, *unread])
    failed = sum(one not in unread for one in problems)
    numbers = {"tests": str(len(addresses)), "failures": str(failed), "errors": str(len(unread))}
    root = ElementTree.Element("testsuites", {"name": "pingconf", **numbers})
    suite = ElementTree.SubElement(root, "testsuite", {"name": f"pingconf {command}", **numbers})
    for address in addresses:
        _add(suite, address, problems.get(address, []), address in unread)
    ElementTree.SubElement(suite, "system-out").text = _text([summary, *_warnings(plan)])
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False)


def _add(suite: ElementTree.Element, address: Address, problems: list[str], unread: bool) -> None:
    names = {"name": _text([str(address)]), "classname": _text([address.section]), "time": "0"}
    case = ElementTree.SubElement(suite, "testcase", names)
    if unread:
        error = ElementTree.SubElement(case, "error", {"type": "unverified", "message": UNREAD})
        error.text = "\n".join([UNREAD, *map(_safe, problems)])
    elif problems:
        message = f"{address}: {count(len(problems), 'cause')}"
        failure = ElementTree.SubElement(case, "failure", {"type": "drift", "message": _text([message])})
        failure.text = "\n".join(map(_safe, problems))


def _warnings(plan: Plan) -> Iterable[str]:
    return (f"Warning: {one}" for one in plan.warnings)


def _text(lines: Iterable[str]) -> str:
    return "\n".join(_safe(escape(one)) for one in lines)


def _safe(text: str) -> str:
    """The text without the few characters that are no controls, and still none that XML may hold."""
    return _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
