//! Expectations, suites and their batches.

use proptest::prelude::*;
use wick_schemas::candle::RawCandle;
use wick_schemas::time::{BAR, DAY, MINUTE};
use wick_schemas::{CandleReceived, ExpectationResult, Origin, QualityReported, Text, Timestamp, Venue};

use super::*;
use crate::consensus::Deviation;

const START: Timestamp = Timestamp(1_704_067_200_000);

fn candle(venue: Venue, minute: i64, close: f64) -> CandleReceived {
    let open_time = START.shift(minute * MINUTE);
    let price = Some(close);
    let candle = RawCandle { venue, open_time, open: price, high: price, low: price, close: price, volume: Some(1.0) };
    CandleReceived { candle, origin: Origin::Live, ingest_time: open_time.shift(MINUTE) }
}

/// A quality that expects this of candles.
fn expecting(expectations: &str) -> Quality {
    Quality::recovered(Suites::new(&[(Table::Candles, expectations.to_owned())]).expect("a suite"), None)
}

/// The reports on these candles of Kraken, one a minute, whose batches are over.
fn reports(quality: &mut Quality, closes: impl IntoIterator<Item = (i64, f64)>) -> Vec<QualityReported> {
    let candles = closes.into_iter().map(|(minute, close)| candle(Venue::Kraken, minute, close));
    candles.flat_map(|candle| quality.see(&Row::Candle(&candle), None)).collect()
}

/// The one result on a quarter hour of candles with these closes, beginning with the grid.
fn result(expectation: &str, closes: &[f64]) -> ExpectationResult {
    let mut quality = expecting(&format!("[[expectation]]\n{expectation}"));
    reports(&mut quality, (0..).zip(closes.iter().copied()));
    quality.pass(START.shift(DAY)).remove(0).results.remove(0)
}

fn text(title: &str, published: Option<Timestamp>) -> Text {
    let url = format!("https://example.com/{title}");
    Text {
        source: "coindesk".to_owned(),
        id: Text::identity(&url),
        url,
        title: title.to_owned(),
        body: String::new(),
        published,
        language: None,
        votes: None,
    }
}

#[test]
fn the_suites_that_are_compiled_in_read_and_a_quiet_day_meets_them() {
    let suites = Suites::new(&[]).expect("they read");
    assert_eq!(suites.all().len(), 5);
    assert!(suites.all().iter().all(|suite| suite.len() >= 4), "{suites:?}");
    let mut quality = Quality::recovered(suites, None);
    let mut all = Vec::new();
    for minute in 0..DAY / MINUTE {
        for venue in [Venue::Kraken, Venue::Binance] {
            let close = 60_000.0 + (minute % 7) as f64;
            let candle = candle(venue, minute, close);
            all.extend(quality.see(&Row::Candle(&candle), None));
            let deviation = Deviation { venue, open_time: candle.candle.open_time, log_ratio: 0.0001, took_part: true };
            all.extend(quality.see(&Row::Deviation(&deviation), None));
        }
        if minute % 10 == 0 {
            let seen = START.shift(minute * MINUTE);
            let text = text(&format!("Bitcoin number {minute}"), Some(seen));
            all.extend(quality.see(&Row::Article(&text, Origin::Live, seen), None));
            all.extend(quality.see(&Row::Post(&text, Origin::Live, seen), None));
        }
    }
    let failed: Vec<_> = all.iter().filter(|report| !report.success).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    // The last quarter hour is still open.
    let of = |suite: &str| all.iter().filter(|report| report.suite == suite).count();
    assert_eq!((of("candles"), of("consensus"), of("articles"), of("posts")), (95, 95, 95, 95));
    let first = &all[0];
    assert_eq!((first.meta.from, first.meta.to, first.statistics.success_percent), (START, START.shift(BAR), 100.0));
    assert_eq!(all.iter().filter(|report| report.suite == "candles").map(|report| report.meta.rows).max(), Some(30));
}

