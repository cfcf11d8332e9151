"""What Cloudflare takes as a DNS record, how it refuses one, and how it shows it.

Sources: the published OpenAPI description and the official npm client 7.3.0 (resources/dns/records), the
page "Batch record changes" of Cloudflare's DNS documentation, and error bodies quoted in the issue
trackers of external-dns, lexicon, ddns-go and favonia/cloudflare-ddns. Error numbers that are known from
one such quotation only are marked so.
"""

import re
import time

TYPES = ("A", "AAAA", "CAA", "CERT", "CNAME", "DNSKEY", "DS", "HTTPS", "LOC", "MX", "NAPTR", "NS", "OPENPGPKEY",
         "PTR", "SMIMEA", "SRV", "SSHFP", "SVCB", "TLSA", "TXT", "URI")
PROXIABLE = ("A", "AAAA", "CNAME")
HOST = re.compile(r"(?=.{1,253}$)([a-z0-9_*]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?",
                  re.I)
FIELDS = {"name": str, "type": str, "content": str, "ttl": int, "proxied": bool, "comment": str, "tags": list,
          "settings": dict, "priority": int, "data": dict}
# Of what an answer holds, these come back in a request without effect.
READ_ONLY_FIELDS = {"id", "proxiable", "meta", "created_on", "modified_on", "comment_modified_on", "tags_modified_on"}
SETTINGS = {"flatten_cname", "ipv4_only", "ipv6_only"}


class Refused(Exception):
    """An error envelope: HTTP status, code, message, and what stands in error_chain."""

    def __init__(self, status, code, message, *chain):
        super().__init__(message)
        self.status = status
        self.errors = [{"code": code, "message": message}]
        if chain:
            self.errors[0]["error_chain"] = [{"code": c, "message": m} for c, m in chain]


def invalid(code, message):
    return Refused(400, 1004, "DNS Validation Error", (code, message))


def whole_name(name, zone):
    """What is stored for NAME: `@` and anything that does not end in the zone's name is taken as relative."""
    try:
        name = ".".join(label.encode("idna").decode() if not label.isascii() else label for label in name.split("."))
    except UnicodeError as error:
        raise invalid(9000, "DNS name is invalid.") from error
    name = name.rstrip(".").lower()
    if name in ("@", ""):
        return zone
    if name != zone and not name.endswith("." + zone):
        name = f"{name}.{zone}"
    if not HOST.fullmatch(name):
        raise invalid(9000, "DNS name is invalid.")
    return name


def check_types(body):
    """Fields that the API does not document are refused. The real one overlooks them; a test should not."""
    if not isinstance(body, dict):
        raise Refused(400, 9207, "Request body is invalid.")
    for key, value in body.items():
        if key in READ_ONLY_FIELDS or (key == "data" and value is None):
            continue
        kind = FIELDS.get(key)
        if kind is None:
            raise Refused(400, 9207, f"Request body is invalid: unknown field {key}.")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise Refused(400, 9207, f"Request body is invalid: {key} must be {kind.__name__}.")
    unknown = set(body.get("settings", {})) - SETTINGS
    if unknown:
        raise Refused(400, 9207, f"Request body is invalid: unknown setting {unknown.pop()}.")


def check_ttl(ttl, minimum):
    if ttl != 1 and not minimum <= ttl <= 86400:
        raise Refused(400, 9021, f"Invalid TTL. Must be between {minimum} and 86,400 seconds, or 1 for Automatic.")


def content_of(type, content, name):
    """The content as stored."""
    if not content:
        raise invalid(9005, "Content for record is required.")
    if type in ("CNAME", "NS", "PTR"):
        content = content.rstrip(".") or "."
        if not HOST.fullmatch(content) or (type == "CNAME" and content.lower() == name):
            raise invalid(9007, f"Content for {type} record is invalid.")
    elif type == "A" and not re.fullmatch(r"(\d{1,3}\.){3}\d{1,3}", content):
        raise invalid(9005, "Content for A record must be a valid IPv4 address.")
    elif type == "AAAA" and ":" not in content:
        raise invalid(9006, "Content for AAAA record must be a valid IPv6 address.")
    return content


def check_marks(body, plan):
    """Comments and tags, which have quotas by plan."""
    if plan == "free" and len(body.get("comment") or "") > 100:
        raise Refused(400, 9313, "DNS record comment exceeds the maximum length of 100 characters.")
    if plan == "free" and body.get("tags"):
        raise invalid(9300, f"DNS record has {len(body['tags'])} tags, exceeding the quota of 0.")


def normalised(body, zone, before=None):
    """(name, type, content, ttl, extra) of a checked body; BEFORE is the record that a PATCH starts from."""
    plan = zone.attributes["plan"]
    check_types(body)
    check_marks(body, plan)
    start = {} if before is None else {
        "name": before.name, "type": before.type, "content": before.data, "ttl": before.ttl,
        **{key: before.extra[key] for key in ("proxied", "comment", "tags", "settings", "priority")
           if before.extra.get(key) is not None}}
    body = start | body
    for key in ("name", "type", "content"):
        if key not in body:
            raise invalid(9000, f"DNS record {key} is required.")
    if body["type"] not in TYPES:
        raise invalid(9003, "Invalid record type.")
    name, ttl = whole_name(body["name"], zone.name), body.get("ttl", 1)
    check_ttl(ttl, 30 if plan == "enterprise" else 60)
    proxied = body.get("proxied", False)
    if proxied and body["type"] not in PROXIABLE:
        raise Refused(400, 9004, "This record type cannot be proxied.")
    extra = {"proxied": proxied, "comment": body.get("comment") or None, "tags": body.get("tags", []),
             "settings": body.get("settings", {}), "modified": time.time()}
    if body["type"] in ("MX", "SRV", "URI"):
        extra["priority"] = body.get("priority", 0)
    return name, body["type"], content_of(body["type"], body["content"], name), 1 if proxied else ttl, extra


def check_neighbours(zone, name, type, data, itself=None):
    """The rules of the SDK's "Notes": CNAME beside no A, AAAA or CNAME, NS beside nothing. A TXT beside a
    CNAME is taken."""
    others = [record for record in zone.at(name) if record is not itself]
    kinds = {record.type for record in others}
    if any(record.type == type and record.data.lower() == data.lower() for record in others):
        raise Refused(400, 81058, "An identical record already exists.")
    if type == "CNAME" and kinds & {"A", "AAAA", "CNAME"}:
        raise Refused(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
    if type in ("A", "AAAA") and "CNAME" in kinds:
        raise Refused(400, 81054, "A CNAME record with that host already exists.")
    # Known from one quotation.
    if (type == "NS") != ("NS" in kinds) and kinds and name != zone.name:
        raise Refused(400, 81056, "NS records with that host already exist.")


def date(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(seconds))


def shown(record):
    """A record as the API shows it. zone_id and zone_name are gone since 2024-11-30."""
    extra = record.extra
    modified = date(extra.get("modified", 1700000000))
    answer = {"id": record.id, "name": record.name, "type": record.type, "content": record.data,
              "proxiable": record.type in PROXIABLE, "proxied": extra.get("proxied", False), "ttl": record.ttl,
              "settings": extra.get("settings", {}),
              "meta": {"read_only": True, "email_routing": True} if extra.get("read_only") else {},
              "comment": extra.get("comment"), "tags": extra.get("tags", []), "created_on": date(1700000000),
              "modified_on": modified}
    if "priority" in extra:
        answer["priority"] = extra["priority"]
    return answer
