//! Trained models.

use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use utoipa::ToSchema;
use wick_bus::Result;
use wick_schemas::model_event::CellMetric;
use wick_schemas::{Cause, Timestamp};

use super::{Tables, count, json};
use crate::openapi::{many, one};

/// What is known of a trained model.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Manifest {
    /// The artifact's hash.
    pub hash: String,
    /// The moment whose knowledge it used, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub trained_at: Timestamp,
    /// Id of the feature set.
    pub feature_set: String,
    /// The first row's time.
    #[schema(value_type = i64)]
    pub from: Timestamp,
    /// The last row's time.
    #[schema(value_type = i64)]
    pub to: Timestamp,
    /// Number of rows.
    pub rows: i64,
    /// Why it was trained.
    #[schema(schema_with = one::<Cause>)]
    pub cause: Cause,
    /// Who asked.
    pub requested_by: String,
    /// Whether it was promoted when it was trained.
    pub promoted: bool,
    /// Why, or why not.
    pub reasons: Vec<String>,
}

/// Everything that is known of a trained model.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Card {
    /// What it is.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// How everything that was tried did against its baseline, on rows that it was not fitted on.
    #[schema(schema_with = many::<CellMetric>)]
    pub metrics: Vec<CellMetric>,
    /// The settings of its fit.
    #[schema(value_type = Object)]
    pub config: serde_json::Value,
}

impl Tables {
    /// The newest models, the newest first.
    ///
    /// # Errors
    /// Where models does not read.
    pub async fn models(&self, limit: usize) -> Result<Vec<Manifest>> {
        let Some(pool) = self.models.open().await? else { return Ok(Vec::new()) };
        let read = sqlx::query("SELECT * FROM models ORDER BY trained_at DESC, rowid DESC LIMIT ?")
            .bind(count(limit))
            .try_map(|row| manifest(&row))
            .fetch_all(&pool)
            .await;
        self.models.rows(read)
    }

    /// The models whose hash begins like this: two of them at most, which is one too many. `None` where there is no
    /// registry here.
    ///
    /// # Errors
    /// Where models does not read.
    pub async fn models_named(&self, beginning: &str) -> Result<Option<Vec<Card>>> {
        let Some(pool) = self.models.open().await? else { return Ok(None) };
        let read = sqlx::query("SELECT * FROM models WHERE substr(hash, 1, length(?1)) = ?1 ORDER BY hash LIMIT 2")
            .bind(beginning.to_ascii_lowercase())
            .try_map(|row| {
                Ok(Card { manifest: manifest(&row)?, metrics: json(&row, "metrics")?, config: json(&row, "config")? })
            })
            .fetch_all(&pool)
            .await;
        self.models.rows(read).map(Some)
    }
}

fn manifest(row: &SqliteRow) -> sqlx::Result<Manifest> {
    Ok(Manifest {
        hash: row.try_get("hash")?,
        trained_at: Timestamp(row.try_get("trained_at")?),
        feature_set: row.try_get("feature_set")?,
        from: Timestamp(row.try_get("from_time")?),
        to: Timestamp(row.try_get("to_time")?),
        rows: row.try_get("rows")?,
        cause: json(row, "cause")?,
        requested_by: row.try_get("requested_by")?,
        promoted: row.try_get("promoted")?,
        reasons: json(row, "reasons")?,
    })
}
