"""What the hour of the week usually brings."""

import numpy as np

import rolling

WEEK, DAY_SLOTS = 672, 96


def expected(number, values, counts):
    """S of every bar as it is known just before that bar, and of the 96 bars after the last.

    `number` counts the bars' quarters of an hour since a Monday's midnight; `counts` says which of them are learnt from.
    """
    present = np.minimum(np.arange(len(values)) + 1, WEEK)
    mean = rolling.sums(values, WEEK) / present
    counts = counts & (mean > 0)
    factor = np.minimum(np.divide(values, mean, out=np.zeros(len(values)), where=counts), 8.0)
    ahead = np.concatenate([number, number[-1] + 1 + np.arange(DAY_SLOTS)])
    factor = np.concatenate([factor, np.zeros(DAY_SLOTS)])
    counts = np.concatenate([counts, np.zeros(DAY_SLOTS, bool)])
    week = ahead % WEEK
    weekend = week // DAY_SLOTS >= 5
    day = ahead % DAY_SLOTS + DAY_SLOTS * weekend
    of_week = _running(week, factor, counts, np.full(WEEK, 40))
    of_day = _running(day, factor, counts, np.repeat([200, 80], DAY_SLOTS))
    return 0.6 * of_week + 0.4 * of_day


def _running(slot, factor, counts, most):
    """The mean of each slot before each of its bars: of all that were learnt from and two of 1 while they are no more than
    `most` of the slot, and after that a step of one in so many towards the newest."""
    out = np.empty(len(slot))
    order = np.argsort(slot, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(slot[order])) + 1):
        seen = np.concatenate([[1.0, 1.0], factor[rows][counts[rows]]])
        cap = most[slot[rows[0]]]
        means = np.cumsum(seen) / (np.arange(len(seen)) + 1)
        if len(seen) > cap:
            means[cap - 1 :] = rolling.average(np.concatenate([[means[cap - 1]], seen[cap:]]), 1.0 / cap)
        before = np.cumsum(counts[rows]) - counts[rows]
        out[rows] = means[1 + before]
    return out


def coming(known, bars, count):
    """Mean S of the `count` bars after each of the first `bars`. A slot of the day comes again after 96 bars: what will be
    known of a coming bar just before it is known already."""
    return np.lib.stride_tricks.sliding_window_view(known[1 : bars + count], count).mean(axis=1)
