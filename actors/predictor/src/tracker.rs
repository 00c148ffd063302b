//! Adaptive quantiles: what the trailing quantiles miss by is learnt outcome by outcome.
//!
//! A standardised return's quantile at τ is its trailing quantile plus `w · x`. When the outcome is known, `w` takes a
//! step of `rate · (τ − 1{outcome below the quantile that was issued}) · x`: stochastic gradient descent on the pinball
//! loss (linear quantile regression, Koenker and Bassett 1978). With x = 1 alone this is adaptive conformal inference by
//! quantile tracking (Gibbs and Candès 2021; Angelopoulos, Candès and Tibshirani 2023): however the market changes, the share
//! of outcomes below a quantile comes back to τ. The two other inputs let the quantiles lean towards where the price is
//! likelier to go, and be as wide for their variance in calm as in storm, where trailing quantiles are too narrow in the
//! one and too wide in the other.
//!
//! An outcome of a longer horizon shares most of its bars with its neighbours, so steps shrink with the square root of the
//! number of bars; and with their number where the steps of a whole day are taken before the first of them shows.

use serde::{Deserialize, Serialize};
use wick_schemas::Horizon;
use wick_schemas::prediction::TAUS;

/// How many inputs there are: a one, the log-odds of a rise, and the logarithm of the variance.
pub const INPUTS: usize = 3;

/// Step of each input at a horizon of one bar, and of the last at others by their number of bars. Found on 2022 and 2023.
const RATES: [f64; INPUTS] = [0.005, 0.003, 0.001];
/// Outer quantiles are further from their neighbours, and seldom crossed: they need longer steps.
const REACH: [f64; 7] = [2.0, 1.2, 1.0, 1.0, 1.0, 1.2, 2.0];
/// From so many bars on, steps overshoot: they go on being taken until the first one shows in an outcome.
const BLIND: f64 = 48.0;
/// What log-odds, less those of the base rate, are divided by: an ordinary deviation of them.
const ODDS: f64 = 0.25;
/// How far from zero an input may be.
const FARTHEST: f64 = 3.0;

/// What a forecast said of the standardised return.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issued {
    /// What the quantiles were made from.
    pub inputs: [f64; INPUTS],
    /// Quantiles at [`TAUS`] of return / √variance, not falling.
    pub quantiles: [f64; 7],
}

/// The weights of one horizon: for each of [`TAUS`] those of the inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tracker([[f64; INPUTS]; 7]);

/// The inputs of a forecast.
///
/// `odds` are log-odds of a rise less those of the base rate; `storm` is the logarithm of the variance less its trailing mean, in
/// trailing standard deviations. What is not a number counts as nothing.
#[must_use]
pub fn inputs(odds: f64, storm: f64) -> [f64; INPUTS] {
    let tame = |value: f64| if value.is_finite() { value.clamp(-FARTHEST, FARTHEST) } else { 0.0 };
    [1.0, tame(odds / ODDS), tame(storm)]
}

impl Tracker {
    /// The trailing quantiles, moved. Where they would cross they are put in order, which only makes them better
    /// (Chernozhukov, Fernández-Val and Galichon 2010).
    #[must_use]
    pub fn issue(&self, trailing: [f64; 7], inputs: [f64; INPUTS]) -> Issued {
        let moved = |(weights, quantile): (&[f64; INPUTS], f64)| {
            quantile + weights.iter().zip(inputs).map(|(weight, input)| weight * input).sum::<f64>()
        };
        let mut quantiles: [f64; 7] = std::array::from_fn(|place| moved((&self.0[place], trailing[place])));
        quantiles.sort_unstable_by(f64::total_cmp);
        Issued { inputs, quantiles }
    }

