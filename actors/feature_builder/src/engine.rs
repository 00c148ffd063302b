//! The fold from candles to closed bars: the one place where features are computed, live and in the past alike.

use serde::{Deserialize, Serialize};
use wick_schemas::time::{BAR, MINUTE, Timestamp};
use wick_schemas::{CandleValidated, FeatureSet, FeatureVector, TargetsMatured};

use crate::averages::Averages;
use crate::bar::{Bar, Forming, Minute, Terms};
use crate::context::Context;
use crate::features::{self, COMING, Now};
use crate::season::Season;
use crate::targets;
use crate::window::{WEEK, Window};

/// What the close of a bar makes known.
#[derive(Clone, Debug, PartialEq)]
pub struct Closed {
    /// The features at the close.
    pub vector: FeatureVector,
    /// The outcomes that the close completes; it may hold none.
    pub matured: TargetsMatured,
}

/// Folds one instrument's candles, in the order of their time, into bars, features and outcomes.
///
/// It is a pure function of the candles pushed and of what it was told besides, and its whole state can be written and read back: an engine read back
/// goes on bit for bit as the one that was written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Engine {
    newest: Option<Minute>,
    forming: Option<Forming>,
    closed_until: Option<Timestamp>,
    window: Window,
    averages: Averages,
    season: Season,
    #[serde(default)]
    context: Context,
}

impl Engine {
    /// Warm-up, in bars, of the slowest feature: an engine that has closed so many is warm.
    pub const LOOKBACK: usize = WEEK + 1;

