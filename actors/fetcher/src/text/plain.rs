//! Plain words: what is left of a text when markup, entities and needless blanks are gone.

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;

/// Keeps no element; what is in scripts and styles goes with them.
static STRIP: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder.clean_content_tags(HashSet::from(["script", "style", "template", "noscript"]));
    builder
});

/// The words of a text that may be HTML, in at most so many characters, blanks squeezed into one.
#[must_use]
pub fn plain(text: &str, longest: usize) -> String {
    // Markup is many times as long as what it marks, but not without bound.
    let text = cut(text, longest.saturating_mul(16));
    let text = if text.contains(['<', '&']) { strip(text) } else { text.to_owned() };
    let mut plain = String::with_capacity(text.len().min(longest));
    for word in text.split(|c: char| c.is_whitespace() || invisible(c)).filter(|word| !word.is_empty()) {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(word);
    }
    cut(&plain, longest).trim_end().to_owned()
}

fn strip(text: &str) -> String {
    // Elements part words: `<p>a</p><p>b</p>` is not `ab`.
    let parted = text.replace('<', " <");
    let clean = STRIP.clean(&parted).to_string();
    let decoded = html_escape::decode_html_entities(&clean);
    // Feeds that escape their markup twice are many.
    if decoded.contains("</") || decoded.contains("/>") || decoded.contains("<p>") || decoded.contains("<br") {
        let again = STRIP.clean(&decoded.replace('<', " <")).to_string();
        return html_escape::decode_html_entities(&again).into_owned();
    }
    decoded.into_owned()
}

/// Marks that show nothing and only part what belongs together.
fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{00ad}')
}

/// The first so many characters.
fn cut(text: &str, longest: usize) -> &str {
    text.char_indices().nth(longest).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_left() {
        assert_eq!(plain("<p>Bitcoin &amp; <b>ether</b></p><p>rise&nbsp;5%</p>", 99), "Bitcoin & ether rise 5%");
        assert_eq!(plain("a<script>alert('x')</script> b<style>p{}</style>", 99), "a b");
        assert_eq!(plain("&lt;p&gt;twice escaped&lt;/p&gt;", 99), "twice escaped");
        assert_eq!(plain("  two\n\t words\u{200b} ", 99), "two words");
        assert_eq!(plain("1 < 2 and 3 > 2", 99), "1 < 2 and 3 > 2");
        assert_eq!(plain("naïve ₿ 🚀", 7), "naïve ₿");
        assert_eq!(plain("", 9), "");
    }

    proptest! {
        #[test]
        fn no_element_is_left_and_it_is_short_enough(text in "(<(p|b|script|a href=x)>|</(p|b|script|a)>|[a-z ]{0,9}|&amp;|&#39;|\\PC){0,30}") {
            let plain = plain(&text, 100);
            prop_assert!(plain.chars().count() <= 100);
            for element in ["<p>", "<b>", "<script", "<a "] {
                prop_assert!(!plain.contains(element), "{plain} of {text}");
            }
            prop_assert!(!plain.contains("  ") && plain.trim() == plain);
        }
    }
}
