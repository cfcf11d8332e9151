"""Drives the GoDaddy driver of Apache Libcloud (Debian's python3-libcloud): steps as JSON in, results as JSON out.

["list_zones"], ["list_records", zone], ["create", zone, name, type, data, ttl], ["update", zone, name, type, data,
ttl]; an error is {"error": code, "message": ...}."""

import json
import os
import sys

from libcloud.dns.base import Zone
from libcloud.dns.providers import get_driver
from libcloud.dns.types import Provider


def record_of(record):
    return [record.name, record.type, record.data, record.ttl]


def act(driver, what, zone=None, name=None, kind=None, data=None, ttl=None):
    if what == "list_zones":
        return [found.domain for found in driver.list_zones()]
    there = Zone(id=zone, domain=zone, type="master", ttl=None, driver=driver)
    if what == "list_records":
        return [record_of(record) for record in driver.list_records(there)]
    if what == "create":
        return record_of(driver.create_record(name, there, kind, data, {"ttl": ttl}))
    (old,) = [record for record in driver.list_records(there) if (record.name, record.type) == (name, kind)]
    return record_of(driver.update_record(old, name, kind, data, {"ttl": ttl}))


def main():
    driver = get_driver(Provider.GODADDY)("12345678", os.environ["GODADDY_API_KEY"], os.environ["GODADDY_API_SECRET"])
    results = []
    for step in json.load(sys.stdin):
        try:
            results.append(act(driver, *step))
        except Exception as error:  # the driver's own, with a code; whatever else it lets through
            results.append({"error": getattr(error, "code", type(error).__name__), "message": str(error)})
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
