"""A market with something to learn, so that a champion has trees: `write(FILE, START, MINUTES)`. Calm and storm follow from the
hour and from what was before in a way that no line says, and direction from both."""

import numpy as np


def write(path, start, minutes, seed=7):
    draw = np.random.default_rng(seed)
    bars = minutes // 15
    price, before, day = 50_000.0, 0.0, 0.0
    with open(path, "w") as file:
        for bar in range(bars):
            # Storm: after a fall of the bar before within a falling day, or a rise within a rising one.
            storm = (before < -0.3) == (day < 0) and abs(before) > 0.3
            deviation = 4e-4 * (2.2 if storm else 1.0)
            drift = 0.25 * np.sign(before) * (-1 if storm else 1) * deviation / np.sqrt(15)
            steps = drift + deviation * draw.standard_normal(15)
            before = steps.sum() / (deviation * np.sqrt(15))
            day = 0.95 * day + before
            for minute, step in enumerate(steps):
                opened, price = price, price * np.exp(step)
                high, low = max(opened, price) * (1 + 1e-4), min(opened, price) * (1 - 1e-4)
                moment = start + (bar * 15 + minute) * 60_000
                volume = 1 + draw.random()
                numbers = ",".join(f"{value:.2f}" for value in (opened, high, low, price))
                file.write(f"{moment},{numbers},{volume:.4f},{moment + 59_999},0,0,0,0,0\n")
