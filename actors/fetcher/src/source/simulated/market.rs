//! A market whose truth is known: what can be forecast in it, and how well, follows from its equations.
//!
//! For a minute *t*, with independent standard normals *z*:
//!
//! ```text
//! f_t = a f_{t-1} + √(1-a²) F z₁      fast log-variance, half-life 2 hours
//! s_t = b s_{t-1} + √(1-b²) S z₂      slow log-variance, half-life 3 days
//! v_t = V w(hour of week) exp(f_t + s_t − (F²+S²)/2)
//! e_t = √v_t z₃ + J z₄ [jump]         a jump comes every other day on average
//! u_t = c u_{t-1} + K e_t             the part of each shock that wears off, half-life 30 minutes
//! x_t = x_{t-1} − d (x_{t-1} − ln 60 000) + (1−K) e_t
//! ln P_t = x_t + u_t
//! ```
//!
//! So variance clusters, follows the hour of the week and can be forecast; direction can be forecast a
//! little for some hours (−(1−c^h) u_t is what the next h minutes are expected to bring) and, but for the
//! faint pull towards the mean, not beyond; jumps cannot be forecast at all. V is what makes a year's
//! volatility 50 %; w averages 1 over a week.

use std::f64::consts::TAU;

use wick_schemas::candle::RawCandle;
use wick_schemas::time::MINUTE;
use wick_schemas::{Timestamp, Venue};

use super::noise::Draws;

const HOURS_OF_WEEK: usize = 168;
const MINUTES_OF_YEAR: f64 = 365.25 * 24.0 * 60.0;

/// Mean price in USD.
const PRICE: f64 = 60_000.0;
/// Prices in one USD: the smallest difference of prices is a cent.
const TICKS: f64 = 100.0;
/// V: mean variance of a minute's log return, jumps apart.
const VARIANCE: f64 = 0.25 / MINUTES_OF_YEAR;
/// F and its half-life in minutes.
const FAST: (f64, f64) = (0.5, 120.0);
/// S and its half-life in minutes.
const SLOW: (f64, f64) = (0.5, 3.0 * 1440.0);
/// Jumps a minute, and J: the standard deviation of a jump's log return.
const JUMP: (f64, f64) = (1.0 / 2880.0, 0.006);
/// K and the half-life of u in minutes.
const TRANSIENT: (f64, f64) = (0.25, 30.0);
/// The half-life of the pull towards the mean price in minutes.
const PULL: f64 = 180.0 * 1440.0;
/// Mean volume of a minute in BTC, and the standard deviation of its logarithm at a given variance.
const VOLUME: (f64, f64) = (8.0, 0.7);

/// What is left after a minute of something with this half-life.
fn decay(half_life: f64) -> f64 {
    0.5_f64.powf(1.0 / half_life)
}

/// A simulated minute and the truth behind it.
#[derive(Clone, Copy, Debug)]
pub struct Minute {
    /// What a source gives.
    pub candle: RawCandle,
    /// Log return of the minute, before the price is rounded.
    pub log_return: f64,
    /// v: the variance that the minute's ordinary shock was drawn with.
    pub variance: f64,
    /// Whether the minute jumped.
    pub jumped: bool,
}

/// The simulated market at the start of a minute.
///
/// The same seed, anchor and minute give the same candle: the path is always walked from the anchor. On one
/// platform to the last bit; elsewhere logarithms may differ in the last bit, which rounding to the tick
/// hides but for rare exceptions.
#[derive(Clone, Debug)]
pub struct Market {
    seed: u64,
    open_time: Timestamp,
    season: [f64; HOURS_OF_WEEK],
    fast: Memory,
    slow: Memory,
    permanent: f64,
    transient: f64,
    /// c.
    transient_left: f64,
    /// 1 − d.
    distance_left: f64,
}

/// A part of the log-variance: what it is now and how fast it forgets.
#[derive(Clone, Copy, Debug)]
struct Memory {
    now: f64,
    left: f64,
    deviation: f64,
    shock: f64,
}

impl Memory {
    fn new((deviation, half_life): (f64, f64)) -> Self {
        let left = decay(half_life);
        Self { now: 0.0, left, deviation, shock: (1.0 - left * left).sqrt() * deviation }
    }

    fn step(&mut self, normal: f64) {
        self.now = self.left * self.now + self.shock * normal;
    }

    /// The logarithm of the expected exponential some steps ahead.
    fn ahead(&self, steps: i32) -> f64 {
        let left = self.left.powi(steps);
        left * self.now + 0.5 * self.deviation.powi(2) * (1.0 - left * left)
    }
}

