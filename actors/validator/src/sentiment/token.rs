//! The words of a text: names that say nothing of the mood become one token each (a ticker, a user, an address), and
//! so do numbers, whose sign and value are kept beside.

use super::text::plain;

/// A word, a sign of punctuation, an icon, or one of the names below.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// The letters, in lower case, or a name below.
    pub text: String,
    /// The value, if it is a number: `$1.5bn` is 1.5e9, `3%` is 3.
    pub value: Option<f64>,
}

/// A ticker or a coin: `$BTC`.
pub const TICKER: &str = "<ticker>";
/// A user: `@someone`.
pub const USER: &str = "<user>";
/// A web address.
pub const ADDRESS: &str = "<address>";
/// A number.
pub const NUMBER: &str = "<number>";
/// A percentage without a sign.
pub const PERCENT: &str = "<percent>";
/// A percentage with a plus.
pub const PERCENT_UP: &str = "<percent+>";
/// A percentage with a minus.
pub const PERCENT_DOWN: &str = "<percent->";

/// Faces written with punctuation, which would fall apart otherwise.
const FACES: [&str; 14] = [":)", ":-)", ":(", ":-(", ";)", ";-)", ":d", ":-d", "xd", ":/", ":-/", ":'(", "<3", "=)"];

/// Currencies written against their number: `EUR240m`.
const CURRENCIES: [&str; 8] = ["eur", "usd", "gbp", "us", "chf", "sek", "rs", "btc"];

/// The tokens of a text, in its order.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let plain = plain(text);
    let mut tokens = Vec::with_capacity(plain.len() / 4);
    for chunk in plain.split_whitespace() {
        if chunk.starts_with("http://") || chunk.starts_with("https://") || chunk.starts_with("www.") {
            tokens.push(named(ADDRESS));
        } else if FACES.contains(&chunk) {
            tokens.push(named(chunk));
        } else {
            Chunk { rest: chunk, tokens: &mut tokens, glued: false }.read();
        }
    }
    tokens
}

fn named(text: &str) -> Token {
    Token { text: text.to_owned(), value: None }
}

/// What stands between two blanks, while it is read from left to right.
struct Chunk<'a> {
    rest: &'a str,
    tokens: &'a mut Vec<Token>,
    /// Whether a word or number ended right before the rest: a hyphen is no minus then.
    glued: bool,
}

