use wick_bus::testing::Stage;
use wick_schemas::candle::RawCandle;
use wick_schemas::time::{DAY, MINUTE};
use wick_schemas::{
    ArticleReceived, ArticleRejected, CandleRejected, Envelope, Origin, Payload, Reading, Text, Timestamp, Venue, topic,
};

use super::*;
use crate::actor::tests::validator;
use crate::refusal::{ABSURD_JUMP, DUPLICATE, FROM_THE_FUTURE, NOT_A_NUMBER, NOT_A_SOURCE, TOO_SHORT, WRONG_ID};

const START: Timestamp = Timestamp(1_750_000_020_000);

fn candle(minute: i64, price: Option<f64>) -> RawCandle {
    let open_time = START.shift(minute * MINUTE);
    RawCandle { venue: Venue::Kraken, open_time, open: price, high: price, low: price, close: price, volume: price }
}

fn received(minute: i64, price: Option<f64>) -> CandleReceived {
    let candle = candle(minute, price);
    CandleReceived { candle, origin: Origin::Live, ingest_time: candle.open_time.shift(MINUTE) }
}

fn release(datum: Datum) -> Release {
    let (held, reason, requested_by) = ("q1".to_owned(), "it is right".to_owned(), "ada".to_owned());
    Release { at: START.shift(DAY), held, datum, origin: Origin::Live, reason, requested_by }
}

fn text(title: &str) -> Text {
    let url = "https://example.com/1".to_owned();
    let (source, id, title) = ("example".to_owned(), Text::identity(&url), title.to_owned());
    Text { source, id, url, title, body: String::new(), published: None, language: None, votes: None }
}

fn kinds(stage: &Stage<Validator>) -> Vec<&str> {
    stage.out.messages.iter().map(|message: &Envelope| message.kind.as_str()).collect()
}

/// What the stage says of a release: the rule that nobody can waive, or nothing.
fn kept<P: Payload>(stage: &mut Stage<Validator>, datum: Datum) -> Option<String> {
    let before = stage.published::<P>().len();
    stage.out.messages.retain(|message| message.kind != topic::QUARANTINE_KEPT.name);
    stage.give(&release(datum)).expect("handled");
    let kept = stage.published::<QuarantineKept>().pop().map(|kept| kept.rule);
    assert_eq!(stage.published::<P>().len() == before, kept.is_some(), "clean or kept, never both");
    kept
}

#[test]
fn a_believed_jump_is_where_the_market_goes_on_from() {
    let mut stage = Stage::new(validator(false));
    stage.give(&received(1, Some(100.0))).expect("handled");
    stage.give(&received(2, Some(900.0))).expect("handled");
    let rejected = stage.published::<CandleRejected>();
    assert_eq!(rejected[0].rule, ABSURD_JUMP);
    stage.give(&release(Datum::Candle(rejected[0].candle))).expect("handled");
    stage.give(&received(3, Some(901.0))).expect("handled");
    let clean = stage.published::<CandleValidated>();
    assert_eq!(clean.iter().map(|one| one.candle.close).collect::<Vec<_>>(), [100.0, 900.0, 901.0]);
    // It was not known before it was believed.
    assert_eq!(clean[1].ingest_time, START.shift(DAY));
    let answer = stage.published::<QuarantineReleased>().remove(0);
    assert_eq!((answer.held.as_str(), answer.late, answer.kind.as_str()), ("q1", false, "candle"));
    let released = Released { id: "q1".into(), at: START.shift(DAY), by: "ada".into(), why: "it is right".into() };
    assert!(stage.out.rows.contains(&SilverRow::Released(released)));
}

#[test]
fn a_candle_older_than_its_venue_is_kept_apart_and_changes_nothing() {
    let mut stage = Stage::new(validator(true));
    stage.give(&received(5, Some(100.0))).expect("handled");
    let before = stage.resident.checkpoint_text();
    stage.give(&release(Datum::Candle(candle(2, Some(1.0))))).expect("handled");
    assert_eq!(stage.resident.checkpoint_text(), before);
    assert!(stage.published::<QuarantineReleased>()[0].late);
    let late = stage.out.rows.iter().filter(|row| matches!(row, SilverRow::LateCandle(..))).count();
    assert_eq!((late, stage.published::<CandleValidated>().last().map(|one| one.candle.close)), (1, Some(1.0)));
}

#[test]
fn what_cannot_be_a_candle_stays_whoever_asks() {
    let mut stage = Stage::new(validator(false));
    stage.give(&received(1, Some(100.0))).expect("handled");
    let consensus = RawCandle { venue: Venue::Consensus, ..candle(2, Some(1.0)) };
    for (raw, rule) in [
        (candle(2, None), NOT_A_NUMBER),
        (candle(1, Some(100.0)), DUPLICATE),
        (consensus, NOT_A_SOURCE),
        (candle(2_000, Some(100.0)), FROM_THE_FUTURE),
    ] {
        assert_eq!(kept::<CandleValidated>(&mut stage, Datum::Candle(raw)).as_deref(), Some(rule));
    }
    assert!(!kinds(&stage).contains(&topic::QUARANTINE_RELEASED.name));
    assert!(!stage.out.rows.iter().any(|row| matches!(row, SilverRow::Released(_))));
}

#[test]
fn a_text_comes_out_once() {
    let mut stage = Stage::new(validator(false));
    let (article, origin) = (text("?"), Origin::Live);
    stage.give(&ArticleReceived { article: article.clone(), origin, ingest_time: START }).expect("handled");
    assert_eq!(stage.published::<ArticleRejected>()[0].rule, TOO_SHORT);
    assert_eq!(kept::<ArticleValidated>(&mut stage, Datum::Article(article.clone())), None);
    assert_eq!(stage.published::<ArticleValidated>()[0].ingest_time, START.shift(DAY));
    assert_eq!(kept::<ArticleValidated>(&mut stage, Datum::Article(article.clone())).as_deref(), Some(DUPLICATE));
    // A post is none of the articles.
    assert_eq!(kept::<PostValidated>(&mut stage, Datum::Post(article.clone())), None);
    let forged = Text { id: "0".repeat(32), ..article };
    assert_eq!(kept::<PostValidated>(&mut stage, Datum::Post(forged)).as_deref(), Some(WRONG_ID));
}

#[test]
fn a_reading_comes_out_unless_it_is_no_number_or_there_already() {
    let mut stage = Stage::new(validator(false));
    let reading =
        |day: i64, value| Datum::Reading(Reading { name: "fear_greed".into(), at: Timestamp(day * DAY), value });
    let judge = kept::<ReadingValidated>;
    assert_eq!(judge(&mut stage, reading(20_000, Some(101.0))), None);
    assert_eq!(judge(&mut stage, reading(20_000, Some(42.0))).as_deref(), Some(DUPLICATE));
    assert_eq!(judge(&mut stage, reading(19_999, Some(42.0))), None);
    assert_eq!(judge(&mut stage, reading(20_001, None)).as_deref(), Some(NOT_A_NUMBER));
}
