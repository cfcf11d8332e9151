"""GoDaddy's Domains API v1, as its swagger file (developer.godaddy.com/doc/endpoint/domains) and its clients know it.

What is documented is as documented; what only clients have met is named where it stands. A record has no
id: it is known by type and name, and a PUT replaces all that its path covers.
"""

import re
import time
from collections import Counter, deque

from emulator import Answer, BadBody, Emulator
from zones import Record, Zones

TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "SOA", "SRV", "TXT")
DELETABLE = ("A", "AAAA", "CAA", "CNAME", "MX", "SRV", "TXT")
# Their data is a host name; the final dot is dropped, and the domain itself is kept as "@".
TARGETS = ("CNAME", "MX", "NS")
TTL_MIN, TTL_MAX, TTL_DEFAULT = 600, 604800, 3600
PAGE_MAX = 500
# field -> (type, smallest, largest) of the definition DNSRecord.
FIELDS = {"type": (str, None, None), "name": (str, None, None), "data": (str, None, None),
          "ttl": (int, TTL_MIN, TTL_MAX), "priority": (int, 0, 65535), "weight": (int, 0, 65535),
          "port": (int, 1, 65535), "service": (str, None, None), "protocol": (str, None, None)}
EXTRA = ("priority", "weight", "port", "service", "protocol")
NAME = re.compile(r"@|(\*|[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*",
                  re.IGNORECASE)
READ, UPDATE = "domains.domain:read", "domains.dns:update"


class Refused(Exception):
    """An error answer: {"code", "message", "fields"}."""

    def __init__(self, status, code, message, fields=None, **more):
        super().__init__(message)
        body = {"code": code, "message": message} | ({"fields": fields} if fields else {}) | more
        self.answer = Answer(status, body)


def invalid(*fields):
    return Refused(422, "INVALID_BODY", "Request body doesn't fulfill schema, see details in `fields`",
                   [{"path": path, "code": code, "message": message} for path, code, message in fields])


class Held(Zones):
    """What is left over from an older account has no data, is listed, and is not served. An SRV record is
    held under the name that it is listed with, which is not its owner's, and is not served either; nor are NS
    records, as the lab has name servers of its own."""

    def as_served(self, record):
        if not record.data or record.type in ("NS", "SRV"):
            return []
        priority = f"{record.extra.get('priority', 0)} " if record.type == "MX" else ""
        return [(record.type, priority + record.data, record.ttl)]


def unknown_domain():
    return Refused(404, "UNKNOWN_DOMAIN", "The given domain is not registered, or does not have a zone file")


