//! Bad candles.

use wick_schemas::candle::RawCandle;
use wick_schemas::time::{DAY, HOUR, MINUTE};
use wick_schemas::{CandleReceived, Origin, Timestamp, Venue};
use wick_validator::rules::{Rules, RulesConfig, Verdict};

use crate::{Found, Kind, NOW};

/// The minute that ends at [`NOW`], an ordinary one.
pub fn ordinary() -> CandleReceived {
    let candle = RawCandle {
        venue: Venue::Kraken,
        open_time: NOW.shift(-MINUTE),
        open: Some(60_000.0),
        high: Some(60_010.0),
        low: Some(59_990.0),
        close: Some(60_005.0),
        volume: Some(1.5),
    };
    CandleReceived { candle, origin: Origin::Live, ingest_time: NOW }
}

/// What is found of the ordinary candle, spoilt, by rules that know the minute before it.
fn found(spoil: fn(&mut CandleReceived)) -> Option<Found> {
    let mut rules = Rules::recovered(RulesConfig::default(), None);
    let mut before = ordinary();
    before.candle.open_time = before.candle.open_time.shift(-MINUTE);
    assert!(matches!(rules.judge(&before), Verdict::Clean(_)));
    assert!(matches!(rules.clone().judge(&ordinary()), Verdict::Clean(_)));
    let mut spoilt = ordinary();
    spoil(&mut spoilt);
    match rules.judge(&spoilt) {
        Verdict::Clean(_) => None,
        Verdict::Reject(rejected) => {
            Some(Found { rule: rejected.rule, value: rejected.value, reason: rejected.reason })
        }
    }
}

type Spoil = fn(&mut CandleReceived);

