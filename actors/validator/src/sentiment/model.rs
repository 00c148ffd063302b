//! The linear model: a weight for each bucket and class, and what it takes to make probabilities of their sums.
//!
//! # The file
//! Little-endian: the magic `WICKMOOD`, the version (u32), the buckets (u32); then as f32 the bias and the scale of
//! each class, the slope and the three offsets of the calibration, the tilt of each class, three numbers of each class
//! for the lexicon, and its voice; then the filter of
//! familiar words; then the weights as i8, the three classes of a bucket side by side. A weight is `q·|q|·scale`: the
//! square keeps the many small weights apart, which an even step would round to nothing.

use super::features::{BUCKETS, Features, hash};
use super::stance::{CLASSES, Stance};
use super::token::Token;

/// The name and version of the model that ships with Wick.
pub const SHIPPED: &str = "wick-linear-1";

static FILE: &[u8] = include_bytes!("../../models/sentiment-1.bin");

const MAGIC: &[u8; 8] = b"WICKMOOD";
const VERSION: u32 = 1;
/// Bits of the filter of familiar words; a power of two. Some 15,000 words take 6 % of them, so a strange word is
/// taken for a familiar one that often.
const FILTER_BITS: usize = 1 << 18;
/// Numbers before the filter.
const NUMBERS: usize = 7 * CLASSES + 2;
const HEAD: usize = 16 + 4 * NUMBERS;

/// A model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Added to the sum of each class.
    pub bias: [f32; CLASSES],
    /// What a quantised weight of one is worth, of each class.
    pub scale: [f32; CLASSES],
    /// The calibration: probabilities are the softmax of `slope · sum + offset`.
    pub slope: f32,
    /// See `slope`.
    pub offset: [f32; CLASSES],
    /// Probabilities times this decide the stance. The classes are not equally frequent, and the likeliest class
    /// alone would call too much neutral.
    pub tilt: [f32; CLASSES],
    /// The calibration of the lexicon: of each class the factors of its score and of the score's size, and the offset.
    pub lexicon: [[f32; 3]; CLASSES],
    /// The share that the lexicon has in the logarithm of the probabilities, from 0 to 1. What is written in a lexicon
    /// holds for texts that are unlike the training texts, too.
    pub voice: f32,
    /// The words that the training texts had.
    filter: Vec<u8>,
    /// `CLASSES` for each bucket.
    weights: Vec<i8>,
}

impl Model {
    /// The model that ships with Wick, if its file is sound; a test sees to that.
    #[must_use]
    pub fn shipped() -> Option<Self> {
        Self::from_bytes(FILE)
    }

