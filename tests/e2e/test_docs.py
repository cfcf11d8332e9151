"""README, manual, help, schemas and the program tell the same story."""

import json
import re
import subprocess

import jsonschema
import pytest

from lab import DKIM_KEY, rrset
from signpost import PROGRAM, ROOT

MANUAL = (ROOT / "docs/man/signpost.1").read_text()
COMMANDS = ["records", "publish", "verify", "status", "explain", "unpublish", "providers", "watch", "schema", "help"]


def manual_options():
    """Long options that the manual explains (as items of its lists)."""
    text = "\n".join(line for line in MANUAL.splitlines() if line.startswith(".It Fl"))
    return set(re.findall(r"Fl -([a-z-]+)", text))


def help_options(text):
    return set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", text))


def test_help_names_every_command_and_the_manual_explains_them(stranger):
    overview = stranger.raw("--help")
    assert overview.code == 0 and overview.err == ""
    section = overview.out[overview.out.index("Commands:"):overview.out.index("Exit codes:")]
    assert re.findall(r"^  (\w+)", section, re.M) == COMMANDS
    section = MANUAL[MANUAL.index(".Ss Commands"):MANUAL.index(".Sh OPTIONS")]
    assert re.findall(r"^\.It Cm (\w+)", section, re.M) == COMMANDS


def test_help_and_the_manual_name_the_same_exit_codes(stranger):
    overview = stranger.raw("--help").out
    section = overview[overview.index("Exit codes:"):overview.index("`signpost help COMMAND`")]
    shown = set(re.findall(r"(?:^|\s)(\d+) [a-z]", section))
    section = MANUAL[MANUAL.index(".Sh EXIT STATUS"):MANUAL.index("With several domains")]
    assert shown == set(re.findall(r"^\.It (\d+)$", section, re.M)) == set("0123456789") | {"130"}


def test_the_manual_has_every_letter_word_schema_and_variable(stranger):
    helps = "".join(stranger.raw(command, "--help").out for command in COMMANDS)
    for letter in set(re.findall(r"^ +-(\w), --", helps, re.M)):
        assert f"Fl {letter} ," in MANUAL, letter
    assert "--until records|key" in helps and ".It Fl -until Cm records | key" in MANUAL
    assert "text, json, jsonl or zone" in helps and ".It Fl -output Cm text | json | jsonl | zone" in MANUAL
    section = MANUAL[MANUAL.index(".It Cm schema"):MANUAL.index(".It Cm help")]
    schemas = {path.name.removesuffix(".schema.json") for path in (ROOT / "schemas").glob("*.schema.json")}
    assert set(re.findall(r"Cm (\w+)", section)) - {"schema", "or"} == schemas
    assert f"Schemas:\n  {', '.join(sorted(schemas))}\n" in helps
    source = "".join(path.read_text() for path in (ROOT / "core").rglob("*.c"))
    read = set(re.findall(r'(?:getenv|get_env|sp_xdg_path|value_of)\("([A-Z_]+)"', source)) - {"HOME", "TERM"}
    assert len(read) >= 4 and not {name for name in read if name not in MANUAL}


def test_help_fits_a_page(stranger):
    """But for the examples, which are there to be copied."""
    for words in ([], *[[command] for command in COMMANDS]):
        lines = stranger.raw(*words, "--help").out.splitlines()
        assert max(len(line) for line in lines if not line.startswith("  signpost ")) <= 80, words


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_examples(stranger, command):
    result = stranger.raw(command, "--help")
    assert result.code == 0 and result.err == ""
    assert "Example" in result.out and f"signpost {command}" in result.out
    assert stranger.raw("help", command).out == result.out


def test_the_manual_has_every_option_and_no_other(stranger):
    offered = set()
    for command in COMMANDS:
        usage = stranger.raw(command, "--help").out
        offered |= set(re.findall(r"^ +(?:-\w, )?--([a-z][a-z-]+)", usage, re.M))
    explained = manual_options()
    missing = {option for option in offered - explained
               if f"Fl -{option}" not in MANUAL}
    assert not missing, "in --help, not in the manual"
    assert not {option for option in explained - offered}, "in the manual, not in --help"


def test_the_manual_is_well_formed():
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(ROOT / "docs/man/signpost.1")], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_options_named_in_the_docs_exist(stranger):
    offered = {"help", "version"}
    for command in COMMANDS:
        offered |= help_options(stranger.raw(command, "--help").out)
    # Options of other programs, and of our scripts.
    foreign = {"now", "offline", "quick", "try", "test", "cflags", "libs", "buildtype", "prefix"}
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        unknown = help_options(page.read_text()) - offered - foreign
        assert not unknown, (page.name, unknown)


