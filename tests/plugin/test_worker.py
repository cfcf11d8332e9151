"""The real worker program, spoken to in frames."""

import os
import resource
import signal
import struct

import pytest

from peer import BUILD, HAS_SANDBOX, MAGIC, NOBODY, Gone, Worker, without_landlock

needs_sandbox = pytest.mark.needs_sandbox

MEASURES = {"descriptors", "limits", "capabilities", "no-new-privs", "not-dumpable", "parent-death", "landlock",
            "seccomp"}
RECORD = {"type": "CNAME", "host": "sk1.example.com.", "value": "u1.mailer.example.", "id": None, "note": None,
          "ttl": 300, "flags": 0}


def become_ordinary():
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


@pytest.fixture
def good():
    with Worker() as worker:
        worker.load()
        yield worker


def test_hello_tells_what_is_in_force():
    with Worker() as worker:
        hello = worker.expect("hello")
    assert hello["abi"] == 1
    if HAS_SANDBOX:
        assert MEASURES <= set(hello["sandbox"])
        assert all(missing.startswith("namespaces: ") for missing in hello["missing"])
    else:
        assert hello["sandbox"] == []
        assert hello["missing"] == ["off in this build"]


def test_description():
    with Worker() as worker:
        description = worker.load()
    assert description["name"] == "good"
    assert description["host"] == "fqdn-dot" and description["target"] == "dot"
    assert description["origins"] == [{"url": "https://api.good.example/v1", "endpoint_env": "GOOD_API_URL"}]
    assert description["operations"][2] == {
        "method": "POST", "path": "/zones/{id}/records", "functions": ["apply_changes"], "mutates": True,
        "repeatable": False, "origin": 0, "requests_per_minute": 0}
    assert [auth["scheme"] for auth in description["auths"]] == ["bearer", "header"]
    assert description["auths"][1]["headers"] == [["X-Token", "v1 {token}"]]
    assert description["auths"][0]["secrets"][0]["env"] == ["GOOD_TOKEN", "GOOD_API_TOKEN"]
    assert description["name_servers"] == ["good.example"]
    assert description["batch_max"] == 1 and description["ttl_max"] == 86400
    assert description["has_functions"] and description["has_sync_status"] and not description["is_atomic"]


def test_find_zones_with_an_answer(good):
    good.find_zones("sk1.example.com.")
    request = good.expect("http")
    assert request == {"type": "http", "origin": 0, "method": "GET", "path": ["zones"], "query": [], "headers": []}
    good.answer(b"example.com.\nexample.net.\n")
    zones = good.expect("found")["zones"]
    assert [zone["name"] for zone in zones] == ["example.com.", "example.net."]
    assert zones[0]["name_servers"] == ["ns1.good.example", "ns2.good.example"]
    assert good.expect("done")["value"] == 0


def test_no_zone_is_no_error(good):
    good.find_zones()
    good.expect("http")
    good.answer(b"")
    assert good.expect("done") == {"type": "done", "value": 0}


def test_many_zones_come_in_several_frames(good):
    names = [f"zone-{i}.example." for i in range(5000)]
    good.find_zones()
    good.expect("http")
    good.answer("\n".join(names).encode())
    found, frames = [], 0
    while (frame := good.receive()[0])["type"] == "found":
        found += [zone["name"] for zone in frame["zones"]]
        frames += 1
    assert found == names and frames > 1
    assert frame["type"] == "done"


def test_list_records(good):
    good.call("list_records", hosts=["a.example.com.", "b.example.com."])
    assert good.expect("http")["path"] == ["zones", "z1", "records"]
    good.answer("täglich.mailer.example.".encode())
    records = good.expect("found")["records"]
    assert [record["host"] for record in records] == ["a.example.com.", "b.example.com."]
    assert records[0]["value"] == "täglich.mailer.example." and records[0]["ttl"] == 300
    good.expect("done")


def test_bytes_that_are_not_utf8_arrive_replaced(good):
    good.call("list_records", hosts=["a.example.com."])
    good.expect("http")
    good.answer(b"v=\xff\xfe")
    assert good.expect("found")["records"][0]["value"] == "v=\ufffd\ufffd"
    good.expect("done")


def test_apply_changes_tells_each_at_once(good):
    change = {"action": 1, "after": RECORD}
    good.call("apply_changes", changes=[change, {"action": 3, "before": RECORD}])
    for index, action in enumerate((b"1", b"3")):
        request, body = good.expect("http")
        assert body == action + b" sk1.example.com. u1.mailer.example."
        assert request["query"] == [["dry run", "no & never"]]
        assert request["headers"] == [["Content-Type", "text/plain"]]
        good.answer(status=201, headers=[("content-type", "text/plain")])
        assert good.expect("applied")["index"] == index
    assert good.expect("done")["value"] == 0


