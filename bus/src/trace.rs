//! The way of a forecast backwards, as far as files tell it: the gold that holds its vector, and the bronze that its candles
//! came in.

use wick_schemas::Timestamp;
use wick_schemas::time::BAR;

use crate::error::Result;
use crate::house::House;
use crate::lake::{Lake, Listed, features_root, files_between, set_folder};

/// The folder of bronze that features are made of.
const CANDLES: &str = "kind=candle";

/// What a feature vector rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// The oldest moment that look-backs reach.
    pub from: Timestamp,
    /// The files of gold that hold the vector; none while it is in the journal.
    pub gold: Vec<Listed>,
    /// The files of bronze with what came from then on.
    pub bronze: Vec<Listed>,
}

impl Behind {
    /// What the vector of this set and moment rests on, where its look-backs reach so many bars.
    ///
    /// # Errors
    /// Where gold or bronze cannot be listed.
    pub fn of(house: &House, feature_set: &str, as_of: Timestamp, bars: i64) -> Result<Self> {
        let from = as_of.shift(-bars.saturating_mul(BAR));
        let gold = Lake::folder(features_root(house)).files;
        let bronze = Lake::bronze(&house.config)?.files;
        Ok(Self {
            from,
            gold: files_between(&gold, &set_folder(feature_set), as_of, as_of)?,
            // What began at the close of the bar was not known.
            bronze: files_between(&bronze, CANDLES, from, as_of.shift(-1))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;

    use super::*;
    use crate::config::Config;

    #[test]
    fn a_vector_rests_on_what_was_known_and_looked_back_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let flags = [("data_dir".to_owned(), folder.path().display().to_string())];
        let house = House::new(Config::load(None, &flags).expect("settings"), String::new(), watch::channel(false).1)
            .expect("a house");
        let as_of = Timestamp(1_704_110_400_000);
        let from = as_of.shift(-4 * BAR);
        // What lies in between is told by the names of files.
        let file = |place: &str, first: Timestamp, last: Timestamp| {
            let place = folder.path().join(place);
            std::fs::create_dir_all(&place).expect("a folder");
            let name = format!("{}_{}_0123456789abcdef.parquet", first.millis(), last.millis());
            std::fs::write(place.join(&name), "").expect("a file");
            name
        };
        let candles = "bronze/kind=candle/source=kraken/date=2024-01-01";
        file(candles, from.shift(-BAR), from.shift(-1));
        let oldest = file(candles, from.shift(-BAR), from);
        let newest = file(candles, as_of.shift(-1), as_of.shift(BAR));
        file(candles, as_of, as_of.shift(BAR));
        file("bronze/kind=article/source=desk/date=2024-01-01", from, as_of);
        let month = "gold/features/set=ours/month=2024-01";
        file(month, from, as_of.shift(-BAR));
        let vector = file(month, as_of, as_of.shift(BAR));
        file("gold/features/set=other/month=2024-01", from, as_of);

        let behind = Behind::of(&house, "ours", as_of, 4).expect("files");
        let names = |files: &[Listed]| -> Vec<String> {
            files.iter().map(|file| file.path.rsplit('/').next().unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(behind.from, from);
        assert_eq!(names(&behind.bronze), [oldest, newest]);
        assert_eq!(names(&behind.gold), [vector]);
    }
}
