//! Examples for the tests of those who use these types.

use crate::time::BAR;
use crate::{Horizon, Level, Score, Timestamp};

/// A score of a champion that loses half of what the base rate, the seasonal HAR and the rolling quantiles do, `base`;
/// the HAR loses twice that, the GARCH two and a half times, the EWMA four.
#[must_use]
pub fn score(horizon: Horizon, bar: i64, base: f64) -> Score {
    Score {
        horizon,
        origin: Timestamp(bar * BAR),
        level: Level::Champion,
        model: "m".into(),
        p_up: 0.6,
        up: true,
        log_return: 0.001,
        realised_variance: 1e-6,
        variance: 1e-6,
        log_loss: base / 2.0,
        base_log_loss: base,
        brier: base / 2.0,
        base_brier: base,
        qlike: Some(base / 2.0),
        ewma_qlike: Some(base * 4.0),
        har_qlike: Some(base * 2.0),
        seasonal_har_qlike: Some(base),
        garch_qlike: Some(base * 2.5),
        pinball: base / 2.0,
        rolling_pinball: base,
        inside_80: true,
        inside_95: true,
    }
}
