//! What the house has said, as far as one answers from it: a pure fold of messages.

use wick_bus::serving::Kept;
use wick_schemas::time::BAR;
use wick_schemas::{
    CandleValidated, CoverageMissed, DriftDetected, Envelope, Forecast, Horizon, Level, ModelPromoted, ModelRefused,
    ModelRolledBack, ModelTrained, Origin, Prediction, PredictionsScored, Result, SkillDegraded, Timestamp, Topic,
    Venue, topic,
};

/// Older than so much, a forecast is stale and features are not fresh: one bar may be missed, two may not.
pub const PATIENCE: i64 = 2 * BAR;

/// A forecast for one horizon, with what its message says around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The id of its message, shared by the horizons of a bar.
    pub id: String,
    /// The close of the bar.
    pub as_of: Timestamp,
    /// The price that it starts from.
    pub price: f64,
    /// How the newest candle reached us.
    pub origin: Origin,
    /// What it was made with.
    pub level: Level,
    /// Hash of the model; empty at level `baseline`.
    pub model: String,
    /// Id of the feature set.
    pub feature_set: String,
    /// Venues of which minutes were missing.
    pub gaps: Vec<Venue>,
    /// The forecast.
    pub forecast: Forecast,
}

impl Made {
    /// What the forecast is worth at `now` ([`View::market`]): what it was made with, until it has grown old.
    #[must_use]
    pub fn level_at(&self, now: Timestamp) -> Level {
        if now - self.as_of > PATIENCE { Level::Stale } else { self.level }
    }
}

impl From<Kept> for Made {
    fn from(kept: Kept) -> Self {
        let Kept { id, as_of, price, origin, level, model, feature_set, gaps, forecast, .. } = kept;
        Self { id, as_of, price, origin, level, model, feature_set, gaps, forecast }
    }
}

/// The model that serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Champion {
    /// Its hash.
    pub model: String,
    /// From when.
    pub serves_from: Timestamp,
    /// The one before it.
    pub previous: Option<String>,
    /// Which decision of the trainer's put it there: the latest counts, not the one that reaches furthest ahead. 0 where that
    /// is only read of.
    pub number: u64,
}

/// What was last said of everything that is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The newest forecast of each horizon.
    pub forecasts: [Option<Made>; 4],
    /// The newest candle of any venue.
    pub candle: Option<CandleValidated>,
    /// The newest feature vector's moment.
    pub features_at: Option<Timestamp>,
    /// When forecasts were last scored.
    pub scored_at: Option<Timestamp>,
    /// The newest drift of the features.
    pub drifted: Option<DriftDetected>,
    /// The newest loss of skill.
    pub skill_lost: Option<SkillDegraded>,
    /// The newest interval that missed its share.
    pub coverage_missed: Option<CoverageMissed>,
    /// The newest training.
    pub trained: Option<ModelTrained>,
    /// The newest refusal.
    pub refused: Option<ModelRefused>,
    /// The model that serves, or is the next to.
    pub champion: Option<Champion>,
}

/// The forecasts of a bar, one by one.
pub fn made_of<'a>(id: &'a str, prediction: &'a Prediction) -> impl Iterator<Item = Made> + 'a {
    prediction.forecasts.iter().map(move |forecast| Made {
        id: id.to_owned(),
        as_of: prediction.as_of,
        price: prediction.price,
        origin: prediction.origin,
        level: prediction.level,
        model: prediction.model.clone(),
        feature_set: prediction.feature_set.clone(),
        gaps: prediction.gaps.clone(),
        forecast: forecast.clone(),
    })
}

type Fold = fn(&mut View, &Envelope) -> Result<()>;

