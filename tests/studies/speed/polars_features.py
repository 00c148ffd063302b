"""The features that expressions of Polars can say, all but the season's and those of what is known besides the candles."""

import math

import polars as pl

EPS = 1e-9


def bars(candles):
    """Quarters of an hour, with no holes: see tests/oracle/bars.py for what a missing minute is."""
    step = (pl.col("close").log() - pl.col("close").log().shift(1)).fill_null(0.0)
    late = pl.col("open_time") % 900_000 >= 600_000
    r, size, late_square = pl.col("step"), pl.col("step").abs(), pl.when("late").then(pl.col("step") ** 2).otherwise(0.0)
    early = pl.col("close").filter(~pl.col("late"))
    grouped = (
        candles.lazy()
        .with_columns(step=step, late=late, start=pl.col("open_time") // 900_000 * 900_000)
        .with_columns(before=(pl.col("step").shift(1).fill_null(0.0)).abs())
        .group_by("start", maintain_order=True)
        .agg(
            close=pl.col("close").last(),
            high=pl.col("high").max(),
            low=pl.col("low").min(),
            max_minute=size.max(),
            minutes=pl.len().cast(pl.Float64),
            rising=(r > 0).sum().cast(pl.Float64),
            rv=(r**2).sum(),
            rv_down=pl.when(r < 0).then(r**2).otherwise(0.0).sum(),
            bipower=math.pi / 2 * (size * pl.col("before")).sum(),
            fourth=(r**4).sum(),
            path=size.sum(),
            minute_range=((pl.col("high") / pl.col("low")).log() ** 2).sum(),
            volume=pl.col("volume").sum(),
            turnover=(pl.col("volume") * pl.col("close")).sum(),
            signed=(pl.col("volume") * r.sign()).sum(),
            late_rv=late_square.sum(),
            late_volume=pl.when("late").then("volume").otherwise(0.0).sum(),
            early=early.last(),
            last_return=r.last(),
        )
    )
    first, last = candles["open_time"][0] // 900_000, (candles["open_time"][-1] + 60_000) // 900_000
    grid = pl.LazyFrame({"start": pl.int_range(first, last, eager=True) * 900_000})
    filled = grid.join(grouped, on="start", how="left", maintain_order="left").with_columns(pl.col("close").forward_fill())
    standing = [pl.col(name).fill_null(pl.col("close")) for name in ["high", "low"]]
    early = pl.coalesce("early", pl.when(pl.col("minutes") > 0).then(pl.col("close").shift(1)), "close")
    return filled.with_columns(*standing, early.alias("early")).with_columns(pl.selectors.float().fill_null(0.0))


def features(candles):
    """A column for each feature, a row for each bar, by the moment of its close."""
    c, close = pl.col, pl.col("c")
    frame = bars(candles).with_columns(
        c=pl.col("close").log(), h=pl.col("high").log(), l=pl.col("low").log(), end=pl.col("start") + 900_000
    )
    frame = frame.with_columns(
        step=close.diff(),
        range_sq=(pl.col("high") / pl.col("low")).log() ** 2,
        log_rv=(pl.col("rv") + EPS).log(),
        d=(pl.col("rv").ewm_mean(alpha=0.03, adjust=False) + EPS).sqrt(),
        month=pl.col("rv").rolling_sum(2880, min_samples=1),
    )
    total = lambda name, w: c(name).rolling_sum(w)
    ema = lambda n: close.ewm_mean(alpha=2 / (n + 1), adjust=False)
    after = lambda what, bars: pl.when(pl.int_range(pl.len()) >= bars - 1).then(what)
    out = {}
    for w in [1, 2, 4, 8, 16, 32, 48, 96, 192, 288, 672]:
        out[f"log_rv_{w}"] = (total("rv", w) / w + EPS).log()
    for w in [1, 4, 16, 96, 672]:
        out[f"down_share_{w}"] = total("rv_down", w) / (total("rv", w) + EPS)
        out[f"jump_share_{w}"] = 1 - total("bipower", w) / (total("rv", w) + EPS)
        out[f"signed_volume_{w}"] = total("signed", w) / (total("volume", w) + EPS)
    for w in [4, 16, 96, 672]:
        high, low = c("h").rolling_max(w), c("l").rolling_min(w)
        out[f"log_parkinson_{w}"] = (total("range_sq", w) / w + EPS).log()
        out[f"location_{w}"] = (2 * close - high - low) / (high - low + EPS)
        if w >= 96:
            out[f"drawdown_{w}"] = (high - close) / (c("d") * math.sqrt(w))
            out[f"run_up_{w}"] = (close - low) / (c("d") * math.sqrt(w))
        out[f"efficiency_{w}"] = (close - close.shift(w)).abs() / (c("step").abs().rolling_sum(w) + EPS)
    out["log_max_minute"] = (c("max_minute") + EPS).log()
    out["log_ewma_rv"] = after((c("rv").ewm_mean(alpha=0.06, adjust=False) + EPS).log(), 672)
    of_month = pl.min_horizontal(pl.int_range(pl.len()) + 1, 2880)
    out["log_rv_month"] = after((c("month") / of_month + EPS).log(), 673)
    for w in [1, 4, 16, 96]:
        log_rv, week = (total("rv", w) + EPS).log(), total("volume", 672) / 672
        out[f"log_quarticity_{w}"] = 0.5 * (5 * w * total("fourth", w) + 1e-18).log() - log_rv
        out[f"log_minute_range_to_rv_{w}"] = (total("minute_range", w) / (4 * math.log(2)) + EPS).log() - log_rv
        out[f"log_range_to_rv_{w}"] = (total("range_sq", w) / (4 * math.log(2)) + EPS).log() - log_rv
        out[f"log_volume_to_week_{w}"] = (total("volume", w) / w + 1e-6).log() - (week + 1e-6).log()
        # Not where the sum is above zero: running sums keep a trace of what has left them.
        paid = pl.when(c("volume").rolling_max(w) > 0).then(total("turnover", w) / total("volume", w))
        away = ((close - paid.log()) / (c("d") * math.sqrt(w))).fill_null(0.0)
        out[f"vwap_distance_{w}"] = after(away, w)
    for w in [1, 4, 16]:
        out[f"largest_share_{w}"] = (c("max_minute") ** 2).rolling_max(w) / (total("rv", w) + EPS)
        out[f"up_minutes_{w}"] = total("rising", w) / (total("minutes", w) + EPS)
    for w in [16, 96, 672]:
        squares = (c("step") ** 2).rolling_sum(w)
        out[f"variance_ratio_{w}"] = (squares + EPS).log() - (total("rv", w) + EPS).log()
        if w >= 96:
            products = (c("step") * c("step").shift(1)).rolling_sum(w - 1)
            out[f"autocorrelation_{w}"] = after(products / (squares + EPS), w + 1)
        correlation = pl.rolling_corr(pl.col("c"), pl.int_range(pl.len()).cast(pl.Float64), window_size=w)
        still = c("c").rolling_max(w) == c("c").rolling_min(w)
        out[f"trend_{w}"] = pl.when(still).then(0.0).otherwise(correlation)
    for w in [8, 16, 96, 672]:
        out[f"log_rv_deviation_{w}"] = c("log_rv").rolling_std(w, ddof=0)
    out["late_rv_share"] = (c("late_rv") + EPS) / (c("rv") + 3e-9)
    for w in [1, 2, 4, 8, 16, 32, 96, 192, 288, 672]:
        out[f"return_{w}"] = close - close.shift(w)
        out[f"z_return_{w}"] = (close - close.shift(w)) / (total("rv", w) + EPS).sqrt()
    for w in [1, 2, 4, 8, 16]:
        out[f"scaled_return_{w}"] = (close - close.shift(w)) / (c("d") * math.sqrt(w))
    for w in [1, 4, 16, 96]:
        out[f"return_size_{w}"] = (close - close.shift(w)).abs() / (total("rv", w) + EPS).sqrt()
    of_month = close - pl.coalesce(close.shift(2880), close.first())
    out["return_month"] = after(of_month, 673)
    out["z_return_month"] = after(of_month / (c("month") + EPS).sqrt(), 673)
    high, low = c("h").rolling_max(2880, min_samples=1), c("l").rolling_min(2880, min_samples=1)
    out["drawdown_month"] = after((high - close) / (c("month") + EPS).sqrt(), 673)
    out["run_up_month"] = after((close - low) / (c("month") + EPS).sqrt(), 673)
    out["earlier_return_1"] = (close.shift(1) - close.shift(2)) / c("d")
    out["late_return"] = (close - c("early").log()) * math.sqrt(3) / c("d")
    out["last_return"] = c("last_return") * math.sqrt(15) / c("d")
    out["close_location"] = (2 * c("close") - c("high") - c("low")) / (c("high") - c("low") + EPS)
    paid = pl.when(c("volume") > 0).then(c("turnover") / c("volume")).otherwise(c("close"))
    out["close_to_vwap"] = (c("close") / paid).log()
    before = close.shift(1).fill_null(close)
    reach = pl.max_horizontal("h", before) - pl.min_horizontal("l", before)
    out["log_true_range"] = after(((reach.ewm_mean(alpha=1 / 14, adjust=False) + 1e-6) / c("d")).log(), 672)
    dry = lambda w: ((total("path", w) + 1e-6) / (total("volume", w) + 1e-6 * w)).log()
    for w in [1, 4, 96]:
        out[f"illiquidity_{w}"] = dry(w) - dry(672)
    out["late_volume_share"] = (c("late_volume") + 1e-6) / (c("volume") + 3e-6)
    day, gap = (total("rv", 96) + EPS).sqrt(), ema(12) - ema(26)
    out["macd_12"] = after(gap / day, 672)
    out["macd_48"] = after((ema(48) - ema(104)) / day, 672)
    out["macd_histogram"] = after((gap - gap.ewm_mean(alpha=0.2, adjust=False)) / c("d"), 672)
    step = c("step").fill_null(0.0)
    for n in [14, 56]:
        mean = lambda what: what.ewm_mean(alpha=1 / n, adjust=False)
        up, down = mean(step.clip(lower_bound=0)), mean((-step).clip(lower_bound=0))
        out[f"rsi_{n}"] = after(up / (up + down + EPS), 672)
    for w in [20, 96]:
        spread = close.rolling_var(w, ddof=0).clip(lower_bound=EPS).sqrt()
        out[f"bollinger_{w}"] = (close - close.rolling_mean(w)) / spread
    for n, warm in [(96, 672), (672, 673)]:
        out[f"ema_distance_{n}"] = after((close - ema(n)) / (c("d") * math.sqrt(n)), warm)
    start, end = pl.from_epoch("start", "ms"), pl.from_epoch("end", "ms")
    minutes = (start.dt.hour().cast(pl.Float64) * 60 + start.dt.minute()).cast(pl.Float64)
    weekday = start.dt.weekday().cast(pl.Float64) - 1
    out["hour"], out["weekday"], out["weekend"] = minutes / 60, weekday, (weekday >= 5).cast(pl.Float64)
    out["hour_of_week"] = (end.dt.weekday().cast(pl.Float64) - 1) * 24 + end.dt.hour()
    out["quarter"] = (end.dt.minute() // 15).cast(pl.Float64)
    out["sin_day"] = (2 * math.pi * minutes / 1440).sin()
    out["cos_day"] = (2 * math.pi * minutes / 1440).cos()
    return frame.select(c("end"), **out).collect()
