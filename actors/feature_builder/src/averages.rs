//! Exponential averages: what a feature remembers beyond the window.

use serde::{Deserialize, Serialize};

use crate::bar::Terms;

/// Weight of the newest bar in the averages of an RSI of fourteen bars (Wilder, 1978).
const WILDER: f64 = 1.0 / 14.0;
/// Weight of the newest bar in the average realised variance (RiskMetrics, 1996).
const RISK_METRICS: f64 = 0.06;

/// An exponential average. It starts at its first value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ema(Option<f64>);

impl Ema {
    /// Moves towards the next value by a share `alpha` of the way.
    pub fn update(&mut self, alpha: f64, next: f64) {
        self.0 = Some(self.0.map_or(next, |value| value + alpha * (next - value)));
    }

    /// The average; NaN before the first value.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.0.unwrap_or(f64::NAN)
    }
}

/// Every average that a feature uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Averages {
    log_close: Option<f64>,
    /// Of `ln C` with a span of 12 bars.
    pub price_12: Ema,
    /// Of `ln C` with a span of 26 bars.
    pub price_26: Ema,
    /// Of `ln C` with a span of 48 bars.
    pub price_48: Ema,
    /// Of `ln C` with a span of 104 bars.
    pub price_104: Ema,
    /// Of the bar's log return where it is positive, else zero.
    pub up: Ema,
    /// Of the bar's negated log return where that is positive, else zero.
    pub down: Ema,
    /// The same over fifty-six bars.
    pub up_56: Ema,
    /// The same.
    pub down_56: Ema,
    /// Of the bar's realised variance.
    pub rv: Ema,
    /// Of the same, slower: the scale of what is measured in standard deviations.
    pub rv_slow: Ema,
    /// Of `price_12 - price_26`, with a span of nine bars.
    pub signal: Ema,
    /// Of `ln C` with a span of 96 bars.
    pub price_96: Ema,
    /// Of `ln C` with a span of 672 bars.
    pub price_672: Ema,
    /// Of the bar's true range of logarithms, as Wilder (1978) takes it.
    pub true_range: Ema,
}

impl Averages {
    /// Takes the next bar.
    pub fn update(&mut self, terms: &Terms) {
        let span = |bars: f64| 2.0 / (bars + 1.0);
        let previous = self.log_close.unwrap_or(terms.log_close);
        let step = terms.log_close - previous;
        self.log_close = Some(terms.log_close);
        self.price_12.update(span(12.0), terms.log_close);
        self.price_26.update(span(26.0), terms.log_close);
        self.price_48.update(span(48.0), terms.log_close);
        self.price_104.update(span(104.0), terms.log_close);
        self.up.update(WILDER, step.max(0.0));
        self.down.update(WILDER, (-step).max(0.0));
        self.up_56.update(WILDER / 4.0, step.max(0.0));
        self.down_56.update(WILDER / 4.0, (-step).max(0.0));
        self.rv.update(RISK_METRICS, terms.rv);
        self.rv_slow.update(RISK_METRICS / 2.0, terms.rv);
        self.signal.update(span(9.0), self.price_12.value() - self.price_26.value());
        self.price_96.update(span(96.0), terms.log_close);
        self.price_672.update(span(672.0), terms.log_close);
        self.true_range.update(WILDER, terms.log_high.max(previous) - terms.log_low.min(previous));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_starts_at_its_first_value_and_goes_part_of_the_way() {
        let mut ema = Ema::default();
        assert!(ema.value().is_nan());
        let mut after = |next| {
            ema.update(0.25, next);
            ema.value()
        };
        assert_eq!([after(8.0), after(0.0), after(10.0)], [8.0, 6.0, 7.0]);
    }

    #[test]
    fn rises_and_falls_are_averaged_apart() {
        let mut averages = Averages::default();
        let terms =
            |log_close| Terms { log_close, log_high: log_close, log_low: log_close, rv: 1.0, ..Terms::default() };
        averages.update(&terms(5.0));
        assert_eq!((averages.up.value(), averages.down.value()), (0.0, 0.0));
        averages.update(&terms(19.0));
        averages.update(&terms(5.0));
        assert!((averages.up.value() - 13.0 / 14.0).abs() < 1e-12);
        assert!((averages.down.value() - 1.0).abs() < 1e-12);
        assert_eq!(averages.rv.value(), 1.0);
        assert!((averages.true_range.value() - (13.0 + 14.0) / 14.0).abs() < 1e-12);
    }
}
