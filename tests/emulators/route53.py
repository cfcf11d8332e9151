"""Amazon Route 53, API 2013-04-01 (Route 53 API Reference), as far as records need it.

Signatures are checked by sigv4.py, documents by route53_xml.py, change batches by route53_batch.py.
"""

import itertools
import random
import re
import string
import time

from emulator import Answer, Emulator, page
from route53_batch import BadBatch, BadInput, Batch, escaped, order, unescape, values_of
from route53_xml import Invalid, error, invalid_change_batch, parse, render
from sigv4 import Key, Refused, verify
from zones import Zones

SERVICE, REGION = "route53", "us-east-1"
KEY = Key("AKIDLAB0000000EXAMPLE", "lab/secret+4f1d8c77b2e94a55EXAMPLE")
# A temporary credential, as an assumed role or a login has it.
SESSION = Key("ASIALAB0000000EXAMPLE", "lab/session+90cd2a60f4EXAMPLE", token="lab-session-token/7d1fe3+EXAMPLE==")
NAME_SERVERS = ["ns-{}.awsdns-{:02}.com", "ns-{}.awsdns-{:02}.net", "ns-{}.awsdns-{:02}.org", "ns-{}.awsdns-{:02}.co.uk"]
TTL_NS, TTL_SOA = 172800, 900
ZONES_MAX, SETS_MAX = 100, 300
PREFIX = "/2013-04-01"