    /// An engine that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the values of every vector are.
    #[must_use]
    pub fn feature_set() -> &'static FeatureSet {
        features::set()
    }

    /// The moment up to which candles are known: the close of the newest candle taken.
    #[must_use]
    pub fn known_until(&self) -> Option<Timestamp> {
        self.newest.map(|newest| newest.open_time + MINUTE)
    }

    /// The close of the newest bar.
    #[must_use]
    pub fn closed_until(&self) -> Option<Timestamp> {
        self.closed_until
    }

    /// What is known besides the candles of the series.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The same, to be told more. What is told counts from the next close on.
    pub fn context_mut(&mut self) -> &mut Context {
        &mut self.context
    }

    /// Takes the next candle and tells which bars it closes, oldest first.
    ///
    /// Usually none. The candle that ends at its bar's end closes it at once. The first candle of a later bar closes
    /// the one that was left unfinished, and every bar without a candle in between: there the last price stands and
    /// nothing is traded. So the bars have no holes, and a long gap gives many at once.
    ///
    /// A candle that is not after the newest one was seen before or came too late to be counted: it changes nothing.
    pub fn push(&mut self, candle: &CandleValidated) -> Vec<Closed> {
        if self.newest.is_some_and(|newest| candle.candle.open_time <= newest.open_time) {
            return Vec::new();
        }
        let mut closed = Vec::new();
        if let Some(newest) = self.newest {
            self.close_before(candle.candle.open_time.floor(BAR), &newest, &mut closed);
        }
        let minute = Minute::after(self.newest.as_ref(), candle);
        let forming = match self.forming {
            Some(mut forming) => {
                forming.add(&candle.candle, &minute);
                forming
            }
            None => Forming::begin(&candle.candle, &minute),
        };
        self.newest = Some(minute);
        if candle.candle.close_time() < forming.end() {
            self.forming = Some(forming);
        } else {
            self.forming = None;
            closed.push(self.close(&forming.close(), &minute));
        }
        closed
    }

    /// Closes what ends by `start`: nothing known later than `newest` takes part.
    fn close_before(&mut self, start: Timestamp, newest: &Minute, closed: &mut Vec<Closed>) {
        if let Some(forming) = self.forming.take_if(|forming| forming.start < start) {
            closed.push(self.close(&forming.close(), newest));
        }
        while let Some(empty) = self.closed_until.filter(|until| self.forming.is_none() && *until < start) {
            closed.push(self.close(&Bar::empty(empty, newest), newest));
        }
    }

    fn close(&mut self, bar: &Bar, newest: &Minute) -> Closed {
        let as_of = bar.end();
        self.closed_until = Some(as_of);
        let expected = self.season.expected(bar.start);
        self.window.push(Terms { season: expected.rv, volume_season: expected.volume, ..bar.terms });
        self.averages.update(&bar.terms);
        let totals = self.window.totals();
        // What was expected of the bar was said before it was learnt from.
        self.season.learn(bar, &totals.week);
        let around = self.context.close(as_of, bar.terms.log_close);
        let coming = self.season.coming(as_of, COMING);
        let now = Now { bar, totals: &totals, averages: &self.averages, around: &around, coming };
        let values = features::values(&now);
        let set = features::set();
        let vector = FeatureVector {
            as_of,
            feature_set: set.id.clone(),
            price: bar.close,
            warm: values.iter().all(Option::is_some),
            minutes: bar.minutes,
            origin: newest.origin,
            ingest_time: newest.ingest_time,
            names: set.names(),
            values,
        };
        Closed { vector, matured: targets::matured(as_of, &totals) }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod reference;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{START, candle};

    fn push_all(engine: &mut Engine, minutes: impl IntoIterator<Item = i64>) -> Vec<Closed> {
        minutes.into_iter().flat_map(|minute| engine.push(&candle(minute, 100.0 + minute as f64, 1.0))).collect()
    }

    #[test]
    fn the_last_minute_closes_its_bar_at_once() {
        let mut engine = Engine::new();
        assert_eq!(engine.known_until(), None);
        assert!(push_all(&mut engine, 0..14).is_empty());
        let closed = push_all(&mut engine, [14]);
        let [Closed { vector, matured }] = closed.as_slice() else { panic!("one bar, not {}", closed.len()) };
        assert_eq!((vector.as_of, vector.minutes, vector.price), (START + BAR, 15, 114.0));
        assert_eq!(vector.ingest_time, START + BAR + 1_000);
        assert_eq!(vector.names.len(), vector.values.len());
        assert_eq!(vector.feature_set, Engine::feature_set().id);
        assert!(!vector.warm && vector.value("log_rv_1").is_some() && vector.value("return_1").is_none());
        assert_eq!((matured.at, matured.targets.len()), (vector.as_of, 0));
        assert_eq!(engine.known_until(), Some(START + BAR));
    }

    #[test]
    fn a_later_bar_closes_the_unfinished_one_and_every_empty_one() {
        let mut engine = Engine::new();
        assert!(push_all(&mut engine, [3, 5]).is_empty());
        let closed = push_all(&mut engine, [47]);
        let said: Vec<_> = closed.iter().map(|c| (c.vector.as_of - START, c.vector.minutes, c.vector.price)).collect();
        assert_eq!(said, [(BAR, 2, 105.0), (2 * BAR, 0, 105.0), (3 * BAR, 0, 105.0)]);
        // What is known of an empty bar is the candle before it, not the one that revealed it.
        assert!(closed.iter().all(|c| c.vector.ingest_time == START + 6 * MINUTE + 1_000));
        assert_eq!(closed[2].vector.value("return_2"), Some(0.0));
        assert_eq!(closed[2].matured.targets.len(), 1);
        // After a whole bar there is no unfinished one, and the gap is filled from its end.
        assert_eq!(push_all(&mut engine, 48..60).len(), 1);
        let closed = push_all(&mut engine, [89]);
        assert_eq!(closed.iter().map(|c| c.vector.minutes).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn a_return_over_missing_minutes_counts_in_the_bar_that_reveals_it() {
        let mut engine = Engine::new();
        push_all(&mut engine, [0]);
        let closed = push_all(&mut engine, [44]);
        let rv = (144.0_f64 / 100.0).ln().powi(2);
        let log_rv = |index: usize| closed[index].vector.value("log_rv_1").expect("full").exp();
        assert!(log_rv(0) < 1.1e-9 && log_rv(1) < 1.1e-9);
        assert!((log_rv(2) - rv).abs() < 1e-8);
        assert_eq!(closed[2].matured.targets[0].log_return, (144.0_f64).ln() - (100.0_f64).ln());
    }

    #[test]
    fn a_candle_seen_before_or_too_late_changes_nothing() {
        let mut engine = Engine::new();
        push_all(&mut engine, [0, 1, 3, 20]);
        let before = engine.clone();
        assert!(push_all(&mut engine, [20, 2, 0, -5]).is_empty());
        assert_eq!(engine, before);
    }
}
