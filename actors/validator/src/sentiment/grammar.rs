//! How the terms of a text work on each other: what moves what, what is denied, what is only conceded.

use super::lexicon::{Hit, Kind, Lexicon};
use super::token::{NUMBER, PERCENT, PERCENT_DOWN, PERCENT_UP, Token, scale};

/// A movement belongs to the nearest thing within so many tokens before it …
const REACH_BACK: usize = 8;
/// … or behind it.
const REACH_ON: usize = 4;
/// A negation turns what begins within so many tokens behind it.
const NEGATION: usize = 3;
/// What is denied weighs less than its opposite: "not good" is not "bad".
const DENIED: f64 = -0.6;
/// What stands before a "but", and what stands after it.
const BEFORE_BUT: f64 = 0.5;
const AFTER_BUT: f64 = 1.4;
/// What stands behind a "despite".
const CONCEDED: f64 = 0.4;
/// A headline that asks does not say.
const ASKED: f64 = 0.5;
/// A signed percentage, and a number set against an older one, move by so much.
const FIGURE: f64 = 1.2;
/// The sum at which a text counts as half as good as can be lies near the square root of this.
const DAMPING: f64 = 8.0;

/// What the lexicon makes of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Mood {
    /// From -1 to 1.
    pub score: f64,
    /// The terms that say something, in the text's order.
    pub terms: Vec<Term>,
}

/// A term at work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// Its first token.
    pub at: usize,
    /// What it is.
    pub kind: Kind,
    /// What it says after all that works on it.
    pub worth: f64,
}

/// What the lexicon makes of these tokens.
#[must_use]
pub fn mood(text: &[Token]) -> Mood {
    let mut hits = Lexicon::shipped().hits(text);
    hits.extend(figures(text));
    hits.sort_by_key(|hit| hit.at);
    let clauses = clauses(text);
    let mut attached = vec![false; hits.len()];
    let mut worths: Vec<(usize, f64)> = Vec::new();
    for (index, hit) in hits.iter().enumerate() {
        let direction = match hit.kind {
            Kind::Up => hit.weight,
            Kind::Down => -hit.weight,
            _ => continue,
        };
        let thing = thing_of(index, &hits, &clauses);
        let burdened = thing.is_some_and(|thing| hits[thing].kind == Kind::Burden);
        if let Some(thing) = thing {
            attached[thing] = true;
        }
        worths.push((index, if burdened { -direction } else { direction }));
    }
    for (index, hit) in hits.iter().enumerate() {
        let alone = matches!(hit.kind, Kind::Asset | Kind::Burden) && !attached[index] && hit.weight != 0.0;
        if hit.kind == Kind::Tone || alone {
            worths.push((index, hit.weight));
        }
    }
    worths.sort_by_key(|&(index, _)| index);
    let asked = if text.iter().any(|token| token.text == "?") { ASKED } else { 1.0 };
    let terms: Vec<Term> = worths
        .into_iter()
        .map(|(index, worth)| {
            let Hit { at, kind, .. } = hits[index];
            Term { at, kind, worth: worth * beside(index, &hits, &clauses) * conceded(at, text) * asked }
        })
        .collect();
    let sum: f64 = terms.iter().map(|term| term.worth).sum();
    Mood { score: sum / (sum * sum + DAMPING).sqrt(), terms }
}

/// The number of its clause, for each token.
fn clauses(text: &[Token]) -> Vec<usize> {
    let mut clause = 0;
    text.iter()
        .map(|token| {
            let ends = matches!(token.text.as_str(), "." | ";" | "!" | "?" | ":" | "|" | "\u{2026}" | "but" | "while");
            clause += usize::from(ends);
            clause
        })
        .collect()
}

/// The thing that a movement moves: the nearest in its clause, within reach; of two as near, the one before.
fn thing_of(movement: usize, hits: &[Hit], clauses: &[usize]) -> Option<usize> {
    let moved = &hits[movement];
    let is_thing = |hit: &Hit| matches!(hit.kind, Kind::Asset | Kind::Burden) && clauses[hit.at] == clauses[moved.at];
    let before = (0..movement)
        .rev()
        .map(|index| (index, moved.at - hits[index].end.min(moved.at)))
        .take_while(|&(_, gap)| gap < REACH_BACK)
        .find(|&(index, _)| is_thing(&hits[index]));
    let behind = (movement + 1..hits.len())
        .map(|index| (index, hits[index].at.saturating_sub(moved.end)))
        .take_while(|&(_, gap)| gap < REACH_ON)
        .find(|&(index, _)| is_thing(&hits[index]));
    match (before, behind) {
        (Some((before, gap)), Some((behind, next))) => Some(if next < gap { behind } else { before }),
        (before, behind) => before.or(behind).map(|(index, _)| index),
    }
}

/// What negations and boosters beside a term multiply it by.
fn beside(index: usize, hits: &[Hit], clauses: &[usize]) -> f64 {
    let term = &hits[index];
    let same_clause = |other: &&Hit| clauses[other.at] == clauses[term.at];
    let before = hits[..index].iter().rev().filter(same_clause).take_while(|other| other.end + NEGATION > term.at);
    let mut factor = 1.0;
    for other in before {
        match other.kind {
            Kind::Not => factor *= DENIED,
            Kind::More if other.end + 1 >= term.at => factor *= other.weight,
            _ => {}
        }
    }
    let next = hits.get(index + 1).filter(same_clause);
    match next {
        Some(next) if next.kind == Kind::More && next.at == term.end => factor * next.weight,
        _ => factor,
    }
}

