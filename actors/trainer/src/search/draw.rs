//! Growths to try.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::Target;
use crate::fit::Growth;

/// The first growth and others drawn by the seed, as many as are wanted in all. The first so many of more are the same.
pub fn growths(first: Growth, wanted: usize, target: Target, seed: u64) -> Vec<Growth> {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut drawn = vec![first];
    while drawn.len() < wanted.max(1) {
        drawn.push(growth(&mut chance, target, first.trees));
    }
    drawn
}

/// Log-uniform where a factor matters and not a difference. Trees are drawn around as many as are grown without a search: who
/// wants few of them wants to wait for few.
fn growth(chance: &mut StdRng, target: Target, trees: usize) -> Growth {
    let trees = trees.max(1) as f64;
    let mut between = |low: f64, high: f64| (low.ln() + chance.random::<f64>() * (high / low).ln()).exp();
    // Returns are nearly noise: there trees must be small and slow.
    match target {
        Target::Direction => Growth {
            trees: between(0.5 * trees, 1.5 * trees).round() as usize,
            leaves: between(4.0, 24.0).round() as usize,
            rate: between(0.02, 0.1) as f32,
            leaf: between(300.0, 3_000.0).round() as usize,
            l2: between(30.0, 600.0) as f32,
            columns: between(0.15, 0.6),
            rows: between(0.3, 1.0),
        },
        Target::Volatility => Growth {
            trees: between(0.5 * trees, 1.5 * trees).round() as usize,
            leaves: between(8.0, 32.0).round() as usize,
            rate: between(0.04, 0.16) as f32,
            leaf: between(60.0, 600.0).round() as usize,
            l2: between(5.0, 100.0) as f32,
            columns: between(0.15, 0.5),
            rows: between(0.3, 1.0),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_sound_different_and_the_same_for_a_seed() {
        let first = Growth { trees: 9, leaves: 4, rate: 0.1, leaf: 20, l2: 1.0, columns: 1.0, rows: 1.0 };
        for target in [Target::Direction, Target::Volatility] {
            let drawn = growths(first, 50, target, 7);
            assert!(drawn[0] == first && drawn.len() == 50 && drawn.iter().all(Growth::is_sound));
            assert!(drawn.windows(2).all(|pair| pair[0] != pair[1]));
            assert!(drawn.iter().all(|growth| (4..=14).contains(&growth.trees)));
            assert_eq!(growths(first, 20, target, 7), drawn[..20]);
            assert_ne!(growths(first, 20, target, 8)[1], drawn[1]);
        }
    }
}
