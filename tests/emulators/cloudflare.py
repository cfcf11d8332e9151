"""Cloudflare's API v4: zones, DNS records, batches.

Sources as in cloudflare_records.py; what is authenticated how is in Cloudflare's pages "Create API token"
and "API token permissions", limits in "Rate limits" and in the changelog entry of 2025-09-03.
"""

import math
import re
import time
from collections import deque
from dataclasses import dataclass

import cloudflare_records as records
from cloudflare_records import Refused
from emulator import Answer, BadBody, Emulator, Request
from zones import Record, Zones

BASE = "/client/v4"
ZONE_ID = re.compile(r"[0-9a-f]{32}")
TOKEN = "lab-cloudflare-token-9f8e7d6c5b4a39281706"
EMAIL, KEY = "owner@example.com", "0123456789abcdef0123456789abcdef01234"
ACCOUNT = {"id": "a" * 32, "name": "Example Ltd"}
BATCH_MAX = {"free": 200, "pro": 3500, "business": 3500, "enterprise": 3500}
RECORDS_MAX = {"free": 200, "pro": 3500, "business": 3500, "enterprise": 3500}
LISTS = ("deletes", "patches", "puts", "posts")


@dataclass
class Token:
    """An API token: `zones` are the ids it is limited to, None for all of the account."""
    zones: set = None
    may_read_zones: bool = True
    may_edit_dns: bool = True


class CloudflareZones(Zones):
    def as_served(self, record):
        """Proxied names, and CNAMEs where the zone flattens all, are answered with addresses."""
        ttl = 300 if record.ttl == 1 else record.ttl
        is_flat = record.type == "CNAME" and any(zone.attributes["flatten_all_cnames"] for zone in self.all()
                                                 if record.name.endswith("." + zone.name))
        if record.extra.get("proxied") or is_flat:
            return [("A", "192.0.2.80", ttl), ("AAAA", "2001:db8::80", ttl)]
        priority = f"{record.extra['priority']} " if "priority" in record.extra else ""
        return [(record.type, priority + record.data, ttl)]

    def add_zone(self, name, **attributes):
        defaults = {"status": "active", "paused": False, "type": "full", "plan": "pro", "account": ACCOUNT,
                    "flatten_all_cnames": False,
                    "name_servers": ["asa.ns.cloudflare.com", "lou.ns.cloudflare.com"]}
        return super().add_zone(name, **(defaults | attributes))


