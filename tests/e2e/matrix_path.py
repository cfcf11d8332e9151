"""The way to a name server, spoilt on purpose: a relay for UDP and TCP that is late and loses. A program of its own, as it
has to run inside the matrix's network: python3 matrix_path.py FILE, with FILE a list of
{"address", "target", "udp", "tcp", "loss", "delay_ms", "cut"}."""

import asyncio
import json
import random
import sys
from pathlib import Path

RETRANSMIT_S = 0.2  # the first one of Linux's TCP; each further one waits twice as long
RETRANSMITS_MAX = 2  # so that an answer comes in time


class Answer(asyncio.DatagramProtocol):
    def __init__(self, pass_back):
        self.pass_back = pass_back

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, _):
        self.pass_back(data)
        self.transport.close()

    def error_received(self, _):
        self.transport.close()


class Way(asyncio.DatagramProtocol):
    def __init__(self, how):
        self.how, self.chance, self.tasks = how, random.Random(how["address"]), set()
        self.half_s = how["delay_ms"] / 2000

    def connection_made(self, transport):
        self.transport = transport

    def is_lost(self):
        return self.chance.random() < self.how["loss"]

    def datagram_received(self, data, asker):
        if not self.how["udp"] or self.is_lost():
            return
        if self.how["cut"]:  # the header with TC and the question, without anything else
            end = data.index(b"\0", 12) + 5
            self.transport.sendto(data[:2] + bytes([data[2] | 0x82, 0, 0, 1, 0, 0, 0, 0, 0, 0]) + data[12:end], asker)
            return
        task = asyncio.create_task(self.relay(data, asker))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def relay(self, data, asker):
        await asyncio.sleep(self.half_s)
        loop = asyncio.get_running_loop()

        def back(answer):
            if not self.is_lost():
                loop.call_later(self.half_s, self.transport.sendto, answer, asker)
        outward, _ = await loop.create_datagram_endpoint(lambda: Answer(back), remote_addr=(self.how["target"], 53))
        outward.sendto(data)
        await asyncio.sleep(3)
        outward.close()

    async def serve_stream(self, reader, writer):
        """What is lost comes later here; the handshake's way is counted with the first message."""
        late_s = 2 * self.half_s
        try:
            while head := await reader.readexactly(2):
                query = head + await reader.readexactly(int.from_bytes(head, "big"))
                if not self.how["tcp"]:
                    await asyncio.sleep(60)
                    break
                wait_s, again_s = late_s + 2 * self.half_s, RETRANSMIT_S
                for _ in range(RETRANSMITS_MAX):
                    if not self.is_lost():
                        break
                    wait_s, again_s = wait_s + again_s, 2 * again_s
                late_s = 0
                await asyncio.sleep(wait_s)
                inward, outward = await asyncio.open_connection(self.how["target"], 53)
                outward.write(query)
                size = await inward.readexactly(2)
                writer.write(size + await inward.readexactly(int.from_bytes(size, "big")))
                outward.close()
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def main(paths):
    loop = asyncio.get_running_loop()
    for how in paths:
        _, path = await loop.create_datagram_endpoint(lambda how=how: Way(how), local_addr=(how["address"], 53))
        if how["tcp"] is not None:
            await asyncio.start_server(path.serve_stream, how["address"], 53)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
