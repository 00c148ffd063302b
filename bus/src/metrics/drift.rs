//! Signs that a model no longer fits: features unlike those that it learnt from, skill that is lost, intervals that miss
//! their share.

use prometheus::{GaugeVec, IntCounterVec, Result};
use wick_schemas::Horizon;

use super::Metrics;
use super::book::Book;

/// The intervals, in percent.
const INTERVALS: [&str; 2] = ["80", "95"];

/// What is known of drift.
#[derive(Debug)]
pub(super) struct Drift {
    statistic: GaugeVec,
    ratio: GaugeVec,
    detected: IntCounterVec,
    degraded: IntCounterVec,
    missed: IntCounterVec,
}

impl Drift {
    pub(super) fn in_book(book: &mut Book) -> Result<Self> {
        let horizons = Horizon::ALL.map(Horizon::as_str);
        Ok(Self {
            statistic: book.gauges(
                "wick_drift_statistic",
                "population stability index of a feature's last week over the deciles of what the model that serves has \
                 learnt from, as of the drift monitor's last look; one for each feature of the set that is served",
                &["feature"],
            )?,
            ratio: book.gauges(
                "wick_drift_ratio",
                "share of the features whose last week was further away than any that the model has learnt from",
                &[],
            )?,
            detected: {
                let detected =
                    book.counter("wick_drift_detected_total", "times that the features were said to have drifted", &[])?;
                detected.with_label_values::<&str>(&[]).reset();
                detected
            },
            degraded: book.counter_from_zero(
                "wick_skill_degraded_total",
                "times that a horizon lost its skill",
                "horizon",
                &horizons,
            )?,
            missed: {
                let missed = book.counter(
                    "wick_coverage_missed_total",
                    "times that an interval was said to hold too few outcomes, or too many",
                    &["horizon", "interval"],
                )?;
                for horizon in horizons {
                    for interval in INTERVALS {
                        missed.with_label_values(&[horizon, interval]).reset();
                    }
                }
                missed
            },
        })
    }
}

impl Metrics {
    /// How far each feature has drifted, and the share of them that is beyond everything that was learnt from.
    pub fn drift<'a>(&self, share: f64, features: impl Iterator<Item = (&'a str, f64)>) {
        self.drift.ratio.with_label_values::<&str>(&[]).set(share);
        // Another set has other features.
        self.drift.statistic.reset();
        features.for_each(|(name, index)| self.drift.statistic.with_label_values(&[name]).set(index));
    }

    /// The features are said to have drifted.
    pub fn drift_detected(&self) {
        self.drift.detected.with_label_values::<&str>(&[]).inc();
    }

    /// A horizon has lost its skill.
    pub fn degraded(&self, horizon: &str) {
        self.drift.degraded.with_label_values(&[horizon]).inc();
    }

    /// An interval, in percent, is said to miss its share.
    pub fn coverage_missed(&self, horizon: &str, interval: u8) {
        self.drift.missed.with_label_values(&[horizon, &interval.to_string()]).inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_of_a_set_that_is_no_longer_served_are_gone_and_what_is_rare_is_counted_from_zero() {
        let metrics = Metrics::new().expect("metrics");
        metrics.drift(0.5, [("old", 7.0), ("kept", 1.0)].into_iter());
        metrics.drift(0.25, [("kept", 2.0), ("new", 3.0)].into_iter());
        metrics.coverage_missed("4h", 95);
        let text = metrics.text();
        for line in [
            "wick_drift_statistic{feature=\"kept\"} 2",
            "wick_drift_statistic{feature=\"new\"} 3",
            "wick_drift_ratio 0.25",
            "wick_drift_detected_total 0",
            "wick_skill_degraded_total{horizon=\"24h\"} 0",
            "wick_coverage_missed_total{horizon=\"4h\",interval=\"80\"} 0",
            "wick_coverage_missed_total{horizon=\"4h\",interval=\"95\"} 1",
        ] {
            assert!(text.contains(&format!("{line}\n")), "{line}\n{text}");
        }
        assert!(!text.contains("\"old\""), "{text}");
    }
}
