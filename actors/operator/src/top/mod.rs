//! `wick top`: the house on one screen, while it lives.

mod draw;
mod frame;
mod screen;
mod view;

#[cfg(test)]
mod tests;

use clap::Args;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use wick_bus::Config;

use crate::error::Result;
use crate::exit::Exit;
use crate::page::Page;
use frame::Gatherer;
use view::View;

/// The size of a frame that no terminal shows.
const PAGE: (u16, u16) = (120, 50);

/// `wick top`.
///
/// Who is at work and how far behind, what the streams hold, the newest forecasts, how good they were, and what was last
/// said of models and skill. Keys: q quits, tab and the arrows move, p pauses, ? helps. Where no terminal shows it, one
/// frame is printed.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example:\n  wick top\n  wick top --once\n  wick top --json | jq '.actors[] | select(.health != \"ok\")'"
)]
pub struct TopArgs {
    /// Print one frame and end.
    #[arg(long)]
    pub once: bool,
}

/// Shows the house until its reader has seen enough.
///
/// # Errors
/// Where a database does not read, or the terminal does not take what is drawn.
pub async fn top(config: &Config, args: &TopArgs, page: &mut Page<'_>) -> Result<Exit> {
    let mut gatherer = Gatherer::new(config.clone());
    if page.json {
        page.document(&gatherer.gather().await?)?;
    } else if args.once || !page.terminal {
        let frame = gatherer.gather().await?;
        page.raw(text(&frame, &View::default(), PAGE)?.as_bytes())?;
    } else {
        screen::live(gatherer).await?;
    }
    Ok(Exit::Done)
}

/// A frame as plain text, without spaces at the ends of lines or lines at the end.
fn text(frame: &frame::Frame, view: &View, (width, height): (u16, u16)) -> Result<String> {
    let Ok(mut terminal) = Terminal::new(TestBackend::new(width, height));
    let Ok(_) = terminal.draw(|area| draw::draw(area, frame, view));
    let cells = terminal.backend().buffer();
    let line = |row: u16| -> String {
        (0..width).map(|column| cells[(column, row)].symbol()).collect::<String>().trim_end().to_owned()
    };
    let text = (0..height).map(line).collect::<Vec<_>>().join("\n");
    Ok(format!("{}\n", text.trim_end()))
}
