"""The same fits by Python's libraries, on the columns that `speed matrix` wrote: `fits.py WHAT FOLDER`. One thread."""

import json
import os
import sys
import time
from pathlib import Path

os.environ |= {name: "1" for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]}

import numpy as np  # noqa: E402  after the threads are counted


class Watch:
    """Seconds that pass, seconds of a core, and the most memory beyond that in use at the start, in MB."""

    def __init__(self):
        Path("/proc/self/clear_refs").write_text("5")
        self.memory, self.wall, self.cpu = memory("VmRSS:"), time.perf_counter(), time.process_time()

    def stop(self):
        wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
        return {"wall": wall, "cpu": cpu, "peak": max(memory("VmHWM:") - self.memory, 0.0)}


def memory(what):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(what)) / 1000


def read(folder, name, columns=None):
    numbers = np.fromfile(folder / f"{name}.f64", "<f8")
    return numbers if columns is None else numbers.reshape(-1, columns)


def log_loss(odds, up):
    p = np.clip(1 / (1 + np.exp(-odds)), 1e-6, 1 - 1e-6)
    return float(-np.log(np.where(up > 0.5, p, 1 - p)).mean())


def squares(said, y):
    return float(((said - y) ** 2).mean())


def boosted(of, y, settings, objective):
    """LightGBM with Wick's trees, leaves, bins, rows of a leaf, penalty and shares of columns and rows."""
    import lightgbm

    growth = settings["direction_boosting" if objective == "binary" else "volatility_boosting"]
    # What a leaf holds is counted in second derivatives: a quarter a row for log-loss.
    weight = 0.25 if objective == "binary" else 1.0
    parameters = {
        "objective": objective,
        "num_leaves": growth["leaves"],
        "learning_rate": growth["rate"],
        "min_data_in_leaf": 1,
        "min_sum_hessian_in_leaf": growth["leaf"] * weight,
        "lambda_l2": growth["l2"] * weight,
        "feature_fraction": growth["columns"],
        "bagging_fraction": growth["rows"],
        "bagging_freq": 1 if growth["rows"] < 1 else 0,
        "max_bin": 128,
        "max_depth": 12,
        "num_threads": 1,
        "seed": settings["seed"],
        "verbosity": -1,
    }
    watch = Watch()
    model = lightgbm.train(parameters, lightgbm.Dataset(of("x"), y), growth["trees"])
    took = watch.stop()
    ask = lambda x: model.predict(x, raw_score=True, num_threads=1)
    return took, ask


def seasonal(x, hours):
    return np.hstack([x, np.eye(168)[hours.astype(int)]])


def ridge(of, settings, blocks):
    """Ridge with a dummy for each hour of the week; with `blocks`, what is left over by lines that never saw it, too."""
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.preprocessing import StandardScaler

    watch = Watch()
    scaler = StandardScaler()
    x = seasonal(np.clip(scaler.fit_transform(of("x")), -settings["clip"], settings["clip"]), of("hour"))
    model = Ridge(alpha=settings["ridge_penalty"], solver="cholesky").fit(x, of("left"))
    if blocks:
        cross_val_predict(Ridge(alpha=settings["ridge_penalty"], solver="cholesky"), x, of("left"), cv=KFold(blocks))
    took = watch.stop()
    clip = settings["clip"]

    def ask(x, hours=None):
        hours = np.zeros(len(x)) if hours is None else hours
        return model.predict(seasonal(np.clip(scaler.transform(x), -clip, clip), hours))

    return took, ask


def logistic(of, settings):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    watch = Watch()
    scaler = StandardScaler()
    x = np.clip(scaler.fit_transform(of("x")), -settings["clip"], settings["clip"])
    model = LogisticRegression(C=1 / settings["logistic_penalty"], tol=1e-8, max_iter=1000).fit(x, of("up"))
    took = watch.stop()
    clip = settings["clip"]
    return took, lambda x: model.decision_function(np.clip(scaler.transform(x), -clip, clip))


def forest(of, settings):
    from sklearn.ensemble import RandomForestRegressor

    x, y = of("x"), np.where(of("up") > 0.5, 2.0, -2.0)
    watch = Watch()
    drawn = np.sort(np.random.default_rng(1).choice(len(y), settings["forest_rows"], replace=False))
    model = RandomForestRegressor(
        n_estimators=settings["forest_trees"],
        max_depth=settings["forest_depth"],
        min_samples_leaf=settings["forest_leaf"],
        min_samples_split=2 * settings["forest_leaf"],
        max_features=settings["forest_columns"],
        n_jobs=1,
        random_state=settings["seed"],
    ).fit(x[drawn], y[drawn])
    return watch.stop(), model.predict


def asked(ask, x, rows):
    """Microseconds of a question about one row, and a row of all of them in one go."""
    took = []
    for row in range(rows):
        began = time.perf_counter()
        ask(x[row : row + 1])
        took.append(1e6 * (time.perf_counter() - began))
    began = time.perf_counter()
    ask(x)
    batch = 1e6 * (time.perf_counter() - began) / len(x)
    return {"p50": float(np.percentile(took, 50)), "p99": float(np.percentile(took, 99)), "batch": batch}


def main(what, folder):
    settings = json.loads((folder / "settings.json").read_text())
    columns = len((folder / "names.txt").read_text().split())
    of = lambda name: read(folder, f"{name}_train", columns if name == "x" else None)
    known = {name: of(name) for name in ["x", "up", "left", "hour", "residual"]}
    x_test = read(folder, "x_test", columns)
    test = lambda name: read(folder, f"{name}_test")
    if what == "boosting":
        took, ask = boosted(known.get, known["up"], settings, "binary")
    elif what == "residual_boosting":
        took, ask = boosted(known.get, known["residual"], settings, "regression")
    elif what in ["ridge", "ridge_once"]:
        took, ask = ridge(known.get, settings, settings["blocks"] if what == "ridge" else 0)
    elif what == "logistic":
        took, ask = logistic(known.get, settings)
    else:
        took, ask = forest(known.get, settings)
    if what.startswith("ridge"):
        loss = squares(ask(x_test, test("hour")), test("left"))
    elif what == "residual_boosting":
        loss = squares(ask(x_test), test("residual"))
    else:
        loss = log_loss(ask(x_test), test("up"))
    print(json.dumps({"took": took, "loss": loss, "score": asked(ask, x_test, 2000)}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
