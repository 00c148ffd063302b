//! What of a text is read, and in which letters.

/// So many characters of a text are read: a headline and its lead. What is longer is cut, so that no input, however
/// huge, costs more than this.
pub const LONGEST: usize = 600;

/// The text in lower case, with plain quotes and dashes, cut to [`LONGEST`] characters. What cannot be seen (control
/// characters, joiners, marks of direction and of emoji style) becomes a blank or goes.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len().min(4 * LONGEST));
    for character in text.chars().take(LONGEST) {
        match character {
            '\u{2018}' | '\u{2019}' | '\u{02bc}' | '`' => plain.push('\''),
            '\u{201c}' | '\u{201d}' => plain.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => plain.push('-'),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {}
            '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' => {}
            control if control.is_control() || control.is_whitespace() => plain.push(' '),
            letter => plain.extend(letter.to_lowercase()),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_letters_become_plain_ones() {
        assert_eq!(plain("It\u{2019}s \u{201c}UP\u{201d}\u{2026}\n\u{2212}5%"), "it's \"up\"\u{2026} -5%");
        assert_eq!(plain("\u{200f}\u{26a0}\u{fe0f}\u{1f44d}\u{1f3fd}"), "\u{26a0}\u{1f44d}", "no style, no direction");
    }

    #[test]
    fn a_huge_text_is_cut() {
        assert_eq!(plain(&"x".repeat(10_000_000)).len(), LONGEST);
    }
}
