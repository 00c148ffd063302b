//! The shape of gold on disk: the feature builder writes it, the trainer reads it.

use std::path::PathBuf;

use polars::prelude::{DataFrame, IntoColumn, NamedFrom, PolarsError, PolarsResult, Series};
use serde::{Deserialize, Serialize};
use wick_schemas::{FeatureVector, Horizon, Target, Timestamp};

use super::Record;
use crate::house::House;

/// Columns of a feature file that are not features.
const FIXED: [&str; 7] = ["feature_set", "as_of", "ingest_time", "minutes", "price", "warm", "origin"];

/// Where feature vectors are kept.
#[must_use]
pub fn features_root(house: &House) -> PathBuf {
    house.path("gold/features")
}

/// The folder below [`features_root`] in which the vectors of a set lie.
#[must_use]
pub fn set_folder(feature_set: &str) -> String {
    format!("set={feature_set}")
}

/// Where outcomes are kept.
#[must_use]
pub fn targets_root(house: &House) -> PathBuf {
    house.path("gold/targets")
}

/// The names of the features of a file, in their order.
#[must_use]
pub fn value_names(frame: &DataFrame) -> Vec<String> {
    let names = frame.get_column_names().into_iter().map(|name| name.as_str());
    names.filter(|name| !FIXED.contains(name)).map(str::to_owned).collect()
}

/// A feature vector as a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeatureRow(pub FeatureVector);

/// An outcome as a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TargetRow(pub Target);

impl Record for FeatureRow {
    type Key = (Timestamp, String);

    fn key(&self) -> Self::Key {
        (self.0.as_of, self.0.feature_set.clone())
    }

    fn time(&self) -> Timestamp {
        self.0.as_of
    }

    fn partition(&self) -> String {
        // A month begins with the first bar that closes after midnight.
        format!("{}/month={}", set_folder(&self.0.feature_set), self.0.as_of.shift(-1).month())
    }

    fn frame(rows: &[Self]) -> PolarsResult<DataFrame> {
        let integers = |name: &str, of: fn(&FeatureVector) -> i64| {
            Series::new(name.into(), rows.iter().map(|row| of(&row.0)).collect::<Vec<_>>()).into_column()
        };
        let origins: Vec<&str> = rows.iter().map(|row| row.0.origin.as_str()).collect();
        let prices: Vec<f64> = rows.iter().map(|row| row.0.price).collect();
        let warm: Vec<bool> = rows.iter().map(|row| row.0.warm).collect();
        let sets: Vec<&str> = rows.iter().map(|row| row.0.feature_set.as_str()).collect();
        let mut columns = vec![
            Series::new("feature_set".into(), sets).into_column(),
            integers("as_of", |row| row.as_of.millis()),
            integers("ingest_time", |row| row.ingest_time.millis()),
            integers("minutes", |row| i64::from(row.minutes)),
            Series::new("price".into(), prices).into_column(),
            Series::new("warm".into(), warm).into_column(),
            Series::new("origin".into(), origins).into_column(),
        ];
        let names = rows.first().map(|row| row.0.names.clone()).unwrap_or_default();
        for (place, name) in names.iter().enumerate() {
            let values: Vec<Option<f64>> = rows.iter().map(|row| row.0.values.get(place).copied().flatten()).collect();
            columns.push(Series::new(name.as_str().into(), values).into_column());
        }
        DataFrame::new(rows.len(), columns)
    }

