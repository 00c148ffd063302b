//! Messages that are none: they never reach a rule, and go to the dead letters with these words.

use wick_schemas::{
    ArticleReceived, CandleReceived, Envelope, Error, Instrument, Payload, PostReceived, ReadingReceived,
};

use crate::{Found, Kind, NOW, candle, reading, text};

/// What the decoder says of the data under that schema, as the type that its reader wants.
fn found<P: Payload>(schema: &str, data: String) -> Option<Found> {
    let instrument = Instrument::new("BTC-USD").expect("a pair");
    let mut message = Envelope::wrap(&candle::ordinary(), "fetcher", &instrument, None).expect("wraps");
    (message.dataschema, message.data) = (schema.to_owned(), data);
    let error = message.open::<P>().err()?;
    let rule = match &error {
        Error::UnknownMessage { .. } => "unknown message",
        Error::Malformed { .. } => "malformed",
        _ => "another error",
    };
    let value = message.data.chars().take(60).collect();
    Some(Found { rule: rule.to_owned(), value, reason: error.to_string() })
}

fn candle_with(from: &str, to: &str) -> String {
    let good = serde_json::to_string(&candle::ordinary()).expect("JSON");
    assert!(good.contains(from), "{good}");
    good.replacen(from, to, 1)
}

fn article_with(from: &str, to: &str) -> String {
    let article = text::ordinary(1);
    let received = ArticleReceived { article, origin: wick_schemas::Origin::Live, ingest_time: NOW };
    let good = serde_json::to_string(&received).expect("JSON");
    assert!(good.contains(from), "{good}");
    good.replacen(from, to, 1)
}

pub fn kinds() -> Vec<Kind> {
    let candles = CandleReceived::TOPIC.schema();
    let articles = ArticleReceived::TOPIC.schema();
    let data = |name, data: String, words| Kind {
        name,
        found: found::<CandleReceived>(&candles, data),
        rule: "malformed",
        words,
    };
    let version = |name, schema, words| Kind {
        name,
        found: found::<CandleReceived>(schema, candle_with("", "")),
        rule: "unknown message",
        words,
    };
    let written = |name, data: String, words| Kind {
        name,
        found: found::<ArticleReceived>(&articles, data),
        rule: "malformed",
        words,
    };
    let whole = candle_with("", "");
    let cut = whole[..whole.len() / 2].to_owned();
    let number = serde_json::to_string(&reading::ordinary()).expect("JSON").replacen("42.0", "\"42\"", 1);
    vec![
        data("nothing", String::new(), "EOF"),
        data("half a message", cut, "EOF"),
        data("words", "BTC to the moon".to_owned(), "expected value"),
        data("a page of HTML", "<html>429 Too Many Requests</html>".to_owned(), "expected value"),
        data("two messages in one", format!("{whole}{whole}"), "trailing characters"),
        data("a list of two numbers", "[1, 2]".to_owned(), "invalid type"),
        data("no candle in it", "{}".to_owned(), "missing field `candle`"),
        data("a number as text", candle_with("60005.0", "\"60005\""), "invalid type: string"),
        data("a number that is none", candle_with("60005.0", "NaN"), "expected value"),
        data("a number beyond all", candle_with("60005.0", "1e999"), "out of range"),
        data("a price that is true", candle_with("60005.0", "true"), "invalid type: boolean"),
        data("a time with a fraction", candle_with("1714521540000", "1714521540000.5"), "expected i64"),
        data("a time as text", candle_with("1714521540000", "\"2024-05-01\""), "invalid type: string"),
        data("a time beyond all", candle_with("1714521540000", "99999999999999999999"), "expected i64"),
        data("a venue that nobody knows", candle_with("kraken", "mtgox"), "unknown variant `mtgox`"),
        data("an origin that nobody knows", candle_with("\"live\"", "\"dream\""), "unknown variant `dream`"),
        data("a field twice", candle_with("\"open\"", "\"open\":1.0,\"open\""), "duplicate field `open`"),
        data("a pit of brackets", "[".repeat(100_000), "expected value"),
        version("a newer version", "/schemas/candles.received/v2", "upgrade this reader"),
        version("another topic", "/schemas/candles.validated/v1", "candles.validated"),
        version("no schema", "", "unknown message ''"),
        written("a title that is a number", article_with("\"title\":\"", "\"title\":1,\"x\":\""), "expected a string"),
        written("half a surrogate pair", article_with("Bitcoin", "\\ud800 Bitcoin"), "hex escape"),
        written("a raw line break in a title", article_with("Bitcoin", "Bit\ncoin"), "control character"),
        written("no source", article_with("\"source\"", "\"sauce\""), "missing field `source`"),
        written("votes with a fraction", article_with("\"votes\":null", "\"votes\":1.5"), "expected i64"),
        Kind {
            name: "an article among posts",
            found: found::<PostReceived>(&articles, article_with("", "")),
            rule: "unknown message",
            words: "posts.received",
        },
        Kind {
            name: "a reading as text",
            found: found::<ReadingReceived>(&ReadingReceived::TOPIC.schema(), number),
            rule: "malformed",
            words: "expected f64",
        },
    ]
}
