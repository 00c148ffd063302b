//! Follows the past on its way through the house.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use wick_bus::{House, session, stream};
use wick_schemas::time::MINUTE;
use wick_schemas::{Timestamp, topic};

/// Follows the slowest actor until it has handled everything.
pub async fn follow(house: &House, names: &[&str], first: Timestamp, last: Timestamp) {
    let minutes = u64::try_from((last - first) / MINUTE).unwrap_or(0);
    let bar = ProgressBar::new(minutes);
    let style = "{wide_bar} {percent} % {pos}/{len} minutes, {per_sec}, {eta} left, at {msg}";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    let awaited: Vec<&str> = topic::ALL
        .iter()
        .filter(|topic| topic.publishers.first().is_some_and(|publisher| names.contains(publisher)))
        .map(|topic| topic.name)
        .collect();
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        // An absent bus comes back by itself.
        let Ok(mut connection) = session::connect(&house.redis_url).await else { continue };
        let Ok(marks) = stream::read_watermarks(house, &mut connection).await else { continue };
        let slowest = awaited.iter().map(|topic| marks.get(*topic).copied().unwrap_or(first)).min().unwrap_or(first);
        let slowest = slowest.max(first).min(last);
        bar.set_position(u64::try_from((slowest - first) / MINUTE).unwrap_or(0));
        bar.set_message(slowest.date());
        if slowest >= last {
            bar.finish();
            return;
        }
    }
}
