//! How numbers and spans are written for people.

use wick_schemas::Timestamp;
use wick_schemas::time::{DAY, HOUR, MINUTE};

use crate::error::{self, Error};

/// What stands where there is nothing.
pub const NOTHING: &str = "-";

/// A span: `12s`, `3m 20s`, `5h 12m`, `4d 7h`; one that lies ahead begins with `in`.
#[must_use]
pub fn span(millis: i64) -> String {
    if millis < 0 {
        return format!("in {}", span(millis.saturating_neg()));
    }
    match millis {
        _ if millis < MINUTE => format!("{}s", millis / 1000),
        _ if millis < HOUR => format!("{}m {}s", millis / MINUTE, millis % MINUTE / 1000),
        _ if millis < DAY => format!("{}h {}m", millis / HOUR, millis % HOUR / MINUTE),
        _ => format!("{}d {}h", millis / DAY, millis % DAY / HOUR),
    }
}

/// Reads a span such as `90m`, `24h` or `7d`, in milliseconds.
///
/// # Errors
/// A line that says what was expected.
pub fn read_span(text: &str) -> Result<i64, String> {
    let wrong = || format!("'{text}' is no span: write 90m, 24h or 7d");
    let unit = match text.chars().last() {
        Some('m') => MINUTE,
        Some('h') => HOUR,
        Some('d') => DAY,
        _ => return Err(wrong()),
    };
    let count: i64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    count.checked_mul(unit).filter(|millis| *millis > 0).ok_or_else(wrong)
}

/// A moment to the second: `2024-01-31 12:00:00`, UTC.
#[must_use]
pub fn moment(time: Timestamp) -> String {
    let text = time.rfc3339();
    text.get(..19).unwrap_or(&text).replace('T', " ")
}

/// A number of bytes: `512 B`, `13.4 MiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", units[unit])
}

/// A share in percent with one digit.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A price, to the cent.
#[must_use]
pub fn price(value: f64) -> String {
    format!("{value:.2}")
}

/// A price of which the cents say nothing: whole from a thousand on.
#[must_use]
pub fn round_price(value: f64) -> String {
    if value.abs() < 1000.0 { price(value) } else { format!("{value:.0}") }
}

/// The first twelve digits of a hash: enough to name it to another command.
#[must_use]
pub fn short(hash: &str) -> String {
    if hash.is_empty() { NOTHING.into() } else { hash.chars().take(12).collect() }
}

/// The first line of a text, cut to so many characters.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= most {
        return line.to_owned();
    }
    line.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// Whether a span begins before it ends.
///
/// # Errors
/// Where it does not.
pub fn in_order(from: Option<Timestamp>, to: Option<Timestamp>) -> error::Result<()> {
    match (from, to) {
        (Some(from), Some(to)) if from >= to => {
            Err(Error::Config(format!("nothing lies between --from {from} and --to {to}")))
        }
        _ => Ok(()),
    }
}

/// Reads a reason: it is there for the record, and says something.
///
/// # Errors
/// Where it is empty.
pub fn read_reason(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("say why, for the record".into()),
        reason => Ok(reason.to_owned()),
    }
}

/// Reads the beginning of a hash or an id: nothing is the beginning of everything.
///
/// # Errors
/// Where it is empty.
pub fn read_beginning(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("write some of it".into()),
        beginning => Ok(beginning.to_ascii_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_the_unit_that_fits() {
        assert_eq!([0, 1023, 1024, 14_050_918, 1 << 40].map(size), ["0 B", "1023 B", "1.0 KiB", "13.4 MiB", "1.0 TiB"]);
    }

    #[test]
    fn spans_are_short_and_read_back() {
        assert_eq!(span(12_345), "12s");
        assert_eq!(span(200_000), "3m 20s");
        assert_eq!(span(5 * HOUR + 12 * MINUTE), "5h 12m");
        assert_eq!(span(4 * DAY + 7 * HOUR), "4d 7h");
        assert_eq!(span(-MINUTE), "in 1m 0s");
        assert_eq!(read_span("90m"), Ok(90 * MINUTE));
        assert_eq!(read_span("7d"), Ok(7 * DAY));
        for wrong in ["", "d", "7", "-3h", "1y", "99999999999999d", "7é"] {
            assert!(read_span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert_eq!(cut("one\ntwo", 9), "one");
        assert_eq!(moment(Timestamp(1_704_067_261_005)), "2024-01-01 00:01:01");
    }
}
