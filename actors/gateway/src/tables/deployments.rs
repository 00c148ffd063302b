//! What served from when.

use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use utoipa::ToSchema;
use wick_bus::Result;
use wick_schemas::{Cause, Timestamp};

use super::{Tables, count, json};
use crate::openapi::one;
use crate::view::Champion;

/// What serves from when, and why.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Deployment {
    /// The id of the command that led to it.
    pub id: String,
    /// From when, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub serves_from: Timestamp,
    /// `promoted` or `rolled_back`.
    pub kind: String,
    /// Hash of the model.
    pub model: String,
    /// The one before it.
    pub previous: Option<String>,
    /// Why it was asked for.
    #[schema(schema_with = one::<Cause>)]
    pub cause: Cause,
    /// Who asked.
    pub requested_by: String,
    /// Why the answer was yes.
    pub reasons: Vec<String>,
}

impl From<Deployment> for Champion {
    fn from(deployment: Deployment) -> Self {
        let Deployment { model, serves_from, previous, .. } = deployment;
        Self { model, serves_from, previous, number: 0 }
    }
}

impl Tables {
    /// What was decided of who serves from when, the newest decision first: that is the champion.
    ///
    /// # Errors
    /// Where models does not read.
    pub async fn deployments(&self, limit: usize) -> Result<Vec<Deployment>> {
        let Some(pool) = self.models.open().await? else { return Ok(Vec::new()) };
        let read = sqlx::query("SELECT * FROM deployments ORDER BY rowid DESC LIMIT ?")
            .bind(count(limit))
            .try_map(|row| read(&row))
            .fetch_all(&pool)
            .await;
        self.models.rows(read)
    }
}

fn read(row: &SqliteRow) -> sqlx::Result<Deployment> {
    Ok(Deployment {
        id: row.try_get("id")?,
        serves_from: Timestamp(row.try_get("serves_from")?),
        kind: row.try_get("kind")?,
        model: row.try_get("model")?,
        previous: row.try_get("previous")?,
        cause: json(row, "cause")?,
        requested_by: row.try_get("requested_by")?,
        reasons: json(row, "reasons")?,
    })
}