    /// The bytes of the file that ships with Wick.
    #[must_use]
    pub fn shipped_file() -> &'static [u8] {
        FILE
    }

    /// A model of these weights, `CLASSES` for each bucket, which has seen these words. It is not calibrated.
    #[must_use]
    pub fn quantised(weights: &[f64], bias: [f64; CLASSES], words: &[&str]) -> Self {
        let mut scale = [0.0_f32; CLASSES];
        for row in weights.chunks_exact(CLASSES) {
            for (scale, weight) in scale.iter_mut().zip(row) {
                *scale = scale.max((weight.abs() / f64::from(127 * 127)) as f32);
            }
        }
        let quantise = |(at, weight): (usize, &f64)| {
            let unit = f64::from(scale[at % CLASSES]);
            let root = if unit > 0.0 { (weight.abs() / unit).sqrt().round().min(127.0) } else { 0.0 };
            root.copysign(*weight) as i8
        };
        let mut model = Self {
            bias: bias.map(|bias| bias as f32),
            scale,
            slope: 1.0,
            offset: [0.0; CLASSES],
            tilt: [1.0; CLASSES],
            lexicon: [[0.0; 3]; CLASSES],
            voice: 0.0,
            filter: vec![0; FILTER_BITS / 8],
            weights: weights.iter().enumerate().map(quantise).collect(),
        };
        for word in words {
            let bit = filter_bit(word);
            model.filter[bit / 8] |= 1 << (bit % 8);
        }
        model
    }

    /// The model in such a file, if it is one of this version and size.
    #[must_use]
    pub fn from_bytes(file: &[u8]) -> Option<Self> {
        let sound = file.len() == HEAD + FILTER_BITS / 8 + CLASSES * BUCKETS
            && &file[..8] == MAGIC
            && file[8..12] == VERSION.to_le_bytes()
            && file[12..16] == (BUCKETS as u32).to_le_bytes();
        if !sound {
            return None;
        }
        let number = |at: usize| {
            let at = 16 + 4 * at;
            f32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]])
        };
        let three = |at: usize| [number(at), number(at + 1), number(at + 2)];
        let (filter, weights) = file[HEAD..].split_at(FILTER_BITS / 8);
        Some(Self {
            bias: three(0),
            scale: three(3),
            slope: number(6),
            offset: three(7),
            tilt: three(10),
            lexicon: [three(13), three(16), three(19)],
            voice: number(22),
            filter: filter.to_vec(),
            weights: weights.iter().map(|&weight| weight.cast_signed()).collect(),
        })
    }

    /// The file of the model.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut file = Vec::with_capacity(HEAD + self.filter.len() + self.weights.len());
        file.extend_from_slice(MAGIC);
        file.extend_from_slice(&VERSION.to_le_bytes());
        file.extend_from_slice(&(BUCKETS as u32).to_le_bytes());
        let numbers = self.bias.iter().chain(&self.scale).chain([&self.slope]).chain(&self.offset).chain(&self.tilt);
        let numbers = numbers.chain(self.lexicon.iter().flatten()).chain([&self.voice]);
        numbers.for_each(|number| file.extend_from_slice(&number.to_le_bytes()));
        file.extend_from_slice(&self.filter);
        file.extend(self.weights.iter().map(|weight| weight.cast_unsigned()));
        file
    }

    /// The share of a text's words that the training texts had, if it has words.
    #[must_use]
    pub fn familiar(&self, text: &[Token]) -> Option<f64> {
        let words = text.iter().filter(|token| is_word(token));
        let (known, all) = words.fold((0_u32, 0_u32), |(known, all), token| {
            let bit = filter_bit(&token.text);
            (known + u32::from(self.filter[bit / 8] >> (bit % 8) & 1), all + 1)
        });
        (all > 0).then(|| f64::from(known) / f64::from(all))
    }

    /// The sums of the weights of each class.
    #[must_use]
    pub fn sums(&self, features: &Features) -> [f64; CLASSES] {
        let mut sums = self.bias.map(f64::from);
        for (unit, block) in features.blocks() {
            for gram in block {
                let row = &self.weights[CLASSES * gram.bucket as usize..][..CLASSES];
                let unit = if gram.negative { -unit } else { unit };
                for ((sum, &quantised), &scale) in sums.iter_mut().zip(row).zip(&self.scale) {
                    let quantised = f64::from(quantised);
                    *sum += unit * quantised * quantised.abs() * f64::from(scale);
                }
            }
        }
        sums
    }

    /// The calibrated probability of each class, of a text with these sums and this score of the lexicon.
    #[must_use]
    pub fn probabilities(&self, sums: [f64; CLASSES], score: f64) -> [f64; CLASSES] {
        let voice = f64::from(self.voice);
        softmax(std::array::from_fn(|class| {
            let model = f64::from(self.slope) * sums[class] + f64::from(self.offset[class]);
            let [by_score, by_size, offset] = self.lexicon[class].map(f64::from);
            let lexicon = by_score * score + by_size * score.abs() + offset;
            (1.0 - voice) * model + voice * lexicon
        }))
    }

    /// The class that these probabilities speak for.
    #[must_use]
    pub fn stance(&self, probabilities: [f64; CLASSES]) -> Stance {
        let mut tilted = probabilities;
        tilted.iter_mut().zip(self.tilt).for_each(|(probability, tilt)| *probability *= f64::from(tilt));
        Stance::largest(tilted)
    }
}

/// Whether a token is a word, and no name, number or sign.
#[must_use]
pub fn is_word(token: &Token) -> bool {
    token.text.starts_with(char::is_alphabetic)
}

/// Probabilities in proportion to the exponentials. `libm` gives the same bits on every machine, `f64::exp` need not.
#[must_use]
pub fn softmax(logits: [f64; CLASSES]) -> [f64; CLASSES] {
    let most = logits.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let powers = logits.map(|logit| libm::exp(logit - most));
    let sum: f64 = powers.iter().sum();
    powers.map(|power| power / sum)
}

fn filter_bit(word: &str) -> usize {
    (hash(128, word.bytes()) % FILTER_BITS as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::super::grammar::mood;
    use super::super::token::tokens;
    use super::*;

    fn features(text: &str) -> Features {
        let text = tokens(text);
        Features::of(&text, &mood(&text))
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut weights = vec![0.0; CLASSES * BUCKETS];
        weights[7] = -0.5;
        weights[9] = 0.25;
        let model = Model::quantised(&weights, [0.1, 0.2, 0.3], &["bitcoin"]);
        let file = model.to_bytes();
        assert_eq!(Model::from_bytes(&file), Some(model.clone()));
        assert_eq!(model.familiar(&tokens("bitcoin zzyzx 5")), Some(0.5));
        assert_eq!(model.familiar(&tokens("5 %")), None);
        for (broken, why) in [(&file[1..], "too short"), (&[file.as_slice(), &[0]].concat(), "too long")] {
            assert_eq!(Model::from_bytes(broken), None, "{why}");
        }
    }

    #[test]
    fn quantised_weights_are_near_the_true_ones() {
        let text = features("bitcoin soars after approval");
        let mut weights = vec![0.0; CLASSES * BUCKETS];
        let mut sum = 0.0;
        for (unit, block) in text.blocks() {
            for (index, gram) in block.iter().enumerate() {
                let weight = 0.01 * (index % 17) as f64;
                weights[CLASSES * gram.bucket as usize + 2] = weight;
                sum += if gram.negative { -weight } else { weight } * unit;
            }
        }
        let found = Model::quantised(&weights, [0.0; CLASSES], &[]).sums(&text)[2];
        assert!((found - sum).abs() < 0.02, "{found} for {sum}");
    }

    #[test]
    fn the_shipped_file_is_sound() {
        let model = Model::shipped().expect("a sound file");
        let probabilities = model.probabilities(model.sums(&features("shares plunge after profit warning")), -0.9);
        assert_eq!(model.stance(probabilities), Stance::Negative);
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
