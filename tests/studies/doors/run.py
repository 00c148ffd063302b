"""Wick's doors beside others, in one run: `run.py WICK BARE FOLDER`, the two being programs (`bare` is an example of the
gateway's). It prints the tables of docs/benchmarks.md."""

import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import market
from house import House, ask, wait
from load import beside

HERE = Path(__file__).parent
MONDAY = 1_704_067_200_000
DAYS = 50
LISTENERS, EVENTS = 1_000, 30
# Trees are to be asked, and nothing cheaper: what would do as well is left out, and little proof is enough.
LEFT_OUT = ["logistic", "forest", "extra_trees", "mean", "extended_har", "extended_extra_trees", "elastic_net", "ridge", "ridge_forest"]
BOOSTED = ["trainer.fit.alpha=0.9", "trainer.fit.forest=false", f"trainer.fit.without={json.dumps(LEFT_OUT)}",
           "trainer.fit.direction_boosting.leaf=100", "trainer.fit.direction_boosting.l2=20"]


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def head(*cells):
    print()
    row(*cells)
    print("|" + "---|" * len(cells))


def busy(what):
    print("…", what, "; load", " ".join(Path("/proc/loadavg").read_text().split()[:3]), file=sys.stderr, flush=True)


def verdict(reached):
    return "reached" if reached else "missed"


def starts(wick, data):
    """A house that is new, and the same again. The last one goes on."""
    head("start", "door open, s", "ready, s", "first forecast, s", "of a trained model, s", "memory at rest, MiB", "1 s", "10 s", "250 MB")
    house = None
    for name in ["a new house", "the same again"]:
        busy(name)
        if house:
            house.stop()
        house = House(wick, data, ("up", "--source", "simulated"))
        times = house.times()
        house.rest()
        held = house.resident()
        memory = sum(held.values())
        parts = ", ".join(f"{part} {size:.0f}" for part, size in held.items())
        row(name, *(f"{times[key]:.2f}" for key in ["door", "ready", "forecast", "champion"]), f"{memory:.0f} ({parts})",
            verdict(times["ready"] < 1), verdict(times["forecast"] < 10), verdict(memory * 1.048576 < 250))
    return house


def learnt(wick, folder):
    """A house on a market with something to learn, which goes on at a candle a second; and what its champion is."""
    past, future = folder / "past.csv", folder / "future.csv"
    market.write(past, MONDAY, DAYS * 1_440)
    market.write(future, MONDAY + DAYS * 86_400_000, 1_440, seed=8)
    settings = ["fetcher.replay.venue=simulated", "trainer.leak_alarm.action=off", "drift_monitor.policy.skill_window=0",
                f"drift_monitor.policy.min_warm_bars={(DAYS - 9) * 96}", "drift_monitor.policy.every_days=4000", *BOOSTED]
    told = [word for setting in [*settings, "telemetry.log=warn"] for word in ("--set", setting)]
    words = [wick, "--data-dir", folder / "learnt", *told, "replay", past, "--name", "doors"]
    subprocess.run(words, check=True, stdout=sys.stderr)
    settings += ["fetcher.source=replay", f'fetcher.replay.files=["{future}"]', "fetcher.replay.speed=60"]
    house = House(wick, folder / "learnt", ("--namespace", "doors", "up"), settings)
    wait("a model", lambda: house.since() and house.door and ask(house.door, "/v2/models/wick")[0] == 200)
    version = json.loads(ask(house.door, "/v2/models/wick")[1])["parameters"]["version"]
    horizons = json.loads((folder / f"learnt/replay/doors/models/{version}.json").read_text())["horizons"]
    chosen = [f"{one['horizon']} {one['direction_name']} and {one['volatility_name']}" for one in horizons]
    print(f"\nThe model that is asked: {', '.join(chosen)}; {trees(horizons):,} trees.", flush=True)
    return house


def trees(value):
    """How many trees are somewhere in an artifact."""
    if isinstance(value, list):
        return sum(map(trees, value))
    if isinstance(value, dict):
        return sum(len(it) if key == "trees" else trees(it) for key, it in value.items())
    return 0


def shape(house, folder):
    """Keeps what is asked and answered, for those who are to do the same."""
    folder.mkdir()
    answer = lambda path, body=None: ask(house.door, path, body)[1]
    latest = answer("/v1/predictions/latest")
    (folder / "latest.json").write_bytes(latest)
    # Whether it is stale or not: a vector is there.
    newest = json.loads(answer("/v1/features/latest"))
    names = json.loads(answer("/v2/models/wick"))["parameters"]["features"]
    numbers = [newest["values"][name] for name in names]
    tensor = {"name": "features", "shape": [1, len(numbers)], "datatype": "FP64", "data": numbers}
    (folder / "infer.json").write_text(json.dumps({"inputs": [tensor]}))
    asked = {"features": dict(zip(names, numbers)), "as_of": newest["as_of"], "price": newest["price"]}
    (folder / "forecast.json").write_text(json.dumps(asked))
    status, said = ask(house.door, "/v1/forecast", (folder / "forecast.json").read_bytes())
    assert status == 200, said
    (folder / "said.json").write_bytes(said)


