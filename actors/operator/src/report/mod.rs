//! `wick report`: the evaluation of what was served, as tables and as one page.

mod cases;
mod chart;
mod figures;
mod head;
mod importance;
mod page;
mod scale;
mod shown;
mod tables;
mod worth;

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use wick_schemas::report::{HorizonReport, Report};
use wick_schemas::{Horizon, Timestamp};

use self::head::Head;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::page::Page;
use crate::place::Place;
use crate::words;

/// `wick report`.
///
/// Everything that the scoreboard says and more: calibration, widths, coverage in calm and storm and by quarter, tests
/// corrected for their number, skill by year, what the calls would have earned after fees, and the goals beside what
/// was reached. The page is one file that opens without a server.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example:\n  wick report --namespace replay --from 2022-01-01\n  wick report --out report.html --json"
)]
pub struct ReportArgs {
    /// Forecasts made at this moment or later, as 2024-01-31 or 2024-01-31T12:00:00Z.
    #[arg(long, value_name = "WHEN", value_parser = Timestamp::parse)]
    pub from: Option<Timestamp>,
    /// Forecasts made before this moment.
    #[arg(long, value_name = "WHEN", value_parser = Timestamp::parse)]
    pub to: Option<Timestamp>,
    /// The page [default: report.html in the data folder].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// The answer: what it speaks of, and what it says.
#[derive(Debug, Serialize)]
pub struct Answer {
    #[serde(flatten)]
    head: Head,
    page: PathBuf,
    #[serde(flatten)]
    report: Report,
}

impl Answer {
    /// Shows it to people.
    ///
    /// # Errors
    /// Where nobody reads any more.
    pub fn show(&self, page: &mut Page<'_>) -> Result<()> {
        tables::show(&self.head, &self.report, page)?;
        page.line("")?;
        page.line(&format!("the page with pictures: {}", self.page.display()))
    }
}

/// Evaluates what was served, writes the page, and answers.
///
/// # Errors
/// As [`evaluate`].
pub async fn report(place: &Place, args: &ReportArgs, page: &mut Page<'_>) -> Result<Exit> {
    let answer = evaluate(place, args, page).await?;
    if page.json {
        page.document(&answer)?;
    } else {
        answer.show(page)?;
    }
    Ok(Exit::Done)
}

/// Evaluates what was served, and writes the page.
///
/// # Errors
/// [`Error::NotFound`] where nothing was scored in that time; [`Error::File`] where the page cannot be written.
pub async fn evaluate(place: &Place, args: &ReportArgs, page: &Page<'_>) -> Result<Answer> {
    words::in_order(args.from, args.to)?;
    let house = &place.house;
    let within = args.from.unwrap_or(Timestamp::MIN)..args.to.unwrap_or(Timestamp::MAX);
    let mut head = Head::default();
    let mut horizons = Vec::new();
    // One horizon at a time: years of forecasts of all four do not have to fit into memory together.
    for horizon in Horizon::ALL {
        let cases = cases::read(house, horizon, &within).await?;
        head.count(&cases);
        // Tests over years of forecasts take seconds of pure counting.
        let evaluated = tokio::task::spawn_blocking(move || HorizonReport::of(horizon, cases)).await;
        horizons
            .extend(evaluated.map_err(|error| Error::Late(format!("the {horizon} report was broken off: {error}")))?);
    }
    if horizons.is_empty() {
        let folder = house.config.data_dir.display();
        return Err(Error::NotFound(format!(
            "no forecast of that time is scored in {folder}: the first is after 15 minutes, a day's after a day"
        )));
    }
    head.finish(house).await?;
    let path = args.out.clone().unwrap_or_else(|| house.path("report.html"));
    let mut report = Report::of(horizons);
    if let Some(why) = importance::add(house, &head, &mut report).await? {
        page.remark(&format!("without the worth of features: {why}"));
    }
    let answer = Answer { head, page: path, report };
    let text = page::document(&answer.head, &answer.report);
    tokio::fs::write(&answer.page, text).await.map_err(|source| Error::File { path: answer.page.clone(), source })?;
    Ok(answer)
}