const KINDS: &[(&str, Spoil, &str, &str)] = &[
    ("no open", |r| r.candle.open = None, "not_a_number", "open"),
    ("no high", |r| r.candle.high = None, "not_a_number", "high"),
    ("no low", |r| r.candle.low = None, "not_a_number", "low"),
    ("no close", |r| r.candle.close = None, "not_a_number", "close"),
    ("no volume", |r| r.candle.volume = None, "not_a_number", "volume"),
    ("close not a number", |r| r.candle.close = Some(f64::NAN), "not_a_number", "not finite"),
    ("high without end", |r| r.candle.high = Some(f64::INFINITY), "not_a_number", "not finite"),
    ("volume without end", |r| r.candle.volume = Some(f64::NEG_INFINITY), "not_a_number", "not finite"),
    ("open of zero", |r| r.candle.open = Some(0.0), "not_positive", "open: a price is positive"),
    ("close of minus zero", |r| r.candle.close = Some(-0.0), "not_positive", "a price is positive"),
    ("negative low", |r| r.candle.low = Some(-59_990.0), "not_positive", "low: a price is positive"),
    ("nothing but zeros", |r| spread(r, 0.0, 0.0), "not_positive", "a price is positive"),
    ("negative volume", |r| r.candle.volume = Some(-1.5), "negative_volume", "not negative"),
    ("high below low", |r| std::mem::swap(&mut r.candle.high, &mut r.candle.low), "high_low", "below the low"),
    ("high below close", |r| r.candle.high = Some(60_001.0), "high_low", "below open or close"),
    ("low above open", |r| r.candle.low = Some(60_002.0), "high_low", "above open or close"),
    ("a second off the grid", |r| r.candle.open_time = r.candle.open_time.shift(1_000), "off_grid", "one-minute grid"),
    (
        "a millisecond off the grid",
        |r| r.candle.open_time = r.candle.open_time.shift(-1),
        "off_grid",
        "one-minute grid",
    ),
    ("the consensus as a source", |r| r.candle.venue = Venue::Consensus, "not_a_source", "made here"),
    ("a simulated price as a live one", |r| r.candle.venue = Venue::Simulated, "not_a_source", "nobody traded"),
    ("a time for a price", |r| spread(r, 1_714_521_540.0, 1_714_521_540.0), "out_of_range", "price lies between"),
    ("a price of 1e300", |r| spread(r, 1e300, 1e300), "out_of_range", "price lies between"),
    ("a price of 1e-300", |r| spread(r, 1e-300, 1e-300), "out_of_range", "price lies between"),
    ("volume in dollars", |r| r.candle.volume = Some(90_000_000.0), "out_of_range", "quote currency?"),
    ("a time for a volume", |r| r.candle.volume = Some(1_714_521_540_000.0), "out_of_range", "quote currency?"),
    ("a moving price without trades", |r| r.candle.volume = Some(0.0), "no_volume", "nothing was traded"),
    ("high with a shifted point", |r| r.candle.high = Some(600_100.0), "absurd_wick", "the high lies"),
    ("low with a shifted point", |r| r.candle.low = Some(5_999.0), "absurd_wick", "the low lies"),
    ("the minute that is not over", |r| r.candle.open_time = NOW.shift(MINUTE), "from_the_future", "had not ended"),
    ("a day ahead", |r| r.candle.open_time = NOW.shift(DAY), "from_the_future", "clock"),
    ("local time, nine hours ahead", |r| r.candle.open_time = NOW.shift(9 * HOUR), "from_the_future", "clock"),
    ("microseconds", |r| r.candle.open_time = Timestamp(NOW.millis() * 1_000), "from_the_future", "had not ended"),
    ("the end of time", |r| r.candle.open_time = Timestamp::MAX.floor(MINUTE), "from_the_future", "had not ended"),
    ("seconds", |r| r.candle.open_time = Timestamp(NOW.millis() / 1_000).floor(MINUTE), "too_old", "in seconds?"),
    ("no time at all", |r| r.candle.open_time = Timestamp(0), "too_old", "in seconds?"),
    (
        "the beginning of time",
        |r| r.candle.open_time = Timestamp(i64::MIN + 8 * MINUTE).floor(MINUTE),
        "too_old",
        "older",
    ),
    ("the same minute again", |r| r.candle.open_time = NOW.shift(-2 * MINUTE), "duplicate", "the first one stays"),
    (
        "the same minute with other numbers",
        |r| {
            r.candle.open_time = NOW.shift(-2 * MINUTE);
            r.candle.close = Some(60_006.0);
        },
        "duplicate",
        "kraken gave this minute before",
    ),
    ("one minute late", |r| r.candle.open_time = NOW.shift(-3 * MINUTE), "out_of_order", "a backfill must come before"),
    ("a year late", |r| r.candle.open_time = NOW.shift(-365 * DAY), "out_of_order", "is at"),
    ("ten times the price", |r| scale(r, 10.0), "absurd_jump", "the open lies +2.303"),
    ("a tenth of the price", |r| scale(r, 0.1), "absurd_jump", "the open lies -2.303"),
    ("another instrument's price", |r| scale(r, 0.05), "absurd_jump", "believed once 5 candles"),
    ("price upside down", |r| spread(r, 1.0 / 60_000.0, 1.0 / 60_000.0), "absurd_jump", "from the last price 60005"),
    (
        "only the open jumps",
        |r| (r.candle.open, r.candle.high) = (Some(90_000.0), Some(90_000.0)),
        "absurd_jump",
        "the open",
    ),
    (
        "only the close jumps",
        |r| (r.candle.close, r.candle.low) = (Some(45_000.0), Some(45_000.0)),
        "absurd_jump",
        "the close",
    ),
];

fn spread(received: &mut CandleReceived, low: f64, high: f64) {
    let candle = &mut received.candle;
    (candle.open, candle.low, candle.high, candle.close) = (Some(low), Some(low), Some(high), Some(high));
}

fn scale(received: &mut CandleReceived, by: f64) {
    let candle = &mut received.candle;
    for price in [&mut candle.open, &mut candle.high, &mut candle.low, &mut candle.close] {
        *price = price.map(|price| price * by);
    }
}

pub fn kinds() -> Vec<Kind> {
    KINDS.iter().map(|&(name, spoil, rule, words)| Kind { name, found: found(spoil), rule, words }).collect()
}
