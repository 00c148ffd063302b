//! Forecasts: with what they were made, and what came of them.

use prometheus::{CounterVec, GaugeVec, IntCounterVec, IntGaugeVec, Result};
use wick_schemas::{Level, Score, Timestamp};

use super::Metrics;
use super::book::Book;
use super::pipeline::seconds;

/// How much of a hash names a model.
const SHORT: usize = 12;

/// What is known of forecasts.
#[derive(Debug)]
pub(super) struct Forecasts {
    made: IntCounterVec,
    newest: GaugeVec,
    level: IntGaugeVec,
    model: IntGaugeVec,
    trained: GaugeVec,
    scored: IntCounterVec,
    loss: CounterVec,
    covered: IntCounterVec,
    skill: GaugeVec,
}

impl Forecasts {
    pub(super) fn in_book(book: &mut Book) -> Result<Self> {
        let horizon = ["horizon"];
        Ok(Self {
            made: book.counter("wick_predictions_total", "forecasts made, by fallback level", &["level"])?,
            newest: book.moment("wick_prediction_timestamp_seconds", "close of the bar of the newest forecast")?,
            level: book.levels(
                "wick_prediction_level",
                "1 for the fallback level of the newest forecast, 0 for the others",
                &["level"],
            )?,
            model: book.levels("wick_model_info", "the model that serves, by the first digits of its hash", &["model"])?,
            trained: book.moment(
                "wick_model_trained_timestamp_seconds",
                "the moment whose knowledge the model that serves has used",
            )?,
            scored: book.counter("wick_scores_total", "forecasts settled", &horizon)?,
            loss: book.sum(
                "wick_loss_total",
                "losses of settled forecasts, summed: loss is log_loss, brier, qlike or pinball, by is forecast or the \
                 baseline that knew as much",
                &["horizon", "loss", "by"],
            )?,
            covered: book.counter(
                "wick_interval_hits_total",
                "settled forecasts whose outcome lay inside the 80 or the 95 % interval",
                &["horizon", "interval"],
            )?,
            skill: book.gauges(
                "wick_skill_ratio",
                "share of the baseline's loss that forecasts saved over the window of the drift monitor's policy, as of \
                 the last midnight",
                &["horizon", "target"],
            )?,
        })
    }
}

impl Metrics {
    /// Forecasts are made up to this moment.
    pub fn forecasts_to(&self, as_of: Timestamp) {
        self.forecasts.newest.with_label_values::<&str>(&[]).set(seconds(as_of));
    }

    /// A forecast was made.
    pub fn predicted(&self, as_of: Timestamp, level: Level) {
        let forecasts = &self.forecasts;
        forecasts.made.with_label_values(&[level.as_str()]).inc();
        self.forecasts_to(as_of);
        self.forecasts_at(level);
    }

    /// The newest forecast was made with this.
    pub fn forecasts_at(&self, level: Level) {
        for one in Level::ALL {
            self.forecasts.level.with_label_values(&[one.as_str()]).set(i64::from(one == level));
        }
    }

    /// This model serves, which used the knowledge of that moment; none where none could be loaded.
    pub fn serves(&self, model: Option<(&str, Timestamp)>) {
        let forecasts = &self.forecasts;
        forecasts.model.reset();
        forecasts.trained.reset();
        if let Some((hash, trained_at)) = model {
            forecasts.model.with_label_values(&[hash.get(..SHORT).unwrap_or(hash)]).set(1);
            forecasts.trained.with_label_values::<&str>(&[]).set(seconds(trained_at));
        }
    }

    /// Nobody here makes forecasts any more: another process does, and says what they are made with.
    pub fn forecasts_elsewhere(&self) {
        let forecasts = &self.forecasts;
        forecasts.level.reset();
        forecasts.newest.reset();
        self.serves(None);
    }

    /// A forecast was settled.
    pub fn scored(&self, score: &Score) {
        let (forecasts, horizon) = (&self.forecasts, score.horizon.as_str());
        forecasts.scored.with_label_values(&[horizon]).inc();
        let add = |loss: &str, by: &str, value: f64| {
            if value.is_finite() && value >= 0.0 {
                forecasts.loss.with_label_values(&[horizon, loss, by]).inc_by(value);
            }
        };
        add("log_loss", "forecast", score.log_loss);
        add("log_loss", "base_rate", score.base_log_loss);
        add("brier", "forecast", score.brier);
        add("brier", "base_rate", score.base_brier);
        add("pinball", "forecast", score.pinball);
        add("pinball", "rolling_quantiles", score.rolling_pinball);
        // Sums are compared: each holds the same forecasts, GARCH's fewer where a model has none.
        if let (Some(own), Some(ewma), Some(har), Some(seasonal)) =
            (score.qlike, score.ewma_qlike, score.har_qlike, score.seasonal_har_qlike)
        {
            add("qlike", "forecast", own);
            add("qlike", "ewma", ewma);
            add("qlike", "har", har);
            add("qlike", "seasonal_har", seasonal);
            score.garch_qlike.into_iter().for_each(|garch| add("qlike", "garch", garch));
        }
        for (interval, inside) in [("80", score.inside_80), ("95", score.inside_95)] {
            // Counted from zero on: a share of nothing inside must not look like a metric that is missing.
            forecasts.covered.with_label_values(&[horizon, interval]).inc_by(u64::from(inside));
        }
    }

    /// A horizon's skill of a target over the policy's window.
    pub fn skill(&self, horizon: &str, target: &str, skill: f64) {
        self.forecasts.skill.with_label_values(&[horizon, target]).set(skill);
    }
}

#[cfg(test)]
mod tests {
    use wick_schemas::{Horizon, testing};

    use super::*;

    #[test]
    fn skill_and_coverage_of_any_window_follow_from_what_is_counted() {
        let metrics = Metrics::new().expect("metrics");
        for bar in 0..4 {
            let score = testing::score(Horizon::H1, bar, 0.5);
            metrics.scored(&Score { qlike: Some(0.25), seasonal_har_qlike: Some(0.5), inside_80: bar > 0, ..score });
        }
        let text = metrics.text();
        for line in [
            "wick_scores_total{horizon=\"1h\"} 4",
            "wick_interval_hits_total{horizon=\"1h\",interval=\"80\"} 3",
            "wick_loss_total{by=\"forecast\",horizon=\"1h\",loss=\"qlike\"} 1",
            "wick_loss_total{by=\"seasonal_har\",horizon=\"1h\",loss=\"qlike\"} 2",
        ] {
            assert!(text.contains(&format!("{line}\n")), "{line}\n{text}");
        }
    }

    #[test]
    fn one_model_serves_at_a_time_and_one_level() {
        let metrics = Metrics::new().expect("metrics");
        assert!(!metrics.text().contains("_timestamp_seconds"), "moments that nobody knows");
        metrics.serves(Some(("0123456789abcdef", Timestamp(1_000))));
        metrics.serves(Some(("fedcba9876543210", Timestamp(2_000))));
        metrics.predicted(Timestamp(3_000), Level::Champion);
        metrics.predicted(Timestamp(4_000), Level::Baseline);
        let text = metrics.text();
        assert!(text.contains("wick_model_info{model=\"fedcba987654\"} 1\n") && !text.contains("0123456789"), "{text}");
        assert!(text.contains("wick_model_trained_timestamp_seconds 2\n"), "{text}");
        assert!(text.contains("wick_prediction_level{level=\"champion\"} 0\n"), "{text}");
        assert!(text.contains("wick_prediction_level{level=\"baseline\"} 1\n"), "{text}");
        metrics.serves(None);
        assert!(!metrics.text().contains("wick_model_trained"));
    }
}
