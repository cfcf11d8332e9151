"""What guards the house does guard it: calls that fail the compile, includes that may not go up."""

import re
import shutil
import subprocess

import pytest

from signpost import ROOT

BANNED = sorted(re.findall(r"SP_BANNED\((\w+)\)$", (ROOT / "core/base/banned.h").read_text(), re.M))


def test_banned_calls_fail_the_compile(tmp_path):
    assert {"strcpy", "sprintf", "atoi", "sscanf", "system", "popen", "rand", "gmtime"} <= set(BANNED)
    assert "-include" in (ROOT / "meson.build").read_text() + (ROOT / "core/meson.build").read_text()
    source = tmp_path / "banned.c"
    source.write_text("".join(f"void call_{name}(void); void call_{name}(void) {{ {name}(0); }}\n" for name in BANNED))
    done = subprocess.run(["cc", "-include", ROOT / "core/base/banned.h", "-fsyntax-only", source], capture_output=True, text=True)
    for name in BANNED:
        assert f"use_of_banned_function_{name}" in done.stderr, name


# What is added to which file, and what lint has to say of it.
WRONGS = [
    ("core/names/name.c", '#include "cli/wrap.h"\n', "core/names may not include from core/cli"),
    ("core/worker/host.c", '#include "broker/catalog.h"\n', "core/worker may not include from core/broker"),
    ("core/http/url.c", '#include "dns/message.h"\n', "core/http may not include from core/dns"),
    ("plugins/manual/manual.c", '#include "base/err.h"\n', "a plugin includes the public header, the kit and its own"),
    ("core/names/name.c", "/* TO" + "DO */\n", "unfinished code"),
    ("core/names/name.c", "static void f(void)\n{\n    goto out;\n}\n", "the only label is done"),
    ("core/names/name.c", "static void f(void)\n{\n" + "    ;\n" * 80 + "}\n", "a function of 81 lines"),
    ("core/names/name.c", "\n" * 500, "more than 500 hold two nouns"),
]


@pytest.fixture
def house(tmp_path):
    """A copy in which something can be broken. What lint does besides is replaced: it takes longer."""
    for part in ("core", "plugins"):
        shutil.copytree(ROOT / part, tmp_path / part)
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/lint", tmp_path / "scripts")
    for name in ("scripts/unused.py", "clang-format", "shellcheck"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def lint(house):
    env = {"PATH": f"{house}:/usr/bin:/bin", "HOME": str(house), "GIT_CONFIG_GLOBAL": "/dev/null"}
    subprocess.run("git init -q && git add -A", shell=True, cwd=house, env=env, check=True)
    return subprocess.run(["scripts/lint"], cwd=house, env=env, capture_output=True, text=True)


@pytest.mark.slow
def test_lint_sees_what_is_wrong(house):
    done = lint(house)
    for file, line, complaint in WRONGS:
        assert complaint not in done.stderr, done.stderr
        assert (house / file).exists()
        with (house / file).open("a") as changed:
            changed.write(line)
    done = lint(house)
    for _, _, complaint in WRONGS:
        assert done.returncode == 1 and complaint in done.stderr, (complaint, done.stderr)
