"""What somebody might do in the PingOne console behind our back; for the tour on the embedded services."""

from __future__ import annotations

from pingconf.clients.bodies import writable
from pingconf.kinds.pingone_rule import RULES
from pingconf.model.errors import UsageError
from pingconf.operations.session import Invocation, open_session

NARROWER = 'enabled eq true and title co "Engineer"'


def narrow_first_rule(invocation: Invocation) -> tuple[str, str]:
    """Change the user filter of the first rule; returns its name and the new filter. Sandbox only."""
    if not invocation.sandbox:
        raise UsageError("A change by hand is made on the embedded services only")
    pingone = open_session(invocation).services.pingone
    rule = pingone.list(RULES, "rules")[0]
    pingone.replace(f"{RULES}/{rule['id']}", {**writable(rule), "populationExpression": NARROWER})
    return str(rule["name"]), NARROWER
