//! What the model sees of a text: hashes of its n-grams of words, of letters, and of what the lexicon says.

use super::grammar::Mood;
use super::token::Token;

/// Buckets that the n-grams are hashed into; a power of two.
pub const BUCKETS: usize = 1 << 19;
/// Words in an n-gram of words, at most.
const WORDS: usize = 3;
/// Letters in an n-gram of letters, with the blanks around the word.
const LETTERS: std::ops::RangeInclusive<usize> = 3..=5;
/// Terms in an n-gram of terms, at most.
const TERMS: usize = 3;

/// The n-grams of a text in three blocks, each bucket once in a block, in ascending order.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// Of words.
    pub words: Vec<Gram>,
    /// Of letters.
    pub letters: Vec<Gram>,
    /// Of the lexicon's terms.
    pub terms: Vec<Gram>,
}

/// A hashed n-gram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gram {
    /// Its bucket.
    pub bucket: u32,
    /// Whether it counts as -1 there: two n-grams in one bucket cancel as often as they add.
    pub negative: bool,
}

impl Features {
    /// The features of a text.
    #[must_use]
    pub fn of(text: &[Token], mood: &Mood) -> Self {
        Self { words: words(text), letters: letters(text), terms: terms(mood) }
    }

    /// The blocks, and what each n-gram of a block counts: a block has the same length however many n-grams it has.
    #[must_use]
    pub fn blocks(&self) -> [(f64, &[Gram]); 3] {
        let unit = |grams: &[Gram]| 1.0 / (grams.len().max(1) as f64).sqrt();
        [(unit(&self.words), &self.words), (unit(&self.letters), &self.letters), (unit(&self.terms), &self.terms)]
    }
}

/// FNV-1a of 64 bits, then the finaliser of MurmurHash3, since FNV's low bits are poor.
#[must_use]
pub fn hash(seed: u64, bytes: impl IntoIterator<Item = u8>) -> u64 {
    let mut hash = bytes
        .into_iter()
        .fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

fn gram(hash: u64) -> Gram {
    Gram { bucket: (hash % BUCKETS as u64) as u32, negative: hash >> 63 == 1 }
}

fn distinct(mut grams: Vec<Gram>) -> Vec<Gram> {
    grams.sort_unstable();
    grams.dedup();
    grams
}

fn words(text: &[Token]) -> Vec<Gram> {
    let mut grams = Vec::with_capacity(WORDS * text.len());
    for length in 1..=WORDS {
        for window in text.windows(length) {
            let bytes = window.iter().flat_map(|token| token.text.bytes().chain([b' ']));
            grams.push(gram(hash(length as u64, bytes)));
        }
    }
    distinct(grams)
}

fn letters(text: &[Token]) -> Vec<Gram> {
    let mut grams = Vec::new();
    let mut word: Vec<char> = Vec::new();
    for token in text.iter().filter(|token| token.text.starts_with(char::is_alphabetic)) {
        word.clear();
        word.push(' ');
        word.extend(token.text.chars());
        word.push(' ');
        for length in LETTERS {
            // A short word is its own n-gram, once.
            for window in word.windows(length.min(word.len())) {
                let mut buffer = [0; 4];
                let mut bytes = Vec::with_capacity(16);
                window.iter().for_each(|letter| bytes.extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes()));
                grams.push(gram(hash(16, bytes)));
            }
        }
    }
    distinct(grams)
}

/// N-grams of what the terms say, how the whole text sounds, and what the first and the last term say.
fn terms(mood: &Mood) -> Vec<Gram> {
    let signs: Vec<u8> = mood.terms.iter().map(|term| sign(term.worth)).collect();
    let kinds: Vec<u8> = mood.terms.iter().map(|term| term.kind as u8).collect();
    let mut grams = Vec::new();
    for length in 1..=TERMS {
        for (signs, kinds) in signs.windows(length).zip(kinds.windows(length)) {
            grams.push(gram(hash(32 + length as u64, signs.iter().copied())));
            grams.push(gram(hash(48 + length as u64, signs.iter().chain(kinds).copied())));
        }
    }
    // Each step that the score has reached is a feature, so that neighbours share what they learn.
    for step in 1..=8_u8 {
        let reached = f64::from(step) / 10.0;
        if mood.score >= reached {
            grams.push(gram(hash(64, [step])));
        }
        if mood.score <= -reached {
            grams.push(gram(hash(65, [step])));
        }
    }
    grams.push(gram(hash(66, [signs.len().min(4) as u8])));
    grams.extend(signs.first().map(|&first| gram(hash(67, [first]))));
    grams.extend(signs.last().map(|&last| gram(hash(68, [last]))));
    distinct(grams)
}

/// How much a term says, in five steps.
fn sign(worth: f64) -> u8 {
    match worth {
        strong if strong >= 1.5 => 4,
        good if good > 0.0 => 3,
        bad if bad <= -1.5 => 0,
        bad if bad < 0.0 => 1,
        _ => 2,
    }
}
