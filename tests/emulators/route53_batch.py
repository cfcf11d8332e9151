"""What Route 53 makes of a change batch: all of it or nothing, each change judged on what those before it left.

A record here is a record set: `data` holds its values, one a line, and `extra` what is not in every set
(set_id, routing, alias). Messages are the service's own where users have quoted them; where none is public, a
comment says so.
"""

import ipaddress
import re

ROUTING = ("Weight", "Region", "GeoLocation", "Failover", "MultiValueAnswer", "CidrRoutingConfig")
# Route 53 quotas, "Maximum number of ResourceRecord elements" and "characters in a ChangeResourceRecordSets request".
ELEMENTS_MAX, CHARACTERS_MAX = 1000, 32000


class BadBatch(Exception):
    """InvalidChangeBatch, with a message for each change that cannot be."""

    def __init__(self, messages):
        super().__init__("; ".join(messages))
        self.messages = messages


class BadInput(Exception):
    """InvalidInput."""


def unescape(name):
    """A name as stored: lower case, without escapes and final dot (Developer Guide, "DNS domain name format")."""
    text = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), name)
    return text.removesuffix(".").lower()


def escaped(name):
    """A name as the service answers it: with a final dot, everything outside a-z 0-9 - _ in octal."""
    return re.sub(r"[^a-z0-9\-_.]", lambda match: f"\\{ord(match[0]):03o}", name) + "."


def order(name):
    """The sort key of a name: its labels reversed, with the final dot."""
    return ".".join(reversed(name.split("."))) + "."


def values_of(record):
    return record.data.split("\n") if record.data else []


def check_weight_of(changes):
    sets = [(change["Action"], change["ResourceRecordSet"]) for change in changes]
    times = {"UPSERT": 2}
    elements = sum(times.get(action, 1) * len(one.get("ResourceRecords", ())) for action, one in sets)
    length = sum(times.get(action, 1) * len(value["Value"]) for action, one in sets
                 for value in one.get("ResourceRecords", ()))
    if elements > ELEMENTS_MAX:
        raise BadBatch([f"Number of records limit of {ELEMENTS_MAX} exceeded."])
    if length > CHARACTERS_MAX:
        raise BadBatch([f"Maximum total RDATA length limit of {CHARACTERS_MAX} exceeded."])


def check_form(action, one):
    forms = ("AliasTarget" in one) + ("TTL" in one or "ResourceRecords" in one) + ("TrafficPolicyInstanceId" in one)
    if forms != 1 or ("TTL" in one) != ("ResourceRecords" in one):
        found = "none" if forms == 0 else "more than one" if forms > 1 else "an incomplete one"
        raise BadInput("Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
                       f"TrafficPolicyInstanceId], but found {found} in Change with [Action={action}, "
                       f"Name={one['Name']}, Type={one['Type']}, SetIdentifier={one.get('SetIdentifier', 'null')}]")
    routing = [name for name in ROUTING if name in one]
    if bool(routing) != ("SetIdentifier" in one) or len(routing) > 1:
        raise BadInput(f"Invalid request: Missing field 'SetIdentifier' in Change with [Action={action}, "
                       f"Name={one['Name']}, Type={one['Type']}, SetIdentifier=null]" if routing else
                       "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or "
                       f"MultiValueAnswer], but found none in Change with [Action={action}, Name={one['Name']}, "
                       f"Type={one['Type']}, SetIdentifier={one['SetIdentifier']}]")


def _problem(code, words, value):
    return f"Invalid Resource Record: 'FATAL problem: {code} ({words}) encountered with '{value}''"


def bad_name(name):
    labels = name.removesuffix(".").split(".")
    if any(not label for label in labels):
        return _problem("DomainLabelEmpty", "Domain label is empty", name)
    if any(len(label) > 63 for label in labels):
        return _problem("DomainLabelTooLong", "Domain label is too long", name)
    if len(name) > 255 or not re.fullmatch(r"[\x21-\x7e]+", name):
        return _problem("DomainNameInvalid", "Domain name is invalid", name)
    return None


def bad_text(value):
    if not re.fullmatch(r'("(?:[^"\\]|\\.)*"\s*)+', value):
        return _problem("InvalidCharacterString", "Value should be enclosed in quotation marks", value)
    if any(len(part) > 255 for part in re.findall(r'"((?:[^"\\]|\\.)*)"', value)):
        return _problem("CharacterStringTooLong", "Value is too long", value)
    return None


def bad_value(type, value):
    """What is wrong with a value of a type, or None."""
    if type in ("CNAME", "NS", "PTR"):
        return bad_name(value)
    if type in ("TXT", "SPF"):
        return bad_text(value)
    if type in ("A", "AAAA"):
        try:
            return None if ipaddress.ip_address(value).version == (4 if type == "A" else 6) else bad_address(type, value)
        except ValueError:
            return bad_address(type, value)
    return None


def bad_address(type, value):
    if type == "A":
        return _problem("ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address", value)
    return _problem("AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address", value)


