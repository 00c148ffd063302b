"""Doors under load: `wrk` asks each of several in turn."""

import json
import statistics
import subprocess
from pathlib import Path

LUA = Path(__file__).parent / "ask.lua"


def wrk(door, path, connections, body=None, seconds=10, pause=None):
    """Requests a second, p50, p99 and the longest in milliseconds, and requests that failed. With a pause each connection waits so
    many milliseconds before it asks again."""
    words = ["wrk", "--latency", "-t2", f"-c{connections}", f"-d{seconds}s", "-s", LUA, f"http://127.0.0.1:{door}{path}"]
    words += ["--", body or ""] + ([] if pause is None else [str(pause)])
    said = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(said.splitlines()[-1])


def beside(doors, path, connections, body=None, seconds=10, rounds=2):
    """The same of several doors by name, one after the other and again: medians, as what else the machine does counts for
    all of them."""
    for door in doors.values():
        wrk(door, path, connections, body, 1)
    came = {name: [] for name in doors}
    for _ in range(rounds):
        for name, door in doors.items():
            came[name].append(wrk(door, path, connections, body, seconds))
    middle = lambda runs, key: statistics.median(run[key] for run in runs)
    keys = ["rate", "p50", "p99", "failed"]
    return {name: {key: middle(runs, key) for key in keys} for name, runs in came.items()}
