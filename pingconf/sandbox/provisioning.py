"""What follows a revision: PingOne compares who is in scope with whom it has provisioned, and acts.

Facts: developer.pingidentity.com … propagation-revisions, propagation-stores (`managed`), delete-rule.html.
A failure is counted in the store's `syncStatus`, never raised.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus

from pingconf.sandbox.attribute_mapping import MappingFault, map_attributes, scim_user
from pingconf.sandbox.http import Json
from pingconf.sandbox.pingone_directory import members_of, users_with_groups
from pingconf.sandbox.scim_target import CallFailed, ScimTarget
from pingconf.sandbox.world import Table, World
from pingconf.scim import match, parse


@dataclass(slots=True)
class Tally:
    """What was done at one connection."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    disabled: int = 0
    deleted: int = 0
    failed: int = 0
    failed_deprovision: int = 0
    groups: int = 0
    details: list[str] = field(default_factory=list)

    def as_json(self) -> Json:
        return {name: getattr(self, name) for name in self.__slots__}


def provision(world: World, before: Json) -> Json:
    """Carry out what is published now; `before` is the snapshot of the revision before."""
    engine_runs = not world.switches.plan_status_kept or any(
        plan["status"] == "ACTIVE" for plan in world.published["plans"]
    )
    users = users_with_groups(world)
    done = [
        _Connection(world, store, users).run()
        for store in world.published["stores"]
        if store["type"] == "scim" and store["status"] == "ACTIVE" and engine_runs
    ]
    present = {store["id"] for store in world.published["stores"]}
    retired = [_retire(world, store) for store in before.get("stores", ()) if store["id"] not in present]
    return {"connections": done, "retired": [report for report in retired if report]}


def _retire(world: World, store: Json) -> Json:
    """A store that is gone takes its people along, if it was `managed` when last published."""
    people = world.provisioned.pop(store["id"], {})
    world.provisioned_groups.pop(store["id"], None)
    if store["type"] != "scim" or not store.get("managed"):
        return {}
    tally = Tally()
    target = ScimTarget(world, store["configuration"])
    for record in people.values():
        deprovision(target, record, tally)
    return {"connection": store["name"], **tally.as_json()}


def deprovision(target: ScimTarget, record: Json, tally: Tally) -> bool:
    """Do REMOVE_ACTION to one person; whether it was done, or PingOne may not do it at all."""
    if not target.allows("DISABLE_USERS"):
        tally.skipped += 1
        return True
    try:
        if target.configuration.get("REMOVE_ACTION") == "Delete":
            target.delete_user(record["remote_id"])
            tally.deleted += 1
        elif record["sent"].get("active"):
            record["sent"] = {**record["sent"], "active": False}
            target.replace_user(record["remote_id"], record["sent"])
            tally.disabled += 1
    except CallFailed as fault:
        if fault.status == HTTPStatus.NOT_FOUND:  # someone else was quicker
            return True
        record["sent"] = {**record["sent"], "active": True}
        tally.failed_deprovision += 1
        tally.details.append(str(fault))
        return False
    return True


