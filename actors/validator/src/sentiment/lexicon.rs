//! The words of finance and crypto, what each says, and where they stand in a text.
//!
//! The list itself is `lexicon.tsv`, whose head tells its columns.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::token::{Token, tokens};

/// What a form of the lexicon does in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is good or bad by itself.
    Tone,
    /// Something rises.
    Up,
    /// Something falls.
    Down,
    /// A thing whose rise is good.
    Asset,
    /// A thing whose rise is bad.
    Burden,
    /// It turns what follows.
    Not,
    /// It strengthens or weakens what stands beside it.
    More,
    /// It only looks like a term.
    Mute,
}

/// A form found in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Its first token.
    pub at: usize,
    /// The token after its last.
    pub end: usize,
    /// What it does.
    pub kind: Kind,
    /// How much: a tone, a strength, or a factor, by its kind.
    pub weight: f64,
}

/// The forms by their first word; of each, the longest first.
pub struct Lexicon {
    forms: HashMap<String, Vec<Form>>,
}

struct Form {
    /// The words after the first.
    rest: Vec<String>,
    kind: Kind,
    weight: f64,
}

static SHIPPED: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::parsed(include_str!("lexicon.tsv")));

impl Lexicon {
    /// The lexicon that ships with Wick.
    #[must_use]
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// A lexicon of this list. A line that is none of a kind, a weight and forms is left out: the list is compiled
    /// in, and a test refuses one.
    fn parsed(list: &str) -> Self {
        let mut forms: HashMap<String, Vec<Form>> = HashMap::new();
        for (kind, weight, form) in list.lines().filter_map(line).flatten() {
            let mut words = tokens(form).into_iter().map(|token| token.text);
            if let Some(first) = words.next() {
                forms.entry(first).or_default().push(Form { rest: words.collect(), kind, weight });
            }
        }
        for same_first in forms.values_mut() {
            // Stable: of two equal forms the one higher in the list wins.
            same_first.sort_by_key(|form| std::cmp::Reverse(form.rest.len()));
        }
        Self { forms }
    }

    /// The forms in a text, in its order, the longest where several begin; none overlap.
    #[must_use]
    pub fn hits(&self, text: &[Token]) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let found = self.forms.get(&text[at].text).and_then(|forms| {
                forms.iter().find(|form| {
                    let behind = &text[at + 1..];
                    behind.len() >= form.rest.len()
                        && behind.iter().zip(&form.rest).all(|(token, word)| token.text == *word)
                })
            });
            let end = found.map_or(at + 1, |form| at + 1 + form.rest.len());
            hits.extend(found.map(|form| Hit { at, end, kind: form.kind, weight: form.weight }));
            at = end;
        }
        hits
    }
}

/// The forms of a line of the list.
fn line(line: &str) -> Option<impl Iterator<Item = (Kind, f64, &str)>> {
    let mut columns = line.split('\t');
    let kind = match columns.next()? {
        "tone" => Kind::Tone,
        "up" => Kind::Up,
        "down" => Kind::Down,
        "asset" => Kind::Asset,
        "burden" => Kind::Burden,
        "not" => Kind::Not,
        "more" => Kind::More,
        "mute" => Kind::Mute,
        _ => return None,
    };
    let weight = columns.next()?.parse().ok()?;
    Some(columns.next()?.split('|').map(move |form| (kind, weight, form)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_has_no_line_that_is_left_out_and_no_form_twice() {
        let list = include_str!("lexicon.tsv");
        let mut seen = BTreeSet::new();
        for written in list.lines().filter(|written| !written.is_empty() && !written.starts_with('#')) {
            let forms = line(written).unwrap_or_else(|| panic!("no kind, weight and forms: {written}"));
            for (_, weight, form) in forms {
                assert!((-4.0..=4.0).contains(&weight), "{written}");
                assert!(!form.trim().is_empty(), "an empty form: {written}");
                let words: Vec<_> = tokens(form).into_iter().map(|token| token.text).collect();
                assert!(seen.insert(words), "twice: {form}");
            }
        }
        assert!(seen.len() > 1_000, "{} forms", seen.len());
    }

    #[test]
    fn the_longest_form_wins() {
        let hits = Lexicon::shipped().hits(&tokens("a new all-time high"));
        assert_eq!(hits.len(), 1);
        assert_eq!((hits[0].at, hits[0].end, hits[0].kind), (2, 5, Kind::Tone));
    }
}
