//! Which bars of a feature set gold holds: told by the names of its files where they say enough, and else by the rows.

use wick_bus::lake::{FeatureRow, Lake, Shelf, files_between, set_folder};
use wick_bus::{Error, Result};
use wick_schemas::Timestamp;
use wick_schemas::time::BAR;

/// Spans of bars without a hole, in order and apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage(Vec<(Timestamp, Timestamp)>);

impl Coverage {
    /// What gold at `root` holds of a set.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn of(root: &Lake, feature_set: &str) -> Result<Self> {
        let folder = set_folder(feature_set);
        let files = files_between(&root.files, &folder, Timestamp::MIN, Timestamp::MAX)?;
        // A file with as many rows as bars lie in its span has all of them.
        let (whole, torn): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| {
            file.rows.is_some_and(|rows| i64::try_from(rows) == Ok((file.last - file.first) / BAR + 1))
        });
        let mut spans: Vec<(Timestamp, Timestamp)> = whole.iter().map(|file| (file.first, file.last)).collect();
        // Nobody asks for files where none is torn: the journal's rows come along.
        let from = torn.iter().map(|file| file.first).min().unwrap_or(Timestamp::MAX);
        let to = torn.iter().map(|file| file.last).max().unwrap_or(Timestamp::MAX);
        let (frames, waiting) = Shelf::<FeatureRow>::columns_in(root, &folder, from, to)?;
        for frame in frames {
            let times = frame.column("as_of").and_then(|column| column.i64().cloned());
            let times = times.map_err(|error| Error::Lake {
                place: root.files.shown(&folder),
                reason: format!("{error}: a file of features without its moments"),
            })?;
            let times = (0..times.len()).filter_map(|place| times.get(place).map(Timestamp));
            spans.extend(times.map(|time| (time, time)));
        }
        spans.extend(waiting.iter().map(|row| (row.0.as_of, row.0.as_of)));
        Ok(Self::from_spans(spans))
    }

    fn from_spans(mut spans: Vec<(Timestamp, Timestamp)>) -> Self {
        spans.sort_unstable();
        let mut joined: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (first, last) in spans {
            match joined.last_mut() {
                Some(before) if first <= before.1.shift(BAR) => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }

    /// Whether it holds the bar that closed at this moment.
    #[must_use]
    pub fn holds(&self, as_of: Timestamp) -> bool {
        let place = self.0.partition_point(|(first, _)| *first <= as_of);
        place.checked_sub(1).is_some_and(|place| as_of <= self.0[place].1)
    }

    /// The first bar from `first` to `last` that it does not hold.
    #[must_use]
    pub fn lacks(&self, first: Timestamp, last: Timestamp) -> Option<Timestamp> {
        let held = self.0.iter().find(|(from, to)| *from <= first && first <= *to);
        let lacking = held.map_or(first, |(_, to)| to.shift(BAR));
        (lacking <= last).then_some(lacking)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use wick_schemas::{FeatureVector, Origin};

    use super::*;

    fn row(set: &str, bar: i64) -> FeatureRow {
        FeatureRow(FeatureVector {
            as_of: Timestamp(bar * BAR),
            feature_set: set.into(),
            price: 1.0,
            warm: false,
            minutes: 15,
            origin: Origin::Simulated,
            ingest_time: Timestamp(0),
            names: vec!["a".into()],
            values: vec![Some(bar as f64)],
        })
    }

    proptest! {
        // Each case writes files and waits for the disk.
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// Whatever files the rows are in, and whoever else has rows there.
        #[test]
        fn it_is_what_the_rows_say(bars in prop::collection::vec(1..60_i64, 1..40), settle in 1..9_usize) {
            let folder = tempfile::tempdir().expect("a folder");
            let lake = Lake::folder(folder.path());
            let mut shelf = Shelf::<FeatureRow>::open(&lake, settle).expect("a shelf");
            for some in bars.chunks(3) {
                shelf.keep(some.iter().flat_map(|bar| [row("a", *bar), row("b", 60 - *bar)]).collect()).expect("kept");
            }
            let (held, kept) = (Coverage::of(&lake, "a").expect("read"), BTreeSet::from_iter(bars));
            for bar in 0..62 {
                prop_assert_eq!(held.holds(Timestamp(bar * BAR)), kept.contains(&bar), "{} {:?}", bar, held);
                let lacks = (bar..62).find(|bar| !kept.contains(bar)).map(|bar| Timestamp(bar * BAR));
                prop_assert_eq!(held.lacks(Timestamp(bar * BAR), Timestamp(61 * BAR)), lacks);
            }
        }
    }
}
