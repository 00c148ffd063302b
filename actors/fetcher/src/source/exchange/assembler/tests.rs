//! However socket, history and clock interleave: each minute once, in order, with its last numbers.

use proptest::prelude::*;
use wick_schemas::Venue;

use super::*;

const START: Timestamp = Timestamp(1_700_000_040_000);

fn minute(number: i64) -> Timestamp {
    START + number * MINUTE
}

fn row(number: i64, close: f64) -> Row {
    let price = Some(close);
    let candle = RawCandle {
        venue: Venue::Kraken,
        open_time: minute(number),
        open: price,
        high: price,
        low: price,
        close: price,
        volume: Some(1.0),
    };
    Row { candle, trades: Some(1), is_final: None }
}

fn history(numbers: std::ops::RangeInclusive<i64>, reach: usize) -> Page {
    let (from, through) = (minute(*numbers.start()), minute(*numbers.end()));
    let rows: Vec<Row> = numbers.map(|number| row(number, number as f64)).collect();
    let reaches = (rows.len() >= reach).then_some(from);
    Page { rows, through, from, reaches }
}

fn assembler(after: Option<Timestamp>) -> Assembler {
    Assembler::new(Venue::Kraken, false, after)
}

fn deal(id: u64, number: i64, price: f64) -> Trade {
    Trade { id, time: minute(number) + 30_000, price, amount: 1.0 }
}

fn minutes(candles: &[RawCandle]) -> Vec<i64> {
    candles.iter().map(|candle| (candle.open_time - START) / MINUTE).collect()
}

#[test]
fn a_minute_is_final_when_nothing_can_overtake_it() {
    let mut assembler = assembler(None);
    assert_eq!(minutes(&assembler.fill(&history(0..=4, 720)).candles), [0, 1, 2, 3, 4]);
    assembler.hear(&[row(5, 1.0)]);
    assembler.hear(&[row(6, 1.0)]);
    assembler.tick(minute(6));
    // The fifth was going on when the socket came: history has it.
    assert!(assembler.take().is_empty() && assembler.hole());
    assert_eq!(minutes(&assembler.fill(&history(0..=5, 720)).candles), [5]);
    assembler.hear(&[row(6, 2.0)]);
    assert!(assembler.take().is_empty() && !assembler.hole());
    // A seventh minute was seen, but what belongs to the sixth may still be on its way.
    assembler.hear(&[row(7, 3.0)]);
    assembler.hear(&[row(6, 2.5)]);
    assert!(assembler.take().is_empty());
    assembler.tick(minute(7));
    let candles = assembler.take();
    assert_eq!(minutes(&candles), [6]);
    assert_eq!(candles[0].close, Some(2.5));
    assert_eq!(assembler.hear(&[row(6, 9.0)]), [minute(6)]);
    assert!(assembler.take().is_empty());
    // Without a clock, the minute after the next says that it is over.
    assembler.hear(&[row(9, 1.0)]);
    assert_eq!(minutes(&assembler.take()), [7]);
}

#[test]
fn what_the_exchange_calls_final_is_given_at_once_and_nothing_else_is() {
    let last = |number, is_final| Row { is_final: Some(is_final), ..row(number, 1.0) };
    let mut assembler = assembler(Some(minute(0)));
    assembler.distrust(minute(1));
    // Its numbers are the whole minute's, whoever came in the middle of it.
    assembler.hear(&[last(1, true)]);
    assert_eq!(minutes(&assembler.take()), [1]);
    assembler.hear(&[last(2, false)]);
    assembler.tick(minute(3));
    // Its last numbers were lost on the way.
    assert!(assembler.take().is_empty() && assembler.hole());
}

