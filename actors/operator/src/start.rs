//! The words of the commands that start actors. The actors themselves are started by the program's `main`, because
//! no actor knows another.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use wick_schemas::topic::actor::{
    DASHBOARD, DRIFT_MONITOR, FEATURE_BUILDER, FETCHER, GATEWAY, PREDICTOR, TRAINER, VALIDATOR,
};
use wick_schemas::{Timestamp, Venue};

use crate::cli::read_name;

/// Everyone, in the order of the flow.
pub const EVERYONE: [&str; 8] =
    [FETCHER, VALIDATOR, FEATURE_BUILDER, PREDICTOR, DRIFT_MONITOR, TRAINER, GATEWAY, DASHBOARD];

/// Where candles come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Exchanges where one can be reached, else the simulated market.
    Auto,
    /// Exchanges.
    Live,
    /// The simulated market: nobody trades at its prices.
    Simulated,
    /// A file of candles.
    Replay(PathBuf),
}

impl Source {
    /// The source's name, as in `fetcher.source`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Live => "live",
            Self::Simulated => "simulated",
            Self::Replay(_) => "replay",
        }
    }
}

fn read_source(text: &str) -> Result<Source, String> {
    match text {
        "auto" => Ok(Source::Auto),
        "live" => Ok(Source::Live),
        "simulated" => Ok(Source::Simulated),
        _ if text.ends_with(".parquet") || text.ends_with(".csv") => Ok(Source::Replay(text.into())),
        _ => Err("one of auto, live, simulated, or a .parquet or .csv file of one-minute candles".into()),
    }
}

/// `wick up`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  wick up\n  wick up --source simulated --data-dir /tmp/wick")]
pub struct UpArgs {
    /// Where candles come from: auto, live, simulated, or a file of candles [default: auto].
    ///
    /// `auto` takes the exchanges where one can be reached and else a simulated market, whose data and keys are kept apart.
    #[arg(long, value_parser = read_source)]
    pub source: Option<Source>,
    /// Leave out the HTTP gateway, and with it the dashboard.
    #[arg(long)]
    pub no_gateway: bool,
    /// Leave out the dashboard.
    #[arg(long)]
    pub no_dashboard: bool,
}

impl UpArgs {
    /// Who is to live here, in the order of the flow.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let left_out = |name: &str| match name {
            GATEWAY => self.no_gateway,
            DASHBOARD => self.no_gateway || self.no_dashboard,
            _ => false,
        };
        EVERYONE.into_iter().filter(|name| !left_out(name)).collect()
    }
}

/// `wick run`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  wick run predictor gateway --set bus.url=redis://10.0.0.5:6379")]
pub struct RunArgs {
    /// Who is to run here; `all` is everyone.
    #[arg(required = true, value_name = "ACTOR", value_parser = actors())]
    pub actors: Vec<String>,
}

impl RunArgs {
    /// The named actors, each once, in the order of the flow.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let named = |name: &str| self.actors.iter().any(|given| given == "all" || given.replace('-', "_") == name);
        EVERYONE.into_iter().filter(|name| named(name)).collect()
    }
}

fn actors() -> PossibleValuesParser {
    let each = EVERYONE.map(|name| match name {
        FEATURE_BUILDER => PossibleValue::new(name).alias("feature-builder"),
        DRIFT_MONITOR => PossibleValue::new(name).alias("drift-monitor"),
        _ => PossibleValue::new(name),
    });
    each.into_iter().chain([PossibleValue::new("all")]).collect::<Vec<_>>().into()
}

/// `wick backfill`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  wick backfill --from 2024-01-01 && wick up\n  \
                        wick backfill --from 2023-01-01 --venue binance --every-days 28")]
pub struct BackfillArgs {
    /// The first moment to fetch, as 2024-01-31 or 2024-01-31T12:00:00Z. What is kept already is not fetched again.
    #[arg(long, value_name = "WHEN", value_parser = Timestamp::parse)]
    pub from: Timestamp,
    /// The moment to stop before [default: now].
    #[arg(long, value_name = "WHEN", value_parser = Timestamp::parse)]
    pub to: Option<Timestamp>,
    /// An exchange to ask; may be given many times [default: those of fetcher.live.venues].
    #[arg(long, value_name = "VENUE", value_parser = |text: &str| text.parse::<Venue>())]
    pub venue: Vec<Venue>,
    /// Train every so many days of the past [default: as the settings say].
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    pub every_days: Option<u32>,
}

