"""A thousand listeners to a house, and how late they hear."""

import json
import statistics
import subprocess
import sys
from pathlib import Path

from house import said

HERE = Path(__file__).parent
LISTENERS, EVENTS = 1_000, 30


def published(socket):
    """When each candle was published, in milliseconds, by its moment: ids of a stream begin with that."""
    words = ["redis-cli", "-s", socket, "--scan", "--pattern", "*candles.validated:*"]
    key = next(key for key in said(words) if "dead." not in key)
    lines = said(["redis-cli", "-s", socket, "XREVRANGE", key, "+", "-", "COUNT", "500"])
    moments, at = {}, None
    for before, line in zip(["", *lines], lines):
        if before == "data":
            moments[json.loads(line)["candle"]["open_time"]] = at
        elif line.count("-") == 1 and line.replace("-", "").isdigit():
            at = int(line.split("-")[0])
    return moments


def heard(house, socket):
    """Figures of listeners by name; `socket` is that of the house's Redis."""
    before = sum(house.resident().values())
    words = [sys.executable, "-B", HERE / "listeners.py", str(house.door), str(LISTENERS), str(EVENTS)]
    crowd = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    connected = json.loads(crowd.stdout.readline())
    during = sum(house.resident().values())
    events = json.loads(crowd.stdout.readline())["events"]
    late = sum(house.resident().values())
    crowd.wait(30)
    moments = published(socket)
    candles = [one for one in events if one["kind"] == "candle" and one["data"]["open_time"] in moments]
    delays = sorted(at * 1000 - moments[one["data"]["open_time"]] for one in candles for at in one["at"])
    spreads = sorted(1000 * (max(one["at"]) - min(one["at"])) for one in events)
    part = lambda of, share: of[min(len(of) - 1, int(share * len(of)))]
    return {
        "connected": f"{connected['connected']:,} in {connected['seconds']:.2f} s",
        "events that all of them got": f"{len(events)}, of which {len(candles)} candles",
        "published to heard, ms": f"p50 {part(delays, 0.5):.1f}, p99 {part(delays, 0.99):.1f}, most {delays[-1]:.1f}",
        "first listener to last, ms": f"p50 {statistics.median(spreads):.1f}, p99 {part(spreads, 0.99):.1f}",
        "memory before, connected, after the events, MB": f"{before:.0f}, {during:.0f}, {late:.0f}",
    }
