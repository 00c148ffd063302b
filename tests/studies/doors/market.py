"""A market with something to learn, so that a champion has trees: `write(FILE, START, MINUTES)`. Storm and drift follow from
which ways the last four hours and the last day went, taken together, which no line says."""

import numpy as np

HOURS, DAY = 16, 96


def write(path, start, minutes, seed=7):
    draw = np.random.default_rng(seed)
    price, returns = 50_000.0, np.zeros(DAY)
    with open(path, "w") as file:
        for bar in range(minutes // 15):
            lately, today = returns[-HOURS:].sum(), returns.sum()
            against = (lately < 0) != (today < 0)
            deviation = 3e-4 * (2.5 if against else 1.0)
            # Away from where it went lately when that was against the day, else along with it.
            drift = 0.2 * np.sign(lately) * (-1 if against else 1) * deviation / np.sqrt(15)
            steps = drift + deviation * draw.standard_normal(15)
            returns = np.append(returns[1:], steps.sum())
            for minute, step in enumerate(steps):
                opened, price = price, price * np.exp(step)
                high, low = max(opened, price) * (1 + 1e-4), min(opened, price) * (1 - 1e-4)
                moment = start + (bar * 15 + minute) * 60_000
                volume = 1 + draw.random()
                numbers = ",".join(f"{value:.2f}" for value in (opened, high, low, price))
                file.write(f"{moment},{numbers},{volume:.4f},{moment + 59_999},0,0,0,0,0\n")