/// What a "but" or a "despite" multiplies the term at this token by.
fn conceded(at: usize, text: &[Token]) -> f64 {
    let is_but = |token: &Token| matches!(token.text.as_str(), "but" | "however" | "yet");
    let but = match text.iter().rposition(is_but) {
        Some(but) if at < but => BEFORE_BUT,
        Some(_) => AFTER_BUT,
        None => 1.0,
    };
    let opens = |token: &Token| matches!(token.text.as_str(), "despite" | "although" | "though" | "notwithstanding");
    let closes = |token: &Token| matches!(token.text.as_str(), "," | "." | ";" | ":" | "!" | "?");
    let last = text[..at].iter().rev().find(|token| opens(token) || closes(token));
    if last.is_some_and(opens) { but * CONCEDED } else { but }
}

/// Movements told by figures: a signed percentage, and a number beside the one that it is compared with.
fn figures(text: &[Token]) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (at, token) in text.iter().enumerate() {
        let kind = match token.text.as_str() {
            PERCENT_UP => Some(Kind::Up),
            PERCENT_DOWN => Some(Kind::Down),
            "from" | "vs" | "versus" | "against" | "compared" => compared(at, text),
            _ => None,
        };
        hits.extend(kind.map(|kind| Hit { at, end: at + 1, kind, weight: FIGURE }));
    }
    hits
}

/// Whether the number before this word is the larger or the smaller one. "From 3 to 5" is told the other way round.
fn compared(at: usize, text: &[Token]) -> Option<Kind> {
    let new = (at.saturating_sub(4)..at).rev().find_map(|index| value(index, text));
    let mut behind = (at + 1..text.len().min(at + 6)).filter_map(|index| Some((index, value(index, text)?)));
    let (old_at, old) = behind.next()?;
    let to = (old_at + 1..text.len().min(old_at + 4)).find(|&index| text[index].text == "to");
    let risen_to = to.and_then(|to| (to + 1..text.len().min(to + 4)).find_map(|index| value(index, text)));
    let (old, new) = match (new, risen_to) {
        (_, Some(new)) if text[at].text == "from" => (old, new),
        (Some(new), _) => (old, new),
        _ => return None,
    };
    match new.partial_cmp(&old)? {
        std::cmp::Ordering::Greater => Some(Kind::Up),
        std::cmp::Ordering::Less => Some(Kind::Down),
        std::cmp::Ordering::Equal => None,
    }
}

/// The value of the number at this token; a year is none.
fn value(at: usize, text: &[Token]) -> Option<f64> {
    let token = &text[at];
    let value = token.value.filter(|_| token.text == NUMBER || token.text == PERCENT)?;
    let scaled = text.get(at + 1).and_then(|unit| scale(&unit.text));
    let is_year = scaled.is_none() && value.fract() == 0.0 && (1900.0..2100.0).contains(&value);
    (!is_year).then(|| value * scaled.unwrap_or(1.0))
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    fn score(text: &str) -> f64 {
        mood(&tokens(text)).score
    }

    #[test]
    fn a_movement_is_judged_by_what_moves() {
        for good in [
            "operating loss narrowed",
            "company cuts costs",
            "profit rises on lower costs",
            "jobless claims fall",
            "revenue rose to EUR 240m from EUR 190m",
            "EPS of $0.50 vs. $0.40",
            "shares +4%",
            "margin from 5% to 7%",
        ] {
            assert!(score(good) > 0.2, "{good}: {}", score(good));
        }
        for bad in [
            "operating loss widened",
            "costs rise",
            "profit fell on higher costs",
            "inflation jumps",
            "operating profit was 3.1 mn, compared to 4.5 mn",
            "BTC -7%",
            "fears grow",
        ] {
            assert!(score(bad) < -0.2, "{bad}: {}", score(bad));
        }
    }

    #[test]
    fn negation_turns_and_weakens() {
        for (said, denied) in [("the report is good", "the report is not good"), ("a scam", "not a scam")] {
            assert!(score(said) * score(denied) < 0.0, "{said}: {}, {denied}: {}", score(said), score(denied));
            assert!(score(denied).abs() < score(said).abs());
        }
    }

    #[test]
    fn what_is_conceded_or_asked_weighs_less() {
        assert!(score("sales fell but profit rose") > 0.0);
        assert!(score("profit rose but sales fell") < 0.0);
        assert!(score("shares rise despite weak outlook") > 0.0);
        assert!(score("is it a bubble?").abs() < score("it is a bubble").abs());
    }

    #[test]
    fn boosters_and_dampers_scale() {
        assert!(score("shares fell sharply") < score("shares fell"));
        assert!(score("shares fell slightly") > score("shares fell"));
    }

    #[test]
    fn years_are_not_compared() {
        assert_eq!(score("a plan from 2006 to 2009"), 0.0);
    }
}
