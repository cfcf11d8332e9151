#!/usr/bin/env python3
"""Functions that a header of core/ declares and no file but its own needs: one a line, with the header. Tests are no users."""

import re
import subprocess
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# A declaration at the start of a line, and what comes in front of the name: never a "=" or a "#".
DECLARED = re.compile(r"^(?!typedef)[A-Za-z][^;:={}()#\n]*\b(sp_[a-z0-9_]+)\(", re.M)
COMMENT_OR_TEXT = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)

# What tests look through, because the rest of the way there takes files, sockets or workers.
FOR_TESTS = {"sp_address_to_sockaddr", "sp_dns_host_find", "sp_leg_of_host", "sp_provider_description", "sp_publication_result", "sp_resolv_conf_parse"}


def main():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "core/*.[ch]"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout.split()
    texts = {name: COMMENT_OR_TEXT.sub(" ", (ROOT / name).read_text()) for name in listed if (ROOT / name).exists()}
    files, times = defaultdict(set), defaultdict(int)
    for name, text in texts.items():
        for word in re.findall(r"\bsp_[a-z0-9_]+\b", text):
            files[word].add(name)
            times[word, name] += 1
    for header in sorted(name for name in texts if name.endswith(".h")):
        for function in sorted(set(DECLARED.findall(texts[header])) - FOR_TESTS):
            defined = {name for name in files[function] if name != header and function in DECLARED.findall(texts[name])}
            # A macro or an inline function of the header itself is a user too.
            if not files[function] - defined - {header} and times[function, header] < 2:
                print(f"{header}: {function}")


if __name__ == "__main__":
    main()
