//! How often judgements are right.

use wick_validator::sentiment::Stance;
use wick_validator::sentiment::stance::CLASSES;

/// Judgements counted by what was true and what was judged.
#[derive(Default)]
pub struct Tally([[u32; CLASSES]; CLASSES]);

impl Tally {
    /// The tally of these pairs of truth and judgement.
    pub fn of(pairs: impl IntoIterator<Item = (Stance, Stance)>) -> Self {
        let mut tally = Self::default();
        pairs.into_iter().for_each(|(truth, judged)| tally.0[truth as usize][judged as usize] += 1);
        tally
    }

    /// The share of right ones.
    pub fn accuracy(&self) -> f64 {
        let all: u32 = self.0.iter().flatten().sum();
        let right: u32 = (0..CLASSES).map(|class| self.0[class][class]).sum();
        f64::from(right) / f64::from(all.max(1))
    }

    /// The mean of the classes' F1.
    pub fn macro_f1(&self) -> f64 {
        self.f1().iter().sum::<f64>() / CLASSES as f64
    }

    /// The F1 of each class: the harmonic mean of precision and recall, 0 where nothing is right.
    pub fn f1(&self) -> [f64; CLASSES] {
        std::array::from_fn(|class| {
            let right = f64::from(self.0[class][class]);
            let true_ones: u32 = self.0[class].iter().sum();
            let judged: u32 = self.0.iter().map(|row| row[class]).sum();
            2.0 * right / f64::from((true_ones + judged).max(1))
        })
    }
}
