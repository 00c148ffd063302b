//! The weights of hashed n-grams, and the probabilities made of their sums.

use wick_validator::sentiment::features::{BUCKETS, Features};
use wick_validator::sentiment::model::softmax;
use wick_validator::sentiment::stance::{CLASSES, Stance};
use wick_validator::sentiment::token::Token;

use crate::Unseen;
use crate::descent::least;

/// A labelled text.
pub struct Row {
    /// What the model sees of it.
    pub features: Features,
    /// Its class.
    pub stance: Stance,
    /// Texts that begin alike share it, and are never parted between folds.
    pub group: u64,
    /// Its words.
    pub words: Vec<String>,
    /// What the lexicon alone makes of it, from -1 to 1.
    pub mood: f64,
    /// Its tokens.
    pub tokens: Vec<Token>,
}

/// A row of only the buckets in use: places and values.
type Sparse = Vec<(u32, f64)>;

/// The fitted weights, `CLASSES` for each bucket, and the biases: for each class the squared hinge loss of this class
/// against the others, which cross-validated better than the logistic loss.
///
/// `strength` is the weight of the data against the penalty `|w|²/2`. A rare class weighs more within its own loss.
pub fn fit(rows: &[&Row], strength: f64) -> (Vec<f64>, [f64; CLASSES]) {
    let (sparse, buckets) = compact(rows);
    let mut counts = [0.0; CLASSES];
    rows.iter().for_each(|row| counts[row.stance as usize] += 1.0);
    let own = counts.map(|count: f64| strength * rows.len() as f64 / (CLASSES as f64 * count.max(1.0)));
    let biases = CLASSES * buckets.len();
    let found = least(vec![0.0; biases + CLASSES], 150, 2e-5, |at, gradient| {
        gradient.copy_from_slice(at);
        let mut value: f64 = at.iter().map(|weight| 0.5 * weight * weight).sum();
        for (row, label) in sparse.iter().zip(rows) {
            let mut sums = [0.0; CLASSES];
            sums.copy_from_slice(&at[biases..]);
            for &(place, worth) in row {
                for (class, sum) in sums.iter_mut().enumerate() {
                    *sum += worth * at[CLASSES * place as usize + class];
                }
            }
            let mut slopes = [0.0; CLASSES];
            for class in 0..CLASSES {
                let is_own = label.stance as usize == class;
                let (side, weight) = if is_own { (1.0, own[class]) } else { (-1.0, strength) };
                let short = (1.0 - side * sums[class]).max(0.0);
                value += weight * short * short;
                slopes[class] = -2.0 * weight * side * short;
            }
            if slopes == [0.0; CLASSES] {
                continue;
            }
            for &(place, worth) in row {
                for (class, slope) in slopes.iter().enumerate() {
                    gradient[CLASSES * place as usize + class] += worth * slope;
                }
            }
            gradient[biases..].iter_mut().zip(slopes).for_each(|(gradient, slope)| *gradient += slope);
        }
        value
    });
    let mut all = vec![0.0; CLASSES * BUCKETS];
    for (place, &bucket) in buckets.iter().enumerate() {
        all[CLASSES * bucket as usize..][..CLASSES].copy_from_slice(&found[CLASSES * place..][..CLASSES]);
    }
    let mut bias = [0.0; CLASSES];
    bias.copy_from_slice(&found[biases..]);
    (all, bias)
}

/// The rows by places among the buckets in use, and those buckets.
fn compact(rows: &[&Row]) -> (Vec<Sparse>, Vec<u32>) {
    let grams = rows.iter().flat_map(|row| row.features.blocks()).flat_map(|(_, block)| block);
    let mut buckets: Vec<u32> = grams.map(|gram| gram.bucket).collect();
    buckets.sort_unstable();
    buckets.dedup();
    let mut places = vec![0_u32; BUCKETS];
    buckets.iter().enumerate().for_each(|(place, &bucket)| places[bucket as usize] = place as u32);
    let sparse = rows.iter().map(|row| {
        let blocks = row.features.blocks().into_iter();
        let values = blocks.flat_map(|(unit, block)| {
            block.iter().map(move |gram| (gram.bucket, if gram.negative { -unit } else { unit }))
        });
        values.map(|(bucket, value)| (places[bucket as usize], value)).collect()
    });
    (sparse.collect(), buckets)
}

/// The slope and offsets that make probabilities of sums, learnt from sums of texts that the weights had not seen.
pub fn calibrate(unseen: &[Unseen]) -> (f64, [f64; CLASSES]) {
    let found = least(vec![1.0, 0.0, 0.0, 0.0], 200, 1e-9, |at, gradient| {
        gradient.fill(0.0);
        let mut value = 0.0;
        for &Unseen { sums, truth, .. } in unseen {
            let mut logits = sums;
            logits.iter_mut().zip(&at[1..]).for_each(|(logit, offset)| *logit = at[0] * *logit + offset);
            let mut slopes = softmax(logits);
            value -= slopes[truth as usize].max(1e-300).ln();
            slopes[truth as usize] -= 1.0;
            for (class, slope) in slopes.iter().enumerate() {
                gradient[0] += slope * sums[class];
                gradient[1 + class] += slope;
            }
        }
        value
    });
    (found[0], [found[1], found[2], found[3]])
}

/// The numbers that make probabilities of the lexicon's score: see [`wick_validator::sentiment::model::Model`].
pub fn calibrate_lexicon(unseen: &[Unseen]) -> [[f64; 3]; CLASSES] {
    let found = least(vec![0.0; 3 * CLASSES], 300, 1e-9, |at, gradient| {
        gradient.fill(0.0);
        let mut value = 0.0;
        for &Unseen { mood, truth, .. } in unseen {
            let inputs = [mood, mood.abs(), 1.0];
            let mut slopes = softmax(std::array::from_fn(|class| {
                inputs.iter().zip(&at[3 * class..]).map(|(input, factor)| input * factor).sum()
            }));
            value -= slopes[truth as usize].max(1e-300).ln();
            slopes[truth as usize] -= 1.0;
            for (class, slope) in slopes.iter().enumerate() {
                gradient[3 * class..].iter_mut().zip(inputs).for_each(|(gradient, input)| *gradient += slope * input);
            }
        }
        value
    });
    std::array::from_fn(|class| std::array::from_fn(|input| found[3 * class + input]))
}