impl Chunk<'_> {
    fn read(mut self) {
        while let Some(first) = self.rest.chars().next() {
            let after = &self.rest[first.len_utf8()..];
            let next = after.chars().next();
            let before_letter = next.is_some_and(char::is_alphabetic);
            let before_digit = next.is_some_and(|next| next.is_ascii_digit());
            match first {
                '$' if before_letter => self.name(after, TICKER),
                '@' if before_letter || before_digit => self.name(after, USER),
                '+' | '-' if !self.glued && starts_number(after) => self.number(after, Some(first)),
                _ if first.is_ascii_digit() => self.number(self.rest, None),
                _ if first.is_alphanumeric() => self.word(),
                // Parts of a compound are words of their own: "better-than-expected" is "better than expected".
                '-' | '\'' | '\u{200d}' => self.skip(after),
                _ => self.sign(first, after),
            }
        }
    }

    fn skip(&mut self, after: &str) {
        self.rest = &self.rest[self.rest.len() - after.len()..];
    }

    /// A name behind a sign.
    fn name(&mut self, after: &str, name: &str) {
        let end = after.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(after.len());
        self.tokens.push(named(name));
        self.glued = true;
        self.skip(&after[end..]);
    }

    /// Letters and digits, and an apostrophe between letters. Digits in a word become 0: "q3" is any quarter.
    fn word(&mut self) {
        let mut text = String::new();
        let mut end = self.rest.len();
        let mut letters = self.rest.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let joins = letter == '\'' && letters.peek().is_some_and(|(_, next)| next.is_alphabetic());
            let price = letter.is_ascii_digit() && CURRENCIES.contains(&text.as_str());
            if price || !letter.is_alphanumeric() && !joins {
                end = at;
                break;
            }
            text.push(if letter.is_ascii_digit() { '0' } else { letter });
        }
        let stem = text.strip_suffix("'s").unwrap_or(&text);
        self.tokens.push(named(stem));
        self.glued = true;
        self.rest = &self.rest[end..];
    }

    /// A number, with what scales it: a letter, a word for a thousand or more is left to the next chunk.
    fn number(&mut self, digits: &str, sign: Option<char>) {
        let digits = digits.trim_start_matches('$');
        let end = digits
            .char_indices()
            .find(|&(at, c)| {
                let inner = matches!(c, '.' | ',') && digits[at + 1..].starts_with(|c: char| c.is_ascii_digit());
                !(c.is_ascii_digit() || inner)
            })
            .map_or(digits.len(), |(at, _)| at);
        let value: f64 = digits[..end].replace(',', "").parse().unwrap_or(0.0);
        let rest = &digits[end..];
        let unit = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        self.glued = true;
        if let Some(behind) = rest.strip_prefix('%') {
            self.percent(value, sign);
            self.skip(behind);
        } else if let Some(scale) = scale(&rest[..unit]) {
            self.tokens.push(Token { text: NUMBER.to_owned(), value: Some(value * scale) });
            self.skip(&rest[unit..]);
        } else {
            self.tokens.push(Token { text: NUMBER.to_owned(), value: Some(value) });
            self.skip(rest);
        }
    }

    fn percent(&mut self, value: f64, sign: Option<char>) {
        let text = match sign {
            Some('+') => PERCENT_UP,
            Some(_) => PERCENT_DOWN,
            None => PERCENT,
        };
        self.tokens.push(Token { text: text.to_owned(), value: Some(value) });
    }

    /// Punctuation or an icon. A percent sign apart from its number joins it; a repeated sign counts once.
    fn sign(&mut self, sign: char, after: &str) {
        let mut text = [0; 4];
        let text = &*sign.encode_utf8(&mut text);
        let last = self.tokens.last_mut();
        match last {
            Some(last) if sign == '%' && last.text == NUMBER => last.text = PERCENT.to_owned(),
            Some(last) if last.text == text => {}
            _ => self.tokens.push(named(text)),
        }
        self.glued = false;
        self.skip(after);
    }
}

fn starts_number(text: &str) -> bool {
    text.trim_start_matches('$').starts_with(|c: char| c.is_ascii_digit())
}

/// What a letter or word behind a number multiplies it by.
pub fn scale(unit: &str) -> Option<f64> {
    match unit {
        "k" | "thousand" => Some(1e3),
        "m" | "mn" | "mln" | "mm" | "million" => Some(1e6),
        "b" | "bn" | "bln" | "billion" => Some(1e9),
        "t" | "tn" | "trn" | "trillion" => Some(1e12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn names_and_numbers_become_tokens() {
        assert_eq!(
            texts("$BTC +5.2% to $68,000: @whale's Q3 -3% https://t.co/x #HODL"),
            [
                "<ticker>",
                "<percent+>",
                "to",
                "$",
                "<number>",
                ":",
                "<user>",
                "s",
                "q0",
                "<percent->",
                "<address>",
                "#",
                "hodl"
            ]
        );
    }

    #[test]
    fn compounds_part_and_apostrophes_stay() {
        assert_eq!(
            texts("Better-than-expected; don't Tesla\u{2019}s 10-12 %"),
            ["better", "than", "expected", ";", "don't", "tesla", "<number>", "<percent>"]
        );
    }

    #[test]
    fn values_are_scaled() {
        let values = |text| tokens(text).into_iter().filter_map(|token| token.value).collect::<Vec<_>>();
        assert_eq!(values("$1.5bn 20,000 3m +4% EUR240m 7q"), [1.5e9, 2e4, 3e6, 4.0, 2.4e8, 7.0]);
    }

    #[test]
    fn faces_and_icons_stay_whole() {
        assert_eq!(texts(":) \u{1f680}\u{1f680}\u{1f680} !!!"), [":)", "\u{1f680}", "!"]);
    }
}
