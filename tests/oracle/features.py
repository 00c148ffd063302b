"""Every feature of docs/features.md, computed of whole columns by its formula there.

`features.py FOLDER` reads candles.csv, and where they are there articles.csv, posts.csv, mood.csv and venues.csv, and
writes names.txt and values.f64: for each bar the moment of its close, and then the features in the order of the names;
numbers of eight bytes, little-endian, NaN where a feature is not warm.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

import around
import season
from bars import BAR, DAY, MINUTE, bars
from rolling import after, average, correlation_with_time, highest, lowest, mean, shifted, sums, total, variance

EPS = 1e-9


def volatility(b, out):
    for w in [1, 2, 4, 8, 16, 32, 48, 96, 192, 288, 672]:
        out[f"log_rv_{w}"] = np.log(total(b.rv, w) / w + EPS)
    for w in [1, 4, 16, 96, 672]:
        out[f"down_share_{w}"] = total(b.rv_down, w) / (total(b.rv, w) + EPS)
        out[f"jump_share_{w}"] = 1 - total(b.bipower, w) / (total(b.rv, w) + EPS)
    for w in [4, 16, 96, 672]:
        out[f"log_parkinson_{w}"] = np.log(total(b.range_sq, w) / w + EPS)
    out["log_max_minute"] = np.log(b.max_minute + EPS)
    out["log_ewma_rv"] = after(np.log(average(b.rv, 0.06) + EPS), 672)
    out["log_rv_month"] = after(np.log(sums(b.rv, 2880) / b.of_month + EPS), 673)


def shape(b, out):
    for w in [1, 4, 16, 96]:
        log_rv = np.log(total(b.rv, w) + EPS)
        out[f"log_quarticity_{w}"] = 0.5 * np.log(5 * w * total(b.fourth, w) + 1e-18) - log_rv
        out[f"log_minute_range_to_rv_{w}"] = np.log(total(b.minute_range, w) / (4 * np.log(2)) + EPS) - log_rv
        out[f"log_range_to_rv_{w}"] = np.log(total(b.range_sq, w) / (4 * np.log(2)) + EPS) - log_rv
    for w in [1, 4, 16]:
        out[f"largest_share_{w}"] = highest(b.max_minute**2, w) / (total(b.rv, w) + EPS)
    for w in [16, 96, 672]:
        squares = total(b.step**2, w)
        out[f"variance_ratio_{w}"] = after(np.log(squares + EPS) - np.log(total(b.rv, w) + EPS), w + 1)
    for w in [96, 672]:
        products = total(b.step * shifted(b.step, 1), w - 1)
        out[f"autocorrelation_{w}"] = after(products / (total(b.step**2, w) + EPS), w + 1)
    for w in [8, 16, 96, 672]:
        out[f"log_rv_deviation_{w}"] = np.sqrt(variance(np.log(b.rv + EPS), w))
    out["late_rv_share"] = (b.late_rv + EPS) / (b.rv + 3e-9)


def seasons(b, out):
    expected, count = b.season, len(b.rv)
    for w in [1, 2, 4, 8, 16, 32, 48, 96]:
        out[f"log_rv_deseasoned_{w}"] = after(np.log(total(b.rv, w) / total(expected[:count], w) + EPS), 673)
    for w in [1, 4, 16, 96]:
        out[f"log_season_{w}"] = after(np.log(season.coming(expected, count, w)), 673)


def returns(b, out):
    for w in [1, 2, 4, 8, 16, 32, 96, 192, 288, 672]:
        out[f"return_{w}"] = b.log_close - shifted(b.log_close, w)
        out[f"z_return_{w}"] = out[f"return_{w}"] / np.sqrt(total(b.rv, w) + EPS)
    for w in [1, 2, 4, 8, 16]:
        out[f"scaled_return_{w}"] = out[f"return_{w}"] / (b.d * np.sqrt(w))
    for w in [1, 4, 16, 96]:
        out[f"return_size_{w}"] = np.abs(out[f"z_return_{w}"])
    for w in [4, 16, 96, 672]:
        out[f"efficiency_{w}"] = np.abs(out[f"return_{w}"]) / (total(np.abs(b.step), w) + EPS)
    month = b.log_close - shifted(b.log_close, 2880)
    month[:2880] = b.log_close[:2880] - b.log_close[0]
    out["return_month"] = after(month, 673)
    out["z_return_month"] = out["return_month"] / np.sqrt(sums(b.rv, 2880) + EPS)
    out["earlier_return_1"] = shifted(out["return_1"], 1) / b.d
    out["late_return"] = b.late_return / (b.d / np.sqrt(3))
    out["last_return"] = b.last_return / (b.d / np.sqrt(15))
    out["close_location"] = (2 * b.close - b.high - b.low) / (b.high - b.low + EPS)
    traded = b.volume > 0
    paid = np.where(traded, b.turnover / np.where(traded, b.volume, 1.0), b.close)
    out["close_to_vwap"] = np.log(b.close / paid)


def ranges(b, out):
    for w in [4, 16, 96, 672]:
        high, low = after(highest(b.log_high, w), w), after(lowest(b.log_low, w), w)
        out[f"location_{w}"] = (2 * b.log_close - high - low) / (high - low + EPS)
        if w >= 96:
            out[f"drawdown_{w}"] = (high - b.log_close) / (b.d * np.sqrt(w))
            out[f"run_up_{w}"] = (b.log_close - low) / (b.d * np.sqrt(w))
    moved = np.sqrt(sums(b.rv, 2880) + EPS)
    out["drawdown_month"] = after((highest(b.log_high, 2880) - b.log_close) / moved, 673)
    out["run_up_month"] = after((b.log_close - lowest(b.log_low, 2880)) / moved, 673)
    before = np.concatenate([b.log_close[:1], b.log_close[:-1]])
    reach = np.maximum(b.log_high, before) - np.minimum(b.log_low, before)
    out["log_true_range"] = after(np.log((average(reach, 1 / 14) + 1e-6) / b.d), 672)


def volume(b, out):
    week = total(b.volume, 672) / 672
    for w in [1, 4, 16, 96]:
        out[f"log_volume_to_week_{w}"] = np.log(total(b.volume, w) / w + 1e-6) - np.log(week + 1e-6)
        usual = total(b.volume_season[: len(b.rv)], w) / w
        share = total(b.volume, w) / w / (week + 1e-6)
        out[f"log_volume_to_season_{w}"] = after(np.log(share + 1e-3) - np.log(usual), 673)
    for w in [1, 4, 16, 96, 672]:
        out[f"signed_volume_{w}"] = total(b.signed, w) / (total(b.volume, w) + EPS)
    for w in [1, 4, 16]:
        out[f"up_minutes_{w}"] = total(b.rising, w) / (total(b.minutes, w) + EPS)
    dry = lambda w: np.log((total(b.path, w) + 1e-6) / (total(b.volume, w) + 1e-6 * w))
    for w in [1, 4, 96]:
        out[f"illiquidity_{w}"] = dry(w) - dry(672)
    for w in [1, 4, 16, 96]:
        traded = total(b.volume, w)
        away = (b.log_close - np.log(total(b.turnover, w) / traded)) / (b.d * np.sqrt(w))
        out[f"vwap_distance_{w}"] = np.where(traded == 0, 0.0, away)
    out["late_volume_share"] = (b.late_volume + 1e-6) / (b.volume + 3e-6)


def momentum(b, out):
    ema = lambda n: average(b.log_close, 2 / (n + 1))
    day = np.sqrt(total(b.rv, 96) + EPS)
    out["macd_12"] = after((ema(12) - ema(26)) / day, 672)
    out["macd_48"] = after((ema(48) - ema(104)) / day, 672)
    gap = ema(12) - ema(26)
    out["macd_histogram"] = after((gap - average(gap, 0.2)) / b.d, 672)
    step = np.nan_to_num(b.step)
    for n in [14, 56]:
        up, down = average(np.maximum(step, 0), 1 / n), average(np.maximum(-step, 0), 1 / n)
        out[f"rsi_{n}"] = after(up / (up + down + EPS), 672)
    for w in [20, 96]:
        spread = np.sqrt(np.maximum(variance(b.log_close, w), EPS))
        out[f"bollinger_{w}"] = (b.log_close - mean(b.log_close, w)) / spread
    for w in [16, 96, 672]:
        out[f"trend_{w}"] = correlation_with_time(b.log_close, w)
    for n, warm in [(96, 672), (672, 673)]:
        out[f"ema_distance_{n}"] = after((b.log_close - ema(n)) / (b.d * np.sqrt(n)), warm)


def calendar(b, out):
    start, end = pd.to_datetime(b.start, unit="ms"), pd.to_datetime(b.end, unit="ms")
    minutes = (start.hour * 60 + start.minute).to_numpy(float)
    out["hour"] = minutes / 60
    out["weekday"] = start.dayofweek.to_numpy(float)
    out["hour_of_week"] = (end.dayofweek * 24 + end.hour).to_numpy(float)
    out["quarter"] = (end.minute // 15).to_numpy(float)
    out["weekend"] = (start.dayofweek >= 5).astype(float)
    out["sin_day"] = np.sin(2 * np.pi * minutes / 1440)
    out["cos_day"] = np.cos(2 * np.pi * minutes / 1440)


class Columns:
    """A bar's quantities, each a column."""

    def __init__(self, frame):
        for name in frame:
            setattr(self, name, frame[name].to_numpy())
        self.range_sq = np.log(self.high / self.low) ** 2
        self.log_high, self.log_low = np.log(self.high), np.log(self.low)
        self.step = self.log_close - shifted(self.log_close, 1)
        self.d = np.sqrt(average(self.rv, 0.03) + EPS)
        self.of_month = np.minimum(np.arange(len(frame)) + 1, 2880)
        # 1970 began on a Thursday.
        number = self.start // BAR + 3 * DAY // BAR
        enough = self.minutes >= 8
        self.season = season.expected(number, self.rv, enough)
        self.volume_season = season.expected(number, self.volume, enough)


