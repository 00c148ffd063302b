//! Every table of the lake: its layer, its key, its one owner.

use crate::topic::actor::{DRIFT_MONITOR, FEATURE_BUILDER, FETCHER, PREDICTOR, TRAINER, VALIDATOR};

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its layer: the name of the owner's file that writes it.
    pub layer: &'static str,
    /// The one actor that writes it.
    pub owner: &'static str,
    /// The columns that make a row unique.
    pub key: &'static [&'static str],
    /// Where it is kept, below the data folder.
    pub place: &'static str,
    /// What a row says.
    pub says: &'static str,
}

/// Every table, in the order of the flow.
pub const ALL: &[Table] = &[
    Table {
        name: "candles",
        layer: "bronze",
        owner: FETCHER,
        key: &["sequence"],
        place: "bronze/kind=candle/source=<venue>/date=<day>/*.parquet",
        says: "a candle as received, with both times",
    },
    Table {
        name: "frames",
        layer: "bronze",
        owner: FETCHER,
        key: &["sequence"],
        place: "bronze/kind=frame/source=<sender>/date=<day>/*.parquet",
        says: "an answer or a message of a socket, byte for byte, with address, status and time",
    },
    Table {
        name: "articles",
        layer: "bronze",
        owner: FETCHER,
        key: &["sequence"],
        place: "bronze/kind=article/source=<publisher>/date=<day>/*.parquet",
        says: "an article as received, with both times",
    },
    Table {
        name: "posts",
        layer: "bronze",
        owner: FETCHER,
        key: &["sequence"],
        place: "bronze/kind=post/source=<service>/date=<day>/*.parquet",
        says: "a post as received, without its author",
    },
    Table {
        name: "readings",
        layer: "bronze",
        owner: FETCHER,
        key: &["sequence"],
        place: "bronze/kind=reading/source=<index>/date=<day>/*.parquet",
        says: "a reading of an index as received",
    },
    Table {
        name: "candles",
        layer: "silver",
        owner: VALIDATOR,
        key: &["venue", "open_time"],
        place: "silver.sqlite",
        says: "a candle that passed every rule",
    },
    Table {
        name: "consensus",
        layer: "silver",
        owner: VALIDATOR,
        key: &["open_time", "venue"],
        place: "silver.sqlite",
        says: "how far a venue was from the consensus of a minute, and whether it took part",
    },
    Table {
        name: "articles",
        layer: "silver",
        owner: VALIDATOR,
        key: &["id"],
        place: "silver.sqlite",
        says: "an article that passed every rule",
    },
    Table {
        name: "posts",
        layer: "silver",
        owner: VALIDATOR,
        key: &["id"],
        place: "silver.sqlite",
        says: "a post that passed every rule",
    },
    Table {
        name: "sentiments",
        layer: "silver",
        owner: VALIDATOR,
        key: &["text", "method"],
        place: "silver.sqlite",
        says: "how an article or a post sounds: score, confidence, method",
    },
    Table {
        name: "readings",
        layer: "silver",
        owner: VALIDATOR,
        key: &["name", "at", "ingest_time"],
        place: "silver.sqlite",
        says: "a reading that passed every rule",
    },
    Table {
        name: "indicators",
        layer: "silver",
        owner: VALIDATOR,
        key: &["venue", "time"],
        place: "silver.sqlite",
        says: "moving averages, MACD, RSI, Bollinger bands, ATR and OBV of a series at the end of a quarter hour",
    },
    Table {
        name: "quality",
        layer: "silver",
        owner: VALIDATOR,
        key: &["suite", "from_time"],
        place: "silver.sqlite",
        says: "how a batch met what is expected of its table: the report as told",
    },
    Table {
        name: "quarantine",
        layer: "silver",
        owner: VALIDATOR,
        key: &["id"],
        place: "silver.sqlite",
        says: "what broke a rule, of any kind, with rule, value and reason",
    },
    Table {
        name: "features",
        layer: "gold",
        owner: FEATURE_BUILDER,
        key: &["feature_set", "as_of"],
        place: "gold/features/set=<feature set>/month=<month>/*.parquet",
        says: "the feature vector of a closed bar, of each set that is built; gold/sets.json says which set is served",
    },
    Table {
        name: "targets",
        layer: "gold",
        owner: FEATURE_BUILDER,
        key: &["horizon", "origin"],
        place: "gold/targets/month=<month>/*.parquet",
        says: "an outcome",
    },
    Table {
        name: "models",
        layer: "models",
        owner: TRAINER,
        key: &["hash"],
        place: "models.sqlite, artifacts in models/<hash>.json",
        says: "a trained model with its manifest",
    },
    Table {
        name: "trials",
        layer: "models",
        owner: TRAINER,
        key: &["model", "horizon", "target", "number"],
        place: "models.sqlite",
        says: "a growth of trees that the search for a model tried, what it lost in each round, and what became of it",
    },
    Table {
        name: "deployments",
        layer: "models",
        owner: TRAINER,
        key: &["id"],
        place: "models.sqlite",
        says: "what served from when, who asked and why",
    },
    Table {
        name: "predictions",
        layer: "serving",
        owner: PREDICTOR,
        key: &["as_of", "horizon"],
        place: "serving.sqlite",
        says: "a forecast",
    },
    Table {
        name: "outcomes",
        layer: "serving",
        owner: PREDICTOR,
        key: &["origin", "horizon"],
        place: "serving.sqlite",
        says: "an outcome beside the scale it was forecast with: what intervals, levels and slopes learn from",
    },
    Table {
        name: "scores",
        layer: "monitoring",
        owner: DRIFT_MONITOR,
        key: &["origin", "horizon"],
        place: "monitoring.sqlite",
        says: "a forecast beside its outcome, with its loss and the baselines'",
    },
    Table {
        name: "commands",
        layer: "monitoring",
        owner: DRIFT_MONITOR,
        key: &["at"],
        place: "monitoring.sqlite",
        says: "a retraining that the monitor asked for, and why",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_has_one_owner() {
        for table in ALL {
            assert!(ALL.iter().filter(|other| other.layer == table.layer).all(|other| other.owner == table.owner));
        }
    }
}
