//! Training sets.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, bail};
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, ParquetCompression, ParquetWriter, PolarsResult, Series};
use serde_json::json;
use wick_bus::lake::{FeatureRow, Record, Shelf, TargetRow, features_root, set_folder, targets_root};
use wick_bus::{Error, House};
use wick_operator::features::ExportArgs;
use wick_operator::page::Page;
use wick_schemas::{Horizon, Target, Timestamp};

/// Writes a training set and says what is in it.
pub fn export(house: &House, set: &str, args: &ExportArgs, page: &mut Page<'_>) -> anyhow::Result<()> {
    let from = args.from.unwrap_or(Timestamp::MIN);
    let to = args.to.map_or(Timestamp::MAX, |to| to.shift(-1));
    let mut rows = Shelf::<FeatureRow>::read_in(features_root(house).as_path(), &set_folder(set), from, to)?;
    rows.retain(|FeatureRow(vector)| args.cold || vector.warm);
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        bail!(wick_operator::Error::NotFound(format!(
            "no {} of feature set {set} in {}: `wick features sets` names those that are built, --cold gives bars \
             whose look-backs are not full",
            if args.cold { "bars" } else { "warm bars" },
            house.config.data_dir.display()
        )));
    };
    let (first, last) = (first.0.as_of, last.0.as_of);
    // An outcome is filed under the moment at which it was known, a day after its forecast at most.
    let targets = Shelf::<TargetRow>::read(targets_root(house).as_path(), first, Timestamp::MAX)?;
    let targets: HashMap<(Timestamp, Horizon), TargetRow> =
        targets.into_iter().map(|row| ((row.0.origin, row.0.horizon), row)).collect();
    let mut frame = FeatureRow::frame(&rows).map_err(Error::parquet(&args.out))?;
    for horizon in Horizon::ALL {
        let found: Vec<Option<&TargetRow>> = rows.iter().map(|row| targets.get(&(row.0.as_of, horizon))).collect();
        add(&mut frame, horizon, &found).map_err(Error::parquet(&args.out))?;
    }
    write(&mut frame, &args.out)?;
    let (height, width) = frame.shape();
    if page.json {
        page.document(&json!({
            "file": args.out, "feature_set": set, "rows": height, "columns": width, "from": first, "to": last,
        }))?;
    } else {
        let span = format!("{} to {} UTC", first.rfc3339(), last.rfc3339());
        page.line(&format!("{height} bars, {width} columns, {span}: {}", args.out.display()))?;
    }
    Ok(())
}

/// The outcomes of a horizon, beside the features.
fn add(frame: &mut DataFrame, horizon: Horizon, found: &[Option<&TargetRow>]) -> PolarsResult<()> {
    let reals = |what: &str, of: fn(&Target) -> f64| {
        let values: Vec<Option<f64>> = found.iter().map(|row| row.map(|row| of(&row.0))).collect();
        Series::new(format!("{what}_{horizon}").into(), values).into_column()
    };
    let known: Vec<Option<i64>> = found.iter().map(|row| row.map(|row| row.time().millis())).collect();
    frame.with_column(reals("log_return", |target| target.log_return))?;
    frame.with_column(reals("realised_variance", |target| target.realised_variance))?;
    frame.with_column(Series::new(format!("known_at_{horizon}").into(), known).into_column())?;
    Ok(())
}

/// Writes a file whole or not at all. What it is written to meanwhile is a name of nobody else's, and gone whatever happens; where
/// the file is a link, what it leads to is written.
fn write(frame: &mut DataFrame, path: &Path) -> anyhow::Result<()> {
    let cannot = || format!("{} cannot be written: name another with --out", path.display());
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // For whom any other new file is, as the umask says, and not only for its owner.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    let file = tempfile::Builder::new().prefix(".wick-").permissions(mode).tempfile_in(folder).with_context(cannot)?;
    let level = ZstdLevel::try_new(3).map_err(Error::parquet(&path))?;
    let writer = ParquetWriter::new(file.as_file()).with_compression(ParquetCompression::Zstd(Some(level)));
    writer.finish(frame).map_err(Error::parquet(&path))?;
    file.persist(&path).map(drop).with_context(cannot)
}