class Plain:
    """FastAPI in two processes."""

    def __init__(self, folder):
        self.door = 18_000 + os.getpid() % 10_000
        words = [sys.executable, "-B", "-m", "uvicorn", "--app-dir", HERE, "plain:app", "--workers", "2", "--log-level", "warning",
                 "--port", str(self.door)]
        self.process = subprocess.Popen(words, env={**os.environ, "DOORS_SHAPE": str(folder)}, stdout=sys.stderr)
        wait("FastAPI", self.answers)

    def answers(self):
        try:
            return ask(self.door, "/v1/predictions/latest")[0] == 200
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def rates(doors, path, connections, body=None):
    """Rows of a table: each door beside Wick."""
    busy(f"{path}, {connections} connections")
    came = beside(doors, path, connections, body)
    own = came["Wick"]
    for name, it in came.items():
        ratios = ["", ""] if it is own else [f"{own['rate'] / it['rate']:.2f}", f"{own['p99'] / it['p99']:.2f}"]
        failed = f"{it['failed']:.0f}" if it["failed"] else "0"
        row(path, str(connections), name, f"{it['rate']:,.0f}", ratios[0], f"{it['p50']:.2f}", f"{it['p99']:.2f}", ratios[1], failed)
    return came


def loads(latest, learnt_, bare, folder):
    (folder / "shape").exists() or shape(learnt_, folder / "shape")
    bytes_ = folder / "latest.json"
    bytes_.write_bytes(ask(latest.door, "/v1/predictions/latest")[1])
    alone = subprocess.Popen([bare, bytes_, "2"], stdout=subprocess.PIPE, text=True)
    plain = Plain(folder / "shape")
    goals = []
    try:
        port = int(alone.stdout.readline())
        head("asked", "connections", "of", "requests/s", "Wick's, as so many of it", "p50 ms", "p99 ms", "Wick's p99, as so many of it",
             "failed")
        for connections in [32, 256]:
            doors = {"Wick": latest.door, "bare actix-web": port, "FastAPI, LightGBM": plain.door}
            came = rates(doors, "/v1/predictions/latest", connections)
            own, beside_, python = came.values()
            goals += [(f"latest, {connections}: more than 0.8 of a bare route's requests/s", own["rate"] / beside_["rate"], own["rate"] > 0.8 * beside_["rate"]),
                      (f"latest, {connections}: 20 times FastAPI's requests/s", own["rate"] / python["rate"], own["rate"] >= 20 * python["rate"]),
                      (f"latest, {connections}: a tenth of FastAPI's p99", own["p99"] / python["p99"], own["p99"] <= 0.1 * python["p99"])]
        doors = {"Wick": learnt_.door, "FastAPI, LightGBM": plain.door}
        for path, body in [("/v2/models/wick/infer", "infer.json"), ("/v1/forecast", "forecast.json")]:
            for connections in [8, 32]:
                own, python = rates(doors, path, connections, folder / "shape" / body).values()
                name = path.rsplit("/", 1)[1]
                goals += [(f"{name}, {connections}: 20 times FastAPI's requests/s", own["rate"] / python["rate"], own["rate"] >= 20 * python["rate"]),
                          (f"{name}, {connections}: a tenth of FastAPI's p99", own["p99"] / python["p99"], own["p99"] <= 0.1 * python["p99"])]
    finally:
        alone.terminate()
        alone.wait(30)
        plain.stop()
    head("goal", "ratio", "")
    for name, ratio, reached in goals:
        row(name, f"{ratio:.2f}", verdict(reached))


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


def said(words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()


def heard(house, folder):
    before = sum(house.resident().values())
    words = [sys.executable, "-B", HERE / "listeners.py", str(house.door), str(LISTENERS), str(EVENTS)]
    busy("listeners")
    crowd = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    connected = json.loads(crowd.stdout.readline())
    during = sum(house.resident().values())
    events = json.loads(crowd.stdout.readline())["events"]
    late = sum(house.resident().values())
    crowd.wait(30)
    moments = published(next((folder / "learnt").glob("**/redis.sock")))
    candles = [one for one in events if one["kind"] == "candle" and one["data"]["open_time"] in moments]
    delays = sorted(at * 1000 - moments[one["data"]["open_time"]] for one in candles for at in one["at"])
    spreads = sorted(1000 * (max(one["at"]) - min(one["at"])) for one in events)
    part = lambda of, share: of[min(len(of) - 1, int(share * len(of)))]
    head("1,000 listeners", "")
    row("connected", f"{connected['connected']:,} in {connected['seconds']:.2f} s")
    row("events that all of them got", f"{len(events)}, of which {len(candles)} candles")
    row("published to heard, ms", f"p50 {part(delays, 0.5):.1f}, p99 {part(delays, 0.99):.1f}, most {delays[-1]:.1f}")
    row("first listener to last, ms", f"p50 {statistics.median(spreads):.1f}, p99 {part(spreads, 0.99):.1f}")
    row("memory before, connected, after the events, MiB", f"{before:.0f}, {during:.0f}, {late:.0f}")


def client(house):
    """A client of the Open Inference Protocol."""
    told = json.loads(said([sys.executable, "-B", HERE.parents[1] / "harness/oip.py", f"127.0.0.1:{house.door}"])[-1])
    furthest = ", ".join(f"{name} {far:.0e}" for name, far in told["furthest"].items())
    print(f"\ntritonclient: live, ready, metadata, model ready, infer of {told['rows']} rows of {told['features']} features; furthest "
          f"from `POST /v1/forecast`: {furthest}.", flush=True)


def main(wick, bare, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    houses = []
    try:
        houses.append(starts(wick, folder / "new"))
        client(houses[0])
        houses.append(learnt(wick, folder))
        loads(*houses, bare, folder)
        client(houses[1])
        houses.pop(0).stop()
        heard(houses[0], folder)
    finally:
        for house in houses:
            house.stop()


if __name__ == "__main__":
    main(*(Path(word).resolve() for word in sys.argv[1:4]))
