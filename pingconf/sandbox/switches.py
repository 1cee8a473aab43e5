"""Answers that the documents leave open, each with a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Switches:
    """Answers that the documents leave open; the defaults are the likeliest."""

    token_method: Literal["both", "basic", "post", "jwt"] = "both"
    """Where the worker's secret must stand: that is a choice of each application (docs.pingidentity.com)."""
    secrets_in_get: Literal["clear", "masked", "absent"] = "absent"
    """How a connection's secrets come back: recorded examples show one in clear, other clients find none."""
    create_answers_id: bool = True
    """Whether the answer to creating a rule has its `id`; a client in the wild copes with its absence."""
    rule_create_path: Literal["plan", "rules", "both"] = "both"
    """Where rules are POSTed: `/propagation/plans/{id}/rules` (create-rule.html) or `/propagation/rules`."""
    mapping_delete_path: Literal["plural", "singular", "both"] = "both"
    """Where mappings are DELETEd: `/propagation/mappings/{id}`, or `…/mapping/{id}` as in the SDK."""
    test_failure: Literal["400", "200"] = "400"
    """The status of a failed connection test."""
    directory_premade: bool = False
    """Whether a new environment has a store of type `directory`."""
    list_counts: bool = True
    """Whether lists of plans, stores, rules and mappings carry `count` and `size`."""
    list_lag: int = 0
    """How many lists do not show a new object yet; it can be read by its id at once."""
    sync_takes: int = 0
    """How many reads of a connection still show SYNCING after a revision."""
    failed_sync: Literal["reason", "bare", "absent"] = "reason"
    """What /syncedRules/{id} shows of whom a rule could not bring to its target: FAILED with the reason in
    `details`, FAILED without one, or nothing (404). The recorded example is of a success."""
    unique_mappings: bool = True
    """Whether a second mapping to the same target of a rule is refused."""
    plan_status_kept: bool = True
    """Whether a plan's `status` can be set; if not it stays INACTIVE, and rules run all the same."""
    unknown_worker_status: Literal["401", "404"] = "401"
    """What the token endpoint answers for an environment that is not there: no document says."""
    environment_readable_by: Literal["any", "environment_admin"] = "any"
    """Who may read the environment itself: the roles reference does not say."""
    mail_configured: bool = True
    """What /api/status says of SMTP; false was observed on a server without it."""
    created_disabled: bool = True
    """Whether a user can be made with `enabled: false`: enable-users says only that it is true by default."""
    patch_keeps_name_parts: bool = True
    """Whether a PATCH of one part of `name` keeps the other; update-user-patch.html speaks of attributes."""
    eq_folds_case: bool = True
    """Whether `eq` on user names and e-mails takes capitals and small letters for the same; only for `sw` are
    there reports that it does not."""
    keeps_capitals: bool = True
    """Whether user names and e-mails keep their capitals; platform/users does not say."""
    joins_twice: bool = False
    """Whether adding somebody who is a member already is a success; add-user-to-group.html does not say."""
    infisical_release: Literal["2025-06", "2026"] = "2025-06"
    """Which Infisical is played: the backend of June 2025 that was observed, or one of 2026, as its public
    changes (pull requests 4953, 5947, 6471, 6885, 7936) and documentation tell. In 2026: at most 730 days for
    a token, `expiryNotificationSent`; login by password; OIDC routes by `organizationId`, also for machine
    identities; group roles at /scim/group-org-role-mappings; verified e-mail domains. Its SCIM server has a
    ServiceProviderConfig, asks neither for `schemas` nor for `members[].display`, shows and finds user names
    as they were sent, knows people by e-mail, lets deletes be repeated, and changes nobody without an alias
    and no e-mail unless SSO is enforced."""