#[test]
fn each_kind_finds_what_it_is_for() {
    let far = |kind: &str, closes: &[f64]| {
        let found = result(kind, closes);
        (found.success, found.element_count, found.unexpected_count, found.observed_value)
    };
    let nan = f64::NAN;
    assert_eq!(
        far("kind = 'range'\ncolumn = 'close'\nmin = 2\nmax = 3.0", &[1.0, 2.0, 3.0, 4.0, nan]),
        (false, 4, 2, None)
    );
    assert_eq!(
        far("kind = 'range'\ncolumn = 'close'\nmin = 2\nmostly = 0.75", &[1.0, 2.0, 3.0, 4.0]),
        (true, 4, 1, None)
    );
    assert_eq!(
        far("kind = 'not_null'\ncolumn = 'close'\nmostly = 0.5", &[1.0, nan, 3.0, nan]),
        (true, 4, 2, Some(0.5))
    );
    assert_eq!(far("kind = 'unique'\ncolumn = 'close'\nwithin = 'venue'", &[1.0, 2.0, 1.0]), (false, 3, 1, None));
    assert_eq!(
        far("kind = 'increasing'\ncolumn = 'close'\nby = 'venue'", &[1.0, 2.0, 2.0, 1.5, 1.9, 3.0]),
        (false, 6, 2, None)
    );
    assert_eq!(far("kind = 'increasing'\ncolumn = 'close'\nstrictly = true", &[1.0, 1.0]), (false, 2, 1, None));
    assert_eq!(far("kind = 'one_of'\ncolumn = 'venue'\nvalues = ['binance']", &[1.0, 1.0]), (false, 2, 2, None));
    assert_eq!(
        far("kind = 'fresh'\ncolumn = 'ingest_time'\nsince = 'open_time'\nmost_seconds = 59", &[1.0]),
        (false, 1, 1, Some(60.0))
    );
    assert_eq!(
        far("kind = 'frozen'\ncolumn = 'close'\nmost = 3", &[1.0, 2.0, 2.0, 2.0, 2.0, 3.0]),
        (false, 6, 1, Some(4.0))
    );
    assert_eq!(far("kind = 'row_count'\nmin = 3", &[1.0, 2.0]), (false, 1, 1, Some(2.0)));
    assert_eq!(far("kind = 'agree'\ncolumn = 'close'\nmost = 1.5", &[1.0, -2.0]), (false, 2, 1, Some(2.0)));
    assert_eq!(far("kind = 'length'\ncolumn = 'venue'\nmax = 5", &[1.0]), (false, 1, 1, Some(6.0)));
    let complete = result("kind = 'complete'\ncolumn = 'open_time'\nby = 'venue'", &[1.0; 12]);
    assert_eq!((complete.element_count, complete.unexpected_count), (15, 3));
    assert_eq!(complete.partial_unexpected_list, ["kraken: 3 missing, the first at 2024-01-01T00:12:00.000Z"]);
    assert_eq!(complete.observed_value, Some(0.8));
}

#[test]
fn a_jump_is_measured_in_the_deviations_of_its_own_past() {
    let mut quality = expecting("[[expectation]]\nkind = 'jump'\ncolumn = 'close'\nby = 'venue'\nsigmas = 10.0");
    let calm = (0..70).map(|minute| (minute, if minute % 2 == 0 { 100.0 } else { 100.1 }));
    let mut all = reports(&mut quality, calm);
    all.extend(reports(&mut quality, [(70, 103.0), (71, 103.1), (72, 103.0)]));
    all.extend(quality.pass(START.shift(DAY)));
    let unexpected: Vec<u64> = all.iter().map(|report| report.results[0].unexpected_count).collect();
    assert_eq!(unexpected, [0, 0, 0, 0, 1]);
    let sigmas = all[4].results[0].observed_value.expect("measured");
    assert!((25.0..35.0).contains(&sigmas), "{sigmas}");
    assert_eq!(all[4].results[0].partial_unexpected_list, ["103"]);
}

