"""What is known besides the candles: texts, an index of mood, other venues."""

import numpy as np
import pandas as pd

import rolling
from bars import BAR, DAY, MINUTE

HOUR = 3_600_000


def texts(name, end, seen, score):
    """Features of texts first seen at these moments, at these closes."""
    # The first close by which each is known: a minute after it was first seen, or later.
    place = np.searchsorted(end, seen + MINUTE, side="left")
    known = place < len(end)
    place, seen, score = place[known], seen[known], score[known]
    out, counts = {}, {}
    for hours in [1, 6, 24, 720]:
        weight = 0.5 ** ((end[place] - seen) / (hours * HOUR)) if len(seen) else np.zeros(0)
        keep = 0.5 ** (BAR / (hours * HOUR))
        counts[hours] = rolling.fading(np.bincount(place, weight, minlength=len(end)), keep)
        if hours < 720:
            tone = rolling.fading(np.bincount(place, weight * score, minlength=len(end)), keep)
            out[f"{name}_count_{4 * hours}"] = np.log(1 + counts[hours])
            out[f"{name}_sentiment_{4 * hours}"] = tone / (counts[hours] + 1)
    out[f"{name}_surprise"] = np.log((counts[24] + 0.5) / (counts[720] / 30 + 0.5))
    newest = np.full(len(end), -np.inf)
    np.maximum.at(newest, place, seen.astype(float))
    since = (end - np.maximum.accumulate(newest)) / BAR
    out[f"{name}_age"] = np.log(1 + np.minimum(since, 672.0))
    return out


def mood(end, readings):
    """Features of an index of mood at these closes: readings have `first_seen`, `day` and `value`."""
    readings = readings.sort_values(["first_seen", "day"], kind="stable")
    level, change, seen = [0.0], [0.0], [-np.inf]
    for count in range(1, len(readings) + 1):
        known = readings.iloc[:count]
        newest = known.drop_duplicates("day", keep="last").sort_values("day")
        day, value = newest.day.iloc[-1], newest.value.iloc[-1]
        older = newest[newest.day <= day - 7 * DAY]
        before = older.value.iloc[-1] if len(older) else newest.value.iloc[0]
        level.append(value / 50 - 1)
        change.append((value - before) / 50)
        seen.append(known.first_seen[known.day == day].min())
    state = np.searchsorted(readings.first_seen.to_numpy() + MINUTE, end, side="right")
    age = (end - np.array(seen, float)[state]) / DAY
    return {
        "fear_greed": np.array(level)[state],
        "fear_greed_change": np.array(change)[state],
        "fear_greed_age": np.minimum(age, 30.0),
    }


def venues(bars, deviation, candles):
    """Features of other venues' candles, which have `venue`, `open_time` and `close`."""
    newest = candles.sort_values("open_time").groupby([candles.open_time // BAR, "venue"]).close.last()
    logs = np.log(newest.to_numpy()) if len(newest) else np.zeros(0)
    index = (bars.start // BAR).to_numpy()
    table = pd.Series(logs, newest.index).unstack().reindex(index) if len(newest) else pd.DataFrame(index=index)
    away = table.to_numpy(float).reshape(len(bars), -1) - bars.log_close.to_numpy()[:, None]
    with_own = np.concatenate([away, np.zeros((len(bars), 1))], axis=1)
    count = np.isfinite(away).sum(axis=1)
    spread = np.nansum(away, axis=1) / np.maximum(count, 1)
    return {
        "venue_spread": spread / deviation,
        "venue_dispersion": (np.nanmax(with_own, axis=1) - np.nanmin(with_own, axis=1)) / deviation,
        "venues": count.astype(float),
    }
