//! Once a day, old days of bronze are compacted, beside everything else.

use wick_bus::lake::{Lake, LakeConfig};
use wick_bus::{Clock, House, Result, background};
use wick_schemas::Timestamp;
use wick_schemas::time::DAY;
use wick_schemas::topic::actor::FETCHER;

use crate::bronze::compact;

/// Looks after bronze.
pub struct Housekeeping {
    lake: Lake,
    clock: Clock,
    /// How old a day must be; `None` where nothing is compacted.
    days: Option<u32>,
    /// The day on which it was last done.
    done: Option<Timestamp>,
}

impl Housekeeping {
    /// For this lake, as `[lake]` says. A replay's is left alone: it may be the past that the settings call old.
    ///
    /// # Errors
    /// Where `[lake]` makes no sense.
    pub fn new(house: &House, lake: &Lake) -> Result<Self> {
        let config: LakeConfig = house.config.section("lake")?;
        let days = (config.compact_days > 0 && !house.replay).then_some(config.compact_days);
        Ok(Self { lake: lake.clone(), clock: house.clock.clone(), days, done: None })
    }

    /// Starts compacting where a new day has begun. What fails is tried again the next day.
    pub fn look(&mut self) {
        let (Some(days), now) = (self.days, self.clock.now()) else { return };
        if self.done.replace(now.floor(DAY)) == Some(now.floor(DAY)) {
            return;
        }
        let lake = self.lake.clone();
        let job = move |_: background::Abandoned<'_>| {
            match compact(&lake, days, now, &|_, _| {}) {
                Ok(done) if done.is_empty() => {}
                Ok(done) => tracing::info!(days = done.len(), "old days of bronze are compacted"),
                Err(error) => tracing::warn!(%error, "bronze could not be compacted: see `wick bronze verify`"),
            }
            Ok(())
        };
        // Nobody waits for it.
        if let Err(error) = background::start(FETCHER, job) {
            tracing::warn!(%error, "bronze is not compacted today");
        }
    }
}