class GoDaddy(Emulator):
    """`keys` {key: secret} for sso-key, `tokens` {token: scopes} for Bearer.

    limit: calls a minute and endpoint, None for none. paging: what `offset` counts; the swagger file says
    records ("skip"), clients found that it counts pages from 1 ("page"). is_atomic: whether a PATCH that
    fails at its second record undoes the first, which is not documented. An account with
    is_small=True is refused the API (since May 2024); one with may_read=False is refused reading alone.
    before_add(zone) is called before every PATCH is carried out: for somebody else's change, or a refusal."""

    def __init__(self, on_change=None, limit=None, paging="page", is_atomic=False):
        self.zones = Held(on_change)
        self.keys, self.tokens = {"gd-key": "gd-secret"}, {"gd_pat_test": {READ, UPDATE}}
        self.limit, self.paging, self.is_atomic = limit, paging, is_atomic
        self.is_small, self.may_read = False, True
        self.before_add = lambda zone: None
        self._recent = {}
        super().__init__()

    # -- the envelope

    def handle(self, request):
        try:
            if not request.headers.get("User-Agent"):
                # The edge's filter, before the API sees the call (met by clients).
                return Answer(403, "<html><body>Access Denied</body></html>", {"Content-Type": "text/html"})
            self._authorise(request)
            self._pace(request)
            return self._route(request)
        except Refused as refused:
            return refused.answer
        except BadBody:
            return Refused(400, "INVALID_JSON", "Request body is not valid JSON").answer

    def throttled(self, request, retry_after):
        more = {} if retry_after is None else {"retryAfterSec": retry_after}
        answer = Refused(429, "TOO_MANY_REQUESTS",
                         "Too many requests received within interval", **more).answer
        if retry_after is not None:
            answer.headers["Retry-After"] = str(retry_after)
        return answer

    def over_quota(self):
        """The monthly quota is used up: 429 without any word on when to come back (met by external-dns)."""
        return Refused(429, "QUOTA_EXCEEDED", "The monthly quota of the account is exceeded").answer

    def failed(self, request, status):
        if status == 504:
            return Refused(504, "GATEWAY_TIMEOUT", "Gateway timeout").answer
        if status == 500:
            return Refused(500, "INTERNAL_ERROR", "Internal server error").answer
        return super().failed(request, status)

    def _authorise(self, request):
        scheme, _, value = (request.headers.get("Authorization") or "").partition(" ")
        is_read = request.method == "GET"
        if scheme not in ("sso-key", "Bearer") or not value:
            raise Refused(401, "MISSING_CREDENTIALS", "Unauthorized : Authentication info not sent or invalid")
        if scheme == "sso-key":
            key, _, secret = value.partition(":")
            if self.keys.get(key) != secret:
                raise Refused(401, "UNABLE_TO_AUTHENTICATE", "Unauthorized : Could not authenticate API key/secret")
            if self.is_small or (is_read and not self.may_read):
                raise Refused(403, "ACCESS_DENIED", "Authenticated user is not allowed access")
            return
        if value not in self.tokens:
            raise Refused(401, "UNABLE_TO_AUTHENTICATE", "Unauthorized : Could not authenticate token")
        scope = READ if is_read else UPDATE
        if scope not in self.tokens[value]:
            raise Refused(403, "ACCESS_DENIED", f"Authenticated user is not allowed access: missing scope {scope}")

    def _pace(self, request):
        if not self.limit:
            return
        endpoint = (request.method, *(part for part in request.segments[3:4]), len(request.segments))
        recent, now = self._recent.setdefault(endpoint, deque()), time.monotonic()
        while recent and recent[0] <= now - 60:
            recent.popleft()
        if len(recent) >= self.limit:
            wait = max(1, round(recent[0] + 60 - now))
            refused = Refused(429, "TOO_MANY_REQUESTS", "Too many requests received within interval", retryAfterSec=wait)
            # Not documented, and met by clients; it is missing where the monthly quota is used up.
            refused.answer.headers["Retry-After"] = str(wait)
            raise refused
        recent.append(now)

    # -- paths

    def _route(self, request):
        parts, method = request.segments, request.method
        if parts[:2] != ["v1", "domains"]:
            raise Refused(404, "NOT_FOUND", "Not Found : The requested resource was not found")
        parts = parts[2:]
        if not parts and method == "GET":
            return self._list(request)
        if len(parts) == 1 and method == "GET":
            return self._domain(parts[0])
        if 2 <= len(parts) <= 4 and parts[1] == "records":
            zone = self._zone(parts[0])
            type, name = (parts[2:] + [None, None])[:2]
            if type is not None and type not in TYPES:
                raise Refused(422, "INVALID_VALUE_ENUM", f"type not any of: {', '.join(TYPES)}")
            act = {("GET", 0): self._read, ("GET", 1): self._read, ("GET", 2): self._read,
                   ("PATCH", 0): self._add, ("PUT", 0): self._replace, ("PUT", 1): self._replace,
                   ("PUT", 2): self._replace, ("DELETE", 2): self._delete}.get((method, len(parts) - 2))
            if act:
                return act(request, zone, type, name)
        raise Refused(405, "METHOD_NOT_ALLOWED", f"{method} is not allowed here")

    def _list(self, request):
        """Domains that are registered here, `limit` of them behind `marker`; those only hosted are left out."""
        limit = int(request.one("limit", "100"))
        if not 1 <= limit <= 1000:
            raise Refused(422, "INVALID_VALUE", "Limit must have a value no greater than 1000")
        marker = request.one("marker", "")
        names = [zone for zone in self.zones.all()
                 if zone.name > marker and zone.attributes.get("is_registered", True)]
        return Answer(200, [self._summary(zone) for zone in names[:limit]])

    def _domain(self, name):
        zones = self.zones.named(name.lower())
        if not zones or not zones[0].attributes.get("is_registered", True):
            raise Refused(404, "NOT_FOUND", "Not Found : The domain was not found")
        return Answer(200, self._summary(zones[0]) | {"nameServers": ["ns01.domaincontrol.com", "ns02.domaincontrol.com"]})

    def _summary(self, zone):
        return {"domain": zone.name, "domainId": int(zone.id[:7], 16), "status": "ACTIVE",
                "createdAt": "2020-01-01T00:00:00.000Z", "expires": "2030-01-01T00:00:00.000Z", "locked": True,
                "renewAuto": True, "privacy": False}

    def _zone(self, name):
        if not re.fullmatch(r"([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}", name, re.IGNORECASE):
            raise Refused(422, "INVALID_DOMAIN", f"`{name}` is not a valid Domain name")
        zones = self.zones.named(name.lower())
        if not zones:
            raise unknown_domain()
        return zones[0]

    # -- reading

    def _whole(self, zone, name):
        """The owner of the relative NAME. What is sent in full is taken as relative, and is doubled."""
        return zone.name if name == "@" else f"{name.lower()}.{zone.name}"

    def _shown(self, zone, record):
        name = "@" if record.name == zone.name else record.name[:-len(zone.name) - 1]
        data = "@" if record.type in TARGETS and record.data == zone.name else record.data
        shown = {"data": data, "name": name, "ttl": record.ttl, "type": record.type}
        return shown | record.extra

    def _read(self, request, zone, type, name):
        limit = self._number(request, "limit", 1, PAGE_MAX)
        offset = self._number(request, "offset", 0 if self.paging == "skip" else 1, 1 << 31)
        found = [record for record in zone.records if type in (None, record.type)
                 and (name is None or record.name == self._whole(zone, name))]
        skipped = 0 if offset is None else offset if self.paging == "skip" else (offset - 1) * (limit or PAGE_MAX)
        found = found[skipped:skipped + limit] if limit else found[skipped:]
        return Answer(200, [self._shown(zone, record) for record in found])

    @staticmethod
    def _number(request, name, smallest, largest):
        text = request.one(name)
        if text is None:
            return None
        if not text.isdigit() or not smallest <= int(text) <= largest:
            raise Refused(422, "INVALID_QUERY", f"{name} must have a value between {smallest} and {largest}")
        return int(text)

    # -- writing

    def _checked(self, request, type, name):
        """The records of the body, each with its type and name. What the path says need not stand in them."""
        body = request.json()
        if not isinstance(body, list):
            raise invalid(("records", "UNEXPECTED_TYPE", "is not an array"))
        if not body:
            raise Refused(422, "INVALID_BODY", "The body has no records")
        faults, records = [], []
        for i, item in enumerate(body):
            at = f"records[{i}]"
            if not isinstance(item, dict):
                faults.append((at, "UNEXPECTED_TYPE", "is not an object"))
                continue
            item = {"type": type, "name": name} | item if type else item
            faults += self._wrong_in(at, item)
            if (type and item["type"] != type) or (name and item["name"] != name):
                faults.append((at, "MISMATCH", "does not agree with the path"))
            records.append(item)
        if faults:
            raise invalid(*faults)
        return records

    @staticmethod
    def _wrong_in(at, item):
        item = {key: value for key, value in item.items() if value is not None}
        for key in ("type", "name", "data"):
            if key not in item:
                yield (f"{at}.{key}", "MISSING_VALUE", "is required")
        for key, value in item.items():
            kind, smallest, largest = FIELDS.get(key, (None, None, None))
            if kind is None:
                yield (f"{at}.{key}", "UNEXPECTED_PROPERTY", "is not a property of a record")
            elif not isinstance(value, kind) or isinstance(value, bool):
                yield (f"{at}.{key}", "UNEXPECTED_TYPE", f"is not a {kind.__name__}")
            elif smallest is not None and value < smallest:
                yield (f"{at}.{key}", "UNKNOWN_RESTRICTION", f"must have a minimum value of {smallest}")
            elif largest is not None and value > largest:
                yield (f"{at}.{key}", "UNKNOWN_RESTRICTION", f"must have a maximum value of {largest}")
        if isinstance(item.get("type"), str) and item["type"] not in TYPES:
            yield (f"{at}.type", "INVALID_VALUE_ENUM", f"is not any of: {', '.join(TYPES)}")
        name = item.get("name")
        if isinstance(name, str) and not NAME.fullmatch(name):
            yield (f"{at}.name", "MISMATCH_FORMAT", "must match a domain name, or @")
        if item.get("data") == "":
            yield (f"{at}.data", "MISMATCH_FORMAT", "must not be empty")

    def _put(self, zone, item):
        """Adds one record, or refuses it for what stands there."""
        name, type, data = self._whole(zone, item["name"]), item["type"], item["data"]
        if type in TARGETS:
            data = zone.name if data == "@" else data.rstrip(".").lower()
        there = [record for record in zone.at(name) if record.data]
        if any(record.type == type and (record.data == data or type == "CNAME") for record in there):
            raise Refused(422, "DUPLICATE_RECORD", "Another record with the same attributes already exists")
        if there and "CNAME" in {type, *(record.type for record in there)}:
            raise Refused(422, "INVALID_BODY", f"Record name {item['name']} conflicts with another record.")
        if name == zone.name and type == "CNAME":
            raise invalid(("records", "INVALID_VALUE", "a CNAME must not stand at @"))
        extra = {key: item[key] for key in EXTRA if item.get(key) is not None}
        zone.add(name, type, data, item.get("ttl") or TTL_DEFAULT, **extra)

    def _eligible(self, zone):
        if not zone.attributes.get("is_eligible", True):
            # The status is documented; clients have met several codes with it.
            raise Refused(409, "NOT_ELIGIBLE", "The given domain is not eligible to have its records changed")

    def _add(self, request, zone, type, name):
        records = self._checked(request, type, name)
        self._eligible(zone)
        self.before_add(zone)
        if self.is_atomic:
            with zone.transaction():
                for item in records:
                    self._put(zone, item)
        else:
            for item in records:
                self._put(zone, item)
        return Answer(200)

    def _replace(self, request, zone, type, name):
        """All records of the zone, of a type, or of a type and name, are replaced by those of the body."""
        records = self._checked(request, type, name)
        self._eligible(zone)
        if type is None:
            gone = [record for record in zone.records if record.type not in ("NS", "SOA")]
        else:
            gone = [record for record in zone.records if record.type == type
                    and (name is None or record.name == self._whole(zone, name))]
        with zone.transaction():
            zone.remove(*gone)
            for item in records:
                self._put(zone, item)
        return Answer(200)

    def _delete(self, request, zone, type, name):
        if type not in DELETABLE:
            raise Refused(422, "INVALID_VALUE_ENUM", f"type not any of: {', '.join(DELETABLE)}")
        self._eligible(zone)
        gone = zone.at(self._whole(zone, name), type)
        if not gone:
            raise Refused(404, "NOT_FOUND", "Not Found : There is no such record")
        zone.remove(*gone)
        return Answer(204)

    # -- for tests

    def residual(self, zone, name):
        """A record with empty data, as some older accounts list (met by lego and Posh-ACME)."""
        zone.records.append(Record("residual", self._whole(zone, name), "TXT", "", TTL_DEFAULT))

    def writes(self):
        """How often each kind of write was called: {"PATCH records": n, "PUT records/type/name": n, ...}."""
        kinds = ("records", "records/type", "records/type/name")
        counted = Counter()
        for call in self.calls:
            depth = len(call.path.strip("/").split("/")) - 4
            if call.method != "GET" and 0 <= depth < len(kinds):
                counted[f"{call.method} {kinds[depth]}"] += 1
        return dict(counted)