def test_the_readme_has_every_provider_and_its_credential(stranger):
    readme = (ROOT / "README.md").read_text()
    for provider in json.loads(stranger.raw("providers", "--output", "json").out)["providers"]:
        page = ROOT / f"docs/providers/{provider['name']}.md"
        (row,) = re.findall(rf"^\|.*\(docs/providers/{provider['name']}\.md\) \| `{provider['name']}` \|.*$", readme, re.M)
        for secret in (provider["credentials"] or [{"secrets": []}])[0]["secrets"]:
            variable = secret["variables"][0]
            assert secret["is_optional"] or f"`{variable}`" in row, row
            assert variable in page.read_text(), (page, variable)


def test_links_in_the_docs_lead_somewhere():
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
            if not target.startswith(("http:", "https:")):
                assert (page.parent / target).exists(), (page.name, target)


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").glob("*.schema.json")), ids=lambda path: path.name)
def test_a_schema_is_valid_and_printed_as_it_stands(stranger, path):
    document = json.loads(path.read_text())
    jsonschema.validators.validator_for(document).check_schema(document)
    printed = stranger.raw("schema", path.name.removesuffix(".schema.json"))
    assert printed.code == 0 and json.loads(printed.out) == document


def sections_of(part):
    """The codes that PART of a page has a section for."""
    return {code for section in re.findall(r"^### (.*)$", part, re.M) for code in section.split(" and ")}


def test_every_diagnosis_code_is_in_the_docs_and_in_the_schema():
    source = "".join(path.read_text() for path in (ROOT / "core/verify").glob("*.c"))
    names = re.search(r"^const char \*sp_code_name.*?\{(.*?)^\}", source, re.S | re.M).group(1)
    codes = set(re.findall(r'"([a-z0-9-]+)"', names)) - {"none", ""}
    assert len(codes) >= 28
    page = (ROOT / "docs/verification.md").read_text()
    findings, warnings = page[page.index("## Each finding"):].split("\n## What publish warns of\n")
    assert sections_of(findings) == codes
    publishing = "".join(path.read_text() for path in (ROOT / "core/publish").glob("*.c"))
    warned = set(re.findall(r'sp_result_warn\(\s*[^,]+,\s*"([a-z0-9-]+)"', publishing))
    assert "other-name-servers" in warned and sections_of(warnings) == warned - codes
    schema = json.loads((ROOT / "schemas/report.schema.json").read_text())
    at_records = set(schema["$defs"]["diagnosis"]["properties"]["code"]["enum"])
    assert codes - at_records == {"port-53-blocked", "port-53-intercepted", "delegation-mismatch", "delegation-from-resolver"}
    assert at_records <= codes


def test_version(stranger):
    result = stranger.raw("--version")
    assert result.code == 0
    declared = re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text()).group(1)
    assert result.out.strip() == f"signpost {declared}"


def test_the_worker_says_what_it_is():
    """Started by hand it does not hang and does not crash."""
    done = subprocess.run([str(PROGRAM.parent / "signpost-worker")], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=10, check=False)
    assert 0 < done.returncode < 128


def test_the_session_in_the_readme_is_as_it_prints(lab, user):
    """Run on the lab's zone, with its name for the README's, what is printed is what the README shows."""
    zone = lab.zone()
    generated = user.json("records", zone, "--set", "platform=mailer.example").domain["records"]
    for record in generated:
        is_key = record["leg"] == "dkim"
        lab.pdns.set("mailer.example", rrset(record["points_to"], "TXT", f'"{DKIM_KEY if is_key else "v=spf1 mx -all"}"'))
        if not is_key:
            lab.pdns.set("mailer.example", rrset(record["points_to"], "MX", "10 mx.mailer.example."))
    lab.pdns.set(zone, rrset(zone, "SOA", f"ns1.{zone}. hostmaster.{zone}. 0 3600 600 604800 900", ttl=900))
    lab.wait_for_secondary("mailer.example")
    lab.wait_for_secondary(zone)
    printed = user.run("publish", zone, "--set", "platform=mailer.example").out
    session = re.search(r"```\n(\$ signpost publish.*?)```", (ROOT / "README.md").read_text(), re.S).group(1)
    _, shown = session.split("\n", 1)

    def shape(text):
        text = text.replace(zone, "example.com")
        text = re.sub(r"sk\d{5}", "skNNNNN", re.sub(r"\b[a-z2-7]{20}\.", "LABEL.", text))
        text = re.sub(r"endpoint: \S+", "endpoint: URL", text)
        text = re.sub(r"until (\d+-\d+-\d+ )?\d\d:\d\d \w+,", "until TIME,", text)
        return re.sub(r" +", " ", text).strip()
    assert shape(printed) == shape(shown)
    records = user.run("records", "example.com", "--set", "platform=mailer.example").out
    for line in records.splitlines():
        if "mailer.example" in line and not line.startswith("Next:"):
            assert line.split()[1] in shown, line