class _Connection:
    """One active SCIM store in one revision."""

    def __init__(self, world: World, store: Json, users: list[Json]) -> None:
        self._world = world
        self._store = store
        self._target = ScimTarget(world, store["configuration"])
        self._people: Table = world.provisioned.setdefault(store["id"], {})
        self._tally = Tally()
        self._rules = [
            rule
            for rule in world.published["rules"]
            if rule["targetStore"]["id"] == store["id"] and rule["active"]
        ]
        self._scopes = {
            rule["id"]: {
                user["id"]: user for user in users if match(parse(rule["populationExpression"]), user)
            }
            for rule in self._rules
        }

    def run(self) -> Json:
        self._world.sync_failures |= {rule["id"]: {} for rule in self._rules}
        for rule in self._rules:
            mappings = [row for row in self._world.published["mappings"] if row["rule"]["id"] == rule["id"]]
            for user in self._scopes[rule["id"]].values():
                self._provision(rule, user, mappings)
        if self._target.takes_groups:  # first: whoever leaves is still known as one of ours
            for rule in self._rules:
                for reference in rule["groups"]:
                    self._provision_group(rule, reference["id"])
        self._part_from_leavers()
        self._write_status()
        return {
            "connection": self._store["name"],
            "rules": {rule["name"]: len(self._scopes[rule["id"]]) for rule in self._rules},
            **self._tally.as_json(),
        }

    def _provision(self, rule: Json, user: Json, mappings: list[Json]) -> None:
        try:
            flat = map_attributes(user, mappings)
            key = self._store["configuration"]["UNIQUE_USER_IDENTIFIER"]
            if key not in flat:
                raise MappingFault(f"{user['username']} has no value for {key}")
            self._send(rule, user, flat[key], scim_user(flat, user["enabled"]))
        except (CallFailed, MappingFault) as fault:
            self._fail(rule, user["id"], fault)

    def _fail(self, rule: Json, id: str, fault: Exception) -> None:
        self._tally.failed += 1
        self._tally.details.append(str(fault))
        self._world.sync_failures[rule["id"]][id] = str(fault)

    def _send(self, rule: Json, user: Json, identifier: str, payload: Json) -> None:
        """Look the person up; create, replace or leave as it is. Whoever is disabled is not created."""
        found = self._target.find_user(identifier)
        record = self._people.get(user["id"], {})
        if found is None:
            if not payload["active"] or not self._target.allows("CREATE_USERS"):
                self._tally.skipped += 1
                return
            remote_id = self._target.create_user(payload)
            self._tally.created += 1
        else:
            remote_id = str(found["id"])
            if record.get("sent") == payload and record["remote_id"] == remote_id and _shows(found, payload):
                self._tally.unchanged += 1
            elif not self._target.allows("DISABLE_USERS" if not payload["active"] else "UPDATE_USERS"):
                self._tally.skipped += 1
            else:
                self._target.replace_user(remote_id, payload)
                self._tally.updated += 1
        rules = list(dict.fromkeys([*record.get("rules", ()), rule["id"]]))
        self._people[user["id"]] = {"remote_id": remote_id, "rules": rules, "sent": payload}

    def _part_from_leavers(self) -> None:
        """Who left a rule's scope, or was in a rule deleted with `deprovision=true`, and is in no other."""
        known = {rule["id"] for rule in self._world.published["rules"]}
        for user_id, record in list(self._people.items()):
            lost = {
                rule
                for rule in record["rules"]
                if rule in self._world.rules_to_deprovision
                or user_id not in self._scopes.get(rule, (user_id,))
            }
            staying = any(user_id in scope for scope in self._scopes.values())
            if lost and not staying and not deprovision(self._target, record, self._tally):
                continue  # the next revision tries again
            kept = [rule for rule in record["rules"] if rule not in lost and rule in known]
            record["rules"] = kept
            if lost and not kept:
                del self._people[user_id]

    def _provision_group(self, rule: Json, group_id: str) -> None:
        group = self._world.groups.get(group_id)
        if group is None:
            return
        scope = self._scopes[rule["id"]]
        members = {
            self._people[id]["remote_id"]: " ".join(scope[id]["name"].values()) or scope[id]["username"]
            for id in members_of(self._world, group)
            if id in scope and id in self._people and scope[id]["enabled"]
        }
        try:
            self._send_group(group, members)
            self._tally.groups += 1
        except CallFailed as fault:
            self._fail(rule, group_id, fault)

    def _send_group(self, group: Json, members: dict[str, str]) -> None:
        done = self._world.provisioned_groups.setdefault(self._store["id"], {})
        listed = [{"value": id, "display": display} for id, display in members.items()]
        remote = self._read_group(done.get(group["id"]), group["name"])
        if remote is None:
            done[group["id"]] = self._target.create_group(group["name"], listed)
            return
        done[group["id"]] = remote["id"]
        operations: list[Json] = []
        if remote["displayName"] != group["name"]:
            operations.append({"op": "replace", "value": {"displayName": group["name"]}})
        there = [member["value"] for member in remote["members"]]
        new = [member for member in listed if member["value"] not in there]
        if new:
            operations.append({"op": "add", "path": "members", "value": new})
        for id in there:
            if id not in members and self._may_take_out(id):
                operations.append({"op": "remove", "path": f'members[value eq "{id}"]'})
        if operations:
            self._target.change_group(remote["id"], operations)

    def _read_group(self, remote_id: str | None, name: str) -> Json | None:
        """The group known from before, unless it is gone; else one of that name."""
        if remote_id is not None:
            with suppress(CallFailed):  # gone, or not to be had: the search by name will tell
                return self._target.read_group(remote_id)
        found = self._target.find_group(name)
        return None if found is None else self._target.read_group(found)

    def _may_take_out(self, remote_id: str) -> bool:
        """Merge, taken for the default, leaves members alone whom PingOne did not provision."""
        if self._store["configuration"].get("GROUP_MEMBERSHIP_HANDLING") == "Overwrite":
            return True
        return any(record["remote_id"] == remote_id for record in self._people.values())

    def _write_status(self) -> None:
        """`syncStatus` counts since the last revision; no documented state says "done", so none is given."""
        tally = self._tally
        status: Json = {
            "userTotal": len({id for scope in self._scopes.values() for id in scope}),
            "successCount": tally.created + tally.updated + tally.unchanged + tally.disabled + tally.deleted,
            "failedCount": tally.failed,
            "failedDeprovisionCount": tally.failed_deprovision,
            "lastSyncAt": self._world.stamp(),
        }
        if tally.failed or tally.failed_deprovision:
            status |= {"syncState": "FAILED", "details": tally.details[0]}
        self._world.stores[self._store["id"]]["syncStatus"] = status
        self._world.syncing[self._store["id"]] = self._world.switches.sync_takes


def _shows(found: Json, payload: Json) -> bool:
    """Whether the target shows what would be sent; the user name aside, which it may make itself."""
    mails = {mail.get("value", "").lower() for mail in payload.get("emails", ())}
    return (
        found.get("active") == payload["active"]
        and all(found.get("name", {}).get(part) == value for part, value in payload.get("name", {}).items())
        and mails <= {mail.get("value") for mail in found.get("emails", ())}
    )
