//! Whether the settings make sense, before anything begins: every section as whoever uses it reads it, so that a key which nobody
//! knows, and a value which would be somebody's end, are named at once.

use tokio::sync::watch;
use wick_bus::database::Location;
use wick_bus::lake::Lake;
use wick_bus::{Config, Error, House, Result, telemetry};
use wick_dashboard::config::DashboardConfig;
use wick_drift_monitor::config::DriftMonitorConfig;
use wick_feature_builder::config::FeatureBuilderConfig;
use wick_fetcher::config::FetcherConfig;
use wick_gateway::config::GatewayConfig;
use wick_schemas::topic::actor::{DRIFT_MONITOR, FEATURE_BUILDER, FETCHER, TRAINER, VALIDATOR};
use wick_trainer::config::TrainerConfig;
use wick_trainer::tracking::TrackingConfig;
use wick_validator::config::ValidatorConfig;

use crate::lineage::LineageConfig;
use crate::parity::audit::ParityConfig;

/// Reads every section.
///
/// # Errors
/// [`Error::Config`] that names the key that is wrong.
pub fn check(config: &Config) -> Result<()> {
    let (_, stop) = watch::channel(false);
    // A house that nobody lives in: some sections are read as one has them.
    let house = House::new(config.clone(), String::new(), stop)?;
    telemetry::check(&config.telemetry)?;
    Location::silver(config)?;
    Lake::bronze(config)?;
    let fetcher: FetcherConfig = config.section(FETCHER)?;
    fetcher.validate()?;
    let validator: ValidatorConfig = config.section(VALIDATOR)?;
    wick_validator::actor::suites(&validator.quality)?;
    let builder: FeatureBuilderConfig = config.section(FEATURE_BUILDER)?;
    builder.venue()?;
    builder.selections()?;
    let trainer: TrainerConfig = config.section(TRAINER)?;
    trainer.fit.validate().map_err(|error| Error::Config(format!("trainer.fit: {error}")))?;
    trainer.leak_alarm.validate().map_err(|error| Error::Config(format!("trainer.{error}")))?;
    config.section::<DriftMonitorConfig>(DRIFT_MONITOR)?;
    config.section::<ParityConfig>("parity")?;
    config.section::<LineageConfig>("lineage")?;
    TrackingConfig::of(&house)?;
    GatewayConfig::of(&house).map_err(|error| match error {
        wick_gateway::Error::House(error) => error,
        other => Error::Config(other.to_string()),
    })?;
    DashboardConfig::of(&house).map_err(|error| match error {
        wick_dashboard::Error::House(error) => error,
        other => Error::Config(other.to_string()),
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(key: &str, value: &str) -> Result<()> {
        Config::load(None, &[(key.to_owned(), value.to_owned())]).and_then(|config| check(&config))
    }

    #[test]
    fn the_defaults_and_what_the_docs_name_make_sense() {
        check(&Config::load(None, &[]).expect("defaults")).expect("make sense");
        for (key, value) in [
            ("feature_builder.sets.slim", "[\"volatility\", \"log_season_*\", \"hour_of_week\"]"),
            ("trainer.fit.line_days.1h", "365"),
            ("fetcher.replay.venue", "kraken"),
            ("fetcher.replay.speed", "60"),
        ] {
            checked(key, value).unwrap_or_else(|error| panic!("{key} = {value}: {error}"));
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_its_whole_key() {
        for (key, value) in [
            ("nonsense", "1"),
            ("bus.append_fsync", "sometimes"),
            ("bus.batch", "0"),
            ("telemetry.log", "=====,,,"),
            ("telemetry.format", "xml"),
            ("silver.url", "mysql://x"),
            ("lake.url", "ftp://x"),
            ("fetcher.chunks", "3"),
            ("fetcher.chunk", "1.5"),
            ("fetcher.source", "moon"),
            ("fetcher.live.venues", "[\"mtgox\"]"),
            ("fetcher.live.probe_ms", "long"),
            ("fetcher.replay.venue", "mtgox"),
            ("fetcher.simulated.history_days", "-1"),
            ("fetcher.text.newsapi.keys", "x"),
            ("validator.sentiment.tokens", "***"),
            ("validator.quality.suites", "/nowhere"),
            ("feature_builder.series", "mtgox"),
            ("feature_builder.main", "slim"),
            ("feature_builder.sets.slim", "[\"nonsense\"]"),
            ("trainer.fit.folds", "-3"),
            ("trainer.fit.test_share", "7.0"),
            ("trainer.fitt", "2"),
            ("trainer.leak_alarm.action", "shout"),
            ("drift_monitor.policy.nonsense", "1"),
            ("parity.every_minutes", "-1"),
            ("tracking.nonsense", "1"),
            ("lineage.nonsense", "1"),
            ("gateway.listen", "0.0.0.0:99999"),
            ("gateway.workers", "0"),
            ("dashboard.listen", "here"),
        ] {
            let error = checked(key, value).expect_err(key);
            let (Error::Config(told), section) = (&error, key.split('.').next().unwrap_or_default()) else {
                panic!("{key}: {error}")
            };
            let last = key.rsplit('.').next().unwrap_or_default();
            assert!(told.contains(section) && told.contains(last), "{key} = {value}: {told}");
        }
    }
}