impl Market {
    /// The market at its anchor, at its mean price.
    #[must_use]
    pub fn new(seed: u64, anchor: Timestamp) -> Self {
        Self {
            seed,
            open_time: anchor.floor(MINUTE),
            season: season(),
            fast: Memory::new(FAST),
            slow: Memory::new(SLOW),
            permanent: PRICE.ln(),
            transient: 0.0,
            transient_left: decay(TRANSIENT.1),
            distance_left: decay(PULL),
        }
    }

    /// The start of the minute that comes next.
    #[must_use]
    pub fn open_time(&self) -> Timestamp {
        self.open_time
    }

    /// Lives through the next minute.
    pub fn minute(&mut self) -> Minute {
        let open_time = self.open_time;
        let draws = Draws::of(self.seed, open_time.millis().div_euclid(MINUTE));
        let [fast, slow, shock, size, volume, _] = draws.normal;
        let [chance, high, low] = draws.uniform;

        self.fast.step(fast);
        self.slow.step(slow);
        let season = self.season[open_time.hour_of_week()];
        let variance = VARIANCE * season * (self.fast.now + self.slow.now - level()).exp();
        let jumped = chance < JUMP.0;
        let shock = variance.sqrt() * shock + if jumped { JUMP.1 * size } else { 0.0 };

        let before = self.permanent + self.transient;
        let pull = 1.0 - self.distance_left;
        self.permanent += -pull * (self.permanent - PRICE.ln()) + (1.0 - TRANSIENT.0) * shock;
        self.transient = self.transient_left * self.transient + TRANSIENT.0 * shock;
        let after = self.permanent + self.transient;
        let log_return = after - before;
        self.open_time = open_time + MINUTE;

        let top = before + furthest(log_return, variance, high);
        let bottom = before - furthest(-log_return, variance, low);
        let spread = VOLUME.1;
        let busy = (variance / VARIANCE).sqrt();
        let volume = VOLUME.0 * busy * (spread * volume - spread * spread / 2.0).exp();
        // The bounds enclose both ends but for the last bit of a logarithm.
        let (open, close) = (price(before), price(after));
        let candle = RawCandle {
            venue: Venue::Simulated,
            open_time,
            open: Some(open),
            high: Some(price(top).max(open).max(close)),
            low: Some(price(bottom).min(open).min(close)),
            close: Some(close),
            volume: Some((volume * 1e5).round() / 1e5),
        };
        Minute { candle, log_return, variance, jumped }
    }

    /// The truth that forecasts of volatility are after: the expected sum of the squared shocks of the next
    /// minutes, given everything up to now.
    #[must_use]
    pub fn expected_variance(&self, minutes: usize) -> f64 {
        (0..minutes)
            .map(|minute| {
                let step = i32::try_from(minute + 1).unwrap_or(i32::MAX);
                let season = self.season[(self.open_time + minute as i64 * MINUTE).hour_of_week()];
                VARIANCE * season * (self.fast.ahead(step) + self.slow.ahead(step) - level()).exp()
                    + JUMP.0 * JUMP.1 * JUMP.1
            })
            .sum()
    }

    /// The truth that forecasts of direction are after: the expected log return of the next minutes, given
    /// everything up to now.
    #[must_use]
    pub fn expected_return(&self, minutes: usize) -> f64 {
        let worn = (self.transient_left.powf(minutes as f64) - 1.0) * self.transient;
        worn + (self.distance_left.powf(minutes as f64) - 1.0) * (self.permanent - PRICE.ln())
    }
}

/// Half the variance of the log-variance: without it the mean of the exponential would not be 1.
fn level() -> f64 {
    0.5 * (FAST.0 * FAST.0 + SLOW.0 * SLOW.0)
}

/// w: busiest at 15:00 UTC, quiet at night and at the weekend.
fn season() -> [f64; HOURS_OF_WEEK] {
    let raw: [f64; HOURS_OF_WEEK] = std::array::from_fn(|hour| {
        let daily = 0.45 * (TAU * ((hour % 24) as f64 - 15.0) / 24.0).cos();
        let weekend = if hour >= 120 { -0.5 } else { 0.0 };
        (daily + weekend).exp()
    });
    let mean = raw.iter().sum::<f64>() / HOURS_OF_WEEK as f64;
    raw.map(|weight| weight / mean)
}

/// How far above its start a path goes that ends at `end`: the maximum of a Brownian bridge, drawn by its
/// inverse distribution (Borodin and Salminen, "Handbook of Brownian Motion", 2002, part I, chapter IV).
fn furthest(end: f64, variance: f64, uniform: f64) -> f64 {
    0.5 * (end + (end * end - 2.0 * variance * uniform.ln()).sqrt())
}

/// The price of a logarithm, to the cent.
fn price(log: f64) -> f64 {
    (log.exp() * TICKS).round() / TICKS
}