def features(candles, articles=None, posts=None, readings=None, others=None):
    """A column for each feature, a row for each bar that is over, by the moment of its close."""
    frame = bars(candles)
    b, out = Columns(frame), {}
    with np.errstate(invalid="ignore", divide="ignore"):
        for family in [volatility, shape, seasons, returns, ranges, volume, momentum, calendar]:
            family(b, out)
    nothing = pd.DataFrame({name: [] for name in ["first_seen", "score", "day", "value", "venue", "open_time", "close"]})
    for name, told in [("news", articles), ("social", posts)]:
        told = nothing if told is None else told
        out |= around.texts(name, b.end, told.first_seen.to_numpy(), told.score.to_numpy(float))
    out |= around.mood(b.end, nothing if readings is None else readings)
    out |= around.venues(frame, b.d, nothing if others is None else others)
    return pd.DataFrame(out, index=b.end)


def read(path):
    """A file of candles or of what else is known; nothing where there is none."""
    return pd.read_csv(path, float_precision="round_trip") if path.exists() else None


def main(folder):
    candles = read(folder / "candles.csv")
    others = [read(folder / f"{name}.csv") for name in ["articles", "posts", "mood", "venues"]]
    table = features(candles, *others)
    (folder / "names.txt").write_text("\n".join(table.columns))
    rows = np.column_stack([table.index.to_numpy(float), table.to_numpy(float)])
    rows.astype("<f8").tofile(folder / "values.f64")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