#[test]
fn a_trade_that_was_not_heard_shows_by_its_number() {
    let mut assembler = Assembler::new(Venue::Coinbase, true, Some(minute(0)));
    assembler.trade(&[deal(1, 0, 5.0)]);
    assembler.trade(&[deal(3, 1, 6.0), deal(2, 1, 5.0)]);
    assembler.tick(minute(2));
    let candles = assembler.take();
    assert_eq!((minutes(&candles), candles[0].open, candles[0].close), (vec![1], Some(5.0), Some(6.0)));
    // 4 was lost: it may have been the last of the first minute or the first of the second.
    assembler.trade(&[deal(5, 2, 1.0), deal(6, 2, 1.0)]);
    assembler.tick(minute(3));
    assert!(assembler.take().is_empty() && assembler.hole());
    assert_eq!(minutes(&assembler.fill(&history(2..=2, 720)).candles), [2]);
    // 8 was lost.
    assembler.trade(&[deal(7, 3, 1.0), deal(9, 3, 1.0)]);
    assembler.tick(minute(4));
    assert!(assembler.take().is_empty() && assembler.hole());
    assembler.fill(&history(3..=3, 720));
    // 11 was lost, between this minute and the next.
    assembler.trade(&[deal(10, 4, 1.0), deal(12, 5, 1.0)]);
    assembler.tick(minute(5));
    assert!(assembler.take().is_empty() && assembler.hole());
}

#[test]
fn a_repeated_trade_is_not_late_and_another_one_is() {
    let mut assembler = Assembler::new(Venue::Bitstamp, false, Some(minute(0)));
    assembler.trade(&[deal(1, 0, 5.0)]);
    assembler.trade(&[deal(4, 1, 6.0)]);
    assembler.tick(minute(2));
    assert_eq!(minutes(&assembler.take()), [1]);
    assert!(assembler.trade(&[deal(4, 1, 6.0)]).is_empty());
    assert_eq!(assembler.trade(&[deal(5, 1, 7.0)]), [minute(1)]);
}

#[test]
fn after_a_message_that_was_lost_an_older_one_does_not_make_the_minute_whole() {
    let mut assembler = assembler(Some(minute(0)));
    assembler.hear(&[row(1, 1.0)]);
    assembler.hear(&[row(2, 1.0)]);
    assembler.distrust(minute(3));
    assembler.hear(&[row(2, 1.0)]);
    assembler.hear(&[row(3, 1.0)]);
    assembler.tick(minute(4));
    assert!(assembler.take().is_empty() && assembler.hole());
    assembler.fill(&history(1..=3, 720));
    assembler.hear(&[row(4, 1.0)]);
    assembler.tick(minute(5));
    assert_eq!(minutes(&assembler.take()), [4]);
}

#[test]
fn a_minute_is_final_by_the_clock_where_nobody_trades_after_it() {
    let mut assembler = assembler(Some(minute(0)));
    assembler.hear(&[row(1, 1.0)]);
    assembler.fill(&history(0..=1, 720));
    assembler.hear(&[row(2, 1.0)]);
    assembler.tick(minute(3) - 1);
    assert!(assembler.take().is_empty());
    assembler.tick(minute(3));
    assert_eq!(minutes(&assembler.take()), [2]);
    // A minute that nobody heard of may have no trades: history says.
    assembler.tick(minute(4));
    assert!(assembler.hole());
    let quiet = Page { rows: vec![Row { trades: Some(0), ..row(3, 1.0) }], ..history(3..=3, 720) };
    assert!(assembler.fill(&quiet).candles.is_empty());
    assert!(!assembler.hole());
}

#[test]
fn history_that_lags_behind_the_socket_does_not_unsay_what_was_heard() {
    let mut assembler = assembler(Some(minute(0)));
    assembler.distrust(minute(1));
    for (id, number) in [(7, 1), (8, 3), (9, 4)] {
        assembler.trade(&[deal(id, number, number as f64)]);
    }
    assembler.tick(minute(5));
    assert!(assembler.take().is_empty() && assembler.hole());
    // Time enough has passed for four minutes, and it has one.
    let behind = Page { rows: vec![row(1, 1.0)], through: minute(4), from: minute(1), reaches: None };
    let fill = assembler.fill(&behind);
    assert_eq!((minutes(&fill.candles), fill.filled), (vec![1], Some((minute(1), minute(1)))));
    assert_eq!(assembler.fill(&behind), Fill::default());
    assert!(assembler.take().is_empty() && assembler.hole());
    // What is traded in the third shows that the second was quiet.
    let nearer = Page { rows: vec![row(1, 1.0), row(3, 3.0)], ..behind.clone() };
    assert_eq!(assembler.fill(&nearer).filled, Some((minute(2), minute(3))));
    assert_eq!(minutes(&assembler.take()), [4]);
    // Of minutes that nobody heard of, it is believed that they were quiet.
    assembler.tick(minute(8));
    assert_eq!(assembler.fill(&Page { through: minute(7), ..behind }).filled, Some((minute(5), minute(7))));
    assert!(!assembler.hole());
}

