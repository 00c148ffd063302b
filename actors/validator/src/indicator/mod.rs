//! Technical indicators of one series, on the closes of its quarter hours. Pure, and one step for each bar.
//!
//! Definitions are the usual ones: Wilder's averages for RSI and ATR, exponential averages that begin with the mean of
//! their first numbers, Bollinger's bands at two standard deviations of the population. An indicator that has not seen
//! enough is `None`, never a guess.

mod average;
mod quarter;

use serde::{Deserialize, Serialize};
use wick_schemas::time::BAR;
use wick_schemas::{Candle, Timestamp, Venue};

use average::{Average, Window};
pub use quarter::Quarter;

/// Quarter hours without a candle that are bridged at the last price; a longer hole makes everything begin anew.
const BRIDGED: i64 = 4;

/// The indicators at the end of a quarter hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IndicatorRow {
    /// The series.
    pub venue: Venue,
    /// The end of the quarter hour: the indicators are known from then on.
    pub time: Timestamp,
    /// Last price.
    pub close: f64,
    /// Mean of the last 20 closes.
    pub sma_20: Option<f64>,
    /// Exponential average of the closes over 12.
    pub ema_12: Option<f64>,
    /// … and over 26.
    pub ema_26: Option<f64>,
    /// `ema_12 - ema_26`.
    pub macd: Option<f64>,
    /// Exponential average of `macd` over 9.
    pub macd_signal: Option<f64>,
    /// `macd - macd_signal`.
    pub macd_histogram: Option<f64>,
    /// Relative strength index over 14, from 0 to 100; 50 where nothing moved.
    pub rsi_14: Option<f64>,
    /// `sma_20` and two standard deviations.
    pub bollinger_upper: Option<f64>,
    /// `sma_20` less two standard deviations.
    pub bollinger_lower: Option<f64>,
    /// Average true range over 14.
    pub atr_14: Option<f64>,
    /// On-balance volume since the series began, or began anew after a hole.
    pub obv: f64,
}

/// The indicators of a series. As a checkpoint it is all that they remember.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Indicators {
    /// The quarter hour that is open.
    open: Option<Quarter>,
    engine: Engine,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Engine {
    /// The last closed quarter hour.
    last: Option<Quarter>,
    closes: Window,
    fast: Average,
    slow: Average,
    signal: Average,
    gain: Average,
    loss: Average,
    range: Average,
    obv: f64,
}

impl Indicators {
    /// Takes a candle, newer than the last; gives the rows of the quarter hours that it ends, oldest first.
    ///
    /// A quarter hour ends with its last minute, or with the first candle after it.
    pub fn take(&mut self, candle: &Candle) -> Vec<IndicatorRow> {
        let start = candle.open_time.floor(BAR);
        let mut rows = Vec::new();
        match &mut self.open {
            Some(open) if open.start == start => open.add(candle),
            Some(open) if start < open.start => return rows,
            open => {
                if let Some(over) = open.replace(Quarter::first(start, candle)) {
                    rows.extend(self.engine.bar(over));
                }
            }
        }
        if candle.close_time().on_grid(BAR)
            && let Some(over) = self.open.take()
        {
            rows.extend(self.engine.bar(over));
        }
        rows
    }
}

impl Engine {
    /// Takes a quarter hour, and those that are missing before it.
    fn bar(&mut self, bar: Quarter) -> Vec<IndicatorRow> {
        let Some(last) = self.last else { return vec![self.step(bar)] };
        // A quarter hour that is over takes no more candles.
        if bar.start <= last.start {
            return Vec::new();
        }
        let missing = (bar.start.millis() - last.start.millis()) / BAR - 1;
        if missing > BRIDGED {
            *self = Self::default();
            return vec![self.step(bar)];
        }
        let bridge = (1..=missing).map(|place| last.flat(last.start.shift(place * BAR)));
        bridge.chain([bar]).map(|bar| self.step(bar)).collect()
    }

    fn step(&mut self, bar: Quarter) -> IndicatorRow {
        let close = bar.close;
        let middle = self.closes.take(close, 20);
        let (ema_12, ema_26) = (self.fast.exponential(close, 12), self.slow.exponential(close, 26));
        let macd = ema_12.zip(ema_26).map(|(fast, slow)| fast - slow);
        let macd_signal = macd.and_then(|macd| self.signal.exponential(macd, 9));
        let (mut rsi_14, mut atr_14) = (None, None);
        if let Some(last) = self.last {
            let change = close - last.close;
            let gain = self.gain.wilder(change.max(0.0), 14);
            let loss = self.loss.wilder((-change).max(0.0), 14);
            rsi_14 = gain.zip(loss).map(|(gain, loss)| strength(gain, loss));
            let true_range = bar.high.max(last.close) - bar.low.min(last.close);
            atr_14 = self.range.wilder(true_range, 14);
            self.obv += if change == 0.0 { 0.0 } else { bar.volume.copysign(change) };
        }
        self.last = Some(bar);
        IndicatorRow {
            venue: bar.venue,
            time: bar.start.shift(BAR),
            close,
            sma_20: middle.map(|(mean, _)| mean),
            ema_12,
            ema_26,
            macd,
            macd_signal,
            macd_histogram: macd.zip(macd_signal).map(|(macd, signal)| macd - signal),
            rsi_14,
            bollinger_upper: middle.map(|(mean, deviation)| mean + 2.0 * deviation),
            bollinger_lower: middle.map(|(mean, deviation)| mean - 2.0 * deviation),
            atr_14,
            obv: self.obv,
        }
    }
}

/// 100 where nothing fell, 0 where nothing rose.
fn strength(gain: f64, loss: f64) -> f64 {
    // Rounded, a share may be a hair more than the whole.
    if gain + loss > 0.0 { (100.0 * gain / (gain + loss)).min(100.0) } else { 50.0 }
}

#[cfg(test)]
mod tests;
