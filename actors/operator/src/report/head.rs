//! What the report speaks of: which time, which forecasts, by whom, from where.

use std::collections::BTreeMap;

use serde::Serialize;
use wick_bus::House;
use wick_schemas::Timestamp;
use wick_schemas::report::Case;

use crate::error::Result;
use crate::scoreboard::read_origins;

/// What the report speaks of.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Head {
    /// The instrument.
    pub instrument: String,
    /// When the first forecast was made.
    pub from: Timestamp,
    /// When the last one was.
    pub to: Timestamp,
    /// Settled forecasts of all horizons.
    pub forecasts: usize,
    /// How many of them were made at which level.
    pub levels: BTreeMap<String, usize>,
    /// How many bars' forecasts rest on candles of which origin.
    pub origins: BTreeMap<String, i64>,
    /// Which model made how many, in the order of their first.
    pub models: Vec<Served>,
    /// Forecasts of which serving has no more than the score says.
    pub unserved: usize,
}

/// A model's share of the forecasts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Served {
    /// Its hash; empty for forecasts without a model.
    pub model: String,
    /// Settled forecasts of all horizons.
    pub forecasts: usize,
    /// When it made the first.
    pub from: Timestamp,
    /// When it made the last.
    pub to: Timestamp,
}

impl Head {
    /// Counts the cases of a horizon.
    pub fn count(&mut self, cases: &[Case]) {
        for Case { score, served } in cases {
            if self.forecasts == 0 {
                (self.from, self.to) = (score.origin, score.origin);
            }
            self.from = self.from.min(score.origin);
            self.to = self.to.max(score.origin);
            self.forecasts += 1;
            self.unserved += usize::from(served.is_none());
            match self.levels.get_mut(score.level.as_str()) {
                Some(count) => *count += 1,
                None => drop(self.levels.insert(score.level.as_str().to_owned(), 1)),
            }
            match self.models.iter_mut().find(|one| one.model == score.model) {
                Some(one) => {
                    one.forecasts += 1;
                    one.from = one.from.min(score.origin);
                    one.to = one.to.max(score.origin);
                }
                None => self.models.push(Served {
                    model: score.model.clone(),
                    forecasts: 1,
                    from: score.origin,
                    to: score.origin,
                }),
            }
        }
    }

    /// Adds what no score says.
    ///
    /// # Errors
    /// Where serving does not read.
    pub async fn finish(&mut self, house: &House) -> Result<()> {
        self.instrument = house.instrument().to_string();
        self.models.sort_by_key(|one| (one.from, one.to));
        self.origins = read_origins(house, self.from, self.to).await?;
        Ok(())
    }

    /// Whether somebody's invention is among what the forecasts rest on.
    #[must_use]
    pub fn simulated(&self) -> bool {
        self.origins.contains_key("simulated")
    }
}
