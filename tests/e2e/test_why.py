"""--why: what a verdict rests on, with real servers, as a person reads it."""

from lab import API_KEY, PRIMARY, SECONDARY, rrset

HOST, SELECTOR = "sk48601", "sk48601a._domainkey"
GIVEN = ["--record", f"{HOST}=u1.mailer.example", "--record", f"{SELECTOR}=a.dkim.mailer.example"]


def tree(text):
    """The tree in TEXT as {root: [(depth, line)]}, from its ASCII branches."""
    roots, lines = {}, text[text.index("\nWhy "):].splitlines()[2:]
    for line in lines:
        if not line or line.startswith("Next"):
            break
        bare = line.lstrip("|`- ")
        depth = (len(line) - len(bare)) // 3
        if depth:
            roots[list(roots)[-1]].append((depth, bare))
        else:
            roots[bare] = []
    return roots


def test_the_tree_of_a_connected_domain(lab, user):
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", "u1.mailer.example."),
                 rrset(f"{SELECTOR}.{zone}", "CNAME", "a.dkim.mailer.example."))
    lab.wait_for_secondary(zone)
    result = user.run("verify", zone, *GIVEN, "--why", env={"LC_ALL": "C"})
    assert result.code == 0, result
    roots = tree(result.out)
    assert list(roots) == [f"zone {zone}", f"record {HOST}.{zone}", f"record {SELECTOR}.{zone}"], result
    texts = {root: [text for _, text in lines] for root, lines in roots.items()}
    servers = texts[f"zone {zone}"]
    assert [text for text in servers if f": {PRIMARY}" in text] and [text for text in servers if f": {SECONDARY}" in text]
    assert all(text.split(":")[0].endswith(", named by the zone") for text in servers if text.startswith("ns")), servers
    assert [text for text in servers if text.startswith("those that the provider has for it: not asked here")], servers
    for address in (PRIMARY, SECONDARY):
        assert [text for text in texts[f"record {HOST}.{zone}"] if f"({address}): CNAME u1.mailer.example, as wanted" in text]
    assert "u1.mailer.example: MX: there; SPF: there" in texts[f"record {HOST}.{zone}"]
    assert "a.dkim.mailer.example: a DKIM key, RSA of 2048 bits" in texts[f"record {SELECTOR}.{zone}"]
    assert all(lines[-1] == "so it is live" for root, lines in texts.items() if root.startswith("record"))
    assert f"Why {zone}, by " in result.out and " DNS queries:" in result.out


def test_the_tree_tells_what_was_asked_besides(lab, user):
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}.{zone}", "CNAME", "u1.mailer.example."),
                 rrset(f"{SELECTOR}.{zone}", "TXT", '"v=DKIM1; p="'))
    lab.wait_for_secondary(zone)
    result = user.run("verify", zone, *GIVEN, "--why", env={"LC_ALL": "C"})
    assert result.code == 4, result
    roots = tree(result.out)
    miss, conflict = roots[f"record {HOST}.{zone}"], roots[f"record {SELECTOR}.{zone}"]
    assert (3, f"asked there for {HOST}.{zone}.{zone}: has the record") in miss, result
    assert (3, "asked there for TXT, A and MX: TXT; a DKIM key is among them") in conflict, result
    assert (1, "behind it: not looked at before every server has the record") in miss
    assert miss[-1] == (1, "so it is missing, doubled-suffix") and conflict[-1] == (1, "so it is wrong, conflicting-records")


def test_on_a_terminal_it_fits_and_is_drawn(lab, user):
    zone = lab.zone()
    code, shown = user.on_terminal("verify", zone, *GIVEN, "--why", columns=60, env={"LC_ALL": "C.UTF-8"})
    assert code == 3 and "├─ " in shown and "└─ so it is missing" in shown and "missing, missing" not in shown, shown
    assert max(len(line) for line in shown[shown.index("Why "):shown.index("Next:")].splitlines()) <= 60


def test_beside_json_it_goes_to_stderr(lab, user):
    zone = lab.zone()
    with_why, without = (user.json("verify", zone, *GIVEN, *words, env={"LC_ALL": "C"}) for words in (["--why"], []))
    assert with_why.code == 3 and f"record {HOST}.{zone}" in with_why.err, with_why
    assert "record " not in without.err
    assert [record["state"] for record in with_why.domain["records"]] == [record["state"] for record in without.domain["records"]]


def test_publish_shows_it_too(lab, user):
    zone = lab.zone()
    result = user.run("publish", zone, *GIVEN, "--provider", "powerdns", "--why", env={"LC_ALL": "C"})
    assert result.code == 0 and f"record {SELECTOR}.{zone}" in tree(result.out), result
    assert API_KEY not in result.out + result.err
