//! Where answers are written: tables for people, JSON for programs.

use std::io::Write;

use comfy_table::{Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};
use serde::Serialize;

use crate::error::{Error, Result};

/// On which side of its column something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// From how many characters on a last column may be wrapped.
const LONG: usize = 30;
/// The narrowest that a last column is broken to. Where there is less room for it, lines run on: words of a letter a line are read by
/// nobody.
const LEAST: usize = 20;
/// Between two columns.
const GAP: usize = 2;

/// Where a command's answer goes.
pub struct Page<'a> {
    out: &'a mut dyn Write,
    /// Whether a program reads it.
    pub json: bool,
    /// Whether a terminal shows it: tables then have a bold head and keep to its width.
    pub terminal: bool,
    /// Whether only the answer is wanted, and no remark.
    pub quiet: bool,
}

impl<'a> Page<'a> {
    /// A page written to `out`.
    #[must_use]
    pub fn new(out: &'a mut dyn Write, json: bool, terminal: bool, quiet: bool) -> Self {
        Self { out, json, terminal, quiet }
    }

    /// Writes an answer for programs, as one document.
    ///
    /// # Errors
    /// Where nobody reads any more.
    pub fn document(&mut self, answer: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string_pretty(answer).map_err(Error::unreadable("the answer"))?;
        Ok(writeln!(self.out, "{text}")?)
    }

    /// Writes one of many answers for programs, on a line of its own.
    ///
    /// # Errors
    /// Where nobody reads any more.
    pub fn record(&mut self, answer: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string(answer).map_err(Error::unreadable("the answer"))?;
        self.line(&text)
    }

    /// Writes a line, and shows it at once.
    ///
    /// # Errors
    /// Where nobody reads any more.
    pub fn line(&mut self, text: &str) -> Result<()> {
        writeln!(self.out, "{text}")?;
        Ok(self.out.flush()?)
    }

    /// Writes text as it is.
    ///
    /// # Errors
    /// Where nobody reads any more.
    pub fn raw(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.out.write_all(bytes)?)
    }

    /// Writes a table. At a terminal its last column keeps to the width where it is long; all others stay whole,
    /// because half a hash names nothing.
    ///
    /// # Errors
    /// Where nobody reads any more.
    pub fn table(&mut self, columns: &[(&str, Side)], rows: Vec<Vec<String>>) -> Result<()> {
        let mut table = Table::new();
        let head =
            |name: &str| if self.terminal { Cell::new(name).add_attribute(Attribute::Bold) } else { Cell::new(name) };
        table.load_style(presets::NOTHING).set_header(columns.iter().map(|(name, _)| head(name)));
        let long = rows.iter().filter_map(|row| row.last()).any(|text| text.chars().count() > LONG);
        let wraps =
            self.terminal && long && table.width().is_none_or(|width| room(columns, &rows, width.into()) >= LEAST);
        table.set_content_arrangement(if wraps { ContentArrangement::Dynamic } else { ContentArrangement::Disabled });
        table.add_rows(rows);
        for (place, (column, (_, side))) in table.column_iter_mut().zip(columns).enumerate() {
            if *side == Side::Right {
                column.set_cell_alignment(CellAlignment::Right);
            }
            if wraps && place + 1 < columns.len() {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
            column.set_padding((0, GAP as u16));
        }
        let shown = table.trim_fmt();
        self.line(&shown)
    }

    /// Says something that is not part of the answer, to standard error.
    pub fn remark(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }
}

/// What is left of a terminal's width for the last column of a table.
fn room(columns: &[(&str, Side)], rows: &[Vec<String>], width: usize) -> usize {
    let widest = |place: usize| {
        let texts = rows.iter().filter_map(|row| row.get(place)).map(String::as_str);
        texts.chain([columns[place].0]).map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let taken: usize = (0..columns.len().saturating_sub(1)).map(|place| widest(place) + GAP).sum();
    width.saturating_sub(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_no_terminal_shows_is_plain() {
        let mut out = Vec::new();
        let rows = vec![vec!["candles.received".into(), "7".into()], vec!["x".into(), "1234".into()]];
        let columns = [("topic", Side::Left), ("entries", Side::Right)];
        Page::new(&mut out, false, false, false).table(&columns, rows).expect("written");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(text, "topic             entries\ncandles.received        7\nx                    1234\n");
    }

    #[test]
    fn a_last_column_without_room_is_not_broken() {
        let rows = vec![vec!["a".repeat(30), "b".repeat(40)], vec![String::new(), String::new()]];
        let columns = [("hash", Side::Left), ("why", Side::Left)];
        assert_eq!((room(&columns, &rows, 80), room(&columns, &rows, 40), room(&columns, &rows, 10)), (48, 8, 0));
        assert_eq!(room(&columns, &[], 80), 80 - 4 - GAP);
    }
}
