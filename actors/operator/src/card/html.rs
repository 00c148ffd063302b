//! A card as a page that needs nothing but a browser.

use maud::{DOCTYPE, PreEscaped, html};

use super::content::Card;

const STYLE: &str = "
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; }
td { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; min-width: 5rem; }
td:first-child, th { white-space: nowrap; overflow-wrap: normal; }
";

/// The card.
pub(super) fn write(card: &Card) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (card.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (card.title) }
                @for section in &card.sections {
                    h2 { (section.heading) }
                    @for words in &section.words { p { (words) } }
                    @if let Some(table) = &section.table {
                        table {
                            @if table.columns.iter().any(|column| !column.is_empty()) {
                                thead { tr { @for column in &table.columns { th scope="col" { (column) } } } }
                            }
                            tbody {
                                @for row in &table.rows { tr { @for cell in row { td { (cell) } } } }
                            }
                        }
                    }
                }
            }
        }
    }
    .into_string()
}
