//! Models: artifacts by content hash, their manifests, and what served from when.

use std::io::Write;
use std::path::{Path, PathBuf};

use sqlx::SqlitePool;
use wick_bus::{Error, House, Layer, Result, database, registry};
use wick_schemas::{Cause, Timestamp};

use crate::search::Trial;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// A row of models.
#[derive(Clone, Debug)]
pub enum ModelRow {
    /// A trained model.
    Model(Box<Manifest>),
    /// What serves from when.
    Deployment(Deployment),
}

/// What is known of a trained model.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The artifact's hash.
    pub hash: String,
    /// The artifact.
    pub json: String,
    /// What its features looked like, as JSON.
    pub profile: String,
    /// The moment whose knowledge it used.
    pub trained_at: Timestamp,
    /// Id of the feature set.
    pub feature_set: String,
    /// The first row's time.
    pub from: Timestamp,
    /// The last row's time.
    pub to: Timestamp,
    /// Number of rows.
    pub rows: usize,
    /// Why it was trained.
    pub cause: Cause,
    /// Who asked.
    pub requested_by: String,
    /// Its metrics as JSON.
    pub metrics: String,
    /// The settings of its fit as JSON, and where its networks were fitted.
    pub config: String,
    /// Whether it was promoted.
    pub promoted: bool,
    /// Why, or why not.
    pub reasons: Vec<String>,
    /// What the search for it tried.
    pub trials: Vec<Trial>,
}

/// What serves from when.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The id of the command.
    pub id: String,
    /// From when.
    pub serves_from: Timestamp,
    /// `promoted` or `rolled_back`.
    pub kind: &'static str,
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
}

/// The models layer: this actor alone writes it.
#[derive(Clone, Debug)]
pub struct Models {
    pool: SqlitePool,
    path: PathBuf,
    house: House,
}

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str) -> Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = std::fs::File::create(&temporary).map_err(Error::file(&temporary))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Error::file(&temporary))?;
    std::fs::rename(&temporary, path).map_err(Error::file(path))
}

impl Models {
    /// Opens the registry and brings its tables up to date.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    pub async fn open(house: &House) -> Result<Self> {
        let folder = house.path("models");
        std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let path = house.path("models.sqlite");
        Ok(Self { pool: database::open(&path, &MIGRATIONS).await?, path, house: house.clone() })
    }

    /// Writes an artifact whole, under its hash, and its profile before it; what is there already is the same.
    fn keep_artifact(&self, manifest: &Manifest) -> Result<()> {
        write(&registry::profile_path(&self.house, &manifest.hash), &manifest.profile)?;
        write(&registry::artifact_path(&self.house, &manifest.hash), &manifest.json)
    }

    async fn keep_manifest(&self, manifest: &Manifest) -> sqlx::Result<()> {
        sqlx::query(
            "INSERT INTO models (hash, trained_at, feature_set, from_time, to_time, rows, cause, requested_by, metrics, \
             config, promoted, reasons) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(&manifest.hash)
        .bind(manifest.trained_at.millis())
        .bind(&manifest.feature_set)
        .bind(manifest.from.millis())
        .bind(manifest.to.millis())
        .bind(i64::try_from(manifest.rows).unwrap_or(i64::MAX))
        .bind(json(&manifest.cause))
        .bind(&manifest.requested_by)
        .bind(&manifest.metrics)
        .bind(&manifest.config)
        .bind(manifest.promoted)
        .bind(json(&manifest.reasons))
        .execute(&self.pool)
        .await
        .map(|_| ())
    }

    async fn keep_trial(&self, model: &str, trial: &Trial) -> sqlx::Result<()> {
        sqlx::query(
            "INSERT INTO trials (model, horizon, target, number, growth, losses, fate) VALUES (?, ?, ?, ?, ?, ?, ?) \
             ON CONFLICT DO NOTHING",
        )
        .bind(model)
        .bind(trial.horizon.to_string())
        .bind(word(&trial.target))
        .bind(i64::try_from(trial.number).unwrap_or(i64::MAX))
        .bind(json(&trial.growth))
        .bind(json(&trial.losses))
        .bind(word(&trial.fate))
        .execute(&self.pool)
        .await
        .map(|_| ())
    }

    async fn keep_deployment(&self, deployment: &Deployment) -> sqlx::Result<()> {
        sqlx::query(
            "INSERT INTO deployments (id, serves_from, kind, model, previous, cause, requested_by, reasons) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(&deployment.id)
        .bind(deployment.serves_from.millis())
        .bind(deployment.kind)
        .bind(&deployment.model)
        .bind(&deployment.previous)
        .bind(json(&deployment.cause))
        .bind(&deployment.requested_by)
        .bind(json(&deployment.reasons))
        .execute(&self.pool)
        .await
        .map(|_| ())
    }
}

impl Layer for Models {
    type Row = ModelRow;

    async fn keep(&mut self, rows: Vec<ModelRow>) -> Result<()> {
        for row in rows {
            match row {
                ModelRow::Model(manifest) => {
                    self.keep_artifact(&manifest)?;
                    for trial in &manifest.trials {
                        self.keep_trial(&manifest.hash, trial).await.map_err(Error::database(&self.path))?;
                    }
                    self.keep_manifest(&manifest).await.map_err(Error::database(&self.path))?;
                }
                ModelRow::Deployment(deployment) => {
                    self.keep_deployment(&deployment).await.map_err(Error::database(&self.path))?;
                }
            }
        }
        Ok(())
    }
}

fn json(value: &impl serde::Serialize) -> String {
    // Words and lists of words: these always serialise.
    serde_json::to_string(value).unwrap_or_default()
}

/// A name, as it is written in JSON but without its quotes.
fn word(value: &impl serde::Serialize) -> String {
    json(value).trim_matches('"').to_owned()
}