def test_a_change_is_told_once():
    with Worker("evil-applied-twice") as worker:
        worker.load()
        worker.call("apply_changes", changes=[{"action": 1, "after": RECORD}])
        assert worker.expect("applied")["index"] == 0
        fail = worker.expect("fail")
        assert fail["code"] == "plugin-misuse" and "twice" in fail["message"], fail


def test_sync_status(good):
    zone = {"id": "in-sync", "name": "example.com.", "note": None, "flags": 0, "name_servers": []}
    good.call("sync_status", zone=zone)
    assert good.expect("done")["value"] == 1
    good.call("sync_status")
    assert good.expect("done")["value"] == 0


@pytest.mark.parametrize("code", ["transient", "ambiguous", "rate-limited"])
def test_failed_request_comes_back_as_it_is(good, code):
    good.find_zones()
    good.expect("http")
    good.send({"type": "answer", "code": code, "message": "no answer"})
    assert good.expect("fail") == {"type": "fail", "code": code, "message": "", "retry_after": 0}


def test_failure_carries_sentence_and_delay(good):
    good.find_zones()
    good.expect("http")
    good.answer(status=429)
    assert good.expect("fail") == {"type": "fail", "code": "rate-limited", "message": "too many requests",
                                   "retry_after": 7}
    good.find_zones()
    good.expect("http")
    good.answer(b"key revoked", status=403)
    assert good.expect("fail") == {"type": "fail", "code": "auth", "message": "key revoked", "retry_after": 0}


def test_large_reply(good):
    good.find_zones()
    good.expect("http")
    good.answer(b"\n" * (8 << 20), status=500)
    assert len(good.expect("fail")["message"]) == 4096 // 3


@pytest.mark.parametrize("name", ["powerdns", "manual"])
def test_plugins_of_the_installation_load(name):
    with Worker(BUILD / f"plugins/{name}.so") as worker:
        description = worker.load()
        assert description["name"] == name and "CNAME" in description["record_types"]
        assert worker.end() == 0


def test_json_is_parsed_inside_the_sandbox():
    with Worker(BUILD / "plugins/powerdns.so") as worker:
        worker.load()
        worker.find_zones("sk1.example.com.")
        worker.expect("http")
        worker.answer(b'[{"id": "example.com.", "name": "example.com.", "kind": "Native", "serial": 1.5e3}]')
        assert worker.expect("found")["zones"][0]["id"] == "example.com."
        worker.expect("done")


def test_hanging_up_ends_it(good):
    assert good.end() == 0


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.1\r\n\r\n",
    struct.pack(">III", MAGIC, 0xFFFFFFFF, 0),
    struct.pack(">III", MAGIC, 2, 0) + b"[]",
    struct.pack(">III", MAGIC, 13, 0) + b'{"type":"ho"}',
    struct.pack(">III", MAGIC, 15, 0) + b'{"type":"call"}',
])
def test_nonsense_from_the_engine_ends_it(good, data):
    good.send_bytes(data)
    assert good.expect("fail")["code"] == "bad-frame"
    assert good.wait() == 1


@pytest.mark.parametrize("arguments", [["signpost-worker"], ["signpost-worker", "off"]])
def test_started_by_hand(arguments):
    with Worker(arguments=arguments) as worker:
        assert worker.wait() == 2
        assert "started by signpost" in worker.words()


def test_what_a_plugin_sees_around_it():
    with Worker("probe", extra_fds=20) as worker:
        worker.load()
        worker.find_zones()
        seen = worker.expect("fail")["message"]
        worker.end()
        assert worker.words() == "probe: seen\n"
    # Without the sandbox nothing is closed: the sanitizer build says so in its hello.
    assert seen.endswith(", 0 variables")
    assert not HAS_SANDBOX or seen.startswith("0 descriptors"), seen


@needs_sandbox
def test_kernel_confirms_the_measures():
    with Worker() as worker:
        worker.load()
        with open(f"/proc/{worker.pid}/status", encoding="ascii") as file:
            status = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0


@needs_sandbox
def test_others_may_not_look_in():
    with Worker(prepare=become_ordinary) as worker:
        worker.load()
        # The files of a process that is not dumpable belong to root (proc(5)).
        assert os.stat(f"/proc/{worker.pid}/status").st_uid == 0


@needs_sandbox
def test_missing_measure_is_refused_or_told():
    with Worker(prepare=without_landlock) as worker:
        refusal = worker.expect("fail")
        assert refusal["code"] == "sandbox"
        assert "landlock" in refusal["message"]
        assert worker.wait() == 1
    with Worker(mode="best-effort", prepare=without_landlock) as worker:
        hello = worker.expect("hello")
        assert [word for word in hello["missing"] if word.startswith("landlock: ")]
        assert "landlock" not in hello["sandbox"] and "seccomp" in hello["sandbox"]


