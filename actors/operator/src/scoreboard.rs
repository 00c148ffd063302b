//! `wick scoreboard`: how good the forecasts were.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use wick_bus::{House, database};
use wick_schemas::scoreboard::{self, Scoreboard, Summary};
use wick_schemas::{Score, Timestamp};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::forecast::shown_origin;
use crate::page::Page;
use crate::page::Side::{Left, Right};
use crate::place::Place;
use crate::words::{self, NOTHING};

/// `wick scoreboard`.
///
/// Every forecast is scored when its horizon is over, by losses (lower is better) beside those of baselines that knew
/// as much. SKILL is the share of the baseline's loss that the forecasts save; T is the Diebold-Mariano statistic of
/// the difference, where 2 and more is hardly luck. 80 % and 95 % are the shares of outcomes inside those intervals.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example:\n  wick scoreboard --since 30d\n  wick scoreboard --from 2024-01-01 --to 2024-02-01 --json"
)]
pub struct ScoreboardArgs {
    /// Forecasts made at this moment or later, as 2024-01-31 or 2024-01-31T12:00:00Z.
    #[arg(long, value_name = "WHEN", value_parser = Timestamp::parse)]
    pub from: Option<Timestamp>,
    /// Forecasts made before this moment.
    #[arg(long, value_name = "WHEN", value_parser = Timestamp::parse)]
    pub to: Option<Timestamp>,
    /// The last span, as 24h or 30d, counted back from the newest scored forecast.
    #[arg(long, value_name = "SPAN", conflicts_with = "from", value_parser = words::read_span)]
    pub since: Option<i64>,
}

/// A board and what it speaks of.
#[derive(Debug, Serialize)]
struct Board {
    instrument: String,
    from: Timestamp,
    to: Timestamp,
    forecasts: usize,
    levels: BTreeMap<&'static str, usize>,
    origins: BTreeMap<String, i64>,
    scoreboard: Scoreboard,
}

/// Shows how good the forecasts were.
///
/// # Errors
/// [`Error::NotFound`] where none was scored in that time.
pub async fn scoreboard(place: &Place, args: &ScoreboardArgs, page: &mut Page<'_>) -> Result<Exit> {
    words::in_order(args.from, args.to)?;
    let house = &place.house;
    let scores = read_scores(house, args).await?;
    let times = || scores.iter().map(|score| score.origin);
    let (Some(from), Some(to)) = (times().min(), times().max()) else {
        let folder = house.config.data_dir.display();
        return Err(Error::NotFound(format!(
            "no forecast of that time is scored in {folder}: the first is after 15 minutes, a day's after a day"
        )));
    };
    let mut levels = BTreeMap::new();
    for score in &scores {
        *levels.entry(score.level.as_str()).or_insert(0) += 1;
    }
    let board = Board {
        instrument: house.instrument().to_string(),
        from,
        to,
        forecasts: scores.len(),
        levels,
        origins: read_origins(house, from, to).await?,
        scoreboard: Scoreboard::of(scores.into_iter()),
    };
    if page.json {
        page.document(&board)?;
    } else {
        show(&board, page)?;
    }
    Ok(Exit::Done)
}

/// Every score of the last span before the newest scored forecast.
///
/// # Errors
/// Where the scores do not read.
pub(crate) async fn scores_since(house: &House, span: i64) -> Result<Vec<Score>> {
    read_scores(house, &ScoreboardArgs { from: None, to: None, since: Some(span) }).await
}

async fn read_scores(house: &House, args: &ScoreboardArgs) -> Result<Vec<Score>> {
    let path = house.path("monitoring.sqlite");
    let Some(pool) = database::read(&path).await? else { return Ok(Vec::new()) };
    let failed = || wick_bus::Error::database(&path);
    let to = args.to.unwrap_or(Timestamp::MAX);
    let mut from = args.from.unwrap_or(Timestamp::MIN);
    if let Some(span) = args.since {
        let newest: Option<i64> = sqlx::query_scalar("SELECT max(origin) FROM scores WHERE origin < ?")
            .bind(to.millis())
            .fetch_one(&pool)
            .await
            .map_err(failed())?;
        from = newest.map_or(Timestamp::MAX, |newest| Timestamp(newest).shift(-span).shift(1));
    }
    let rows = sqlx::query("SELECT score FROM scores WHERE origin >= ? AND origin < ? ORDER BY origin, horizon")
        .bind(from.millis())
        .bind(to.millis())
        .fetch_all(&pool)
        .await
        .map_err(failed())?;
    pool.close().await;
    rows.iter().map(read_score).collect()
}

