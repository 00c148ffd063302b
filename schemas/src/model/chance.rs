//! Chances and their log-odds.

/// The logistic function: log-odds to probability.
#[must_use]
pub fn sigmoid(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Probability to log-odds.
#[must_use]
pub fn log_odds(chance: f64) -> f64 {
    (chance / (1.0 - chance)).ln()
}

/// A chance whose log-odds, less those of the base rate, are multiplied by a slope (Cox 1958): below one it claims less, and
/// at zero no more than the base rate.
#[must_use]
pub fn calibrated(chance: f64, base_rate: f64, slope: f64) -> f64 {
    let base = log_odds(base_rate);
    let edge = log_odds(chance) - base;
    // The base rate itself stays what it is, to the bit.
    if edge.abs() > f64::EPSILON { sigmoid(base + slope * edge) } else { chance }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_base_rate_stays_to_the_bit() {
        assert_eq!(calibrated(0.5137, 0.5137, 0.3).to_bits(), 0.5137_f64.to_bits());
    }

    proptest! {
        #[test]
        fn a_slope_multiplies_what_is_said_beyond_the_base_rate(
            chance in 0.01_f64..0.99, base_rate in 0.2_f64..0.8, slope in 0.0_f64..2.0,
        ) {
            let said = log_odds(calibrated(chance, base_rate, slope)) - log_odds(base_rate);
            let edge = log_odds(chance) - log_odds(base_rate);
            prop_assert!((said - slope * edge).abs() < 1e-9);
            prop_assert!((calibrated(chance, base_rate, 1.0) - chance).abs() < 1e-12);
            prop_assert!((calibrated(chance, base_rate, 0.0) - base_rate).abs() < 1e-12);
        }
    }
}
