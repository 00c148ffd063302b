//! What trees are to make small.

use wick_schemas::model::sigmoid;

/// What is to be forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Log-odds of outcomes that are 0 or 1.
    Log,
    /// The mean.
    Squared,
    /// The logarithm of a positive mean, of outcomes that are logarithms: QLIKE, by which volatility is judged (a gamma
    /// regression with a logarithmic link). Where outcomes are wilder it forecasts more, which the mean of a logarithm
    /// does not.
    Qlike,
}

/// Logarithm of how many times what is forecast an outcome counts as, at most: one storm is not to decide.
const MOST: f64 = 3.5;

impl Loss {
    /// How much of a row a leaf counts, at most, in second derivatives: what a leaf must hold is told in rows.
    pub fn weight(self) -> f32 {
        match self {
            Self::Log => 0.25,
            Self::Squared | Self::Qlike => 1.0,
        }
    }

    /// The constant that loses least.
    pub fn start(self, y: &[f64]) -> f64 {
        let mean = |value: &dyn Fn(f64) -> f64| y.iter().map(|y| value(*y)).sum::<f64>() / y.len().max(1) as f64;
        match self {
            Self::Log => {
                let rises = mean(&|y| y);
                (rises / (1.0 - rises)).ln()
            }
            Self::Squared => mean(&|y| y),
            Self::Qlike => mean(&|y| y.min(MOST).exp()).ln(),
        }
    }

    /// How the loss of an outcome changes with what is said of it, and how fast that changes.
    pub fn slope(self, y: f64, said: f64) -> (f32, f32) {
        match self {
            Self::Log => {
                let chance = sigmoid(said);
                ((chance - y) as f32, (chance * (1.0 - chance)) as f32)
            }
            Self::Squared => ((said - y) as f32, 1.0),
            Self::Qlike => {
                let ratio = (y.min(MOST) - said).exp();
                ((1.0 - ratio) as f32, ratio as f32)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn loss(loss: Loss, y: f64, said: f64) -> f64 {
        match loss {
            Loss::Log => wick_schemas::score::log_loss(sigmoid(said), y > 0.5),
            Loss::Squared => (y - said).powi(2) / 2.0,
            Loss::Qlike => (y - said).exp() - (y - said) - 1.0,
        }
    }

    proptest! {
        #[test]
        fn slopes_are_those_of_the_loss(y in -3.0_f64..3.0, said in -3.0_f64..3.0) {
            const STEP: f64 = 1e-4;
            for kind in [Loss::Log, Loss::Squared, Loss::Qlike] {
                let y = if kind == Loss::Log { f64::from(u8::from(y > 0.0)) } else { y };
                let (slope, curvature) = kind.slope(y, said);
                let [below, here, above] = [-STEP, 0.0, STEP].map(|step| loss(kind, y, said + step));
                prop_assert!((f64::from(slope) - (above - below) / (2.0 * STEP)).abs() < 1e-3 * (1.0 + slope.abs() as f64));
                let bent = (above - 2.0 * here + below) / (STEP * STEP);
                prop_assert!((f64::from(curvature) - bent).abs() < 1e-3 * (1.0 + curvature as f64));
            }
        }

        #[test]
        fn no_constant_loses_less_than_the_start(y in prop::collection::vec(-3.0_f64..3.0, 1..40), other in -3.0_f64..3.0) {
            for kind in [Loss::Squared, Loss::Qlike] {
                let total = |said: f64| y.iter().map(|y| loss(kind, *y, said)).sum::<f64>();
                prop_assert!(total(kind.start(&y)) <= total(other) + 1e-9);
            }
        }
    }

    #[test]
    fn a_storm_counts_no_more_than_so_much() {
        assert_eq!(Loss::Qlike.slope(50.0, 0.0), Loss::Qlike.slope(MOST, 0.0));
        assert_eq!(Loss::Qlike.start(&[50.0]), MOST);
    }
}
