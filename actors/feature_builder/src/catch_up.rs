//! The past of a feature set that gold does not hold, folded from silver: after an upgrade the set is as if it had been
//! there from the beginning.

use std::time::{Duration, Instant};

use wick_bus::lake::{FeatureRow, Lake, features_root};
use wick_bus::{Error, House, Layer, Result};
use wick_schemas::Timestamp;
use wick_schemas::time::{BAR, DAY, MINUTE};

use crate::chatter::SETTLED;
use crate::coverage::Coverage;
use crate::engine::Engine;
use crate::gold::{Gold, GoldRow};
use crate::history::{History, Piece, Step};
use crate::sets::Sets;

/// Candles of so long a time are in memory at once.
const PIECE: i64 = 2 * DAY;
/// Pieces between two snapshots.
const SNAPSHOT: usize = 7;
/// Candles that are folded before others of this thread have their turn.
const TURN: usize = 720;
/// How often it is said how far it is.
const SAID: Duration = Duration::from_secs(5);

/// What gold lacks up to a moment.
#[derive(Clone, Debug)]
pub struct Lacking {
    /// What it holds of each set, in their order.
    held: Vec<Coverage>,
    /// The first bar that it lacks; none where a state alone is to be rebuilt.
    first: Option<Timestamp>,
    /// When the oldest candle began.
    begin: Timestamp,
    /// The newest candle that counts.
    upto: Timestamp,
}

impl Lacking {
    /// What gold lacks of these sets, of what silver gives with candles up to `upto`.
    ///
    /// # Errors
    /// Where either cannot be read.
    pub async fn find(house: &House, history: &History, sets: &Sets, upto: Timestamp) -> Result<Option<Self>> {
        let Some(begin) = history.first().await?.filter(|begin| *begin <= upto) else { return Ok(None) };
        let root = Lake::folder(features_root(house));
        let held: Vec<Coverage> =
            sets.all().iter().map(|one| Coverage::of(&root, &one.set.id)).collect::<Result<_>>()?;
        // The last minute of a bar closes it; another one has closed the bars before its own.
        let (oldest, newest) = (begin.floor(BAR).shift(BAR), upto.shift(MINUTE).floor(BAR));
        let first = held.iter().filter_map(|held| held.lacks(oldest, newest)).min();
        Ok(Some(Self { held, first, begin, upto }))
    }

    /// Whether there is a bar that it lacks.
    #[must_use]
    pub fn any(&self) -> bool {
        self.first.is_some()
    }

    /// Folds silver up to the newest candle that counts, from the newest snapshot that has seen no bar that is lacking,
    /// and keeps what is. Gives the engine, which was told all that silver had known by then.
    ///
    /// # Errors
    /// Where silver or gold fail, or the house stops: what was kept stays, and the next one goes on from there.
    pub async fn build(&self, house: &House, history: &History, sets: &Sets, gold: &mut Gold) -> Result<Engine> {
        // A snapshot says that gold holds all before it. One that an older version made may say it wrongly.
        let before = self.first.map_or(self.upto, |first| first.shift(-MINUTE - 1).min(self.upto));
        gold.forget_snapshots_after(before)?;
        let (mut from, mut engine) = match gold.snapshot(before)? {
            Some((at, engine)) => (at, engine),
            None => (self.begin.shift(-1), Engine::new()),
        };
        // Texts that the snapshot's last bar did not count come again.
        let closed = engine.closed_until().unwrap_or(Timestamp::MIN);
        engine.context_mut().forget_uncounted(closed);
        let mut seen = closed.shift(-SETTLED);
        let names: Vec<&str> = sets.all().iter().map(|one| one.name.as_str()).collect();
        let (start, mut said, mut kept) = (from, Instant::now(), 0);
        tracing::info!(sets = ?names, lacking_from = ?self.first.map(Timestamp::rfc3339), from = %from.rfc3339(),
            upto = %self.upto.rfc3339(), "folding silver again: gold lacks bars of a feature set, or knows the past \
             otherwise");
        for piece in 1.. {
            if from >= self.upto {
                break;
            }
            let to = from.shift(PIECE).min(self.upto);
            let Piece { steps, rest } = history.piece(from, to, seen).await?;
            let candles = steps.len();
            let mut rows = self.fold(house, &mut engine, sets, steps).await?;
            rest.iter().for_each(|one| one.tell(engine.context_mut()));
            kept += rows.len();
            if candles > 0 && piece % SNAPSHOT == 0 && self.any() {
                rows.push(GoldRow::Snapshot(to, Box::new(engine.clone())));
            }
            gold.keep(rows).await?;
            (from, seen) = (to, seen.max(to));
            if said.elapsed() >= SAID {
                said = Instant::now();
                let share = 100 * (from - start) / (self.upto - start).max(1);
                tracing::info!(at = %from.date(), percent = share, rows = kept, "folding silver again");
            }
        }
        tracing::info!(rows = kept, upto = %self.upto.rfc3339(), "gold holds every bar of its feature sets");
        Ok(engine)
    }

    async fn fold(&self, house: &House, engine: &mut Engine, sets: &Sets, steps: Vec<Step>) -> Result<Vec<GoldRow>> {
        let mut rows = Vec::new();
        for (number, Step { told, candle }) in steps.into_iter().enumerate() {
            if number % TURN == 0 {
                tokio::task::yield_now().await;
                if house.stopping() {
                    return Err(Error::Stopping);
                }
            }
            told.iter().for_each(|one| one.tell(engine.context_mut()));
            for closed in engine.push(&candle) {
                for (one, held) in sets.all().iter().zip(&self.held) {
                    if !held.holds(closed.vector.as_of) {
                        rows.push(GoldRow::Features(FeatureRow(one.project(&closed.vector))));
                    }
                }
            }
        }
        Ok(rows)
    }
}