    fn rows(frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let integer = |name: &str| frame.column(name)?.i64().cloned();
        let (as_of, ingest_time, minutes) = (integer("as_of")?, integer("ingest_time")?, integer("minutes")?);
        let price = frame.column("price")?.f64()?.clone();
        let warm = frame.column("warm")?.bool()?.clone();
        let origin = frame.column("origin")?.str()?.clone();
        let set = frame.column("feature_set")?.str()?.clone();
        let names = value_names(frame);
        let values: Vec<_> =
            names.iter().map(|name| frame.column(name)?.f64().cloned()).collect::<PolarsResult<_>>()?;
        let row = |place: usize| {
            Some(Self(FeatureVector {
                as_of: Timestamp(as_of.get(place)?),
                feature_set: set.get(place)?.to_owned(),
                price: price.get(place)?,
                warm: warm.get(place)?,
                minutes: u32::try_from(minutes.get(place)?).ok()?,
                origin: origin.get(place)?.parse().ok()?,
                ingest_time: Timestamp(ingest_time.get(place)?),
                names: names.clone(),
                values: values.iter().map(|column| column.get(place)).collect(),
            }))
        };
        (0..frame.height()).map(|place| row(place).ok_or_else(|| no_row(place))).collect()
    }
}

impl Record for TargetRow {
    type Key = (Timestamp, Horizon);

    fn key(&self) -> Self::Key {
        (self.time(), self.0.horizon)
    }

    /// When it was known.
    fn time(&self) -> Timestamp {
        self.0.origin.shift(self.0.horizon.millis())
    }

    fn partition(&self) -> String {
        format!("month={}", self.time().shift(-1).month())
    }

    fn frame(rows: &[Self]) -> PolarsResult<DataFrame> {
        let numbers = |name: &str, of: fn(&Target) -> f64| {
            Series::new(name.into(), rows.iter().map(|row| of(&row.0)).collect::<Vec<_>>()).into_column()
        };
        let horizons: Vec<&str> = rows.iter().map(|row| row.0.horizon.as_str()).collect();
        let origins: Vec<i64> = rows.iter().map(|row| row.0.origin.millis()).collect();
        DataFrame::new(
            rows.len(),
            vec![
                Series::new("horizon".into(), horizons).into_column(),
                Series::new("origin".into(), origins).into_column(),
                numbers("log_return", |target| target.log_return),
                numbers("realised_variance", |target| target.realised_variance),
            ],
        )
    }

    fn rows(frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let horizon = frame.column("horizon")?.str()?.clone();
        let origin = frame.column("origin")?.i64()?.clone();
        let log_return = frame.column("log_return")?.f64()?.clone();
        let realised_variance = frame.column("realised_variance")?.f64()?.clone();
        let row = |place: usize| {
            Some(Self(Target {
                horizon: horizon.get(place)?.parse().ok()?,
                origin: Timestamp(origin.get(place)?),
                log_return: log_return.get(place)?,
                realised_variance: realised_variance.get(place)?,
            }))
        };
        (0..frame.height()).map(|place| row(place).ok_or_else(|| no_row(place))).collect()
    }
}

fn no_row(place: usize) -> PolarsError {
    PolarsError::ComputeError(format!("row {place} has a value missing").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_schemas::Origin;

    #[test]
    fn columns_give_back_the_rows_bit_for_bit() {
        let vector = |bar: i64, value: Option<f64>| {
            FeatureRow(FeatureVector {
                as_of: Timestamp(1_704_067_200_000 + bar * 900_000),
                feature_set: "abc".into(),
                price: 0.1 + 0.2,
                warm: value.is_some(),
                minutes: 15,
                origin: Origin::Simulated,
                ingest_time: Timestamp(7),
                names: vec!["a".into(), "b".into()],
                values: vec![Some(1.0 / 3.0), value],
            })
        };
        let rows = vec![vector(0, None), vector(1, Some(-0.0))];
        assert_eq!(FeatureRow::rows(&FeatureRow::frame(&rows).expect("columns")).expect("rows"), rows);
        // The bar that closes at midnight belongs to the day, and the month, that ends.
        assert_eq!(rows[0].partition(), "set=abc/month=2023-12");
        assert_eq!(rows[1].partition(), "set=abc/month=2024-01");
        let target = Target { horizon: Horizon::H4, origin: Timestamp(0), log_return: 1e-9, realised_variance: 0.0 };
        let rows = vec![TargetRow(target)];
        assert_eq!(TargetRow::rows(&TargetRow::frame(&rows).expect("columns")).expect("rows"), rows);
    }
}