/// What is listened to, and what becomes of it.
pub const FOLDS: [(Topic, Fold); 11] = [
    (topic::CANDLES_VALIDATED, |view, message| {
        view.candle(message.open()?);
        Ok(())
    }),
    // Only its moment is asked for, which the envelope tells.
    (topic::FEATURES_BUILT, |view, message| {
        view.features_at = view.features_at.max(Some(message.time));
        Ok(())
    }),
    (topic::PREDICTIONS_MADE, |view, message| {
        view.prediction(message.id.as_str(), &message.open()?);
        Ok(())
    }),
    (topic::PREDICTIONS_SCORED, |view, message| {
        let scored: PredictionsScored = message.open()?;
        view.scored_at = view.scored_at.max(Some(scored.at));
        Ok(())
    }),
    (topic::DRIFT_DETECTED, |view, message| {
        newer(&mut view.drifted, message.open()?, |drifted| drifted.at);
        Ok(())
    }),
    (topic::SKILL_DEGRADED, |view, message| {
        newer(&mut view.skill_lost, message.open()?, |lost| lost.at);
        Ok(())
    }),
    (topic::COVERAGE_MISSED, |view, message| {
        newer(&mut view.coverage_missed, message.open()?, |missed| missed.at);
        Ok(())
    }),
    (topic::MODELS_TRAINED, |view, message| {
        newer(&mut view.trained, message.open()?, |trained| trained.at);
        Ok(())
    }),
    (topic::MODELS_PROMOTED, |view, message| {
        let ModelPromoted { model, serves_from, previous, number, .. } = message.open()?;
        view.champion(Champion { model, serves_from, previous, number });
        Ok(())
    }),
    (topic::MODELS_REFUSED, |view, message| {
        newer(&mut view.refused, message.open()?, |refused| refused.at);
        Ok(())
    }),
    (topic::MODELS_ROLLED_BACK, |view, message| {
        let ModelRolledBack { model, serves_from, replaced, number, .. } = message.open()?;
        view.champion(Champion { model, serves_from, previous: Some(replaced), number });
        Ok(())
    }),
];

/// Takes what is not older; of the same moment, what was said last.
fn newer<T, O: PartialOrd>(held: &mut Option<T>, told: T, at: fn(&T) -> O) {
    if held.as_ref().is_none_or(|held| at(held) <= at(&told)) {
        *held = Some(told);
    }
}

impl View {
    /// Takes in a message; one of a kind that nobody asks for changes nothing.
    ///
    /// # Errors
    /// Where the message is not what it says; the view is then as it was.
    pub fn fold(&mut self, message: &Envelope) -> Result<()> {
        match FOLDS.iter().find(|(topic, _)| topic.name == message.kind) {
            Some((_, fold)) => fold(self, message),
            None => Ok(()),
        }
    }

    /// Takes in a candle.
    pub fn candle(&mut self, candle: CandleValidated) {
        newer(&mut self.candle, candle, |held| held.candle.open_time);
    }

    /// Takes in the forecasts of a bar.
    pub fn prediction(&mut self, id: &str, prediction: &Prediction) {
        made_of(id, prediction).for_each(|made| self.made(made));
    }

    /// Takes in a forecast for one horizon.
    pub fn made(&mut self, made: Made) {
        newer(&mut self.forecasts[made.forecast.horizon.index()], made, |made| made.as_of);
    }

    /// Takes in what was decided of who serves from when.
    pub fn champion(&mut self, champion: Champion) {
        newer(&mut self.champion, champion, |champion| (champion.number, champion.serves_from));
    }

    /// The newest forecasts, nearest horizon first: of one horizon, or of each.
    pub fn latest(&self, horizon: Option<Horizon>) -> impl Iterator<Item = &Made> {
        let wanted = move |made: &&Made| horizon.is_none_or(|horizon| horizon == made.forecast.horizon);
        self.forecasts.iter().flatten().filter(wanted)
    }

    /// What time it is in the market: the clock's, but a recorded market's is that of its newest candle.
    #[must_use]
    pub fn market(&self, clock: Timestamp) -> Timestamp {
        let recorded = self.candle.filter(|told| told.origin == Origin::Replay);
        recorded.map_or(clock, |told| told.candle.close_time())
    }