@needs_sandbox
def test_lower_limits_of_the_surroundings_are_kept():
    def be_poor():
        resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))
        resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
        become_ordinary()

    with Worker(prepare=be_poor) as worker:
        worker.load()
        with open(f"/proc/{worker.pid}/limits", encoding="ascii") as file:
            limits = {line[:26].strip(): line[26:].split()[:2] for line in file}
    assert limits["Max open files"] == ["12", "12"]
    assert limits["Max cpu time"] == ["5", "5"]
    assert limits["Max file size"] == limits["Max core file size"] == limits["Max processes"] == ["0", "0"]


# Hostile plugins.


@pytest.mark.parametrize("case, code, words", [
    ("missing-symbol", "plugin-load", "does not export signpost_plugin_v1()"),
    ("wrong-abi", "abi-mismatch", "the plugin has ABI 7; this signpost needs ABI 1"),
])
def test_refused_at_load(case, code, words):
    with Worker(f"evil-{case}") as worker:
        worker.expect("hello")
        worker.send({"type": "load"})
        refusal = worker.expect("fail")
        assert refusal["code"] == code and words in refusal["message"]
        assert worker.wait() == 1


def test_file_that_is_no_shared_object(tmp_path):
    path = tmp_path / "text.so"
    path.write_text("not an object\n")
    with Worker(path) as worker:
        worker.expect("hello")
        worker.send({"type": "load"})
        refusal = worker.expect("fail")
        assert refusal["code"] == "plugin-load"
        assert "/proc/self" not in refusal["message"]


def test_crash_in_constructor():
    with Worker("evil-crash-constructor") as worker:
        worker.expect("hello")
        worker.send({"type": "load"})
        with pytest.raises(Gone):
            worker.receive()
        assert worker.wait() == -signal.SIGSEGV if HAS_SANDBOX else worker.wait() != 0


def test_crash_in_call():
    with Worker("evil-crash-call") as worker:
        worker.load()
        worker.find_zones()
        with pytest.raises(Gone):
            worker.receive()
        assert worker.wait() == -signal.SIGSEGV if HAS_SANDBOX else worker.wait() != 0


def test_endless_loop_stays_silent():
    with Worker("evil-endless-loop") as worker:
        worker.load()
        worker.find_zones()
        assert worker.is_silent(0.3)


def test_huge_frame_reaches_the_reader_as_it_is():
    with Worker("evil-huge-frame") as worker:
        worker.load()
        worker.find_zones()
        with pytest.raises(AssertionError, match="no frame is that long"):
            worker.receive()


@pytest.mark.parametrize("case, member, value", [
    ("foreign-origin", "origin", 1),
    ("dot-dot", "path", ["zones", "..", "account"]),
    ("crlf-header", "headers", [["Accept", "*/*\r\nX-Admin: 1"]]),
])
def test_request_reaches_the_gate_as_it_is(case, member, value):
    with Worker(f"evil-{case}") as worker:
        worker.load()
        worker.find_zones()
        assert worker.expect("http")[member] == value


def test_unstamped_struct():
    with Worker("evil-unstamped-zone") as worker:
        worker.load()
        worker.find_zones()
        refusal = worker.expect("fail")
        assert refusal["code"] == "plugin-misuse"
        assert "the size stamp of a zone is 0" in refusal["message"]


@needs_sandbox
@pytest.mark.parametrize("case, call", [
    ("open-socket", "socket"),
    ("exec", "execve"),
    ("write-file", "openat"),
])
def test_violation_while_loading(case, call):
    with Worker(f"evil-{case}") as worker:
        worker.expect("hello")
        worker.send({"type": "load"})
        violation = worker.expect("violation")
        assert violation["name"] == call and violation["syscall"] > 0
        assert worker.wait() == 3


@needs_sandbox
@pytest.mark.parametrize("case, calls", [
    ("open-socket-late", ["socket"]),
    ("fork", ["clone", "fork"]),
    ("read-aws", ["openat"]),
    ("read-environment", ["openat"]),
    ("change-handler", ["rt_sigaction"]),
    ("new-code", ["mprotect"]),
])
def test_violation_during_a_call(case, calls):
    with Worker(f"evil-{case}") as worker:
        worker.load()
        worker.find_zones()
        assert worker.expect("violation")["name"] in calls
        assert worker.wait() == 3


@needs_sandbox
def test_no_file_is_read_while_loading():
    with Worker("evil-read-early") as worker:
        worker.load()
        worker.find_zones()
        assert worker.expect("fail")["message"] == "the file would not open"
