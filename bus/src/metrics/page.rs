//! `docs/metrics.md`, as the code registers it.

use std::fmt::Write;

use super::Metrics;

const HEAD: &str = "<!-- Generated from the code: WICK_BLESS=1 cargo test -p wick-bus --test metrics -->\n\n\
# Metrics\n\n\
Each process answers `/metrics` in the text format of Prometheus at `telemetry.metrics` (127.0.0.1:9464), and the gateway \
does at its own address too. Every name that the code registers stands here, and no other: a test compares the two. \
`deploy/prometheus/` has a scrape config and alert rules, `deploy/grafana/wick.json` a dashboard; \
[operations](operations.md) says what to do when one fires.\n\n\
- Units are seconds, bytes and shares from 0 to 1. Moments are seconds since 1970: `time() - x` is an age.\n\
- Labels have few values: names of actors, topics, venues and services, rules, horizons, routes. The most are those of \
`feature`: one for each feature of the set that is served. None is an id, a path or an address; the one hash is that of the \
model that serves.\n\
- What was lost and what fell inside an interval is counted, so that any window can be asked for: \
`1 - sum by (horizon) (increase(wick_loss_total{loss=\"qlike\",by=\"forecast\"}[7d])) / sum by (horizon) \
(increase(wick_loss_total{loss=\"qlike\",by=\"seasonal_har\"}[7d]))` is the week's skill.\n\
- What is under *Bus* is read from Redis every five seconds by every process; take the `max` over processes. While Redis \
is away only `wick_bus_up` is there, and `wick_bus_memory_bytes` is 0.\n\
- Histograms have `_bucket`, `_sum` and `_count` besides.\n";

/// The page.
///
/// # Errors
/// Where two metrics have one name.
pub fn page() -> prometheus::Result<String> {
    let metrics = Metrics::new()?;
    let mut page = HEAD.to_owned();
    let mut subject = "";
    for family in metrics.families() {
        if family.subject != subject {
            subject = family.subject;
            let _ = write!(page, "\n## {subject}\n\n| metric | kind | labels | says |\n|---|---|---|---|\n");
        }
        let labels: Vec<String> = family.labels.iter().map(|label| format!("`{label}`")).collect();
        let _ = writeln!(page, "| `{}` | {} | {} | {} |", family.name, family.kind, labels.join(" "), family.help);
    }
    Ok(page)
}
