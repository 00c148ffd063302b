//! The terminal: taken over, drawn on when something happens, and given back however this ends.

use std::time::Duration;

use crossterm::event::{Event, EventStream};
use futures::StreamExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use wick_schemas::topic;

use super::draw::draw;
use super::frame::{Frame, Gatherer};
use super::view::View;
use crate::error::Result;
use crate::tell::read_next;

/// How often ages are drawn anew where nothing happens.
const TICK: Duration = Duration::from_secs(1);
/// How close pictures follow each other at most, however much happens.
const PAUSE: Duration = Duration::from_millis(200);
/// How long an absent bus is let alone.
const AWAY: Duration = Duration::from_secs(2);
/// How long an answer is waited for: keys are not heard meanwhile.
const SILENCE: Duration = Duration::from_secs(2);

/// Gives the terminal back.
struct Restored;

impl Drop for Restored {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

/// Shows the house until a key or a signal ends it.
///
/// # Errors
/// Where a database does not read, or the terminal takes no more.
pub async fn live(mut gatherer: Gatherer) -> Result<()> {
    // It also sees to it that a panic gives the terminal back before it is told.
    let mut terminal = ratatui::try_init()?;
    let _restored = Restored;
    let mut view = View::default();
    let mut frame = gatherer.gather().await?;
    let mut keys = EventStream::new();
    let mut terminated = signal(SignalKind::terminate())?;
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (told, mut heard) = tokio::sync::mpsc::channel(1);
    let listening = tokio::spawn(listen(gatherer.listener().await?, told));
    let mut seen = Instant::now();
    let end = loop {
        terminal.draw(|area| draw(area, &frame, &view))?;
        tokio::select! {
            key = keys.next() => match key {
                Some(Ok(Event::Key(key))) if !view.press(key) => break Ok(()),
                Some(Ok(_)) => continue,
                Some(Err(error)) => break Err(error.into()),
                None => break Ok(()),
            },
            _ = terminated.recv() => break Ok(()),
            _ = tick.tick() => {}
            _ = heard.recv() => {}
        }
        if !view.paused {
            // Much may happen at once.
            if seen.elapsed() < PAUSE {
                sleep(PAUSE.saturating_sub(seen.elapsed())).await;
            }
            seen = Instant::now();
            refresh(&mut gatherer, &mut frame, &mut view).await;
        }
    };
    listening.abort();
    end
}

async fn refresh(gatherer: &mut Gatherer, frame: &mut Frame, view: &mut View) {
    match tokio::time::timeout(SILENCE, gatherer.gather()).await {
        Ok(Ok(newer)) => (*frame, view.trouble) = (newer, None),
        // What was seen stays, and so does whoever looks at it.
        Ok(Err(error)) => view.trouble = Some(error.to_string()),
        Err(_) => view.trouble = Some(format!("no answer within {} s", SILENCE.as_secs())),
    }
}

/// Says so whenever anything is published.
async fn listen((url, keys): (String, Vec<String>), told: tokio::sync::mpsc::Sender<()>) {
    while !told.is_closed() {
        if let Ok(mut bus) = wick_bus::session::connect(&url).await {
            let mut after: Vec<String> = keys.iter().map(|_| "$".to_owned()).collect();
            while let Ok(next) = read_next(&mut bus, &keys, &after).await {
                for (lane, entry) in &next {
                    after[*lane].clone_from(&entry.id);
                }
                // One word is enough, however much there is to see.
                if !next.is_empty() {
                    let _ = told.try_send(());
                }
                if told.is_closed() {
                    return;
                }
            }
        }
        sleep(AWAY).await;
    }
}

impl Gatherer {
    /// Where to listen, and to which streams.
    async fn listener(&mut self) -> Result<(String, Vec<String>)> {
        let house = &self.place().await?.house;
        Ok((house.redis_url.clone(), topic::ALL.iter().map(|topic| house.stream(topic)).collect()))
    }
}