class Cloudflare(Emulator):
    """`endpoint` is the base URL that a client is given in place of the real one."""

    def __init__(self, on_change=None, fillers=150):
        super().__init__()
        self.endpoint = self.url + BASE
        self.zones = CloudflareZones(on_change)
        self.zones.filler(fillers)
        self.tokens = {TOKEN: Token()}
        self.keys = {EMAIL: KEY}
        self.requests_max, self.window_s = 1200, 300
        self._recent = deque()

    # -- envelopes

    @staticmethod
    def envelope(result, **more):
        return Answer(200, {"success": True, "errors": [], "messages": [], "result": result, **more})

    def throttled(self, request, retry_after):
        headers = {"Ratelimit": '"default";r=0;t=60'}
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        return self.error(Refused(429, 971, "Please wait and consider throttling your request speed"), headers)

    @staticmethod
    def error(refused, headers=None):
        return Answer(refused.status, {"success": False, "errors": refused.errors, "messages": [], "result": None},
                      headers or {})

    # -- routing

    def handle(self, request: Request):
        now = time.monotonic()
        while self._recent and self._recent[0] < now - self.window_s:
            self._recent.popleft()
        self._recent.append(now)
        left = self.requests_max - len(self._recent)
        if left < 0:
            return self.throttled(request, max(1, math.ceil(self._recent[0] + self.window_s - now)))
        try:
            answer = self._route(request)
        except BadBody:
            answer = self.error(Refused(400, 9207, "Request body is invalid: not JSON."))
        except Refused as refused:
            answer = self.error(refused)
        answer.headers |= {"Ratelimit": f'"default";r={left};t={self.window_s}',
                           "Ratelimit-Policy": f'"default";q={self.requests_max};w={self.window_s}',
                           "CF-Ray": "8f0000000000abcd-LAB"}
        return answer

    def _route(self, request):
        if request.segments[:2] != ["client", "v4"]:
            raise Refused(404, 7000, "No route for that URI")
        path, method = request.segments[2:], request.method
        if method in ("POST", "PUT", "PATCH") and "json" not in (request.headers.get("Content-Type") or ""):
            raise Refused(400, 9207, "Content-Type must be application/json.")
        token = self._authenticate(request, path)
        if path == ["user", "tokens", "verify"] and method == "GET":
            return self.envelope({"id": "b" * 32, "status": "active"})
        if path == ["zones"] and method == "GET":
            return self._list_zones(request, token)
        if path[:1] != ["zones"] or len(path) < 2:
            raise Refused(404, 7000, "No route for that URI")
        zone = self._zone(request, token, path)
        if len(path) == 2 and method == "GET":
            return self.envelope(self.show_zone(zone))
        if path[2:3] != ["dns_records"] or not token.may_edit_dns:
            raise Refused(403, 10000, "Authentication error")
        return self._records(request, zone, path[3:])

    def _authenticate(self, request, path):
        authorization = request.headers.get("Authorization")
        email, key = request.headers.get("X-Auth-Email"), request.headers.get("X-Auth-Key")
        if authorization is not None:
            match = re.fullmatch(r"Bearer ([A-Za-z0-9_-]{40,})", authorization)
            if not match:
                raise Refused(400, 6003, "Invalid request headers", (6111, "Invalid format for Authorization header"))
            if match[1] not in self.tokens:
                # Zone look-ups and record calls are judged by different services, which differ in this.
                code = (9109, "Invalid access token") if path == ["zones"] else (10000, "Authentication error")
                raise Refused(403, *code)
            return self.tokens[match[1]]
        if email is None or key is None:
            raise Refused(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
        if not re.fullmatch(r"[0-9a-f]{37}|[0-9a-f]{45}", key):
            raise Refused(400, 6003, "Invalid request headers", (6103, "Invalid format for X-Auth-Key header"))
        if self.keys.get(email) != key:
            raise Refused(403, 9103, "Unknown X-Auth-Key or X-Auth-Email")
        return Token()

    def _zone(self, request, token, path):
        if not ZONE_ID.fullmatch(path[1]):
            raise Refused(400, 7003, f"Could not route to {request.raw_path}, perhaps your object identifier is "
                                     "invalid?")
        zone = self.zones.get(path[1])
        if zone is None or (token.zones is not None and zone.id not in token.zones):
            raise Refused(403, 10000, "Authentication error")
        if len(path) == 2 and not token.may_read_zones:
            raise Refused(403, 9109, "Unauthorized to access requested resource")
        return zone

    # -- zones

    @staticmethod
    def show_zone(zone):
        """Names of zones are shown in Unicode, unlike those of records (cloudflare-go, issue 688)."""
        name = ".".join(label.encode().decode("idna") if label.startswith("xn--") else label
                        for label in zone.name.split("."))
        keep = {key: zone.attributes[key] for key in ("status", "paused", "type", "account", "name_servers")}
        plan = zone.attributes["plan"]
        return {"id": zone.id, "name": name, **keep, "development_mode": 0, "original_name_servers": None,
                "created_on": records.date(1700000000), "modified_on": records.date(1700000000),
                "activated_on": records.date(1700000000), "meta": {"step": 2, "page_rule_quota": 3},
                "owner": {"id": None, "type": "user", "email": None}, "permissions": ["#dns_records:edit"],
                "plan": {"id": "p" * 32, "name": plan.title(), "legacy_id": plan, "is_subscribed": True}}

    def _list_zones(self, request, token):
        self._known(request, {"name", "status", "type", "account.id", "account.name", "match", "order", "direction",
                              "page", "per_page"})
        if token.zones is not None and request.one("name") is None:
            raise Refused(403, 0, 'Actor requires permission "com.cloudflare.api.account.zone.list" to list zones')
        if not token.may_read_zones:
            raise Refused(403, 9109, "Unauthorized to access requested resource")
        found = [zone for zone in self.zones.all()
                 if (token.zones is None or zone.id in token.zones) and self._wanted_zone(zone, request)]
        return self._page(request, [self.show_zone(zone) for zone in found], 20, 50)

    @staticmethod
    def _wanted_zone(zone, request):
        name = request.one("name")
        if name is not None:
            name = name.lower().removeprefix("equal:")
            if zone.name not in (name, name.encode("idna").decode()):
                return False
        status, account = request.one("status"), request.one("account.id")
        kinds = (request.one("type") or "full,partial,secondary").split(",")
        return (status in (None, zone.attributes["status"]) and account in (None, zone.attributes["account"]["id"])
                and zone.attributes["type"] in kinds)

    # -- records

    @staticmethod
    def _known(request, names):
        unknown = {key for key, _ in request.query} - names
        if unknown:
            raise Refused(400, 9207, f"Request is invalid: unknown parameter {unknown.pop()}.")

    def _page(self, request, items, default, maximum):
        try:
            page, size = int(request.one("page", 1)), int(request.one("per_page", default))
        except ValueError as error:
            raise Refused(400, 9207, "Request is invalid: page and per_page are numbers.") from error
        if page < 1 or not 1 <= size <= maximum:
            raise Refused(400, 9207, f"Request is invalid: per_page must be between 1 and {maximum}.")
        part = items[(page - 1) * size:page * size]
        info = {"page": page, "per_page": size, "count": len(part), "total_count": len(items),
                "total_pages": math.ceil(len(items) / size)}
        return self.envelope(part, result_info=info)

    def _records(self, request, zone, path):
        method = request.method
        if not path:
            if method == "GET":
                return self._list_records(request, zone)
            if method == "POST":
                with zone.transaction():
                    return self.envelope(records.shown(self._create(zone, request.json())))
        if path == ["batch"] and method == "POST":
            return self._batch(zone, request.json())
        if len(path) != 1 or method not in ("GET", "PUT", "PATCH", "DELETE"):
            raise Refused(405, 10405, "Method not allowed for this authentication scheme")
        record = self._record(zone, path[0])
        with zone.transaction():
            if method == "DELETE":
                self._delete(zone, record)
                return self.envelope({"id": record.id})
            if method != "GET":
                record = self._change(zone, record, request.json(), is_patch=method == "PATCH")
        return self.envelope(records.shown(record))

    @staticmethod
    def _filters(request):
        """The tests of a record that the query's filters ask for."""
        tests = []
        for key, value in request.query:
            field, _, operator = key.partition(".")
            value = value.lower()
            if field not in ("name", "content"):
                continue
            def text(record, field=field):
                return (record.name if field == "name" else record.data).lower()
            # Without an operator: exactly, as acme.sh and lexicon ask.
            tests.append({
                "": lambda r, v=value, t=text: t(r) == v, "exact": lambda r, v=value, t=text: t(r) == v,
                "contains": lambda r, v=value, t=text: v in t(r),
                "startswith": lambda r, v=value, t=text: t(r).startswith(v),
                "endswith": lambda r, v=value, t=text: t(r).endswith(v)}[operator])
        if request.one("type"):
            tests.append(lambda r, v=request.one("type"): r.type == v)
        if request.one("proxied"):
            tests.append(lambda r, v=request.one("proxied") == "true": r.extra.get("proxied", False) == v)
        return tests

    def _list_records(self, request, zone):
        fields = {f"{field}{operator}" for field in ("name", "content")
                  for operator in ("", ".exact", ".contains", ".startswith", ".endswith")}
        self._known(request, fields | {"type", "proxied", "match", "order", "direction", "page", "per_page"})
        # A filter has one value (SDK RecordListParams): that of a doubled one is anybody's guess.
        if len({key for key, _ in request.query}) != len(request.query):
            raise Refused(400, 9207, "Request is invalid: a parameter stands twice.")
        tests, match = self._filters(request), request.one("match", "all")
        if match not in ("all", "any"):
            raise Refused(400, 9207, "Request is invalid: match must be all or any.")
        decide = any if match == "any" and tests else all
        found = [record for record in zone.records if decide(test(record) for test in tests)]
        return self._page(request, [records.shown(record) for record in found], 100, 5_000_000)

    @staticmethod
    def _record(zone, id):
        record = zone.record(id)
        if record is None:
            raise Refused(404, 81044, "Record does not exist.")
        return record

    @staticmethod
    def _create(zone, body):
        name, type, data, ttl, extra = records.normalised(body, zone)
        records.check_neighbours(zone, name, type, data)
        if len(zone.records) >= zone.attributes.get("records_max", RECORDS_MAX[zone.attributes["plan"]]):
            raise Refused(400, 81045, "Record quota exceeded.")
        return zone.add(name, type, data, ttl, **extra)

    @staticmethod
    def _own(record):
        # The sentence is the real one; its number is known from one quotation.
        if record.extra.get("read_only"):
            raise Refused(400, 1046, "This record is managed by Email Routing. Disable Email Routing to modify or "
                                     "remove the record.")

    def _delete(self, zone, record):
        self._own(record)
        zone.remove(record)

    def _change(self, zone, record, body, is_patch):
        self._own(record)
        name, type, data, ttl, extra = records.normalised(body, zone, record if is_patch else None)
        records.check_neighbours(zone, name, type, data, itself=record)
        new = Record(record.id, name, type, data, ttl, extra)
        zone.swap(record, new)
        return new

    def _batch(self, zone, body):
        """Deletes, patches, puts, posts, in this order; all or nothing; the first error alone is told."""
        if not isinstance(body, dict) or set(body) - set(LISTS):
            raise Refused(400, 9207, "Request body is invalid.")
        lists = {key: body.get(key) or [] for key in LISTS}
        limit = BATCH_MAX[zone.attributes["plan"]]
        n = sum(len(items) for items in lists.values())
        if not 1 <= n <= limit:
            raise Refused(400, 9207, f"Request body is invalid: a batch has 1 to {limit} changes, not {n}.")
        result = {key: [] for key in LISTS}
        with zone.transaction():
            for item in lists["deletes"]:
                record = self._record(zone, item.get("id"))
                self._delete(zone, record)
                result["deletes"].append(records.shown(record))
            for key in ("patches", "puts"):
                for item in lists[key]:
                    changed = self._change(zone, self._record(zone, item.get("id")), item, key == "patches")
                    result[key].append(records.shown(changed))
            for item in lists["posts"]:
                result["posts"].append(records.shown(self._create(zone, item)))
        return self.envelope(result)
