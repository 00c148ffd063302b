//! What the house says of itself: logs as text or JSON.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::TelemetryConfig;
use crate::error::{Error, Result};

/// Starts logging to standard error, which leaves standard output to answers.
///
/// # Errors
/// Where the filter or the format is not one that is known.
pub fn start(config: &TelemetryConfig) -> Result<()> {
    let filter = EnvFilter::try_new(&config.log)
        .map_err(|error| Error::Config(format!("telemetry.log '{}': {error}", config.log)))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let subscriber = subscriber.with_ansi(std::io::stderr().is_terminal()).with_target(false);
    let started = match config.format.as_str() {
        "text" => subscriber.compact().try_init(),
        "json" => subscriber.json().flatten_event(true).try_init(),
        other => return Err(Error::Config(format!("telemetry.format '{other}': write text or json"))),
    };
    // A second start, as in tests, keeps the first one's settings.
    let _ = started;
    Ok(())
}
