//! Chance by counter: the draws of a minute are a hash of the seed and the minute.
//!
//! Not an RNG of the `rand` crate: its `StdRng` may change with any release and its streams have to be drawn
//! from the beginning, while BLAKE3 is a fixed function and any minute's draws can be had on their own.

use std::f64::consts::TAU;

/// One minute's draws.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draws {
    /// Independent standard normals.
    pub normal: [f64; 6],
    /// Independent uniforms in (0, 1).
    pub uniform: [f64; 3],
}

impl Draws {
    /// The draws of a minute, counted from the epoch, of the market with this seed.
    pub fn of(seed: u64, minute: i64) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes()).update(&minute.to_le_bytes());
        let mut bytes = [0; 64];
        hasher.finalize_xof().fill(&mut bytes);
        let (words, _) = bytes.as_chunks::<8>();
        let word = |place: usize| u64::from_le_bytes(words[place]);
        let [a, b] = normals(word(0), word(1));
        let [c, d] = normals(word(2), word(3));
        let [e, f] = normals(word(4), word(5));
        // The two ends of a word are independent; 32 bits are plenty for a bound within a minute.
        let (high, low) = (word(7) & (!0 << 32), word(7) << 32);
        Self { normal: [a, b, c, d, e, f], uniform: [uniform(word(6)), uniform(high), uniform(low)] }
    }
}

/// 53 bits, moved by half a step so that neither end is reached.
fn uniform(word: u64) -> f64 {
    ((word >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

/// Box and Muller, "A note on the generation of random normal deviates", 1958.
fn normals(a: u64, b: u64) -> [f64; 2] {
    let radius = (-2.0 * uniform(a).ln()).sqrt();
    let (sine, cosine) = (TAU * uniform(b)).sin_cos();
    [radius * cosine, radius * sine]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normals_have_mean_zero_variance_one_and_do_not_know_each_other() {
        let draws: Vec<_> = (0..20_000).map(|minute| Draws::of(7, minute)).collect();
        let count = draws.len() as f64;
        let mean = |of: &dyn Fn(&Draws) -> f64| draws.iter().map(of).sum::<f64>() / count;
        for i in 0..6 {
            assert!(mean(&|d| d.normal[i]).abs() < 0.03, "{i}");
            assert!((mean(&|d| d.normal[i].powi(2)) - 1.0).abs() < 0.05, "{i}");
            assert!(mean(&|d| d.normal[i] * d.normal[(i + 1) % 6]).abs() < 0.03, "{i}");
        }
        for i in 0..3 {
            assert!((mean(&|d| d.uniform[i]) - 0.5).abs() < 0.01, "{i}");
            assert!(draws.iter().all(|d| d.uniform[i] > 0.0 && d.uniform[i] < 1.0));
        }
    }

    #[test]
    fn the_draws_of_a_minute_never_change() {
        let draws = Draws::of(42, 28_401_120);
        assert_eq!(draws.uniform[0].to_bits(), Draws::of(42, 28_401_120).uniform[0].to_bits());
        assert_ne!(draws.uniform, Draws::of(43, 28_401_120).uniform);
        assert_ne!(draws.uniform, Draws::of(42, 28_401_121).uniform);
    }
}
