"""A house as a process: what it says, how it answers, what it holds."""

import atexit
import http.client
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

# Ports of its own. Texts and indices of the network are left out: they would be asked for in vain or come by chance.
SETTINGS = ["gateway.listen=127.0.0.1:0", "dashboard.listen=127.0.0.1:0", "telemetry.metrics=127.0.0.1:0", "telemetry.log=warn",
            "fetcher.text.feeds=[]", "fetcher.text.fear_greed.enabled=false"]


def ask(door, path, body=None):
    """Status and bytes of an answer."""
    line = http.client.HTTPConnection("127.0.0.1", door, timeout=30)
    try:
        line.request("POST" if body else "GET", path, body, {"Content-Type": "application/json"} if body else {})
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def wait(what, holds, patience=120, every=0.01):
    """What `holds` gives as soon as it is something."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(every)
    raise SystemExit(f"{what} did not happen within {patience} s")


class House:
    """`wick up` in a data folder."""

    def __init__(self, program, data, words=("up",), settings=()):
        told = [word for setting in [*SETTINGS, *settings] for word in ("--set", setting)]
        self.log = open(f"{data}.log", "ab")
        self.started = time.monotonic()
        self.process = subprocess.Popen([program, "--data-dir", data, *told, *words], stdout=subprocess.PIPE, stderr=self.log,
                                        text=True)
        # With it ends its Redis, whatever else goes wrong.
        atexit.register(self.stop)
        self.door = None
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            if line.startswith("gateway"):
                self.door = int(line.split("http://")[1].split("/")[0].split(":")[1])

    def since(self):
        if self.process.poll() is not None:
            raise SystemExit(f"the house ended: {self.log.name} says why")
        return time.monotonic() - self.started

    def times(self):
        """Seconds from the start to an open door, a first forecast, one of a model that was trained, and readiness."""
        found = {}

        def all_there():
            self.since()
            if self.door is None:
                return False
            found.setdefault("door", self.since())
            status, body = ask(self.door, "/v1/predictions/latest")
            levels = {one["level"] for one in json.loads(body)["forecasts"]} if status == 200 else {"stale"}
            if levels and "stale" not in levels:
                found.setdefault("forecast", self.since())
            if levels == {"champion"}:
                found.setdefault("champion", self.since())
            if ask(self.door, "/readyz")[0] == 200:
                found.setdefault("ready", self.since())
            return len(found) == 4

        wait("a forecast of a champion", all_there)
        return found

    def rest(self):
        """Waits until next to nothing is done: less than a twentieth of a core over two seconds."""

        def still():
            before = sum(cpu(pid) for pid in self.pids())
            time.sleep(2)
            return sum(cpu(pid) for pid in self.pids()) - before < 0.1

        wait("rest", still)

    def pids(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def resident(self):
        """Resident MB of each of its processes by name."""
        return {Path(f"/proc/{pid}/comm").read_text().strip(): resident(pid) for pid in self.pids()}

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
        self.log.close()


def cpu(pid):
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6


def said(words):
    """Lines that a process says."""
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
