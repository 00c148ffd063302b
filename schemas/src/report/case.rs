//! One forecast with everything that the report asks of it.

use crate::score::Score;

/// A settled forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// How it was scored.
    pub score: Score,
    /// What was served beside the score; `None` where serving no longer has it.
    pub served: Option<Served>,
}

/// What a score does not repeat of its forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Served {
    /// Expected log return.
    pub expected_return: f64,
    /// Logarithm of the uncorrected variance forecast per bar.
    pub raw_log_variance: f64,
    /// Log-return quantiles at [`crate::prediction::TAUS`].
    pub quantiles: [f64; 7],
    /// Those of the trailing 90 days.
    pub rolling: [f64; 7],
}

impl Case {
    /// The year in which it was made (UTC).
    #[must_use]
    pub fn year(&self) -> i32 {
        self.score.origin.year()
    }

    /// Whether the likelier direction came true: 1 for yes, 0 for no, a half where none was called.
    #[must_use]
    pub fn right(&self) -> f64 {
        if self.score.p_up == 0.5 {
            return 0.5;
        }
        f64::from(u8::from((self.score.p_up > 0.5) == self.score.up))
    }
}

/// The mean of a value over cases; 0 for none.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0_usize);
    for value in values {
        sum += value;
        n += 1;
    }
    sum / n.max(1) as f64
}