    /// How the newest datum reached us: that nobody traded at a price must not be overlooked.
    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        let made = self.latest(None).map(|made| (made.as_of, made.origin));
        let candle = self.candle.iter().map(|told| (told.candle.close_time(), told.origin));
        made.chain(candle).max_by_key(|(at, _)| *at).map(|(_, origin)| origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::samples::{candle, prediction};
    use proptest::prelude::*;
    use wick_schemas::{Cause, Instrument, Payload};

    fn message<P: Payload>(payload: &P) -> Envelope {
        Envelope::wrap(payload, "test", &Instrument::new("BTC-USD").expect("a pair"), None).expect("wraps")
    }

    fn promoted(model: &str, bar: i64) -> ModelPromoted {
        ModelPromoted {
            serves_from: Timestamp(bar * BAR),
            model: model.into(),
            previous: None,
            feature_set: "f".into(),
            cause: Cause::Schedule,
            requested_by: "test".into(),
            reasons: Vec::new(),
            number: 0,
        }
    }

    #[test]
    fn a_forecast_is_what_it_was_made_with_until_two_bars_have_passed() {
        let mut view = View::default();
        view.fold(&message(&prediction(Timestamp(10 * BAR), Level::Previous))).expect("folds");
        let made = view.latest(Some(Horizon::H4)).next().expect("made");
        assert_eq!(made.level_at(Timestamp(12 * BAR)), Level::Previous);
        assert_eq!(made.level_at(Timestamp(12 * BAR + 1)), Level::Stale);
        assert_eq!(view.latest(None).count(), 4);
    }

    #[test]
    fn a_recorded_market_grows_old_by_its_own_time() {
        let mut view = View::default();
        view.prediction("p", &prediction(Timestamp(10 * BAR), Level::Champion));
        let level =
            |view: &View| view.forecasts[0].as_ref().map(|made| made.level_at(view.market(Timestamp(9_000 * BAR))));
        assert_eq!(level(&view), Some(Level::Stale), "nothing says that it is recorded");
        for (opens, expected) in [(11, Level::Champion), (12, Level::Stale)] {
            view.candle(CandleValidated { origin: Origin::Replay, ..candle(Timestamp(opens * BAR)) });
            assert_eq!(level(&view), Some(expected));
        }
        for origin in [Origin::Live, Origin::Simulated] {
            view.candle(CandleValidated { origin, ..candle(Timestamp(20 * BAR)) });
            assert_eq!(view.market(Timestamp(9_000 * BAR)), Timestamp(9_000 * BAR), "{origin:?}");
        }
    }

    #[test]
    fn of_the_same_moment_the_last_word_counts_and_an_older_one_never() {
        let mut view = View::default();
        view.fold(&message(&promoted("a", 8))).expect("folds");
        view.fold(&message(&promoted("b", 8))).expect("folds");
        view.fold(&message(&promoted("c", 7))).expect("folds");
        assert_eq!(view.champion.as_ref().map(|champion| champion.model.as_str()), Some("b"));
        let back = ModelRolledBack {
            serves_from: Timestamp(9 * BAR),
            model: "a".into(),
            replaced: "b".into(),
            cause: Cause::Schedule,
            requested_by: "test".into(),
            number: 2,
        };
        view.fold(&message(&back)).expect("folds");
        let previous = Some("b".to_owned());
        let expected = Champion { model: "a".into(), serves_from: Timestamp(9 * BAR), previous, number: 2 };
        assert_eq!(view.champion.as_ref(), Some(&expected));
        // Put off for longer, but decided before.
        view.fold(&message(&ModelPromoted { number: 1, ..promoted("d", 12) })).expect("folds");
        assert_eq!(view.champion, Some(expected));
        view.fold(&message(&ModelPromoted { number: 3, ..promoted("d", 12) })).expect("folds");
        assert_eq!(view.champion.map(|champion| champion.model).as_deref(), Some("d"));
    }

    #[test]
    fn what_is_not_what_it_says_changes_nothing() {
        let mut view = View::default();
        let mut wrong = message(&prediction(Timestamp(BAR), Level::Champion));
        wrong.data = "{}".into();
        assert!(view.fold(&wrong).is_err());
        wrong.kind = "somebody.else".into();
        assert!(view.fold(&wrong).is_ok());
        assert_eq!(view, View::default());
    }

    #[test]
    fn the_origin_is_that_of_the_newest_datum() {
        let mut view = View::default();
        assert_eq!(view.origin(), None);
        view.prediction("p", &prediction(Timestamp(10 * BAR), Level::Champion));
        assert_eq!(view.origin(), Some(Origin::Simulated));
        view.candle(CandleValidated { origin: Origin::Live, ..candle(Timestamp(10 * BAR)) });
        assert_eq!(view.origin(), Some(Origin::Live));
    }

    proptest! {
        #[test]
        fn whatever_the_order_the_newest_stays(bars in proptest::collection::vec(1i64..1000, 1..30)) {
            let mut view = View::default();
            for bar in &bars {
                view.fold(&message(&prediction(Timestamp(bar * BAR), Level::Champion))).expect("folds");
                view.fold(&message(&candle(Timestamp(bar * BAR)))).expect("folds");
            }
            let newest = Timestamp(bars.iter().max().expect("some") * BAR);
            prop_assert!(view.latest(None).all(|made| made.as_of == newest));
            prop_assert_eq!(view.candle.map(|told| told.candle.open_time), Some(newest));
        }
    }
}
