//! Chance by counter: the same in every run.

/// A well-mixed number of a number (the finaliser of MurmurHash3).
pub fn mixed(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    x = (x ^ (x >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    x ^ (x >> 33)
}

/// Draws, one after another.
pub struct Draws(u64);

impl Draws {
    /// Those of a seed.
    pub fn new(seed: u64) -> Self {
        Self(mixed(seed) << 20)
    }

    /// The next, from 0 to 1.
    pub fn uniform(&mut self) -> f64 {
        self.0 += 1;
        (mixed(self.0) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The next, between two bounds.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Whether something of this chance happens.
    pub fn happens(&mut self, chance: f64) -> bool {
        self.uniform() < chance
    }
}
