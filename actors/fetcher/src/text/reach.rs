//! Who of the services answers.

use std::time::Duration;

use futures::future::join_all;

use super::config::TextConfig;
use super::poller::{Pace, Poller};
use super::service::{Service, services};
use crate::source::Clock;

/// Asks every service of the settings at once, as a visit would: how many items it has, or why it cannot be read.
pub async fn reach(config: &TextConfig, timeout: Duration, clock: &Clock) -> Vec<(String, Result<usize, String>)> {
    let named = if config.enabled { services(config) } else { Vec::new() };
    join_all(named.into_iter().map(|service| ask(service, timeout, clock.clone()))).await
}

async fn ask(service: Box<dyn Service>, timeout: Duration, clock: Clock) -> (String, Result<usize, String>) {
    let name = service.name().to_owned();
    let pace = Pace { timeout, every: timeout, delay: Duration::ZERO, pages: 0 };
    let visit = match Poller::new(service, pace, clock) {
        Ok(mut poller) => poller.visit().await,
        Err(error) => return (name, Err(error.to_string())),
    };
    let items = visit.pages.iter().map(|page| page.items.len() + page.readings.len()).sum();
    (name, visit.trouble.map_or(Ok(items), |(reason, _)| Err(reason)))
}
