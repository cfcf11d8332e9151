"""One process from start to end: time, processor, memory."""

import os
import re
import subprocess
import threading
import time
from collections import namedtuple
from pathlib import Path

Measured = namedtuple("Measured", "wall_s cpu_s rss_mib code")


def _watch(pid, high):
    """What wait4 says of memory includes that of the process that was forked: this here is the program's own."""
    while not high[1]:
        try:
            found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        except OSError:
            return
        high[0] = max(high[0], int(found[1]) if found else 0)
        time.sleep(0.01)


def measure(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
    high = [0, False]
    start = time.monotonic()
    process = subprocess.Popen(argv, stdin=stdin, stdout=stdout, stderr=stderr)
    watcher = threading.Thread(target=_watch, args=(process.pid, high))
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    high[1] = True
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Measured(wall, usage.ru_utime + usage.ru_stime, high[0] / 1024, process.returncode)