/// `wick replay`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example:\n  wick replay binance-2024.parquet --name year\n  wick scoreboard --namespace year\n  \
                  wick replay binance-20*.parquet --fresh --every-days 28 --report table.html --report-from 2022-01-01"
)]
pub struct ReplayArgs {
    /// Parquet or CSV files of one-minute candles, in order.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What to call it: other commands find it by --namespace.
    #[arg(long, default_value = "replay", value_parser = read_name)]
    pub name: String,
    /// Throw away what an earlier replay of this name left, instead of going on where it stopped.
    #[arg(long)]
    pub fresh: bool,
    /// The first moment to replay, as 2024-01-31 or 2024-01-31T12:00:00Z.
    #[arg(long, value_name = "WHEN", value_parser = Timestamp::parse)]
    pub from: Option<Timestamp>,
    /// The moment to stop before.
    #[arg(long, value_name = "WHEN", value_parser = Timestamp::parse)]
    pub to: Option<Timestamp>,
    /// Leave out training: forecasts are then those of the baselines.
    #[arg(long)]
    pub no_train: bool,
    /// Train every so many days of the recorded time.
    #[arg(long, value_name = "DAYS", conflicts_with = "no_train", value_parser = clap::value_parser!(u32).range(1..))]
    pub every_days: Option<u32>,
    /// Where the candles were traded, where the files' names do not begin with it [default: binance for its own CSV].
    #[arg(long, value_parser = |text: &str| text.parse::<Venue>())]
    pub venue: Option<Venue>,
    /// How many times as fast as real time [default: as fast as can be].
    #[arg(long, value_name = "TIMES", value_parser = read_speed)]
    pub speed: Option<f64>,
    /// When it is through, evaluate its forecasts as `wick report` does and write the page here; with --json, both are told in
    /// one document.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Evaluate forecasts made at this moment or later: what came before is only learnt from.
    #[arg(long, value_name = "WHEN", requires = "report", value_parser = Timestamp::parse)]
    pub report_from: Option<Timestamp>,
}

/// `wick trace`.
///
/// Walks backwards: the forecast as it was kept, the feature vector that it answered, the clean candles of its bar and how
/// many more were looked back to, the files of bronze that hold them with their hashes, the model, and its training.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  wick trace $(wick predict --json | jq -r '.forecasts[0].id')\n  \
                        wick trace 3fa9c1 --json | jq -r '.bronze[].sha256'")]
pub struct TraceArgs {
    /// The forecast's id, or enough of its beginning: `wick predict --json` says it.
    pub id: String,
}

fn read_speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed: &f64| speed.is_finite() && *speed > 0.0);
    speed.ok_or_else(|| format!("'{text}' is no speed: write a number above 0, as in 60"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser;

    fn run(words: &[&str]) -> Result<Vec<&'static str>, String> {
        let cli = Cli::try_parse_from(["wick", "run"].iter().chain(words)).map_err(|error| error.to_string())?;
        let Command::Run(args) = cli.command else { return Err("not a run".into()) };
        Ok(args.names())
    }

    #[test]
    fn actors_are_named_once_and_in_the_order_of_the_flow() {
        assert_eq!(run(&["gateway", "feature-builder", "gateway"]), Ok(vec![FEATURE_BUILDER, GATEWAY]));
        assert_eq!(run(&["all"]), Ok(EVERYONE.to_vec()));
        assert!(run(&[]).is_err());
    }

    #[test]
    fn a_house_without_a_gateway_has_no_dashboard_either() {
        let up = |words: &[&str]| {
            let cli = Cli::try_parse_from(["wick", "up"].iter().chain(words)).expect("words");
            let Command::Up(args) = cli.command else { panic!("not up") };
            args.names()
        };
        assert_eq!(up(&[]), EVERYONE);
        assert_eq!(up(&["--no-dashboard"]), EVERYONE[..7]);
        assert_eq!(up(&["--no-gateway"]), EVERYONE[..6]);
    }

    #[test]
    fn an_unknown_actor_is_told_who_there_is() {
        let error = run(&["predicter"]).expect_err("unknown");
        for name in EVERYONE {
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn sources_and_spans_are_checked() {
        for wrong in [
            &["wick", "up", "--source", "binance"][..],
            &["wick", "replay", "x.csv", "--speed", "0"],
            &["wick", "replay", "x.csv", "--from", "yesterday"],
            &["wick", "replay", "x.csv", "--every-days", "0"],
            &["wick", "replay"],
        ] {
            assert_eq!(Cli::try_parse_from(wrong).expect_err("refused").exit_code(), 2, "{wrong:?}");
        }
    }
}
