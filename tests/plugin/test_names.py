"""What the worker knows of names: their order, and which reported records were asked for."""

import pytest

from peer import Worker


@pytest.fixture
def speaker():
    with Worker("speaker") as worker:
        worker.load()
        yield worker


def say(worker, *lines):
    worker.expect("http")
    worker.answer("\n".join(lines).encode())


def found(worker):
    """All frames until the last; each as its member and the names in it."""
    frames = []
    while (frame := worker.receive()[0])["type"] == "found":
        member = "zones" if "zones" in frame else "records"
        frames.append((member, [item["name" if member == "zones" else "host"] for item in frame[member]]))
    return frames, frame


ORDERS = [
    # ListResourceRecordSets: labels reversed, and the final dot counts.
    ("www.example.com", "www.example.com.", "="), ("WWW.Example.com", "www.example.com.", "="),
    ("example.com", "www.example.com", "<"), ("sk-1.example.com", "sk.example.com", "<"),
    ("a.sk.example.com", "sk-1.example.com", ">"), ("a.sk.example.com", "sk1.example.com", "<"),
    ("_domainkey.example.com", "ask.example.com", "<"), ("9.example.com", "_domainkey.example.com", "<"),
    # Octal, as octal_read says.
    (r"\052.example.com", "*.example.com", "="), (r"\052.example.com", "-.example.com", "<"),
    (r"\137domainkey.example.com.", "_domainkey.example.com", "="), (r"\101.example.com", "a.example.com", "="),
    # What is no name comes last.
    ("a..b", "www.example.com", ">"), ("www.example.com", r"\4.example.com", "<"), ("a..b", "..", "="),
    ("b\u00fccher.example", "zzz.zzz", ">"),
]


def test_order_of_names(speaker):
    speaker.find_zones("sk1.example.com")
    say(speaker, *[f"order {a} {b}" for a, b, _ in ORDERS])
    assert speaker.expect("fail")["message"] == "".join(order for _, _, order in ORDERS)
    speaker.find_zones("sk1.example.com")
    say(speaker, *[f"order {b} {a}" for a, b, _ in ORDERS])
    opposite = {"<": ">", ">": "<", "=": "="}
    assert speaker.expect("fail")["message"] == "".join(opposite[order] for _, _, order in ORDERS)


def test_what_lies_below(speaker):
    rows = [("www.example.com", "example.com.", "y"), ("example.com", "EXAMPLE.com", "y"),
            ("example.com", "www.example.com", "n"), ("anexample.com", "example.com", "n"),
            (r"\052.example.com", "example.com", "y"), ("a..b", "b", "n"), ("b", "a..b", "n")]
    speaker.find_zones("sk1.example.com")
    say(speaker, *[f"below {name} {zone}" for name, zone, _ in rows])
    assert speaker.expect("fail")["message"] == "".join(answer for _, _, answer in rows)


def test_records_that_were_not_asked_for_are_dropped(speaker):
    speaker.call("list_records", hosts=["s1._domainkey", "@", "*.news"])
    say(speaker, "record s1._domainkey", "record S1._DomainKey", r"record s1.\137domainkey", "record s2._domainkey",
        "record @", "record news", r"record \052.news", "record s1._domainkey.example.com",
        "record s1._domainkey.example.com.", "record a..b", "record b\u00fccher")
    frames, end = found(speaker)
    # What is spelt in Unicode is for the engine to read.
    assert frames == [("records", ["s1._domainkey", "S1._DomainKey", r"s1.\137domainkey", "@", r"\052.news",
                                   "s1._domainkey.example.com.", "b\u00fccher"])]
    assert end["type"] == "done"


def test_strangers_records_are_no_burden(speaker):
    speaker.call("list_records", hosts=["sk1"])
    say(speaker, *["record stranger"] * 250_000, "record sk1")
    frames, end = found(speaker)
    assert frames == [("records", ["sk1"])] and end["type"] == "done"


def test_zones_with_their_records(speaker):
    speaker.find_zones("sk1.example.com", "@.example.net", "sk1.example.net")
    say(speaker, "zone example.org", "listed example.com", "record sk1", "record sk2", "record @",
        "listed empty.example", "zone other.example", "listed Example.NET.", "record sk1")
    frames, end = found(speaker)
    assert frames == [("zones", ["example.org", "example.com"]), ("records", ["sk1"]),
                      ("zones", ["empty.example", "other.example", "Example.NET."]), ("records", ["sk1"])]
    assert end["type"] == "done"


@pytest.mark.parametrize("lines", [["record sk1"], ["zone example.com", "record sk1"],
                                   ["listed example.com", "zone example.net", "record sk1"]])
def test_records_of_no_listed_zone_are_misuse(speaker, lines):
    speaker.find_zones("sk1.example.com")
    say(speaker, *lines)
    end = found(speaker)[1]
    assert end["code"] == "plugin-misuse" and "SIGNPOST_ZONE_LISTED" in end["message"], end


@pytest.mark.parametrize("function", ["list_records", "apply_changes"])
def test_zones_are_found_in_find_zones(speaker, function):
    record = {"type": "CNAME", "host": "a", "value": "b", "id": None, "note": None, "ttl": 300, "flags": 0}
    arguments = {"hosts": ["a"]} if function == "list_records" else {"changes": [{"action": 1, "after": record}]}
    speaker.call(function, **arguments)
    say(speaker, "listed example.com")
    assert "signpost_found_zone()" in found(speaker)[1]["message"]
