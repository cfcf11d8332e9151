"""What an emulator holds: the records of many zones; and how they get into real DNS."""

import contextlib
import hashlib
import itertools
import threading
import urllib.parse
from dataclasses import dataclass, field

import lab as labs


@dataclass
class Record:
    """One record. `name` is whole, lower-case, without final dot; `data` as the provider writes it."""
    id: str
    name: str
    type: str
    data: str
    ttl: int
    extra: dict = field(default_factory=dict)


class Zone:
    """One zone. `attributes` are the provider's own; changes are made inside `with zone.transaction():`,
    which undoes them all when its block raises, and tells Zones.on_change when it does not."""

    def __init__(self, zones, id, name, attributes):
        self.zones, self.id, self.name, self.attributes = zones, id, name, attributes
        self.records, self._touched, self._depth = [], set(), 0

    def at(self, name, type=None):
        return [record for record in self.records
                if record.name == name and type in (None, record.type)]

    def record(self, id):
        """The record with that id, or None."""
        return next((record for record in self.records if record.id == id), None)

    def add(self, name, type, data, ttl=3600, id=None, **extra):
        with self.transaction():
            record = Record(id or self.zones.new_id(), name, type, data, ttl, extra)
            self.records.append(record)
            self._touched.add(name)
        return record

    def remove(self, *records):
        with self.transaction():
            gone = {id(record) for record in records}
            self.records = [record for record in self.records if id(record) not in gone]
            self._touched |= {record.name for record in records}

    def swap(self, old, new):
        """Puts the record NEW in OLD's place."""
        with self.transaction():
            self.records = [new if record is old else record for record in self.records]
            self._touched |= {old.name, new.name}

    def fill(self, n):
        """Adds N records of strangers, of several types. They are not served."""
        kinds = (("A", "192.0.2.{}"), ("TXT", '"stranger {}"'), ("CNAME", "t{}.stranger.example"),
                 ("AAAA", "2001:db8::{:x}"))
        for i in range(n):
            kind, data = kinds[i % len(kinds)]
            number = i % 250 if kind == "A" else i
            self.records.append(Record(self.zones.new_id(), f"other{i:05}.{self.name}", kind,
                                       data.format(number), 3600))

    @contextlib.contextmanager
    def transaction(self):
        before = list(self.records)
        self._depth += 1
        try:
            yield self
        except BaseException:
            self.records = before
            raise
        finally:
            self._depth -= 1
            if self._depth == 0:
                touched, self._touched = self._touched, set()
                if self.records != before and self.zones.on_change:
                    self.zones.on_change(self, {name: self._served(name) for name in touched})

    def _served(self, name):
        sets = {}
        for record in self.at(name):
            for type, data, ttl in self.zones.as_served(record):
                sets.setdefault(type, []).append((data, ttl))
        return sets

    def snapshot(self, *without):
        """Every record except those at the names WITHOUT, for a later comparison, byte for byte."""
        return sorted((r.id, r.name, r.type, r.data, r.ttl, repr(sorted(r.extra.items())))
                      for r in self.records if r.name not in without)


class Zones:
    """The zones of one provider. Two may have the same name; their ids differ.

    on_change(zone, {name: {type: [(data, ttl), ...]}}) is called after every transaction with all that is
    now at the names it touched."""

    def __init__(self, on_change=None, new_id=None):
        self.on_change = on_change
        self._numbers = itertools.count(1)
        self._new_id = new_id or (lambda n: hashlib.md5(b"id %d" % n).hexdigest())
        self._zones = {}

    def new_id(self):
        return self._new_id(next(self._numbers))

    def as_served(self, record):
        """What a record looks like in DNS, [(type, data, ttl)]: a provider that answers otherwise overrides it."""
        return [(record.type, record.data, record.ttl)]

    def add_zone(self, name, id=None, **attributes):
        zone = Zone(self, id or self.new_id(), name, attributes)
        self._zones[zone.id] = zone
        return zone

    def filler(self, n=150, **attributes):
        """N zones of no interest, so that lists have pages."""
        return [self.add_zone(f"filler{i:03}.example", **attributes) for i in range(n)]

    def get(self, id):
        """The zone with that id, or None."""
        return self._zones.get(id)

    def named(self, name):
        """All zones of that name."""
        return [zone for zone in self._zones.values() if zone.name == name]

    def all(self):
        """All of them, by name."""
        return sorted(self._zones.values(), key=lambda zone: (zone.name, zone.id))

    def remove_zone(self, zone):
        del self._zones[zone.id]


class Feed:
    """Publishes what an emulator holds into the lab's PowerDNS: `Zones(on_change=Feed(lab))`.

    Only zones that exist there are fed, and of those that the attribute is_served=False does not exclude."""

    TARGETS = {"CNAME": 0, "NS": 0, "MX": 1, "SRV": 3}

    def __init__(self, lab):
        self.lab = lab
        self._known, self._types, self._lock = set(), {}, threading.Lock()

    def __call__(self, zone, names):
        with self._lock:
            if zone.attributes.get("is_served", True) and self._exists(zone.name):
                self._publish(zone.name, names)

    def _exists(self, name):
        if name not in self._known:
            query = urllib.parse.urlencode({"zone": f"{name}.", "dnssec": "false"})
            _, found = self.lab.pdns.api("GET", f"/zones?{query}")
            if found:
                self._known.add(name)
        return name in self._known

    def _publish(self, zone, names):
        gone, sets = [], []
        for name, types in names.items():
            # Where a provider takes others beside a CNAME, the CNAME is what it answers with.
            types = {"CNAME": types["CNAME"]} if "CNAME" in types else types
            before = self._types.get((zone, name), set())
            gone += [labs.gone(name, type) for type in sorted(before - set(types))]
            for type, entries in types.items():
                contents = [self.content(type, data) for data, _ in entries]
                # Seconds of the lab's own where the provider says "automatic".
                sets.append(labs.rrset(name, type, *contents, ttl=max(1, entries[0][1])))
            self._types[zone, name] = set(types)
        # What is gone makes room for what comes: their order inside one PATCH matters to PowerDNS.
        if gone or sets:
            self.lab.pdns.set(zone, *gone, *sets)

    @classmethod
    def content(cls, type, data):
        """DATA as a zone file has it: targets with their final dot, texts in quotes."""
        if type == "TXT" and not data.startswith('"'):
            return '"' + data.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if type in cls.TARGETS and not data.endswith("."):
            return data + "."
        return data