class Batch:
    """One batch on one zone. apply() inside the zone's transaction."""

    def __init__(self, zone, changes):
        self.zone, self.changes, self.messages = zone, changes, []
        self.seen = set()

    def apply(self):
        """Applies all; BadBatch or BadInput, and the transaction undoes what was done."""
        check_weight_of(self.changes)
        for change in self.changes:
            check_form(change["Action"], change["ResourceRecordSet"])
        for change in self.changes:
            message = self._one(change["Action"], change["ResourceRecordSet"])
            if message:
                self.messages.append(message)
        apex = {record.type for record in self.zone.at(self.zone.name)}
        if not {"NS", "SOA"} <= apex:
            self.messages.append("A HostedZone must contain exactly one SOA record." if "SOA" not in apex else
                                 "A HostedZone must contain at least one NS record for the zone itself.")
        if self.messages:
            raise BadBatch(self.messages)

    def _one(self, action, one):
        name, type, set_id = unescape(one["Name"]), one["Type"], one.get("SetIdentifier")
        # DELETE and CREATE of one set go together; the same twice, or UPSERT beside either, do not.
        kinds = {"DELETE": ("DELETE", "UPSERT")}.get(action, ("CREATE", "UPSERT"))
        if action == "UPSERT":
            kinds = ("CREATE", "DELETE", "UPSERT")
        if any((kind, name, type, set_id) in self.seen for kind in kinds):
            return ("The request contains an invalid set of changes for a resource record set "
                    f"'{type} {escaped(name)}'")
        self.seen.add((action, name, type, set_id))
        if name != self.zone.name and not name.endswith(f".{self.zone.name}"):
            return (f"RRSet with DNS name {escaped(name)} is not permitted in zone {escaped(self.zone.name)}")
        there = next((r for r in self.zone.at(name, type) if r.extra.get("set_id") == set_id), None)
        if action == "DELETE":
            return self._delete(name, one, there)
        return self._bad_set(name, one) or self._put(action, name, one, there)

    @staticmethod
    def _label(name, one):
        set_id = f", set identifier='{one['SetIdentifier']}'" if "SetIdentifier" in one else ""
        return f"[name='{escaped(name)}', type='{one['Type']}'{set_id}]"

    def _delete(self, name, one, there):
        if not there:
            return f"Tried to delete resource record set {self._label(name, one)} but it was not found"
        if self._content(one) != self._held(there):
            return (f"Tried to delete resource record set {self._label(name, one)} but the values provided do not "
                    "match the current values")
        self.zone.remove(there)
        return None

    @staticmethod
    def _content(one):
        """What of a set must be equal to delete it."""
        values = sorted(value["Value"] for value in one.get("ResourceRecords", ()))
        return one.get("TTL"), values, one.get("AliasTarget"), {k: one[k] for k in ROUTING if k in one}

    @staticmethod
    def _held(record):
        alias = record.extra.get("alias")
        return (None if alias else record.ttl, sorted(values_of(record)), alias, record.extra.get("routing", {}))

    def _bad_set(self, name, one):
        type, values = one["Type"], [value["Value"] for value in one.get("ResourceRecords", ())]
        wrong = bad_name(one["Name"]) or next(filter(None, (bad_value(type, value) for value in values)), None)
        if wrong:
            return wrong
        if len(set(values)) != len(values):
            return f"Duplicate Resource Record: '{values[0]}'"
        if type == "CNAME" and name == self.zone.name:
            return (f"RRSet of type CNAME with DNS name {escaped(name)} is not permitted at apex in zone "
                    f"{escaped(self.zone.name)}")
        if type == "CNAME" and len(values) > 1:
            # No public quotation: the wording is this emulator's.
            return f"RRSet of type CNAME with DNS name {escaped(name)} may have one value only"
        return None

    def _put(self, action, name, one, there):
        type = one["Type"]
        if action == "CREATE" and there:
            return f"Tried to create resource record set {self._label(name, one)} but it already exists"
        for other in self.zone.at(name):
            if other is not there and (other.type == "CNAME") != (type == "CNAME"):
                return (f"RRSet of type {type} with DNS name {escaped(name)} is not permitted because a conflicting "
                        f"RRSet of type {other.type} with the same DNS name already exists in zone "
                        f"{escaped(self.zone.name)}")
            if other is not there and other.type == type and bool(other.extra.get("set_id")) != ("SetIdentifier" in one):
                return self._mixed(name, one)
        self._store(name, one, there)
        return None

    @staticmethod
    def _mixed(name, one):
        # external-dns issue 3141, gardener/external-dns-management issue 513
        if "SetIdentifier" in one:
            return (f"RRSet with DNS name {escaped(name)}, type {one['Type']}, SetIdentifier {one['SetIdentifier']} cannot "
                    "be created as a non-weighted set exists with the same name and type.")
        return (f"RRSet with DNS name {escaped(name)}, type {one['Type']} cannot be created as other RRSets exist with "
                "the same name and type.")

    def _store(self, name, one, there):
        values = [value["Value"] for value in one.get("ResourceRecords", ())]
        extra = {"set_id": one.get("SetIdentifier"), "alias": one.get("AliasTarget"),
                 "routing": {key: one[key] for key in ROUTING if key in one}}
        extra = {key: value for key, value in extra.items() if value}
        if there and there.ttl == one.get("TTL") and [v.removesuffix(".") for v in values] == [
                v.removesuffix(".") for v in values_of(there)]:
            # A change of nothing but the final dot is not stored (octodns-route53 issue 84).
            return
        if there:
            self.zone.remove(there)
        self.zone.add(name, one["Type"], "\n".join(values), one.get("TTL") or 0, **extra)