#[test]
fn of_a_minute_that_was_heard_in_part_history_must_know() {
    let mut assembler = assembler(Some(minute(0)));
    assembler.distrust(minute(1));
    assembler.trade(&[deal(7, 1, 1.0)]);
    assembler.tick(minute(3));
    let empty = Page { rows: Vec::new(), through: minute(2), from: minute(1), reaches: None };
    assert_eq!(assembler.fill(&empty), Fill::default());
    assert!(assembler.hole());
    assert_eq!(minutes(&assembler.fill(&Page { rows: vec![row(1, 1.0)], ..empty }).candles), [1]);
    assert!(!assembler.hole());
}

#[test]
fn what_history_does_not_reach_is_said() {
    let mut assembler = assembler(Some(minute(0)));
    let fill = assembler.fill(&history(10..=19, 10));
    assert_eq!(fill.short, Some((minute(1), minute(9))));
    assert_eq!(fill.filled, Some((minute(10), minute(19))));
    assert_eq!(assembler.fill(&history(10..=19, 10)), Fill::default());
}

/// What may happen between two minutes of the market.
#[derive(Clone, Debug)]
enum Event {
    Update,
    NextMinute,
    Cut,
    History,
    Tick,
}

proptest! {
    /// However socket, history and clock interleave: each minute once, in order, with its last value.
    #[test]
    fn no_minute_is_lost_doubled_or_given_early(
        events in proptest::collection::vec(
            prop_oneof![
                4 => Just(Event::Update), 3 => Just(Event::NextMinute), 1 => Just(Event::Cut),
                2 => Just(Event::History), 2 => Just(Event::Tick),
            ],
            1..200,
        )
    ) {
        // A minute's final value is its number; while it goes on it is its number less a bit.
        let value = |number: i64, updates: i64| number as f64 - 0.5 + 0.01 * updates as f64;
        let mut assembler = assembler(Some(minute(-1)));
        let (mut now, mut updates) = (0_i64, 0_i64);
        let mut joined: Option<i64> = None;
        let mut finals: BTreeMap<i64, f64> = BTreeMap::new();
        let mut given: Vec<RawCandle> = Vec::new();
        for event in events {
            match event {
                Event::Update => {
                    updates += 1;
                    // Whoever came in the middle of a minute may know only a part of it.
                    let is_partial = *joined.get_or_insert(now) == now;
                    let close = if is_partial { -1.0 } else { value(now, updates) };
                    assembler.hear(&[row(now, close)]);
                }
                Event::NextMinute => {
                    finals.insert(now, value(now, updates));
                    (now, updates) = (now + 1, 0);
                }
                Event::Cut if joined.is_some() => {
                    updates += 1; // a trade that the old socket did not hear
                    joined = None;
                    assembler.distrust(minute(now));
                }
                Event::Cut => {}
                Event::History if now > 0 => {
                    let rows = finals.iter().map(|(number, close)| row(*number, *close)).collect();
                    let page = Page { rows, ..history(0..=now - 1, 720) };
                    given.extend(assembler.fill(&page).candles);
                }
                Event::History => {}
                Event::Tick => assembler.tick(minute(now)),
            }
            given.extend(assembler.take());
            let numbers = minutes(&given);
            prop_assert!(numbers.iter().copied().eq(0..numbers.len() as i64), "{numbers:?}");
            for candle in &given {
                let number = (candle.open_time - START) / MINUTE;
                prop_assert_eq!(candle.close, finals.get(&number).copied());
            }
        }
    }
}
