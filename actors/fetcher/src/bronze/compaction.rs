//! Days of bronze that nobody adds to any more, each made one strongly compressed file.

use wick_bus::Result;
use wick_bus::lake::{self, Compacted, Lake, Record, due};
use wick_schemas::Timestamp;
use wick_schemas::time::DAY;

use super::{BronzeArticle, BronzeCandle, BronzeFrame, BronzePost, BronzeReading};

/// Compacts every day of every kind that ended `days` days before `now` or earlier. `told` hears how many days are done,
/// and of how many. Another thread or process may write bronze meanwhile, and anyone may read it.
///
/// It works for minutes where there are years: not on an actor's thread.
///
/// # Errors
/// Where the disk or the bucket refuses. A day with a damaged file is left as it is and does not keep others from
/// being compacted; the first such error is given back at the end.
pub fn compact(lake: &Lake, days: u32, now: Timestamp, told: &dyn Fn(usize, usize)) -> Result<Vec<Compacted>> {
    let before = now.shift(-i64::from(days) * DAY);
    let mut jobs = Vec::new();
    plan::<BronzeCandle>(lake, before, &mut jobs)?;
    plan::<BronzeFrame>(lake, before, &mut jobs)?;
    plan::<BronzeArticle>(lake, before, &mut jobs)?;
    plan::<BronzePost>(lake, before, &mut jobs)?;
    plan::<BronzeReading>(lake, before, &mut jobs)?;
    let (mut done, mut failed) = (Vec::new(), None);
    for (place, (partition, compact)) in jobs.iter().enumerate() {
        match compact(lake, partition) {
            Ok(compacted) => done.extend(compacted),
            Err(error) => {
                tracing::warn!(partition, %error, "a day could not be compacted");
                failed = failed.or(Some(error));
            }
        }
        told(place + 1, jobs.len());
    }
    failed.map_or(Ok(done), Err)
}

type Job = (String, fn(&Lake, &str) -> Result<Option<Compacted>>);

fn plan<R: Record>(lake: &Lake, before: Timestamp, jobs: &mut Vec<Job>) -> Result<()> {
    jobs.extend(due::<R>(lake, before)?.into_iter().map(|folder| (folder, lake::compact::<R> as _)));
    Ok(())
}
