//! What a key looks like.

use crate::error::{Error, Result};

/// How every key begins: whoever looks for secrets in text finds it by this.
const BEGINNING: &str = "wick_";
/// Characters of the public part.
const ID: usize = 8;
/// Characters of the secret: 43 of 62 kinds hold 256 bits.
const SECRET: usize = 43;
/// How much of a secret makes a text one that must not be repeated.
const TELLING: usize = 12;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new id, and the whole key that it is part of.
pub(super) fn random() -> Result<(String, String)> {
    let letters = letters(ID + SECRET)?;
    let (id, secret) = letters.split_at(ID);
    Ok((id.to_owned(), format!("{BEGINNING}{id}_{secret}")))
}

/// So many letters, each as likely as any other.
fn letters(count: usize) -> Result<String> {
    let mut letters = String::with_capacity(count);
    let mut bytes = [0; 64];
    while letters.len() < count {
        getrandom::fill(&mut bytes).map_err(|error| Error::Config(format!("the system's randomness: {error}")))?;
        // What is beyond the last whole multiple would make the first letters likelier.
        let fair = bytes.iter().filter(|byte| usize::from(**byte) < 256 / LETTERS.len() * LETTERS.len());
        letters.extend(fair.take(count - letters.len()).map(|byte| char::from(LETTERS[usize::from(*byte) % 62])));
    }
    Ok(letters)
}

/// The public part of a text that looks like a whole key, and none for any other text.
#[must_use]
pub fn id_of(text: &str) -> Option<&str> {
    let (id, secret) = text.strip_prefix(BEGINNING)?.split_once('_')?;
    let fit = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (fit(id, ID) && fit(secret, SECRET)).then_some(id)
}

/// Whether something in a text looks like a key, or like enough of one that it must not be repeated.
#[must_use]
pub fn mentions_key(text: &[u8]) -> bool {
    let beginning = BEGINNING.as_bytes();
    text.windows(beginning.len()).enumerate().any(|(place, window)| {
        window == beginning && {
            let rest = &text[place + beginning.len()..];
            let letters = |from: usize| rest[from..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            letters(0) == ID && rest.get(ID) == Some(&b'_') && letters(ID + 1) >= TELLING
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_has_a_public_id_and_256_random_bits() {
        let (id, key) = random().expect("a key");
        assert_eq!((id.len(), key.len()), (8, 57));
        assert_eq!(id_of(&key), Some(id.as_str()));
        assert!(62f64.log2() * SECRET as f64 >= 256.0);
        let (_, other) = random().expect("a key");
        assert_ne!(key, other);
    }

    #[test]
    fn every_letter_comes() {
        let many = letters(20_000).expect("letters");
        for letter in LETTERS {
            let count = many.bytes().filter(|byte| byte == letter).count();
            // 323 are expected, with a standard deviation of 18.
            assert!((215..430).contains(&count), "{count} of {}", char::from(*letter));
        }
    }

    proptest! {
        #[test]
        fn only_a_whole_key_has_an_id(text in "\\PC{0,80}") {
            if let Some(id) = id_of(&text) {
                let beginning = format!("wick_{id}_");
                prop_assert!(text.len() == 57 && text.starts_with(&beginning));
            }
        }

        #[test]
        fn a_key_is_found_wherever_it_stands(before in "\\PC{0,20}", after in "[^a-zA-Z0-9_]\\PC{0,20}") {
            let (_, key) = random().expect("a key");
            let text = format!("{}{}{}", before, key, after);
            prop_assert!(mentions_key(text.as_bytes()));
            prop_assert!(id_of(&text).is_none());
            prop_assert!(mentions_key(&key.as_bytes()[..30]));
            prop_assert!(!mentions_key(&key.as_bytes()[5..]));
        }
    }

    #[test]
    fn words_that_begin_like_a_key_are_none() {
        for text in ["wick_", "wick_http_requests_total", "wick_messages_in_total", "", "wick_12345678_short"] {
            assert!(!mentions_key(text.as_bytes()), "{text}");
        }
    }
}
