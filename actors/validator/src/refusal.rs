//! Why a datum is refused: the rules' names, stable for programs, and the reasons, for people.

use wick_schemas::{
    ArticleReceived, ArticleRejected, Candle, Error, PostReceived, PostRejected, ReadingReceived, ReadingRejected,
};

use crate::jump::Absurd;

/// A number is missing or not finite.
pub const NOT_A_NUMBER: &str = "not_a_number";
/// A number, a text or a name that no source of that kind could give.
pub const OUT_OF_RANGE: &str = "out_of_range";
/// A price is zero or less.
pub const NOT_POSITIVE: &str = "not_positive";
/// High and low do not enclose open and close.
pub const HIGH_LOW: &str = "high_low";
/// The price moved where nothing was traded.
pub const NO_VOLUME: &str = "no_volume";
/// High or low lies absurdly far from open and close.
pub const ABSURD_WICK: &str = "absurd_wick";
/// The candle does not start with a minute, or the reading not with its span.
pub const OFF_GRID: &str = "off_grid";
/// The volume is below zero.
pub const NEGATIVE_VOLUME: &str = "negative_volume";
/// No exchange gave it: a candle of our own making, or a made-up one that is said to be real.
pub const NOT_A_SOURCE: &str = "not_a_source";
/// It speaks of a moment after the one at which it was learnt.
pub const FROM_THE_FUTURE: &str = "from_the_future";
/// It is older than anything that there could be to learn.
pub const TOO_OLD: &str = "too_old";
/// The same was accepted before: the venue's minute, the text, the reading's day.
pub const DUPLICATE: &str = "duplicate";
/// The venue's or the index's last accepted datum is newer.
pub const OUT_OF_ORDER: &str = "out_of_order";
/// The price is too far from the venue's last accepted one.
pub const ABSURD_JUMP: &str = "absurd_jump";

/// A text does not say who published it.
pub const NO_SOURCE: &str = "no_source";
/// A text's address is no public address of the web.
pub const BAD_URL: &str = "bad_url";
/// A text's id is not the identity of its address.
pub const WRONG_ID: &str = "wrong_id";
/// A text was spoilt on its way: control or replacement characters, or bytes read as another encoding's.
pub const ENCODING: &str = "encoding";
/// A text holds markup or entities, which should be gone.
pub const MARKUP: &str = "markup";
/// A text is empty, or too short to say anything.
pub const TOO_SHORT: &str = "too_short";
/// A text is longer than what is kept of one.
pub const TOO_LONG: &str = "too_long";
/// A text is in a language that nobody here reads.
pub const LANGUAGE: &str = "language";
/// Nobody knows the index of that name.
pub const UNKNOWN_NAME: &str = "unknown_name";

/// Every rule of candles, in the order in which they are asked.
pub const RULES: [&str; 14] = [
    NOT_A_NUMBER,
    NOT_POSITIVE,
    NEGATIVE_VOLUME,
    HIGH_LOW,
    OFF_GRID,
    NOT_A_SOURCE,
    OUT_OF_RANGE,
    NO_VOLUME,
    ABSURD_WICK,
    FROM_THE_FUTURE,
    TOO_OLD,
    DUPLICATE,
    OUT_OF_ORDER,
    ABSURD_JUMP,
];

/// Every rule of articles and posts, in the order in which they are asked.
pub const TEXT_RULES: [&str; 11] = [
    NO_SOURCE,
    BAD_URL,
    WRONG_ID,
    ENCODING,
    MARKUP,
    TOO_SHORT,
    TOO_LONG,
    FROM_THE_FUTURE,
    TOO_OLD,
    LANGUAGE,
    DUPLICATE,
];

/// Every rule of readings, in the order in which they are asked.
pub const READING_RULES: [&str; 8] =
    [UNKNOWN_NAME, NOT_A_NUMBER, OUT_OF_RANGE, OFF_GRID, FROM_THE_FUTURE, TOO_OLD, DUPLICATE, OUT_OF_ORDER];

/// So many characters of an offending value are kept.
const LONGEST_VALUE: usize = 200;

/// A broken rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The rule's name, one of [`RULES`], [`TEXT_RULES`] or [`READING_RULES`].
    pub rule: &'static str,
    /// The offending value, cut to 200 characters.
    pub value: String,
    /// What is wrong, and what to do about it where something can be done.
    pub reason: String,
}

impl Refusal {
    /// A broken rule, with the offending value and the reason.
    #[must_use]
    pub fn new(rule: &'static str, value: impl ToString, reason: String) -> Self {
        Self { rule, value: value.to_string().chars().take(LONGEST_VALUE).collect(), reason }
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

    /// A minute that its venue gave before.
    #[must_use]
    pub fn given(candle: &Candle) -> Self {
        let reason = format!("{} gave this minute before: the first one stays", candle.venue);
        Self::new(DUPLICATE, candle.open_time, reason)
    }

    /// The article that broke the rule, for the quarantine.
    #[must_use]
    pub fn of_article(self, received: ArticleReceived) -> ArticleRejected {
        let ArticleReceived { article, origin, ingest_time } = received;
        let Self { rule, value, reason } = self;
        ArticleRejected { article, origin, ingest_time, rule: rule.to_owned(), value, reason }
    }

    /// The post that broke the rule, for the quarantine.
    #[must_use]
    pub fn of_post(self, received: PostReceived) -> PostRejected {
        let PostReceived { post, origin, ingest_time } = received;
        let Self { rule, value, reason } = self;
        PostRejected { post, origin, ingest_time, rule: rule.to_owned(), value, reason }
    }

    /// The reading that broke the rule, for the quarantine.
    #[must_use]
    pub fn of_reading(self, received: ReadingReceived) -> ReadingRejected {
        let ReadingReceived { reading, origin, ingest_time } = received;
        let Self { rule, value, reason } = self;
        ReadingRejected { reading, origin, ingest_time, rule: rule.to_owned(), value, reason }
    }
}
