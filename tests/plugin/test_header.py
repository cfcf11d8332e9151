"""plugin.h, the one header a plugin's author has: it compiles alone, in every dialect it promises, and brings no
names that are not its own."""

import re
import shutil
import subprocess

import pytest

from peer import ROOT

INCLUDE = ROOT / "core/plugin/include"
HEADER = INCLUDE / "signpost/plugin.h"
STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
C_PLUGIN = """
#include <signpost/plugin.h>
static const char *const types[] = {"CNAME"};
static const struct signpost_plugin plugin = {
    .name = "tiny", .label = "Tiny", .host_style = SIGNPOST_HOST_RELATIVE, .target_style = SIGNPOST_TARGET_PLAIN,
    .apex = "@", .record_types = types, .n_record_types = 1,
};
SIGNPOST_PLUGIN(plugin)
"""
# C++ before C++20 has no designated initialisers.
CXX_PLUGIN = """
#include <signpost/plugin.h>
namespace {
const char *const types[] = {"CNAME"};
int find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted, size_t n)
{
    struct signpost_request request = SIGNPOST_REQUEST_INIT;
    struct signpost_response response = SIGNPOST_RESPONSE_INIT;
    request.method = n ? wanted[0]->name : "GET";
    return signpost_http(call, &request, &response);
}
struct signpost_plugin describe()
{
    struct signpost_plugin plugin = signpost_plugin();
    plugin.name = "tiny";
    plugin.record_types = types;
    plugin.find_zones = find_zones;
    return plugin;
}
}
SIGNPOST_PLUGIN(describe())
"""


def compile_text(compiler, text, *options):
    if not shutil.which(compiler):
        pytest.fail(f"{compiler} is not installed: run scripts/setup --test")
    language = "c++" if compiler.endswith("++") else "c"
    return subprocess.run([compiler, "-x", language, "-I", INCLUDE, "-fsyntax-only", *options, "-"], input=text,
                          capture_output=True, text=True, check=False)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("standard", ["c99", "c11", "c17"])
@pytest.mark.parametrize("text", ["#include <signpost/plugin.h>\n", C_PLUGIN], ids=["alone", "plugin"])
def test_c(compiler, standard, text):
    result = compile_text(compiler, text, f"-std={standard}", *STRICT)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("standard", ["c++11", "c++20"])
@pytest.mark.parametrize("text", ["#include <signpost/plugin.h>\n", CXX_PLUGIN], ids=["alone", "plugin"])
def test_cxx(compiler, standard, text):
    result = compile_text(compiler, text, f"-std={standard}", *STRICT)
    assert result.returncode == 0, result.stderr


def test_no_foreign_names():
    text = """
        #include <signpost/plugin.h>
        #if defined(bool) || defined(true) || defined(EOF) || defined(errno) || defined(assert)
        #error "the header brings names of other headers"
        #endif
        typedef int FILE; typedef int json_t; typedef int bool;
    """
    result = compile_text("gcc", text, "-std=c99", *STRICT)
    assert result.returncode == 0, result.stderr


def test_every_name_has_the_prefix():
    text = HEADER.read_text()
    for macro in re.findall(r"^#\s*define\s+(\w+)", text, re.M):
        assert macro.startswith("SIGNPOST_"), macro
    names = re.findall(r"^struct (\w+)", text, re.M) + re.findall(r"^static inline [^(]*?(\w+)\(", text, re.M)
    names += re.findall(r"^typedef .*\(\*(\w+)\)", text, re.M)
    assert len(names) > 20
    assert not [name for name in names if not name.startswith("signpost_")]


def test_libc_headers_alone():
    assert re.findall(r"#include (\S+)", HEADER.read_text()) == ["<stddef.h>", "<stdint.h>"]


def test_second_inclusion_is_harmless():
    result = compile_text("gcc", "#include <signpost/plugin.h>\n" * 2, "-std=c99", *STRICT)
    assert result.returncode == 0, result.stderr
