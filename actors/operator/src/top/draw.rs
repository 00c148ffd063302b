//! The screen, as a picture of a frame.

use ratatui::Frame as Area;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Paragraph, Row, Table};

use super::frame::{Actor, Frame, News, Skill};
use super::view::{Tab, View};
use crate::forecast::{Newest, shown_origin};
use crate::status::TopicState;
use crate::words::{self, NOTHING};

const KEYS: &str = "q quit  tab/←/→ page  ↑/↓ scroll  p pause  ? help";

/// Draws a frame.
pub fn draw(area: &mut Area<'_>, frame: &Frame, view: &View) {
    let [head, body, foot] =
        Layout::vertical([Constraint::Length(2), Constraint::Min(0), Constraint::Length(1)]).areas(area.area());
    area.render_widget(Paragraph::new(header(frame, view)), head);
    match view.tab {
        Tab::House => house(area, frame, body),
        Tab::Streams => table(area, body, "streams", &STREAMS, rows(&frame.streams, view, stream)),
        Tab::News => table(area, body, "news", &NEWS, rows(&frame.news, view, news)),
    }
    let foot_line =
        view.trouble.as_ref().map_or_else(|| Line::from(KEYS).dim(), |told| Line::from(told.as_str()).red());
    area.render_widget(Paragraph::new(foot_line), foot);
    if view.help {
        help(area, body);
    }
}

fn header(frame: &Frame, view: &View) -> Vec<Line<'static>> {
    let mut title = vec![Span::from("wick ").bold(), Span::from(format!("{} in {}", frame.instrument, frame.data_dir))];
    if frame.simulated {
        title.push(Span::from("  SIMULATED").yellow().bold());
    }
    if !frame.bus_connected {
        title.push(Span::from("  the bus is away").red().bold());
    }
    if view.paused {
        title.push(Span::from("  paused").cyan());
    }
    let champion = frame.champion.as_ref().map_or_else(
        || "no champion yet".to_owned(),
        |one| format!("champion {} since {}", words::short(&one.model), words::moment(one.serves_from)),
    );
    let mut pages: Vec<Span<'static>> = Vec::new();
    for tab in Tab::ALL {
        let style = if tab == view.tab { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
        pages.push(Span::styled(format!(" {} ", tab.name()), style));
    }
    pages.push(Span::from(format!("  {} UTC  {champion}", words::moment(frame.now))));
    vec![Line::from(title), Line::from(pages)]
}

/// A column: its head, and how wide it is; the last one takes what is left.
type Column = (&'static str, u16);

const ACTORS: [Column; 7] =
    [("actor", 16), ("health", 7), ("lag", 8), ("pending", 8), ("complete to", 20), ("behind", 9), ("instance", 0)];
const FORECASTS: [Column; 8] = [
    ("horizon", 8),
    ("up", 8),
    ("median", 10),
    ("80 % interval", 19),
    ("95 % interval", 19),
    ("volatility", 11),
    ("level", 10),
    ("age", 0),
];
const SKILLS: [Column; 6] =
    [("horizon", 8), ("n", 7), ("volatility", 11), ("direction", 11), ("in 80 %", 9), ("in 95 %", 0)];
const STREAMS: [Column; 6] =
    [("stream", 22), ("complete to", 20), ("age", 10), ("entries", 8), ("dead", 5), ("lag / pending", 0)];
const NEWS: [Column; 3] = [("when", 20), ("stream", 20), ("says", 0)];

fn house(area: &mut Area<'_>, frame: &Frame, body: Rect) {
    let high = |rows: usize| Constraint::Length(u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(3));
    let [actors, forecasts, skills, told] = Layout::vertical([
        high(frame.actors.len()),
        high(frame.forecasts.len().max(1)),
        high(frame.skills.len().max(1)),
        Constraint::Min(3),
    ])
    .areas(body);
    table(area, actors, "pipeline", &ACTORS, frame.actors.iter().map(actor).collect());
    table(area, forecasts, "newest forecasts", &FORECASTS, frame.forecasts.iter().map(forecast).collect());
    table(area, skills, "skill over 30 days", &SKILLS, frame.skills.iter().map(skill).collect());
    table(area, told, "news", &NEWS, frame.news.iter().map(news).collect());
}

fn table(area: &mut Area<'_>, place: Rect, title: &'static str, columns: &[Column], rows: Vec<Row<'static>>) {
    let widths = columns.iter().map(|(_, width)| match width {
        0 => Constraint::Min(10),
        width => Constraint::Length(*width),
    });
    let head = Row::new(columns.iter().map(|(name, _)| *name)).style(Style::new().add_modifier(Modifier::BOLD));
    let block =
        Block::new().borders(Borders::TOP).title(format!(" {title} ")).border_style(Style::new().fg(Color::DarkGray));
    area.render_widget(Table::new(rows, widths).header(head).column_spacing(1).block(block), place);
}

/// The rows from where the view is scrolled to; the last one stays.
fn rows<T>(all: &[T], view: &View, row: fn(&T) -> Row<'static>) -> Vec<Row<'static>> {
    all.iter().skip(view.scroll.min(all.len().saturating_sub(1))).map(row).collect()
}

fn actor(one: &Actor) -> Row<'static> {
    let colour = match one.health {
        "ok" => Color::Green,
        "behind" => Color::Yellow,
        _ => Color::Red,
    };
    Row::new([
        Span::from(one.actor),
        Span::styled(one.health, Style::new().fg(colour)),
        Span::from(one.lag.map_or_else(|| "?".to_owned(), |lag| lag.to_string())),
        Span::from(one.pending.to_string()),
        Span::from(one.complete_to.map_or_else(|| NOTHING.to_owned(), words::moment)),
        Span::from(one.behind_ms.map_or_else(|| NOTHING.to_owned(), words::span)),
        Span::from(one.holder.clone().unwrap_or_else(|| "not at work".into())),
    ])
}

fn forecast(one: &Newest) -> Row<'static> {
    let interval = |[low, high]: [f64; 2]| format!("{} – {}", words::round_price(low), words::round_price(high));
    let colour = if one.level == "champion" { Color::Reset } else { Color::Yellow };
    Row::new([
        Span::from(one.horizon.to_string()),
        Span::from(words::percent(one.p_up)),
        Span::from(words::round_price(one.median)),
        Span::from(interval(one.interval_80)),
        Span::from(interval(one.interval_95)),
        Span::from(format!("{:.2} %", 100.0 * one.volatility)),
        Span::styled(one.level.clone(), Style::new().fg(colour)),
        Span::from(format!("{}, {}", words::span(one.age_ms), shown_origin(&one.origin))),
    ])
}