/// Every score of a model's forecasts.
///
/// # Errors
/// Where the scores do not read.
pub(crate) async fn scores_of(house: &House, model: &str) -> Result<Vec<Score>> {
    let path = house.path("monitoring.sqlite");
    let Some(pool) = database::read(&path).await? else { return Ok(Vec::new()) };
    let query = "SELECT score FROM scores WHERE json_extract(score, '$.model') = ? ORDER BY origin, horizon";
    let rows = sqlx::query(query).bind(model).fetch_all(&pool).await.map_err(wick_bus::Error::database(&path))?;
    pool.close().await;
    rows.iter().map(read_score).collect()
}

fn read_score(row: &SqliteRow) -> Result<Score> {
    let text: &str = row.try_get("score").map_err(Error::unreadable("a score"))?;
    serde_json::from_str(text).map_err(Error::unreadable("a score"))
}

/// How many bars' forecasts came from which origin.
pub(crate) async fn read_origins(house: &House, from: Timestamp, to: Timestamp) -> Result<BTreeMap<String, i64>> {
    let path = house.path("serving.sqlite");
    let Some(pool) = database::read(&path).await? else { return Ok(BTreeMap::new()) };
    let counted: Vec<(String, i64)> = sqlx::query_as(
        "SELECT origin, count(DISTINCT as_of) FROM predictions WHERE as_of >= ? AND as_of <= ? GROUP BY origin",
    )
    .bind(from.millis())
    .bind(to.millis())
    .fetch_all(&pool)
    .await
    .map_err(wick_bus::Error::database(&path))?;
    pool.close().await;
    Ok(counted.into_iter().collect())
}

fn show(board: &Board, page: &mut Page<'_>) -> Result<()> {
    let (from, to) = (words::moment(board.from), words::moment(board.to));
    page.line(&format!("{} forecasts of {} made from {from} to {to} UTC", board.forecasts, board.instrument))?;
    let levels: Vec<String> = board.levels.iter().map(|(level, count)| format!("{count} {level}")).collect();
    page.line(&format!("by level   {}", levels.join(", ")))?;
    let origins: Vec<String> =
        board.origins.iter().map(|(origin, count)| format!("{} ({count} bars)", shown_origin(origin))).collect();
    page.line(&format!("origin     {}", if origins.is_empty() { "not known".into() } else { origins.join(", ") }))?;
    page.line("")?;
    let columns =
        [("horizon", Left), ("n", Right), ("accuracy", Right), ("AUC", Right), ("in 80 %", Right), ("in 95 %", Right)];
    page.table(&columns, board.scoreboard.summaries.iter().map(summary).collect())?;
    page.line("")?;
    let columns = [
        ("horizon", Left),
        ("target", Left),
        ("loss", Left),
        ("n", Right),
        ("mean", Right),
        ("baseline", Left),
        ("its mean", Right),
        ("skill", Right),
        ("t", Right),
    ];
    page.table(&columns, board.scoreboard.rows.iter().map(row).collect())
}

fn summary(one: &Summary) -> Vec<String> {
    vec![
        one.horizon.to_string(),
        one.n.to_string(),
        words::percent(one.accuracy),
        one.auc.map_or_else(|| NOTHING.into(), |auc| format!("{auc:.4}")),
        words::percent(one.coverage_80),
        words::percent(one.coverage_95),
    ]
}

fn row(one: &scoreboard::Row) -> Vec<String> {
    vec![
        one.horizon.to_string(),
        one.target.clone(),
        one.loss_name.replace('_', " "),
        one.n.to_string(),
        number(one.loss),
        one.baseline.replace('_', " "),
        number(one.baseline_loss),
        one.skill.map_or_else(|| NOTHING.into(), |skill| format!("{:+.2} %", 100.0 * skill)),
        one.dm_t.map_or_else(|| NOTHING.into(), |t| format!("{t:+.2}")),
    ]
}

/// A loss with five digits that count: pinball losses are thousands of times smaller than the others.
fn number(loss: f64) -> String {
    if loss != 0.0 && loss.abs() < 0.01 { format!("{loss:.4e}") } else { format!("{loss:.5}") }
}
