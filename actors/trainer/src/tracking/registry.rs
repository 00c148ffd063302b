//! What the registry holds, read as anybody may read it.

use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use wick_bus::{Error, House, Result, database};

/// A trained model.
pub(super) struct Model {
    pub hash: String,
    pub trained_at: i64,
    pub feature_set: String,
    pub from: i64,
    pub to: i64,
    pub rows: i64,
    pub cause: Value,
    pub requested_by: String,
    pub metrics: Value,
    pub config: Value,
    pub promoted: bool,
    pub reasons: Vec<String>,
}

/// Every model, oldest first, and the hashes of those that served, the newest first.
pub(super) async fn read(house: &House) -> Result<(Vec<Model>, Vec<String>)> {
    let path = house.path("models.sqlite");
    let Some(pool) = database::read(&path).await? else { return Ok((Vec::new(), Vec::new())) };
    let models = sqlx::query("SELECT * FROM models ORDER BY trained_at, rowid").try_map(|row| model(&row));
    let served = sqlx::query_scalar("SELECT model FROM deployments ORDER BY rowid DESC");
    let read = async { Ok((models.fetch_all(&pool).await?, served.fetch_all(&pool).await?)) };
    let read = read.await.map_err(Error::database(&path));
    pool.close().await;
    read
}

fn model(row: &SqliteRow) -> sqlx::Result<Model> {
    let json = |name: &str| -> sqlx::Result<Value> {
        let text: &str = row.try_get(name)?;
        serde_json::from_str(text)
            .map_err(|error| sqlx::Error::ColumnDecode { index: name.into(), source: Box::new(error) })
    };
    let words = |value: &Value| {
        let all = value.as_array().into_iter().flatten();
        all.filter_map(|word| word.as_str().map(str::to_owned)).collect()
    };
    Ok(Model {
        hash: row.try_get("hash")?,
        trained_at: row.try_get("trained_at")?,
        feature_set: row.try_get("feature_set")?,
        from: row.try_get("from_time")?,
        to: row.try_get("to_time")?,
        rows: row.try_get("rows")?,
        cause: json("cause")?,
        requested_by: row.try_get("requested_by")?,
        metrics: json("metrics")?,
        config: json("config")?,
        promoted: row.try_get("promoted")?,
        reasons: words(&json("reasons")?),
    })
}
