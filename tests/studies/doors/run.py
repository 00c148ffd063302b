"""Wick's doors beside others, in one run: `run.py WICK BARE FOLDER`, the two being programs (`bare` is an example of the
gateway's). It prints the tables of docs/benchmarks.md."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import market
from crowd import heard
from house import House, ask, said, wait
from load import beside, wrk

HERE = Path(__file__).parent
MONDAY = 1_704_067_200_000
DAYS = 50
BARE, PYTHON = "bare actix-web", "FastAPI, LightGBM"
# Trees are to be asked, and nothing cheaper: what would do as well is left out, and little proof is enough.
LEFT_OUT = ["logistic", "forest", "extra_trees", "mean", "extended_har", "extended_extra_trees", "elastic_net", "ridge",
            "ridge_forest"]
BOOSTED = ["trainer.fit.alpha=0.9", "trainer.fit.forest=false", f"trainer.fit.without={json.dumps(LEFT_OUT)}",
           "trainer.fit.direction_boosting.leaf=100", "trainer.fit.direction_boosting.l2=20"]


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def head(*cells):
    print()
    row(*cells)
    print("|" + "---|" * len(cells))


def load():
    return Path("/proc/loadavg").read_text().split()[0]


def busy(what):
    print(f"… {what}; load {load()}", file=sys.stderr, flush=True)


def verdict(reached):
    return "reached" if reached else "missed"


def starts(wick, data):
    """A house that is new, and the same again. The last one goes on."""
    head("start", "door open, s", "ready, s (goal: 1)", "first forecast, s (goal: 10)", "of a trained model, s",
         "memory at rest, MB (goal: 250)")
    house = None
    for name in ["a new house", "the same again"]:
        busy(name)
        if house:
            house.stop()
        house = House(wick, data, ("up", "--source", "simulated"))
        times = house.times()
        house.rest()
        held = house.resident()
        parts = ", ".join(f"{part} {size:.0f}" for part, size in held.items())
        seconds = [f"{times[key]:.2f}" for key in ["door", "ready", "forecast", "champion"]]
        row(name, *seconds, f"{sum(held.values()):.0f} ({parts})")
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
    (folder / "latest.json").write_bytes(answer("/v1/predictions/latest"))
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
        words = [sys.executable, "-B", "-m", "uvicorn", "--app-dir", HERE, "plain:app", "--workers", "2",
                 "--log-level", "warning", "--port", str(self.door)]
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
        failed = f"{it['failed']:.0f}"
        p50, p99 = f"{it['p50']:.2f}", f"{it['p99']:.2f}"
        row(path, str(connections), name, f"{it['rate']:,.0f}", ratios[0], p50, p99, ratios[1], failed)
    return came


def against(what, came, other, least):
    """Rows of what is to be reached beside another: requests a second at least so many times its own, and a tenth of its p99."""
    rate, p99 = (came["Wick"][key] / came[other][key] for key in ["rate", "p99"])
    row(what, f"at least {least:g} times the requests/s of {other}", f"{rate:.2f}", verdict(rate >= least))
    if other == PYTHON:
        row(what, f"a tenth of the p99 of {other}", f"{p99:.3f}", verdict(p99 <= 0.1))


def loads(latest, learnt_house, bare, folder):
    """Answers under load."""
    shape(learnt_house, folder / "shape")
    same = folder / "latest.json"
    same.write_bytes(ask(latest.door, "/v1/predictions/latest")[1])
    alone = subprocess.Popen([bare, same, "2"], stdout=subprocess.PIPE, text=True)
    plain = Plain(folder / "shape")
    came = {}
    try:
        head("asked", "connections", "of", "requests/s", "Wick's / its", "p50 ms", "p99 ms", "Wick's / its", "failed")
        doors = {"Wick": latest.door, BARE: int(alone.stdout.readline()), PYTHON: plain.door}
        for connections in [32, 256]:
            came["latest", connections] = rates(doors, "/v1/predictions/latest", connections)
        doors = {"Wick": learnt_house.door, PYTHON: plain.door}
        for path, body in [("/v2/models/wick/infer", "infer.json"), ("/v1/forecast", "forecast.json")]:
            for connections in [8, 32]:
                name = path.rsplit("/", 1)[1]
                came[name, connections] = rates(doors, path, connections, folder / "shape" / body)
    finally:
        alone.terminate()
        alone.wait(30)
        plain.stop()
    head("asked", "goal", "reached", "")
    for (name, connections), it in came.items():
        for other, least in [(BARE, 0.8), (PYTHON, 20)]:
            if other in it:
                against(f"{name}, {connections} connections", it, other, least)


def calm(latest, learnt_house, folder):
    """The longest answer where there is time to breathe: each of 32 connections asks again ten milliseconds after it was answered."""
    head("asked, 32 connections with 10 ms between questions", "requests/s", "p50 ms", "p99 ms", "longest, ms (goal: 100)", "failed")
    for house, path, body in [(latest, "/v1/predictions/latest", None), (learnt_house, "/v2/models/wick/infer", "infer.json"),
                              (learnt_house, "/v1/forecast", "forecast.json")]:
        busy(f"{path}, calmly")
        it = wrk(house.door, path, 32, body and folder / "shape" / body, seconds=30, pause=10)
        row(path, f"{it['rate']:,.0f}", f"{it['p50']:.2f}", f"{it['p99']:.2f}", f"{it['most']:.1f}", f"{it['failed']:.0f}")


def client(house):
    """A client of the Open Inference Protocol."""
    told = json.loads(said([sys.executable, "-B", HERE.parents[1] / "harness/oip.py", f"127.0.0.1:{house.door}"])[-1])
    furthest = ", ".join(f"{name} {far:.0e}" for name, far in told["furthest"].items())
    print(f"\ntritonclient: live, ready, metadata, model ready, infer of {told['rows']} rows of {told['features']} features; "
          f"furthest from `POST /v1/forecast`: {furthest}.", flush=True)


def main(wick, bare, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    houses = []
    print(f"{os.cpu_count()} CPUs; load before the first step: {load()}.")
    try:
        houses.append(starts(wick, folder / "new"))
        client(houses[0])
        houses.append(learnt(wick, folder))
        loads(*houses, bare, folder)
        calm(*houses, folder)
        client(houses[1])
        houses.pop(0).stop()
        busy("a thousand listeners")
        head("1,000 listeners", "")
        for what, figure in heard(houses[0], next((folder / "learnt").glob("**/redis.sock"))).items():
            row(what, figure)
    finally:
        for house in houses:
            house.stop()


if __name__ == "__main__":
    main(*(Path(word).resolve() for word in sys.argv[1:4]))
