"""All features of candles by batch code, held against what `speed fold` left: `batch.py LIBRARY FOLDER FILES…`."""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "oracle"))


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def with_pandas(files):
    import features
    import pandas

    read = pandas.concat([pandas.read_parquet(file) for file in files], ignore_index=True)
    candles = read.rename(columns={"ts_utc": "open_time"})
    watch = time.perf_counter(), cpu()
    table = features.features(candles)
    took = time.perf_counter() - watch[0], cpu() - watch[1]
    return took, table.index.to_numpy(), table.columns, lambda name: table[name].to_numpy()


def with_polars(files):
    import polars
    import polars_features

    candles = polars.concat([polars.read_parquet(file) for file in files]).rename({"ts_utc": "open_time"})
    watch = time.perf_counter(), cpu()
    table = polars_features.features(candles)
    took = time.perf_counter() - watch[0], cpu() - watch[1]
    return took, table["end"].to_numpy(), table.columns[1:], lambda name: table[name].to_numpy().astype(float)


def deviation(found, known):
    """How far a column is from the engine's: half of the cells, and all but one in ten thousand, are nearer than that."""
    there = np.isfinite(known)
    found, known = found[there], known[there]
    if not np.isfinite(found).all():
        return [np.inf, np.inf]
    size = np.maximum(np.abs(known), np.sqrt((known**2).mean()) or 1.0)
    return np.quantile(np.abs(found - known) / size, [0.5, 0.9999]).tolist()


def main(library, folder, files):
    took, moments, names, column = {"pandas": with_pandas, "polars": with_polars}[library](files)
    known = (folder / "names.txt").read_text().split()
    rows = np.fromfile(folder / "features.f64", "<f8").reshape(-1, len(known) + 1)
    assert (rows[:, 0] == moments).all(), "other bars"
    away = {name: deviation(column(name), rows[:, 1 + known.index(name)]) for name in names}
    middle, most = (max(away.items(), key=lambda item: item[1][place]) for place in [0, 1])
    said = {"wall": took[0], "cpu": took[1], "columns": len(away), "bars": len(rows)}
    print(json.dumps(said | {"middle": [middle[0], middle[1][0]], "most": [most[0], most[1][1]]}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
