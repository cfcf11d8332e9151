"""What is in the address spaces of worker and engine, and what plugins give away: read from the binaries."""

import os
import re
import subprocess

import pytest

from peer import BUILD, PLUGINS

FORBIDDEN_LIBRARIES = re.compile(r"lib(curl|cares|sqlite3|crypto|ssl|uv|idn2|nghttp2|gnutls|nss)[-.\d]*\.so")
FORBIDDEN_SYMBOLS = re.compile(r"^(curl_|ares_|sqlite3_|EVP_|SSL_|HMAC|uv_|idn2_|getaddrinfo|connect$|socket$)")
# What instrumented code brings with it.
INSTRUMENTATION = re.compile(r"^(__asan|__ubsan|__sanitizer|__odr|__lsan)")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def symbols(path, *options):
    return [line.split()[-1].split("@")[0] for line in run("nm", "-D", *options, path).splitlines()]


def needed(path):
    return re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "-d", path))


def test_worker_has_no_network_store_or_crypto():
    worker = BUILD / "signpost-worker"
    assert not [name for name in needed(worker) if FORBIDDEN_LIBRARIES.match(name)]
    assert not [name for name in symbols(worker) if FORBIDDEN_SYMBOLS.match(name)]


@pytest.mark.needs_sandbox  # a sanitizer's runtime brings libraries of its own
def test_nothing_of_it_comes_in_indirectly():
    loaded = run("ldd", BUILD / "signpost-worker")
    assert "libjansson" in loaded
    assert not FORBIDDEN_LIBRARIES.search(loaded), loaded


def test_engine_is_not_linked_with_curl():
    engine = BUILD / "signpost"
    loaded = run("ldd", engine)
    assert "libjansson" in loaded
    assert "libcurl" not in loaded
    assert not [name for name in symbols(engine, "--undefined-only") if name.startswith("curl_")]


def run_without_curl(directory, *arguments):
    (directory / "libcurl.so.4").write_text("not a library")
    environment = {**os.environ, "LD_LIBRARY_PATH": str(directory), "XDG_STATE_HOME": str(directory),
                   "XDG_CONFIG_HOME": str(directory)}
    return subprocess.run([BUILD / "signpost", *arguments], env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("arguments", [
    ["--version"],
    ["records", "example.com", "--set", "platform=mailer.example"],
    ["status"],
    # Nobody answers there: the verdict is not the matter here.
    ["verify", "example.com", "--record", "em1.example.com=u1.mailer.example", "--ledger", "none", "--no-wait",
     "--resolver", "127.0.0.1:1"],
], ids=lambda arguments: arguments[0])
def test_what_sends_nothing_needs_no_curl(tmp_path, arguments):
    done = run_without_curl(tmp_path, *arguments)
    assert done.returncode in ([3, 4] if arguments[0] == "verify" else [0]), done.stderr
    assert "libcurl" not in done.stderr


def test_missing_curl_is_said(tmp_path):
    done = run_without_curl(tmp_path, "publish", "example.com", "--provider", "powerdns",
                            "--endpoint", "http://127.0.0.1:1", "--ledger", "none")
    assert done.returncode == 1
    assert "libcurl.so.4 cannot be loaded: " in done.stderr
    assert "install libcurl" in done.stderr


@pytest.mark.parametrize("path", [PLUGINS / "good.so", BUILD / "plugins/powerdns.so", BUILD / "plugins/manual.so"],
                         ids=lambda path: path.stem)
def test_plugin_exports_its_entry_point_alone(path):
    exported = [name for name in symbols(path, "--defined-only") if not INSTRUMENTATION.match(name)]
    assert exported == ["signpost_plugin_v1"]


@pytest.mark.parametrize("path", [BUILD / "plugins/powerdns.so", BUILD / "plugins/manual.so"], ids=lambda path: path.stem)
def test_plugin_has_no_network_store_or_crypto(path):
    assert not [name for name in needed(path) if FORBIDDEN_LIBRARIES.match(name)]
    assert not [name for name in symbols(path, "--undefined-only") if FORBIDDEN_SYMBOLS.match(name)]


def test_worker_is_hardened():
    program = run("readelf", "-lW", BUILD / "signpost-worker")
    assert "GNU_RELRO" in program
    assert "DYN" in run("readelf", "-h", BUILD / "signpost-worker"), "not position independent"
    assert "BIND_NOW" in run("readelf", "-d", BUILD / "signpost-worker")
    stack = re.search(r"GNU_STACK.*", program).group()
    assert "RWE" not in stack
