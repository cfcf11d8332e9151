"""What is in the worker's address space, and what plugins give away: read from the binaries."""

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