class Fail(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class SetZones(Zones):
    """Zones of record sets: a record's values lie one a line in `data`."""

    def as_served(self, record):
        # Which member of a routed set is answered depends on who asks; here none is.
        if record.extra.get("alias") or record.extra.get("set_id") or record.type == "SOA":
            return []
        return [(record.type, value, record.ttl) for value in values_of(record)]


def new_id(n):
    return "Z" + "".join(random.Random(n).choices(string.ascii_uppercase + string.digits, k=19))


class Route53(Emulator):
    """`zones` is what it holds, `keys` who may sign, `denied` the IAM actions that no policy allows. `clock_ahead_s` is
    how far its clock is ahead of this machine's, `insync_after_s` how long a change stays PENDING, `rate` a token
    bucket (capacity, refill a second) or None; `is_old` gives InvalidChangeBatch the form it had until 2024."""

    def __init__(self, on_change=None, region=REGION):
        self.zones = SetZones(on_change, new_id)
        self.region = region
        self.keys = {key.id: key for key in (KEY, SESSION)}
        self.denied, self.clock_ahead_s, self.insync_after_s, self.rate = set(), 0, 0, None
        self.changes, self._bucket, self._numbers, self.is_old = {}, None, itertools.count(1), False
        super().__init__()

    def add_zone(self, name, is_private=False, name_servers=None, service=None, comment=None, **attributes):
        """A zone as it is born, with its SOA and NS sets. SERVICE: another AWS service that owns it."""
        n = next(self._numbers)
        servers = name_servers or [text.format(n, n % 64) for text in NAME_SERVERS]
        if is_private:
            attributes["is_served"] = False
        zone = self.zones.add_zone(name, is_private=is_private, name_servers=servers, service=service, comment=comment,
                                   reference=f"reference-{n}", **attributes)
        listener, self.zones.on_change = self.zones.on_change, None
        soa = f"{servers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
        zone.add(name, "NS", "\n".join(f"{server}." for server in servers), TTL_NS)
        zone.add(name, "SOA", soa, TTL_SOA)
        self.zones.on_change = listener
        return zone

    def filler(self, n=150):
        return [self.add_zone(f"filler{i:03}.example") for i in range(n)]

    def sets(self, zone):
        """{(name, type): [values]} of a zone, without its SOA and apex NS."""
        return {(r.name, r.type): sorted(values_of(r)) for r in zone.records
                if r.name != zone.name or r.type not in ("SOA", "NS")}

    # -- answers

    def _id(self):
        return f"00000000-0000-4000-8000-{next(self._numbers):012}"

    def _xml(self, status, body, request_id=None, **headers):
        return Answer(status, body, {"Content-Type": "text/xml", "x-amzn-RequestId": request_id or self._id(),
                                     "Date": self._http_date()} | headers)

    def _http_date(self):
        return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + self.clock_ahead_s))

    def _error(self, status, code, message, type="Sender"):
        request_id = self._id()
        return self._xml(status, error(code, message, type, request_id), request_id)

    def throttled(self, request, retry_after):
        # 400 and no Retry-After (Developer Guide, "Throttling for Amazon Route 53 API requests").
        return self._error(400, "Throttling", "Rate exceeded")

    def failed(self, request, status):
        if status == 500:
            return self._error(500, "InternalFailure", "We encountered an internal error. Please try again.", "Receiver")
        if status == 503:
            return self._error(503, "ServiceUnavailable", "Service is unavailable", "Receiver")
        return page(status)

    def busy(self, zone):
        """The answer while an earlier change to the zone is not done."""
        return self._error(400, "PriorRequestNotComplete", "The request was rejected because Route 53 was still "
                           "processing a prior request.")

    # -- requests

    OPERATIONS = (
        ("GET", r"/hostedzone", "ListHostedZones"),
        ("POST", r"/hostedzone", "CreateHostedZone"),
        ("GET", r"/hostedzonecount", "GetHostedZoneCount"),
        ("GET", r"/hostedzonesbyname", "ListHostedZonesByName"),
        ("GET", r"/hostedzone/([^/]+)", "GetHostedZone"),
        ("DELETE", r"/hostedzone/([^/]+)", "DeleteHostedZone"),
        ("GET", r"/hostedzone/([^/]+)/rrset", "ListResourceRecordSets"),
        ("POST", r"/hostedzone/([^/]+)/rrset/?", "ChangeResourceRecordSets"),
        ("GET", r"/change/([^/]+)", "GetChange"),
    )

    def handle(self, request):
        try:
            verify(request, self.keys, self.region, SERVICE, time.time() + self.clock_ahead_s)
            self._take_token()
            name, words = self._operation(request)
            if name in self.denied:
                raise Fail(403, "AccessDenied", f"User: arn:aws:iam::123456789012:user/lab is not authorized to perform: "
                           f"route53:{name} because no identity-based policy allows the route53:{name} action")
            return getattr(self, f"_{name}")(request, *words)
        except (Refused, Fail) as refused:
            return self._error(refused.status, refused.code, refused.message)
        except Invalid as invalid:
            return self._error(400, invalid.code, invalid.message)
        except BadInput as bad:
            return self._error(400, "InvalidInput", str(bad))
        except BadBatch as bad:
            if not self.is_old:
                return self._error(400, "InvalidChangeBatch", f"[{', '.join(bad.messages)}]")
            request_id = self._id()
            return self._xml(400, invalid_change_batch(bad.messages, request_id), request_id)

    def _take_token(self):
        if not self.rate:
            return
        capacity, refill = self.rate
        level, since = self._bucket or (capacity, time.monotonic())
        now = time.monotonic()
        level = min(capacity, level + (now - since) * refill)
        self._bucket = (level - 1 if level >= 1 else level, now)
        if level < 1:
            raise Fail(400, "Throttling", "Rate exceeded")

    def _operation(self, request):
        for method, pattern, name in self.OPERATIONS:
            match = re.fullmatch(PREFIX + pattern, request.raw_path)
            if match and method == request.method:
                return name, match.groups()
        raise Fail(404, "UnknownOperationException", "The requested operation does not exist.")

    @staticmethod
    def _query(request, *known):
        for name, _ in request.query:
            if name not in known:
                # The service ignores strangers; here they are a client's mistake.
                raise Fail(400, "InvalidInput", f"unknown query parameter '{name}'")
        return {name: request.one(name) for name in known}

    @staticmethod
    def _page_size(text, most):
        if text is None:
            return most
        if not re.fullmatch(r"\d+", text) or int(text) < 1:
            raise Fail(400, "InvalidInput", f"Invalid value for maxitems '{text}': it must be an integer from 1 on")
        return min(int(text), most)

    def _zone(self, id):
        if not re.fullmatch(r"[A-Z0-9]{1,32}", id):
            raise Fail(400, "InvalidInput", "1 validation error detected: Value '" + id + "' at 'hostedZoneId' failed to "
                       "satisfy constraint: Member must satisfy regular expression pattern: [A-Z0-9]{1,32}")
        zone = self.zones.get(id)
        if not zone:
            raise Fail(404, "NoSuchHostedZone", f"No hosted zone found with ID: {id}")
        return zone

    # -- zones

    @staticmethod
    def _hosted_zone(zone):
        config = {"PrivateZone": zone.attributes["is_private"]}
        if zone.attributes["comment"]:
            config["Comment"] = zone.attributes["comment"]
        ret = {"Id": f"/hostedzone/{zone.id}", "Name": escaped(zone.name), "Config": config,
               "CallerReference": zone.attributes["reference"], "ResourceRecordSetCount": len(zone.records)}
        if zone.attributes["service"]:
            ret["LinkedService"] = {"ServicePrincipal": zone.attributes["service"],
                                    "Description": f"Created by {zone.attributes['service']}"}
        return ret

    def _ListHostedZones(self, request):
        query = self._query(request, "marker", "maxitems", "delegationsetid", "hostedzonetype")
        size = self._page_size(query["maxitems"], ZONES_MAX)
        zones = sorted(self.zones.all(), key=lambda zone: zone.id)
        if query["marker"] is not None:
            marker = query["marker"]
            if not self.zones.get(marker):
                raise Fail(400, "InvalidInput", f"The specified marker is not valid: {marker}")
            zones = [zone for zone in zones if zone.id >= marker]
        value = {"HostedZones": [self._hosted_zone(zone) for zone in zones[:size]], "Marker": query["marker"] or "",
                 "IsTruncated": len(zones) > size, "MaxItems": size}
        if len(zones) > size:
            value["NextMarker"] = zones[size].id
        return self._xml(200, render("ListHostedZonesResponse", value))

    def _ListHostedZonesByName(self, request):
        query = self._query(request, "dnsname", "hostedzoneid", "maxitems")
        size = self._page_size(query["maxitems"], ZONES_MAX)
        name, id = query["dnsname"], query["hostedzoneid"]
        if id is not None and name is None:
            raise Fail(400, "InvalidInput", "The HostedZoneId parameter needs the DNSName parameter")
        zones = sorted(self.zones.all(), key=self._by_name)
        if name is not None:
            self._check_domain(name)
            zones = [zone for zone in zones if self._by_name(zone) >= (order(unescape(name)), id or "")]
        value = {"HostedZones": [self._hosted_zone(zone) for zone in zones[:size]], "DNSName": name,
                 "HostedZoneId": id, "IsTruncated": len(zones) > size, "MaxItems": size}
        if len(zones) > size:
            value |= {"NextDNSName": escaped(zones[size].name), "NextHostedZoneId": zones[size].id}
        return self._xml(200, render("ListHostedZonesByNameResponse", value))

    @staticmethod
    def _by_name(zone):
        return order(zone.name), zone.id

    @staticmethod
    def _check_domain(name):
        if not re.fullmatch(r"(?=.{1,255}$)([!-\-/-~]{1,63}\.)*[!-\-/-~]{1,63}\.?", name):
            raise Fail(400, "InvalidDomainName", f"The domain name '{name}' is not valid.")

    def _GetHostedZone(self, request, id):
        self._query(request)
        zone = self._zone(id)
        value = {"HostedZone": self._hosted_zone(zone)}
        if zone.attributes["is_private"]:
            value["VPCs"] = [{"VPCRegion": "us-east-1", "VPCId": "vpc-0lab"}]
        else:
            value["DelegationSet"] = {"NameServers": zone.attributes["name_servers"]}
        return self._xml(200, render("GetHostedZoneResponse", value))

    def _GetHostedZoneCount(self, request):
        self._query(request)
        return self._xml(200, render("GetHostedZoneCountResponse", {"HostedZoneCount": len(self.zones.all())}))

    def _CreateHostedZone(self, request):
        wanted = parse("CreateHostedZoneRequest", request.body)
        self._check_domain(wanted["Name"])
        if any(zone.attributes["reference"] == wanted["CallerReference"] for zone in self.zones.all()):
            raise Fail(409, "HostedZoneAlreadyExists", "A hosted zone has already been created with the specified "
                       f"caller reference: {wanted['CallerReference']}")
        config = wanted.get("HostedZoneConfig", {})
        zone = self.add_zone(unescape(wanted["Name"]), is_private="VPC" in wanted, comment=config.get("Comment"))
        zone.attributes["reference"] = wanted["CallerReference"]
        value = {"HostedZone": self._hosted_zone(zone), "ChangeInfo": self._change_info(self._new_change(None)),
                 "DelegationSet": {"NameServers": zone.attributes["name_servers"]}}
        return self._xml(201, render("CreateHostedZoneResponse", value),
                         Location=f"https://route53.amazonaws.com{PREFIX}/hostedzone/{zone.id}")

    def _DeleteHostedZone(self, request, id):
        zone = self._zone(id)
        if self.sets(zone):
            raise Fail(400, "HostedZoneNotEmpty", "The specified hosted zone contains non-required resource record sets "
                       "and so cannot be deleted.")
        self.zones.remove_zone(zone)
        return self._xml(200, render("DeleteHostedZoneResponse", {"ChangeInfo": self._change_info(self._new_change(None))}))

    # -- record sets

    @staticmethod
    def _record_set(record):
        ret = {"Name": escaped(record.name), "Type": record.type} | record.extra.get("routing", {})
        if record.extra.get("set_id"):
            ret["SetIdentifier"] = record.extra["set_id"]
        if record.extra.get("policy"):
            ret["TrafficPolicyInstanceId"] = record.extra["policy"]
        if record.extra.get("alias"):
            ret["AliasTarget"] = record.extra["alias"]
        else:
            ret |= {"TTL": record.ttl, "ResourceRecords": [{"Value": value} for value in values_of(record)]}
        return ret

    @staticmethod
    def _by_set(record):
        return order(record.name), record.type, record.extra.get("set_id") or ""

    def _ListResourceRecordSets(self, request, id):
        query = self._query(request, "name", "type", "identifier", "maxitems")
        zone, size = self._zone(id), self._page_size(query["maxitems"], SETS_MAX)
        name, type, set_id = query["name"], query["type"], query["identifier"]
        if (type is not None and name is None) or (set_id is not None and type is None):
            raise Fail(400, "InvalidInput", "The type parameter needs the name parameter, and identifier needs both")
        records = sorted(zone.records, key=self._by_set)
        if name is not None:
            start = (order(unescape(name)), type or "", set_id or "")
            records = [record for record in records if self._by_set(record) >= start]
        value = {"ResourceRecordSets": [self._record_set(record) for record in records[:size]],
                 "IsTruncated": len(records) > size, "MaxItems": size}
        if len(records) > size:
            then = records[size]
            value |= {"NextRecordName": escaped(then.name), "NextRecordType": then.type}
            if then.extra.get("set_id"):
                value["NextRecordIdentifier"] = then.extra["set_id"]
        return self._xml(200, render("ListResourceRecordSetsResponse", value))

    def _ChangeResourceRecordSets(self, request, id):
        zone = self._zone(id)
        wanted = parse("ChangeResourceRecordSetsRequest", request.body)["ChangeBatch"]
        with zone.transaction():
            Batch(zone, wanted["Changes"]).apply()
        change = self._change_info(self._new_change(wanted.get("Comment")))
        return self._xml(200, render("ChangeResourceRecordSetsResponse", {"ChangeInfo": change}))

    # -- changes

    def _new_change(self, comment):
        id = "C" + new_id(10**6 + next(self._numbers))[1:]
        self.changes[id] = (time.time(), comment)
        return id

    def _change_info(self, id, is_done=False):
        submitted, comment = self.changes[id]
        ret = {"Id": f"/change/{id}", "Status": "INSYNC" if is_done else "PENDING", "SubmittedAt": submitted}
        return ret | ({"Comment": comment} if comment else {})

    def _GetChange(self, request, id):
        self._query(request)
        if id not in self.changes:
            raise Fail(404, "NoSuchChange", f"Could not find resource with ID: {id}")
        is_done = time.time() - self.changes[id][0] >= self.insync_after_s
        return self._xml(200, render("GetChangeResponse", {"ChangeInfo": self._change_info(id, is_done)}))
