"""Memory at rest, under load and with a backlog; restarting with the backlog; bytes on disk.

A restart is from exec to the first delivery. With --full the backlog grows on to 5 and 10 million events.
"""

import asyncio
import time

from bench import events
from bench.machine import SUBJECT, bytes_on_disk, memory_mib, on_core
from bench.processes import Process, certificates, config, free_port, pintle, send, wrk
from bench.results import Row
from bench.sink import listen

MILLION = 1_000_000
DELIVERING = 3  # seconds after a restart during which its memory is watched


def run(bench):
    yield from under_load(bench)
    with bench.folder() as folder:
        port = free_port()
        url = f"https://127.0.0.1:{port}"
        have, first = 0, {}
        for millions in (1, 5, 10) if bench.full else (1,):
            with pintle(folder, url) as daemon:
                send(daemon, millions * MILLION - have, size=500, first=have)
                have = millions * MILLION
                waiting = daemon.destination()["backlog_events"]
                figures = {"memory with a backlog": (memory_mib(daemon.pid), "MiB")}
                daemon.stop()
            figures["on disk, an event"] = (bytes_on_disk(folder / "journal") / waiting, "bytes")
            seconds, most = asyncio.run(restart(folder, url, port))
            figures["restart to the first delivery"] = (seconds, "s")
            figures["peak memory after the restart"] = (most, "MiB")
            for name, (value, unit) in figures.items():
                first.setdefault(name, value)
                yield Row(f"{name}, {millions} million", value, unit, first[name] if millions > 1 else None,
                          "with 1 million", headline=True)


def under_load(bench):
    with bench.folder() as folder, pintle(folder) as daemon:
        yield Row("memory at rest", memory_mib(daemon.pid), "MiB", headline=True)
        for name, path, body, size, connections in (
                ("single events", "/v1/track", events.track(), 1, 128),
                ("batches of 100", "/v1/batch", events.batch(100), 100, 16)):
            request = folder / "request"
            request.write_text(events.request(path, body))
            wrk("template", daemon.url, request, events.persons(size), size * MILLION, connections=connections,
                seconds=bench.seconds)
            yield Row(f"peak memory while {name} arrive", memory_mib(daemon.pid, "VmHWM"), "MiB", headline=True)


async def restart(folder, url, port):
    """Seconds to the first delivery, and the peak memory until some seconds after it. Ends as by a power cut."""
    first = asyncio.get_running_loop().create_future()
    server = await listen(certificates(folder), port, lambda now, _: first.done() or first.set_result(now))
    path = config(folder, url)
    with on_core(SUBJECT):
        begin = time.monotonic()
        process = Process(["serve", "--config", str(path)], folder / "restart.log")
    try:
        arrival = await asyncio.wait_for(first, 120)
        await asyncio.sleep(DELIVERING)
        return arrival - begin, memory_mib(process.child.pid, "VmHWM")
    finally:
        server.close()
        process.child.kill()
        process.wait()
        process.clean_up()
