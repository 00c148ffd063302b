//! Why a candle is refused: the rules' names, stable for programs, and the reasons, for people.

use wick_schemas::Error;

use crate::jump::Absurd;

/// A number is missing or not finite.
pub const NOT_A_NUMBER: &str = "not_a_number";
/// A price is zero or less.
pub const NOT_POSITIVE: &str = "not_positive";
/// High and low do not enclose open and close.
pub const HIGH_LOW: &str = "high_low";
/// The candle does not start with a minute.
pub const OFF_GRID: &str = "off_grid";
/// The volume is below zero.
pub const NEGATIVE_VOLUME: &str = "negative_volume";
/// The candle ends after it was learnt.
pub const FROM_THE_FUTURE: &str = "from_the_future";
/// The venue's last accepted candle is of the same minute.
pub const DUPLICATE: &str = "duplicate";
/// The venue's last accepted candle is newer.
pub const OUT_OF_ORDER: &str = "out_of_order";
/// The price is too far from the venue's last accepted one.
pub const ABSURD_JUMP: &str = "absurd_jump";

/// Every rule's name, in the order in which they are asked.
pub const RULES: [&str; 9] = [
    NOT_A_NUMBER,
    NOT_POSITIVE,
    NEGATIVE_VOLUME,
    HIGH_LOW,
    OFF_GRID,
    FROM_THE_FUTURE,
    DUPLICATE,
    OUT_OF_ORDER,
    ABSURD_JUMP,
];

/// A broken rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The rule's name, one of [`RULES`].
    pub rule: &'static str,
    /// The offending value.
    pub value: String,
    /// What is wrong, and what to do about it where something can be done.
    pub reason: String,
}

impl Refusal {
    /// A broken rule, with the offending value and the reason.
    #[must_use]
    pub fn new(rule: &'static str, value: impl ToString, reason: String) -> Self {
        Self { rule, value: value.to_string(), reason }
    }

    /// The rule that a candle broke by its shape, by what [`wick_schemas::Candle::new`] said of it.
    #[must_use]
    pub fn of_shape(error: &Error) -> Self {
        let Error::Impossible { what, value, reason } = error else {
            return Self::new(NOT_A_NUMBER, "", error.to_string());
        };
        let rule = match (*what, *reason) {
            (_, "not a number" | "not finite") => NOT_A_NUMBER,
            (_, "a price is positive") => NOT_POSITIVE,
            ("volume", _) => NEGATIVE_VOLUME,
            ("open_time", _) => OFF_GRID,
            _ => HIGH_LOW,
        };
        Self::new(rule, value, format!("{what}: {reason}"))
    }

    /// A jump from the price `before`; so many agreeing candles would make it believed.
    #[must_use]
    pub fn of_jump(absurd: &Absurd, before: f64, repricing_after: u32) -> Self {
        let Absurd { field, price, log_return, bound } = *absurd;
        let reason = format!(
            "the {field} lies {log_return:+.3} (log) from the last price {before} where {bound:.3} is the most that is \
             believed: if it is real, it is believed once {repricing_after} candles in a row agree on it"
        );
        Self::new(ABSURD_JUMP, price, reason)
    }
}
