//! A day of rows of every kind.

use crate::silver::SilverRow;
use wick_schemas::article::Text;
use wick_schemas::candle::RawCandle;
use wick_schemas::reading::Reading;
use wick_schemas::time::{BAR, DAY, HOUR, MINUTE};
use wick_schemas::{
    ArticleRejected, ArticleValidated, Candle, CandleRejected, CandleValidated, Origin, PostRejected, PostValidated,
    QualityMeta, QualityReported, QualityStatistics, ReadingRejected, ReadingValidated, Sentiment, Timestamp, Venue,
};

use crate::consensus::Deviation;
use crate::indicator::IndicatorRow;
use crate::silver::{Held, Released};

/// A clean candle of a minute.
pub fn candle(minute: i64, close: f64) -> CandleValidated {
    let open_time = Timestamp(minute * MINUTE);
    let (high, low) = (close + 1.0 / 3.0, close - 0.1);
    let candle = Candle { venue: Venue::Kraken, open_time, open: close, high, low, close, volume: 0.1 + 0.2 };
    CandleValidated { candle, origin: Origin::Replay, ingest_time: open_time + MINUTE }
}

fn text(number: i64) -> Text {
    Text {
        source: if number % 2 == 0 { "coindesk".into() } else { "reddit".into() },
        id: Text::identity(&number.to_string()),
        url: format!("https://example.com/{number}?a=1&b=%20"),
        title: format!("Bitcoin «{number}» fällt um 3 % – 比特币 ₿ 🚀"),
        body: if number % 3 == 0 { "a\0b \u{202e} 'quoted' \"\\ \r\n".into() } else { "x".repeat(4_000) },
        published: (number % 4 != 0).then_some(Timestamp(-number)),
        language: (number % 5 != 0).then(|| "en".into()),
        votes: (number % 2 != 0).then_some(number - 50),
    }
}

fn sentiment(number: i64) -> Sentiment {
    Sentiment::new((number as f64).sin(), (number as f64).cos().abs(), "lexicon-1").expect("a sentiment")
}

/// Rows of every kind, some of them twice, as after a life that ended between keeping and acknowledging.
pub fn day() -> Vec<SilverRow> {
    let mut rows = Vec::new();
    for minute in 0..DAY / MINUTE {
        let middle = candle(minute, 60_000.0 + (minute as f64).sin() * 100.0);
        for (venue, ratio) in [(Venue::Kraken, 0.0), (Venue::Binance, -1e-4), (Venue::Consensus, f64::NAN)] {
            let mut one = middle;
            one.candle.venue = venue;
            rows.push(SilverRow::Candle(format!("{minute}-{venue}"), one));
            if venue != Venue::Consensus {
                let (open_time, took_part) = (one.candle.open_time, minute % 7 != 0);
                rows.push(SilverRow::Deviation(Deviation { venue, open_time, log_ratio: -ratio, took_part }));
            }
        }
        if minute % 15 == 0 {
            rows.extend(every_bar(minute / 15));
        }
        if minute % 30 == 0 {
            rows.extend(every_half_hour(minute / 30));
        }
    }
    rows.push(reading());
    rows.extend(held());
    rows.extend_from_within(..2_000);
    let mut late = candle(DAY / MINUTE + 5, 1.0 / 3.0);
    late.ingest_time = Timestamp(2 * DAY);
    rows.push(SilverRow::LateCandle("late".into(), late));
    rows.push(SilverRow::Released(Released {
        id: "q1".into(),
        at: Timestamp(DAY),
        by: "me".into(),
        why: "it is\0 right".into(),
    }));
    rows
}

fn every_bar(bar: i64) -> Vec<SilverRow> {
    let at = Timestamp(bar * BAR);
    let post =
        PostValidated { post: text(1_000 + bar), sentiment: sentiment(bar), origin: Origin::Live, ingest_time: at };
    let report = QualityReported {
        success: bar % 9 != 0,
        suite: "candles".into(),
        results: Vec::new(),
        statistics: QualityStatistics {
            evaluated_expectations: 9,
            successful_expectations: 8,
            unsuccessful_expectations: 1,
            success_percent: 100.0 * 8.0 / 9.0,
        },
        meta: QualityMeta { from: at, to: at + BAR, rows: 45, rejected: [("high_low".to_owned(), 2)].into() },
    };
    vec![
        SilverRow::Indicators(indicators(bar)),
        SilverRow::Post(format!("p{bar}"), post),
        SilverRow::Quality(format!("r{bar}"), report),
    ]
}

fn indicators(bar: i64) -> IndicatorRow {
    let known = |after: i64| (bar > after).then(|| (bar as f64).sqrt() - after as f64);
    IndicatorRow {
        venue: Venue::Consensus,
        time: Timestamp(bar * BAR),
        close: 60_000.0 + bar as f64 / 3.0,
        sma_20: known(19),
        ema_12: known(11),
        ema_26: known(25),
        macd: known(25),
        macd_signal: known(33),
        macd_histogram: known(33),
        rsi_14: known(14),
        bollinger_upper: known(19),
        bollinger_lower: known(19),
        atr_14: known(14),
        obv: -(bar as f64) / 7.0,
    }
}

fn every_half_hour(number: i64) -> Vec<SilverRow> {
    let (article, ingest_time) = (text(number), Timestamp(number * HOUR / 2));
    let validated = ArticleValidated { article, sentiment: sentiment(number), origin: Origin::Live, ingest_time };
    vec![SilverRow::Article(format!("a{number}"), validated)]
}

fn reading() -> SilverRow {
    let (name, at) = ("fear_greed".to_owned(), Timestamp(0));
    let reading = ReadingValidated { name, at, value: 42.0, origin: Origin::Live, ingest_time: Timestamp(HOUR) };
    SilverRow::Reading("m1".into(), reading)
}

/// Two of each kind in quarantine: `q0` to `q7`.
pub fn held() -> Vec<SilverRow> {
    let (origin, ingest_time) = (Origin::Live, Timestamp(HOUR));
    let words = |rule: &str| (rule.to_owned(), "NaN\0".to_owned(), "it is not a number: ask the venue".to_owned());
    let mut held: Vec<Held> = Vec::new();
    for number in 0..2 {
        let id = |place: i64| format!("q{}", number * 4 + place);
        let raw = RawCandle { open: None, high: Some(f64::MAX), ..candle(number, 1.0).candle.raw() };
        let (rule, value, reason) = words("not_a_number");
        held.push((id(0), CandleRejected { candle: raw, origin, ingest_time, rule, value, reason }).into());
        let (rule, value, reason) = words("too_short");
        held.push((id(1), ArticleRejected { article: text(number), origin, ingest_time, rule, value, reason }).into());
        let (rule, value, reason) = words("language");
        held.push((id(2), PostRejected { post: text(number), origin, ingest_time, rule, value, reason }).into());
        let reading = Reading { name: "fear_greed".into(), at: Timestamp(number * DAY), value: None };
        let (rule, value, reason) = words("not_a_number");
        held.push((id(3), ReadingRejected { reading, origin, ingest_time, rule, value, reason }).into());
    }
    held.into_iter().map(SilverRow::Quarantine).collect()
}
