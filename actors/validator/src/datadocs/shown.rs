//! Texts from outside, made fit to be seen. Escaping is the template's; this is for what is legal HTML and still deceives.

/// So many characters of a text are shown.
const LONGEST: usize = 400;

/// The text, cut, with characters that cannot be seen or that turn the direction written out.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut out = String::new();
    for (place, letter) in text.chars().enumerate() {
        if place == LONGEST {
            out.push('…');
            break;
        }
        let deceives = letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if deceives {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    out
}

/// A number for people: whole, or with up to four digits behind the point.
#[must_use]
pub fn number(value: f64) -> String {
    if value.abs() >= 1e15 || (value != 0.0 && value.abs() < 1e-4) {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

/// A count with its thousands apart: `3,680,991`.
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A share in percent, never rounded up to 100 nor down to 0.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let share = 100.0 * part as f64 / whole as f64;
    match share {
        share if part < whole && share > 99.995 => "> 99.99 %".to_owned(),
        share if part > 0 && share < 0.005 => "< 0.01 %".to_owned(),
        share => format!("{} %", number((share * 100.0).round() / 100.0)),
    }
}