fn skill(one: &Skill) -> Row<'static> {
    let share = |share: Option<f64>| match share {
        Some(share) => {
            let colour = if share < 0.0 { Color::Red } else { Color::Green };
            Span::styled(format!("{:+.2} %", 100.0 * share), Style::new().fg(colour))
        }
        None => Span::from(NOTHING),
    };
    Row::new([
        Span::from(one.horizon.to_string()),
        Span::from(one.n.to_string()),
        share(one.volatility),
        share(one.direction),
        Span::from(words::percent(one.coverage_80)),
        Span::from(words::percent(one.coverage_95)),
    ])
}

fn stream(one: &TopicState) -> Row<'static> {
    let groups = one.groups.iter().map(|group| {
        let lag = group.lag.map_or_else(|| "?".to_owned(), |lag| lag.to_string());
        format!("{} {lag} / {}", group.group, group.pending)
    });
    let dead = Style::new().fg(if one.dead > 0 { Color::Red } else { Color::Reset });
    Row::new([
        Span::from(one.topic.clone()),
        Span::from(one.complete_to.map_or_else(|| NOTHING.to_owned(), words::moment)),
        Span::from(one.age_ms.map_or_else(|| NOTHING.to_owned(), words::span)),
        Span::from(one.entries.to_string()),
        Span::styled(one.dead.to_string(), dead),
        Span::from(groups.collect::<Vec<_>>().join(", ")),
    ])
}

fn news(one: &News) -> Row<'static> {
    Row::new([words::moment(one.time), one.topic.to_owned(), one.data.clone()])
}

fn help(area: &mut Area<'_>, body: Rect) {
    let lines = [
        "q, Ctrl-C     quit",
        "tab, → ←      next page, former page",
        "↑ ↓, j k      scroll a line; PgUp PgDn ten; Home to the top",
        "p, space      hold the picture still, let it go on",
        "?             this",
        "",
        "health: away, nobody holds the actor's lease; behind, more than 1000",
        "messages unread or ten minutes older than what it reads; ok, neither.",
        "skill: the share of the baseline's loss that forecasts saved, over 30 days.",
    ];
    let (width, height) = (78.min(body.width), (lines.len() as u16 + 2).min(body.height));
    let place = Rect { x: body.x + (body.width - width) / 2, y: body.y + (body.height - height) / 2, width, height };
    area.render_widget(Clear, place);
    let text: Vec<Line<'_>> = lines.into_iter().map(Line::from).collect();
    area.render_widget(Paragraph::new(text).block(Block::bordered().title(" keys ")), place);
}