    /// Takes a step for an outcome: the standardised return that came of what was issued.
    pub fn learn(&mut self, horizon: Horizon, issued: &Issued, standardised: f64) {
        let bars = horizon.bars() as f64;
        let shrink = if bars < BLIND { bars.sqrt().recip() } else { bars.recip() };
        let rates = [RATES[0] * shrink, RATES[1] * shrink, RATES[2] / bars];
        for (place, weights) in self.0.iter_mut().enumerate() {
            let below = f64::from(u8::from(standardised < issued.quantiles[place]));
            let slope = (TAUS[place] - below) * REACH[place];
            for ((weight, rate), input) in weights.iter_mut().zip(rates).zip(issued.inputs) {
                *weight += rate * slope * input;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NORMAL: [f64; 7] = [-1.96, -1.2816, -0.6745, 0.0, 0.6745, 1.2816, 1.96];

    /// Numbers between 0 and 1 that look drawn.
    fn drawn(place: u64, salt: u64) -> f64 {
        let mixed = (place ^ salt.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((mixed ^ (mixed >> 31)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Shares of outcomes below each quantile over the last half of so many, where outcomes are as `outcome` says of the inputs.
    fn shares(count: u64, horizon: Horizon, outcome: impl Fn(u64, [f64; INPUTS]) -> f64) -> [f64; 7] {
        let mut tracker = Tracker::default();
        let (mut below, mut asked) = ([0.0; 7], 0.0);
        for place in 0..count {
            let inputs = inputs((drawn(place, 1) - 0.5) * 0.8, (drawn(place, 2) - 0.5) * 4.0);
            let issued = tracker.issue(NORMAL, inputs);
            let came = outcome(place, inputs);
            if place >= count / 2 {
                asked += 1.0;
                for (sum, quantile) in below.iter_mut().zip(issued.quantiles) {
                    *sum += f64::from(u8::from(came < quantile));
                }
            }
            tracker.learn(horizon, &issued, came);
        }
        below.map(|sum| sum / asked)
    }

    fn normal(place: u64) -> f64 {
        (-2.0 * drawn(place, 3).max(1e-12).ln()).sqrt() * (std::f64::consts::TAU * drawn(place, 4)).cos()
    }

    #[test]
    fn quantiles_that_are_too_narrow_widen_until_they_cover() {
        for (share, tau) in shares(40_000, Horizon::M15, |place, _| 1.5 * normal(place)).into_iter().zip(TAUS) {
            assert!((share - tau).abs() < 0.01, "{share} below {tau}");
        }
    }

    #[test]
    fn outcomes_that_lean_with_the_odds_are_covered_on_either_side() {
        let leaning = |place: u64, inputs: [f64; INPUTS]| normal(place) + 0.3 * inputs[1];
        let mut tracker = Tracker::default();
        for place in 0..60_000 {
            let inputs = inputs((drawn(place, 1) - 0.5) * 0.8, 0.0);
            let issued = tracker.issue(NORMAL, inputs);
            tracker.learn(Horizon::M15, &issued, leaning(place, inputs));
        }
        let middle = |odds: f64| tracker.issue(NORMAL, inputs(odds, 0.0)).quantiles[3];
        assert!(middle(0.25) > 0.2 && middle(-0.25) < -0.2, "{} {}", middle(0.25), middle(-0.25));
    }

    #[test]
    fn nothing_learnt_leaves_the_trailing_quantiles() {
        assert_eq!(Tracker::default().issue(NORMAL, inputs(1.0, -2.0)).quantiles, NORMAL);
        assert_eq!(inputs(f64::NAN, f64::INFINITY), [1.0, 0.0, 0.0]);
        assert_eq!(inputs(90.0, -90.0), [1.0, 3.0, -3.0]);
    }

    proptest! {
        #[test]
        fn quantiles_never_fall_and_survive_their_json(
            outcomes in proptest::collection::vec((-4.0_f64..4.0, -2.0_f64..2.0, -5.0_f64..5.0), 0..200),
        ) {
            let mut tracker = Tracker::default();
            for (outcome, odds, calm) in outcomes {
                let issued = tracker.issue(NORMAL, inputs(odds, calm));
                prop_assert!(issued.quantiles.windows(2).all(|pair| pair[0] <= pair[1]));
                tracker.learn(Horizon::H1, &issued, outcome);
            }
            let text = serde_json::to_string(&tracker).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<Tracker>(&text).expect("reads"), tracker);
        }
    }
}
