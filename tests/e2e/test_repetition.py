"""What a provider refuses for now: called again within bounds, told, and ended by Ctrl-C."""

import signal
import subprocess
import time

import pytest

from contract import Tiny, compiled, direct, ensure_zone, own_zone

pytestmark = pytest.mark.slow
BUSY = (429, "slow down")


@pytest.fixture
def tiny(lab, user, tmp_path):
    """The plugin "tiny" at hand, and its provider."""
    ensure_zone(lab, "tiny-dns.example")
    compiled(tmp_path / "plugins", "tiny.c")
    direct(user, lab).flags += ["--plugin-dir", str(tmp_path / "plugins")]
    tiny = Tiny(lab)
    user.env |= {"TINY_API_TOKEN": tiny.TOKEN, "SIGNPOST_TINY_ENDPOINT": tiny.url}
    yield tiny
    tiny.stop()


def refuse(tiny, method, answers):
    """The next requests of that method get ANSWERS, in order; the rest passes."""
    real, left = tiny.answer, list(answers)

    def answer(handler, body):
        return left.pop(0) if left and handler.command == method else real(handler, body)

    tiny.answer = answer


def tiny_zone(lab, tiny, *rows):
    return tiny.add(own_zone(lab, server="ns1.tiny-dns.example"), *rows)


@pytest.mark.parametrize("method, n", [("GET", 5), ("POST", 5)])
def test_refused_for_longer_than_a_request_is_repeated(lab, user, tiny, method, n):
    """A request is tried four times; then the plugin says that it is too many, and is called again."""
    zone = tiny_zone(lab, tiny)
    refuse(tiny, method, [BUSY] * n)
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example")
    assert result.code == 0, result
    assert tiny.rows(zone) == [("sk1", "CNAME", 900, "u1.mailer.example")]
    assert result.domain["http_calls"] == len(tiny.requests) and tiny.methods().count("POST") == 1 + n * (method == "POST")


def test_no_end_of_it(lab, user, tiny):
    zone = tiny_zone(lab, tiny)
    refuse(tiny, "POST", [BUSY] * 1000)
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example")
    assert result.code == 7 and result.domain["error"]["code"] == "rate-limited", result
    assert tiny.methods().count("POST") == 4 * 5 and tiny.rows(zone) == []
    assert result.domain["changes"][0]["outcome"] == "failed"


def test_what_was_done_is_not_done_again(lab, user, tiny):
    zone = tiny_zone(lab, tiny)
    real, n_posts = tiny.answer, []

    def answer(handler, body):
        if handler.command == "POST":
            n_posts.append(body)
            if len(n_posts) > 1:
                return BUSY
        return real(handler, body)

    tiny.answer = answer
    words = ["publish", zone, "--record", "sk1=u1.mailer.example", "--record", "s1._domainkey=a.dkim.mailer.example"]
    result = user.json(*words)
    assert result.code == 7 and len(tiny.rows(zone)) == 1, result
    assert sorted(c["outcome"] for c in result.domain["changes"]) == ["applied", "failed"], result
    tiny.answer = real
    assert user.json(*words).code == 0 and len(tiny.rows(zone)) == 2


def test_the_wait_is_told(lab, user, tiny):
    zone = tiny_zone(lab, tiny)
    refuse(tiny, "POST", [(429, "slow down", ("Retry-After", "2"))])
    started = time.monotonic()
    result = user.run("publish", zone, "--record", "sk1=u1.mailer.example", "-v")
    assert result.code == 0 and time.monotonic() - started >= 2, result
    assert "asks to wait 2 s" in result.err, result


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_interrupted_while_waiting(lab, user, tiny, method):
    zone = tiny_zone(lab, tiny)
    refuse(tiny, method, [(429, "slow down", ("Retry-After", "50"))])
    running = user.start("publish", zone, "--record", "sk1=u1.mailer.example", "--output", "json")
    while method not in tiny.methods():
        time.sleep(0.02)
        assert running.poll() is None
    time.sleep(0.5)
    started = time.monotonic()
    running.send_signal(signal.SIGINT)
    try:
        running.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        running.kill()
        raise
    assert running.returncode == 130 and time.monotonic() - started < 1.5
    assert tiny.rows(zone) == []
    assert user.json("publish", zone, "--record", "sk1=u1.mailer.example").code == 0
    assert len(tiny.rows(zone)) == 1