#[cfg(test)]
mod tests {
    use wick_schemas::Candle;
    use wick_schemas::time::HOUR;

    use super::*;

    const MONDAY: Timestamp = Timestamp(1_704_067_200_000);

    fn weeks(count: usize) -> Vec<Minute> {
        let mut market = Market::new(1, MONDAY);
        (0..count * 7 * 1440).map(|_| market.minute()).collect()
    }

    fn correlation(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
        let count = pairs.clone().count() as f64;
        let (a, b) = pairs.clone().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / count, b + y / count));
        let (xy, xx, yy) = pairs.fold((0.0, 0.0, 0.0), |(xy, xx, yy), (x, y)| {
            (xy + (x - a) * (y - b), xx + (x - a).powi(2), yy + (y - b).powi(2))
        });
        xy / (xx * yy).sqrt()
    }

    #[test]
    fn every_minute_is_a_possible_candle_that_opens_where_the_last_one_closed() {
        let minutes = weeks(4);
        for pair in minutes.windows(2) {
            let candle = Candle::new(pair[1].candle).expect("possible");
            assert_eq!(Some(candle.open), pair[0].candle.close);
            assert_eq!(candle.open_time, pair[0].candle.open_time + MINUTE);
            assert!((20_000.0..180_000.0).contains(&candle.close), "{}", candle.close);
        }
    }

    #[test]
    fn variance_clusters() {
        let hours: Vec<f64> =
            weeks(8).chunks(60).map(|hour| hour.iter().map(|m| m.log_return.powi(2)).sum::<f64>().ln()).collect();
        assert!(correlation(hours.iter().copied().zip(hours.iter().copied().skip(1))) > 0.4);
        let minutes = weeks(8);
        let sizes: Vec<f64> = minutes.iter().map(|m| m.log_return.abs()).collect();
        assert!(correlation(sizes.iter().copied().zip(sizes.iter().copied().skip(1))) > 0.1);
        let returns: Vec<f64> = minutes.iter().map(|m| m.log_return).collect();
        assert!(correlation(returns.iter().copied().zip(returns.iter().copied().skip(1))).abs() < 0.05);
    }

    #[test]
    fn afternoons_are_livelier_than_nights_and_weekdays_than_weekends() {
        let minutes = weeks(12);
        let mean = |wanted: &dyn Fn(usize) -> bool| {
            let at = |m: &&Minute| wanted(m.candle.open_time.hour_of_week());
            let count = minutes.iter().filter(at).count() as f64;
            minutes.iter().filter(at).map(|m| m.variance).sum::<f64>() / count
        };
        assert!(mean(&|hour| hour < 120 && hour % 24 == 15) > 1.6 * mean(&|hour| hour < 120 && hour % 24 == 3));
        assert!(mean(&|hour| hour < 120) > 1.2 * mean(&|hour| hour >= 120));
    }

    #[test]
    fn the_stated_truth_is_the_truth() {
        let mut market = Market::new(3, MONDAY);
        let (mut expected, mut actual) = (Vec::new(), Vec::new());
        let (mut drift, mut returns) = (Vec::new(), Vec::new());
        for _ in 0..20_000 {
            expected.push(market.expected_variance(15));
            drift.push(market.expected_return(15));
            let bar: Vec<_> = (0..15).map(|_| market.minute()).collect();
            actual.push(bar.iter().map(|m| m.log_return.powi(2)).sum::<f64>());
            returns.push(bar.iter().map(|m| m.log_return).sum::<f64>());
        }
        let ratio = actual.iter().sum::<f64>() / expected.iter().sum::<f64>();
        assert!((0.9..1.1).contains(&ratio), "{ratio}");
        let known = correlation(expected.iter().zip(&actual).map(|(e, a)| (e.ln(), a.ln())));
        assert!(known > 0.6, "{known}");
        // Weak, as in the real market, and in the right direction.
        let skill = correlation(drift.iter().copied().zip(returns.iter().copied()));
        assert!((0.05..0.2).contains(&skill), "{skill}");
    }

    #[test]
    fn jumps_come_every_other_day() {
        let jumps = weeks(12).iter().filter(|minute| minute.jumped).count();
        assert!((20..70).contains(&jumps), "{jumps}");
    }

    #[test]
    fn expected_variance_knows_the_season_of_the_minutes_ahead() {
        let mut market = Market::new(5, MONDAY);
        while market.open_time() < MONDAY + 3 * HOUR {
            market.minute();
        }
        let night = market.expected_variance(60);
        let noon = market.expected_variance(13 * 60) - market.expected_variance(12 * 60);
        assert!(noon > 1.3 * night.min(VARIANCE * 60.0), "{noon} {night}");
    }
}
