"""Many name servers on loopback, made of a few: bench-wire (wire.c) listens for them and keeps a log."""

import subprocess
from collections import namedtuple

# TIME: as time.monotonic() has it. CODE: None without an answer.
Question = namedtuple("Question", "time address is_tcp name type code is_cut")


class Place(namedtuple("Place", "address source server port delay_ms loss_per_mille")):
    """An address that stands for a name server. SERVER None: a machine that says nothing."""

    def line(self):
        return f"{self.address} {self.source} {self.server or '-'} {self.port} {self.delay_ms} {self.loss_per_mille}\n"


class Wire:
    def __init__(self, program, folder, port, places):
        self.log = folder / "wire.log"
        (folder / "places").write_text("".join(place.line() for place in places))
        self.process = subprocess.Popen([str(program), str(port), str(folder / "places"), str(self.log)],
                                        stdout=subprocess.PIPE, text=True)
        first = self.process.stdout.readline()
        if not first:
            raise RuntimeError("bench-wire did not start")
        self.start = int(first) / 1e6

    def stop(self):
        """Everything that was asked, in order. May be called again, for nothing."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()
            return list(self._read())
        return []

    def _read(self):
        with self.log.open() as lines:
            for line in lines:
                time, address, how, name, kind, outcome = line.split(" ")
                code, _, cut = outcome.strip().partition("+")
                yield Question(self.start + int(time) / 1e6, address, how == "tcp", name, int(kind),
                               None if code == "-" else int(code), bool(cut))