#[test]
fn words_are_asked_for_length_language_and_encoding() {
    let suite = "[[expectation]]\nkind = 'encoding'\ncolumn = 'title'\n[[expectation]]\nkind = 'language'\n\
                 column = 'title'\nlanguages = ['en']\n[[expectation]]\nkind = 'not_null'\ncolumn = 'body'";
    let suites = Suites::new(&[(Table::Articles, suite.to_owned())]).expect("a suite");
    let mut quality = Quality::recovered(suites, None);
    for title in ["Bitcoin rallies", "BÃ¶rse", "比特币价格周二大幅下跌，许多投资者撤出资金，等待更好的消息。"]
    {
        let text = text(title, None);
        assert!(quality.see(&Row::Article(&text, Origin::Live, START), None).is_empty());
    }
    let report = quality.pass(START.shift(BAR + 2 * MINUTE + 1)).remove(0);
    let found: Vec<_> = report.results.iter().map(|one| (one.element_count, one.unexpected_count)).collect();
    assert_eq!(found, [(3, 1), (1, 1), (3, 3)]);
    assert_eq!(report.results[0].partial_unexpected_list, ["BÃ¶rse"]);
    assert_eq!((report.success, report.statistics.unsuccessful_expectations), (false, 3));
}

#[test]
fn a_batch_is_over_two_minutes_after_its_end_and_holes_are_told_where_they_matter() {
    let suite = "report_empty = true\n[[expectation]]\nkind = 'complete'\ncolumn = 'open_time'\nby = 'venue'";
    let mut quality = expecting(suite);
    assert!(reports(&mut quality, (0..17).map(|minute| (minute, 1.0))).is_empty());
    assert_eq!(reports(&mut quality, [(17, 1.0)]).len(), 1);
    // Three hours later.
    let hole = reports(&mut quality, [(180, 1.0)]);
    assert_eq!(hole.len(), 10);
    assert_eq!((hole[0].meta.rows, hole[0].results[0].unexpected_count), (3, 12));
    assert!(hole[1..].iter().all(|report| report.meta.rows == 0 && !report.success));
    // A year later, only the last day is told of.
    let year = reports(&mut quality, [(365 * 1_440, 1.0)]);
    assert_eq!(year.len(), 97);
    assert!(year.windows(2).all(|pair| pair[0].meta.to <= pair[1].meta.from));
    // Another venue goes on alone: after a day, the silent one is no longer missed.
    let alone = (365 * 1_440 + 1..367 * 1_440).map(|minute| candle(Venue::Binance, minute, 1.0));
    let success: Vec<bool> =
        alone.flat_map(|candle| quality.see(&Row::Candle(&candle), None)).map(|report| report.success).collect();
    assert_eq!(success.iter().position(|success| *success), Some(98));
    assert!(success[98..].iter().all(|success| *success));
}

#[test]
fn a_refused_row_is_counted_and_moves_no_time() {
    let suite = "[[expectation]]\nkind = 'increasing'\ncolumn = 'close'\n[[expectation]]\nkind = 'complete'\ncolumn = 'open_time'";
    let mut quality = expecting(suite);
    let absurd = |minute| candle(Venue::Kraken, minute, 1e6);
    assert!(quality.see(&Row::Candle(&absurd(-9)), Some("too_old")).is_empty());
    reports(&mut quality, (0..14).map(|minute| (minute, minute as f64)));
    for minute in [14, 9_000_000] {
        assert!(quality.see(&Row::Candle(&absurd(minute)), Some("absurd_jump")).is_empty());
    }
    let report = reports(&mut quality, [(30, 30.0)]).remove(0);
    assert_eq!(report.meta.rows, 17);
    assert_eq!(
        report.meta.rejected.iter().map(|(rule, count)| (rule.as_str(), *count)).collect::<Vec<_>>(),
        [("absurd_jump", 2), ("too_old", 1)]
    );
    // Later rows are not compared with it, and it fills no hole.
    assert_eq!((report.results[0].unexpected_count, report.results[1].unexpected_count), (0, 1));
}

