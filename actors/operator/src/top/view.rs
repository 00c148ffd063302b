//! Which part of the house is looked at, and what a key changes of that.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A page of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Pipeline, forecasts, skill, news.
    #[default]
    House,
    /// Every stream.
    Streams,
    /// What was said.
    News,
}

impl Tab {
    /// The pages, in their order.
    pub const ALL: [Self; 3] = [Self::House, Self::Streams, Self::News];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::House => "house",
            Self::Streams => "streams",
            Self::News => "news",
        }
    }

    fn step(self, by: usize) -> Self {
        let place = Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0);
        Self::ALL[(place + by) % Self::ALL.len()]
    }
}

/// What is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The page.
    pub tab: Tab,
    /// Lines that are scrolled over.
    pub scroll: usize,
    /// Whether the picture stands still.
    pub paused: bool,
    /// Whether the keys are explained.
    pub help: bool,
    /// What is the matter, in a line.
    pub trouble: Option<String>,
}

impl View {
    /// Takes a key; false where that was enough.
    pub fn press(&mut self, key: KeyEvent) -> bool {
        if key.kind == KeyEventKind::Release {
            return true;
        }
        let help = std::mem::take(&mut self.help);
        match key.code {
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return false,
            KeyCode::Char('q') => return false,
            // What is laid over the picture goes first.
            KeyCode::Esc => return help,
            KeyCode::Char('?' | 'h') => self.help = !help,
            KeyCode::Char('p' | ' ') => self.paused = !self.paused,
            KeyCode::Tab | KeyCode::Right => self.turn(1),
            KeyCode::BackTab | KeyCode::Left => self.turn(Tab::ALL.len() - 1),
            KeyCode::Down | KeyCode::Char('j') => self.scroll += 1,
            KeyCode::Up | KeyCode::Char('k') => self.scroll = self.scroll.saturating_sub(1),
            KeyCode::PageDown => self.scroll += 10,
            KeyCode::PageUp => self.scroll = self.scroll.saturating_sub(10),
            KeyCode::Home => self.scroll = 0,
            _ => {}
        }
        true
    }

    fn turn(&mut self, by: usize) {
        self.tab = self.tab.step(by);
        self.scroll = 0;
    }
}
