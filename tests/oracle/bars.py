"""Quarters of an hour out of candles of a minute."""

import numpy as np
import pandas as pd

MINUTE, BAR, DAY = 60_000, 900_000, 86_400_000


def bars(candles):
    """A row for each quarter of an hour from the first candle's to the last that is over.

    A minute without a candle has no return: the next candle's is since the last price before it. A bar without a
    candle keeps the last price, and nothing is traded in it.
    """
    time = candles.open_time.to_numpy()
    high, low, close, volume = (candles[name].to_numpy(float) for name in ["high", "low", "close", "volume"])
    log = np.log(close)
    step = np.diff(log, prepend=log[0])
    size, square = np.abs(step), step**2
    place = time // BAR
    count = int((time[-1] + MINUTE) // BAR - place[0])
    keep = place - place[0] < count
    number = (place - place[0])[keep]
    late = (time % BAR >= 10 * MINUTE)[keep]

    def added(column):
        return np.bincount(number, column[keep], minlength=count)

    def late_added(column):
        return np.bincount(number[late], column[keep][late], minlength=count)

    columns = {"number": number, "high": high[keep], "low": low[keep], "size": size[keep]}
    grouped = pd.DataFrame(columns).groupby("number").agg({"high": "max", "low": "min", "size": "max"}).reindex(range(count))
    start = (place[0] + np.arange(count)) * BAR
    end = start + BAR

    def newest(before):
        """The last candle that had closed by then; the first one where none had."""
        return np.maximum(np.searchsorted(time, before, side="left") - 1, 0)

    last = newest(end)
    some = np.bincount(number, minlength=count)
    standing = pd.Series(close[last])
    return pd.DataFrame(
        {
            "start": start,
            "end": end,
            "close": close[last],
            "log_close": log[last],
            "high": grouped.high.fillna(standing),
            "low": grouped.low.fillna(standing),
            "max_minute": grouped["size"].fillna(0.0),
            "minutes": some.astype(float),
            "rising": added((step > 0).astype(float)),
            "rv": added(square),
            "rv_down": added(np.where(step < 0, square, 0.0)),
            "bipower": np.pi / 2 * added(size * np.concatenate([[0.0], size[:-1]])),
            "fourth": added(step**4),
            "path": added(size),
            "minute_range": added(np.log(high / low) ** 2),
            "volume": added(volume),
            "turnover": added(volume * close),
            "signed": added(volume * np.sign(step)),
            "late_rv": late_added(square),
            "late_volume": late_added(volume),
            "late_return": log[last] - log[newest(end - 5 * MINUTE)],
            "last_return": np.where(some > 0, step[last], 0.0),
        }
    )
