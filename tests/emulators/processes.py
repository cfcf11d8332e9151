"""Looks into processes of the program under test while they run."""

import re
from pathlib import Path


def worker_of(pid):
    """The id of the plugin's process that the engine PID has started, or None."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid and "signpost-worker" in (path.parent / "cmdline").read_text():
                return int(path.parent.name)
        except OSError:
            continue
    return None


def memory_of(pid):
    """All that a process can read."""
    parts = []
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            if not match or "[v" in line:
                continue
            start, end = (int(part, 16) for part in match.groups())
            # The shadow of a sanitizer: terabytes, which hold no data.
            if end - start > 1 << 28:
                continue
            try:
                memory.seek(start)
                parts.append(memory.read(end - start))
            except OSError:
                continue
    return b"".join(parts)


def peak_kib(pid):
    """The most memory that a process has had resident so far, since its exec."""
    return int(re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1])
