//! A card as Markdown.

use std::fmt::Write;

use super::content::{Card, Table};

/// The card.
pub(super) fn write(card: &Card) -> String {
    let mut text = format!("# {}\n", plain(&card.title));
    for section in &card.sections {
        let _ = write!(text, "\n## {}\n", plain(&section.heading));
        for words in &section.words {
            let _ = write!(text, "\n{}\n", words.replace('\n', " "));
        }
        if let Some(Table { columns, rows }) = &section.table {
            let line =
                |cells: &[String]| format!("| {} |\n", cells.iter().map(|c| plain(c)).collect::<Vec<_>>().join(" | "));
            let _ = write!(text, "\n{}|{}\n", line(columns), "---|".repeat(columns.len()));
            rows.iter().for_each(|row| text.push_str(&line(row)));
        }
    }
    text
}

/// Words that cannot break out of a cell.
fn plain(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}
