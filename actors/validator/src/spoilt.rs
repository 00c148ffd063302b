//! What happens to words on their way: characters that mean that bytes were lost or read as another encoding's, and
//! markup that should be gone.

use std::ops::RangeInclusive;

/// The first bytes of two- and three-byte UTF-8 sequences as Windows-1252 shows them, with what then follows. `Ã©` is
/// an é that was encoded twice; a lone `Ã` is a letter of Portuguese.
const TWICE: [(char, &[RangeInclusive<char>]); 3] = [
    ('Ã', &['\u{80}'..='\u{bf}', '‚'..='‚', 'ƒ'..='ƒ', '„'..='„', '€'..='€', '™'..='™']),
    ('Â', &['\u{80}'..='\u{bf}']),
    ('â', &['€'..='€', '\u{80}'..='\u{9f}', '„'..='„', '‚'..='‚']),
];

/// Tags and entities whose presence means that markup was not removed, in lower case.
const MARKUP: [&str; 19] = [
    "<p>",
    "</p>",
    "<br",
    "<div",
    "</div",
    "<span",
    "<a href",
    "</a>",
    "<img",
    "<script",
    "<iframe",
    "<![cdata[",
    "&nbsp;",
    "&amp;",
    "&quot;",
    "&apos;",
    "&lt;",
    "&gt;",
    "&#",
];

/// How the text was spoilt, with the offending characters; `None` where it was not.
#[must_use]
pub fn encoding(text: &str) -> Option<(String, &'static str)> {
    let mut before = None;
    for letter in text.chars() {
        if letter == '\u{fffd}' {
            return Some((escaped(letter), "a replacement character: bytes were lost in decoding"));
        }
        if let Some(first) = before
            && is_twice(first, letter)
        {
            return Some((format!("{first}{letter}"), "UTF-8 was read as Latin-1: decode it by its own charset"));
        }
        let is_control = letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
        let is_private = matches!(letter, '\u{e000}'..='\u{f8ff}');
        let is_turning = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if is_control {
            return Some((escaped(letter), "a control character: the source's bytes are no plain text"));
        }
        if is_private {
            return Some((escaped(letter), "a character for private use, which nobody else can read"));
        }
        if is_turning {
            return Some((escaped(letter), "a character that turns the direction of what follows, to deceive readers"));
        }
        before = Some(letter);
    }
    None
}

/// The first piece of markup that the text holds.
#[must_use]
pub fn markup(text: &str) -> Option<&'static str> {
    // Without either there is none, and most texts have neither.
    if !text.contains(['<', '&']) {
        return None;
    }
    let low = text.to_ascii_lowercase();
    MARKUP.into_iter().find(|piece| low.contains(piece))
}

fn is_twice(first: char, second: char) -> bool {
    TWICE.iter().any(|(lead, follow)| *lead == first && follow.iter().any(|range| range.contains(&second)))
}

fn escaped(letter: char) -> String {
    letter.escape_unicode().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spoilt_words_are_found() {
        for text in [
            "cafÃ©",
            "itâ€™s",
            "5Â°",
            "a\u{0}b",
            "lost \u{fffd}",
            "\u{1b}[31m",
            "a\u{85}b",
            "\u{202e}gpj.exe",
            "\u{e001}",
        ] {
            assert!(encoding(text).is_some(), "{text:?}");
        }
    }

    #[test]
    fn words_of_many_languages_are_not() {
        for text in [
            "café",
            "it’s — “so”",
            "AÇÃO E REAÇÃO",
            "SÃO PAULO",
            "pâte à choux",
            "Âge d'or",
            "比特币",
            "تعدين",
            "🚀🌕 to the moon",
            "a\tb\r\nc",
            "5 °C",
            "naïve",
            "â la carte",
        ] {
            assert_eq!(encoding(text), None, "{text:?}");
        }
    }

    #[test]
    fn markup_is_found_and_less_than_is_none() {
        for text in ["<P>Hello", "AT&amp;T", "see <a href='x'>", "<![CDATA[x]]>", "a&nbsp;b", "it&#039;s"] {
            assert!(markup(text).is_some(), "{text}");
        }
        for text in ["BTC < 100k & rising", "P&L", "5 <- 6", "R&D; more"] {
            assert_eq!(markup(text), None, "{text}");
        }
    }
}
