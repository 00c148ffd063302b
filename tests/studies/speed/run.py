"""Wick beside Python's libraries, in one run: `run.py PROGRAM FOLDER FILES…`, PROGRAM being the example `speed`. It prints
the tables of docs/benchmarks.md."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def said(*words):
    """What a process says in its last line."""
    print("…", *words[:4], file=sys.stderr)
    words = [str(word) for word in words]
    told = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(told.splitlines()[-1])


def row(*cells):
    print("| " + " | ".join(cells) + " |")


def head(*cells):
    row(*cells)
    print("|" + "---|" * len(cells))


def features(program, folder, files):
    wick = said(program, "fold", folder, *files)
    print(f"\n{wick['candles']:,} candles, {wick['bars']:,} bars.\n")
    head("features", "columns", "wall s", "CPU s", "CPU, Wick = 1", "candles a CPU second", "furthest from Wick's")
    fold = wick["folding"]
    rate = lambda cpu: f"{wick['candles'] / cpu:,.0f}"
    row("Wick, candle by candle", "181", f"{fold['wall']:.1f}", f"{fold['cpu']:.1f}", "1", rate(fold["cpu"]), "")
    for library, name in [("pandas", "pandas and numpy, whole columns"), ("polars", "Polars, whole columns")]:
        it = said(sys.executable, "-B", HERE / "batch.py", library, folder, *files)
        ratio, far = it["cpu"] / fold["cpu"], f"{it['most'][1]:.0e} ({it['most'][0]})"
        row(name, str(it["columns"]), f"{it['wall']:.1f}", f"{it['cpu']:.1f}", f"{ratio:.2f}", rate(it["cpu"]), far)
    flat = wick["flattening"]
    print(f"\nOf the vectors, {wick['rows']:,} complete rows are made flat for training in {flat['cpu']:.2f} CPU s.")


def fits(program, folder):
    size = said(program, "matrix", folder)
    print(f"\n{size['train']:,} rows of {size['columns']} columns, {size['test']:,} held out.\n")
    head("fit", "of", "CPU s", "ratio", "peak MB", "ratio", "loss held out")
    asked = {}
    for what, name, libraries in [
        ("residual_boosting", "boosting, volatility", [("LightGBM", "residual_boosting")]),
        ("boosting", "boosting, direction", [("LightGBM", "boosting")]),
        ("ridge", "ridge, six lines", [("scikit-learn", "ridge"), ("scikit-learn, one line", "ridge_once")]),
        ("logistic", "logistic", [("scikit-learn", "logistic")]),
        ("forest", "random forest", [("scikit-learn", "forest")]),
    ]:
        wick = said(program, "fit", what, folder)
        took = wick["took"]
        row(name, "Wick", f"{took['cpu']:.2f}", "1", f"{took['peak']:.0f}", "1", f"{wick['loss']:.5f}")
        for library, other in libraries:
            it = said(sys.executable, "-B", HERE / "fits.py", other, folder)
            its, ratios = it["took"], [it["took"][key] / max(took[key], 0.01) for key in ["cpu", "peak"]]
            peak = f"{its['peak']:.0f}"
            row(name, library, f"{its['cpu']:.2f}", f"{ratios[0]:.2f}", peak, f"{ratios[1]:.2f}", f"{it['loss']:.5f}")
            asked.setdefault(what, (name, library, it["score"]))
    return asked


def scores(program, folder, asked):
    wick = said(program, "score", folder)
    print()
    head("one forecast", "of", "p50 µs", "p99 µs", "p50, Wick = 1", "of many at once, µs a row", "ratio")
    for what, (name, library, it) in asked.items():
        own = wick[what]
        row(name, "Wick", f"{own['p50']:.2f}", f"{own['p99']:.2f}", "1", f"{own['batch']:.2f}", "1")
        ratios = [it[key] / own[key] for key in ["p50", "batch"]]
        p50, p99, batch = (f"{it[key]:.2f}" for key in ["p50", "p99", "batch"])
        row(name, library, p50, p99, f"{ratios[0]:.0f}", batch, f"{ratios[1]:.2f}")
    whole = wick["artifact"]
    row("`score()`: four horizons, every model", "Wick", f"{whole['p50']:.1f}", f"{whole['p99']:.1f}", "", f"{whole['batch']:.1f}", "")


def main(program, folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    features(program, folder, files)
    scores(program, folder, fits(program, folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]), sys.argv[3:])
