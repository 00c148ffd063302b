"""Windows over whole columns: each function takes the past of every bar at once, and nothing is carried from bar to bar."""

import numpy as np


def shifted(column, bars):
    """The column so many bars earlier; nothing before the first bar."""
    out = np.full(len(column), np.nan)
    out[bars:] = column[: max(len(column) - bars, 0)]
    return out


def after(column, bars):
    """The column without its first values: it is there from the so-manieth bar on."""
    out = column.copy()
    out[: bars - 1] = np.nan
    return out


def _doubled(column, bars, join, empty):
    """Joins the last `bars` values of a column: windows of 1, 2, 4, … are each joined of two halves, and a window of any
    length of those in its binary form. What is before the first bar is `empty`."""
    total, done, part, width = None, 0, np.asarray(column, float), 1
    earlier = lambda values, by: np.concatenate([np.full(min(by, len(values)), empty), values[: max(len(values) - by, 0)]])
    while done < bars:
        if bars & width:
            total = part if total is None else join(total, earlier(part, done))
            done += width
        part, width = join(part, earlier(part, width)), 2 * width
    return total


def sums(column, bars):
    """Sum of the last `bars` values, as many as there are."""
    return _doubled(column, bars, np.add, 0.0)


def total(column, bars):
    """Sum of the last `bars` values, where there are so many."""
    return after(sums(column, bars), bars)


def highest(column, bars):
    """Greatest of the last `bars` values, as many as there are."""
    return _doubled(column, bars, np.maximum, -np.inf)


def lowest(column, bars):
    """Least of the last `bars` values, as many as there are."""
    return _doubled(column, bars, np.minimum, np.inf)


def fading(column, keep):
    """Sum over the past k of keep^k times the value k bars ago, by the same doubling, until what is left is no digit."""
    part, width = np.asarray(column, float), 1
    while width < len(column) and keep**width > 1e-30:
        older = np.zeros(len(part))
        older[width:] = part[:-width]
        part, width = part + keep**width * older, 2 * width
    return part


def average(column, share):
    """E <- E + share (x - E), started at the first x: its closed form."""
    base = column[0]
    # Beside the first value the start has no weight of its own.
    return base + share * fading(column - base, 1.0 - share)


def views(column, bars, of, rows=16384):
    """`of` for the matrix of windows of the last `bars` values, a few thousand windows at a time."""
    out = np.full(len(column), np.nan)
    if len(column) >= bars:
        windows = np.lib.stride_tricks.sliding_window_view(np.asarray(column, float), bars)
        parts = [of(windows[start : start + rows]) for start in range(0, len(windows), rows)]
        out[bars - 1 :] = np.concatenate(parts)
    return out


def mean(column, bars):
    """Mean of the last values, where there are so many."""
    return views(column, bars, lambda w: w.mean(axis=1))


def variance(column, bars):
    """Mean square about the mean of the last values, where there are so many."""
    return views(column, bars, lambda w: w.var(axis=1))


def correlation_with_time(column, bars):
    """Pearson's correlation of the last values with their places; 0 where they are all the same."""
    time = np.arange(bars) - (bars - 1) / 2

    def of(windows):
        centred = windows - windows.mean(axis=1, keepdims=True)
        size = np.sqrt((centred**2).sum(axis=1) * (time**2).sum())
        flat = np.ptp(windows, axis=1) == 0
        return np.where(flat, 0.0, centred @ time / np.where(flat, 1.0, size))

    return views(column, bars, of)