#[test]
fn a_suite_that_makes_no_sense_is_refused_with_its_place() {
    let refused = |text: &str| Suite::parse(Table::Candles, text).expect_err(text).to_string();
    for (text, words) in [
        ("expectations = []", "unknown field `expectations`"),
        ("", "expects nothing"),
        ("span_minutes = 7\n", "divisor of a day"),
        ("[[expectation]]\ncolumn = 'close'", "`kind` is one of range, not_null"),
        ("[[expectation]]\nkind = 'ranges'\ncolumn = 'close'", "expectation 1 (ranges): no such kind"),
        ("[[expectation]]\nkind = 'range'\ncolumn = 'close'\nmaximum = 3", "unknown field `maximum`"),
        ("[[expectation]]\nkind = 'range'\ncolumn = 'close'", "name `min` or `max`"),
        ("[[expectation]]\nkind = 'range'\ncolumn = 'title'\nmin = 1", "candles have no column 'title'"),
        ("[[expectation]]\nkind = 'range'\ncolumn = 'colour'\nmin = 1", "unknown variant `colour`"),
        ("[[expectation]]\nkind = 'range'\nmin = 1", "names no `column`"),
        ("[[expectation]]\nkind = 'row_count'\ncolumn = 'close'", "drop `column`"),
        ("[[expectation]]\nkind = 'not_null'\ncolumn = 'close'\nmostly = 95", "between 0 and 1"),
        ("[[expectation]]\nkind = 'complete'\ncolumn = 'open_time'\nstep_minutes = 4", "divide the batch"),
        ("[[expectation]]\nkind = 'unique'\ncolumn = 'close'\nwithin = 'source'", "no column 'source'"),
        ("[[expectation]", "suite candles"),
    ] {
        assert!(refused(text).contains(words), "{}", refused(text));
    }
}

#[test]
fn a_folder_replaces_suites_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("posts.toml", "[[expectation]]\nkind = 'row_count'\nmax = 5");
    write("notes.txt", "nothing");
    let suites = Suites::from_folder(folder.path()).expect("read");
    let lengths: Vec<usize> = suites.all().iter().map(Suite::len).collect();
    assert_eq!(lengths[2], 1);
    assert_eq!(lengths[0], Suites::default().all()[0].len());
    write("candle.toml", "");
    let error = Suites::from_folder(folder.path()).expect_err("no such table").to_string();
    assert!(error.contains("candle.toml") && error.contains("candles, articles"), "{error}");
    assert!(Suites::from_folder(&folder.path().join("none")).is_err());
}

#[test]
fn another_suite_begins_anew() {
    let mut quality = expecting("[[expectation]]\nkind = 'row_count'\nmin = 1");
    reports(&mut quality, [(0, 1.0)]);
    let same = Quality::recovered(quality.suites.clone(), Some(quality.clone()));
    assert_eq!(same, quality);
    let mut other = Quality::recovered(Suites::default(), Some(quality));
    assert!(other.pass(START.shift(DAY)).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever comes, batches are reported once and in order, every row is counted, and a checkpoint in mid-stream
    /// changes nothing.
    #[test]
    fn batches_are_reported_once_and_a_checkpoint_changes_nothing(
        steps in prop::collection::vec((0_usize..3, -5_i64..40, 90.0_f64..110.0, 0..6_u8), 1..60)
    ) {
        let venues = [Venue::Kraken, Venue::Binance, Venue::Coinbase];
        let suites = Suites::default();
        let mut quality = Quality::recovered(suites.clone(), None);
        let (mut minute, mut all) = (0, Vec::new());
        for (place, (venue, step, close, kind)) in steps.iter().enumerate() {
            minute += step;
            let candle = candle(venues[*venue], minute, *close);
            let refused = (*kind == 0).then_some("out_of_order");
            let kept = serde_json::to_string(&quality).expect("JSON");
            let mut again = Quality::recovered(suites.clone(), serde_json::from_str(&kept).expect("reads"));
            let found = quality.see(&Row::Candle(&candle), refused);
            prop_assert_eq!(&again.see(&Row::Candle(&candle), refused), &found);
            prop_assert_eq!(&again, &quality);
            prop_assert!(quality.watches.values().all(|watch| watch.open.len() <= 3), "{} at {place}", kept);
            all.extend(found);
        }
        let end = quality.now.unwrap_or(START).shift(DAY);
        all.extend(quality.pass(end));
        let counted: u64 = all.iter().map(|report| report.meta.rows).sum();
        let waits = quality.watches.values().any(|watch| watch.waiting.is_some());
        prop_assert!(waits || counted == steps.len() as u64);
        prop_assert!(all.windows(2).all(|pair| pair[0].meta.to <= pair[1].meta.from));
        for report in &all {
            prop_assert_eq!(report.meta.to, report.meta.from.shift(BAR));
            prop_assert!(report.results.iter().all(|one| one.unexpected_count <= one.element_count
                && one.partial_unexpected_list.len() <= 10));
            prop_assert_eq!(report.success, report.statistics.unsuccessful_expectations == 0);
        }
    }
}
