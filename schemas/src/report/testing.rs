//! Examples for the tests of the report.

use super::case::{Case, Served};
use crate::market::Horizon;
use crate::testing::score;

/// A forecast that loses half of what its strongest baselines do, always by the same.
pub fn case(horizon: Horizon, bar: i64) -> Case {
    let quantiles = [-0.02, -0.01, -0.005, 0.0, 0.005, 0.01, 0.02];
    let served =
        Served { expected_return: 0.0, raw_log_variance: -13.8, quantiles, rolling: quantiles.map(|q| 2.0 * q) };
    Case { score: score(horizon, bar, 1.0), served: Some(served) }
}

/// Something between −0.5 and 0.5 that differs from bar to bar.
pub fn noise(bar: i64) -> f64 {
    let mixed = (bar as u64 ^ 0x5DEE_CE66_D5DE_ECE6).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((mixed ^ (mixed >> 32)) >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
}
