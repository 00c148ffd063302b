//! The trainer's tables, as they are read here: which models there are, and which served from when.

use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use wick_bus::{House, database};
use wick_schemas::model_event::{CellMetric, SUSPECT};
use wick_schemas::{Cause, Timestamp};

use crate::error::{Error, Result};

/// A trained model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Model {
    /// The artifact's hash.
    pub hash: String,
    /// Whether it serves, or is the next to.
    pub champion: bool,
    /// The moment whose knowledge it used.
    pub trained_at: Timestamp,
    /// Id of the feature set.
    pub feature_set: String,
    /// The first row's time.
    pub from: Timestamp,
    /// The last row's time.
    pub to: Timestamp,
    /// Number of rows.
    pub rows: i64,
    /// Why it was trained.
    pub cause: Cause,
    /// Who asked.
    pub requested_by: String,
    /// Whether it was promoted when it was trained.
    pub promoted: bool,
    /// Why, or why not.
    pub reasons: Vec<String>,
    /// How everything that was tried did against its baseline.
    pub metrics: Vec<CellMetric>,
    /// The settings of its fit.
    pub config: serde_json::Value,
}

impl Model {
    /// What became of it, and whether a figure of it was too good to be true.
    #[must_use]
    pub fn verdict(&self) -> String {
        let verdict = if self.promoted { "promoted" } else { "refused" };
        let rang = self.alarms().next().is_some();
        if rang { format!("{verdict}, LEAK ALARM") } else { verdict.to_owned() }
    }

    /// The reasons that speak of a figure which is too good to be true.
    pub fn alarms(&self) -> impl Iterator<Item = &String> {
        self.reasons.iter().filter(|reason| reason.starts_with(SUSPECT))
    }
}

/// What serves from when.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deployment {
    /// From when.
    pub serves_from: Timestamp,
    /// `promoted` or `rolled_back`.
    pub kind: String,
    /// The model.
    pub model: String,
    /// The one before it.
    pub previous: Option<String>,
    /// Why.
    pub cause: Cause,
    /// Who asked.
    pub requested_by: String,
    /// Why the answer was yes.
    pub reasons: Vec<String>,
    /// The id of its message.
    pub id: String,
}

/// A growth of trees that the search for a model tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// The horizon.
    pub horizon: String,
    /// `direction` or `volatility`.
    pub target: String,
    /// Its number; 0 is the growth of the settings.
    pub number: i64,
    /// How it grew.
    pub growth: serde_json::Value,
    /// What it lost in each round.
    pub losses: Vec<f64>,
    /// `stopped` after the first round, `beaten` or `chosen`.
    pub fate: String,
}

/// What the search for a model tried, horizon by horizon.
///
/// # Errors
/// Where the registry does not read.
pub async fn trials(house: &House, model: &str) -> Result<Vec<Trial>> {
    let path = house.path("models.sqlite");
    let Some(pool) = database::read(&path).await? else { return Ok(Vec::new()) };
    // The nearest first, which is not the order of their names.
    let query = "SELECT * FROM trials WHERE model = ? ORDER BY CASE horizon WHEN '15m' THEN 0 WHEN '1h' THEN 1 \
                 WHEN '4h' THEN 2 ELSE 3 END, target, number";
    let rows = sqlx::query(query).bind(model).fetch_all(&pool).await.map_err(wick_bus::Error::database(&path))?;
    pool.close().await;
    rows.iter().map(read_trial).collect()
}

/// Every model, the newest first.
///
/// # Errors
/// Where the registry does not read.
pub async fn models(house: &House) -> Result<Vec<Model>> {
    let champion = deployments(house).await?.into_iter().next().map(|newest| newest.model);
    let rows = select(house, "SELECT * FROM models ORDER BY trained_at DESC, rowid DESC").await?;
    rows.iter().map(|row| read_model(row, champion.as_deref())).collect()
}

/// What was ever decided of who serves, the newest first: that is the champion.
///
/// # Errors
/// Where the registry does not read.
pub async fn deployments(house: &House) -> Result<Vec<Deployment>> {
    let rows = select(house, "SELECT * FROM deployments ORDER BY rowid DESC").await?;
    rows.iter().map(read_deployment).collect()
}

/// The one model whose hash begins like this.
///
/// # Errors
/// [`Error::NotFound`] where there is none, or more than one.
pub async fn find(house: &House, beginning: &str) -> Result<Model> {
    let mut fit: Vec<Model> =
        models(house).await?.into_iter().filter(|model| model.hash.starts_with(beginning)).collect();
    match (fit.pop(), fit.len()) {
        (Some(model), 0) => Ok(model),
        (None, _) => Err(Error::NotFound(format!("no model begins with '{beginning}': see `wick models list`"))),
        (Some(_), more) => {
            Err(Error::NotFound(format!("{} models begin with '{beginning}': write more of the hash", more + 1)))
        }
    }
}

async fn select(house: &House, query: &'static str) -> Result<Vec<SqliteRow>> {
    let path = house.path("models.sqlite");
    let Some(pool) = database::read(&path).await? else { return Ok(Vec::new()) };
    let rows = sqlx::query(query).fetch_all(&pool).await.map_err(wick_bus::Error::database(&path))?;
    pool.close().await;
    Ok(rows)
}

fn read_model(row: &SqliteRow, champion: Option<&str>) -> Result<Model> {
    let hash: String = column(row, "hash")?;
    Ok(Model {
        champion: champion == Some(hash.as_str()),
        hash,
        trained_at: Timestamp(column(row, "trained_at")?),
        feature_set: column(row, "feature_set")?,
        from: Timestamp(column(row, "from_time")?),
        to: Timestamp(column(row, "to_time")?),
        rows: column(row, "rows")?,
        cause: json(row, "cause")?,
        requested_by: column(row, "requested_by")?,
        promoted: column(row, "promoted")?,
        reasons: json(row, "reasons")?,
        metrics: json(row, "metrics")?,
        config: json(row, "config")?,
    })
}

fn read_trial(row: &SqliteRow) -> Result<Trial> {
    Ok(Trial {
        horizon: column(row, "horizon")?,
        target: column(row, "target")?,
        number: column(row, "number")?,
        growth: json(row, "growth")?,
        losses: json(row, "losses")?,
        fate: column(row, "fate")?,
    })
}

fn read_deployment(row: &SqliteRow) -> Result<Deployment> {
    Ok(Deployment {
        serves_from: Timestamp(column(row, "serves_from")?),
        kind: column(row, "kind")?,
        model: column(row, "model")?,
        previous: column(row, "previous")?,
        cause: json(row, "cause")?,
        requested_by: column(row, "requested_by")?,
        reasons: json(row, "reasons")?,
        id: column(row, "id")?,
    })
}

fn column<'r, T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>>(
    row: &'r SqliteRow,
    name: &str,
) -> Result<T> {
    row.try_get(name).map_err(Error::unreadable(format!("column {name} of models.sqlite")))
}

fn json<T: serde::de::DeserializeOwned>(row: &SqliteRow, name: &str) -> Result<T> {
    let text: String = column(row, name)?;
    serde_json::from_str(&text).map_err(Error::unreadable(format!("column {name} of models.sqlite")))
}
