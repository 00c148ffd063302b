//! Who of the outside world answers.

use std::time::Duration;

use wick_fetcher::config::LiveConfig;
use wick_fetcher::source::exchange;
use wick_schemas::Venue;

/// Asks every exchange of the settings at once for the time: by how many milliseconds its clock is ahead of ours, or why
/// it does not answer.
pub async fn reach(live: &LiveConfig) -> Vec<(Venue, Result<i64, String>)> {
    let ask = |venue: Venue| async move {
        let settings = match live.settings(venue, None) {
            Ok(settings) => settings,
            Err(error) => return (venue, Err(error.to_string())),
        };
        let asked = exchange::probe(venue, &settings.rest, Duration::from_millis(live.probe_ms)).await;
        let ahead = asked.map(|time| time - wick_bus::Clock::System.now());
        (venue, ahead.map_err(|error| error.to_string()))
    };
    futures::future::join_all(live.venues.iter().copied().map(ask)).await
}
