//! The page of tables.

use std::fmt::Write;

use super::{GENERATED, names};
use crate::table;

const HEAD: &str = "
# Tables

What Wick keeps, layer by layer: bronze as received, silver clean, gold ready to learn from, and beside them the
models, the forecasts and their scores. A layer has one owner, which alone writes it, always before it publishes what
it wrote, so that a message never speaks of a row that is not there. Everybody may read.

Places are below the data folder (`data_dir`, `./data` by default). A row is known by its key: writing it again
changes nothing, so a message that comes twice does no harm.

| table | layer | written by | key | place | a row is |
|---|---|---|---|---|---|
";

/// The page as Markdown.
pub(super) fn text() -> String {
    let mut page = format!("{GENERATED}{HEAD}");
    for table in table::ALL {
        let key = names(table.key);
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| `{}` | {} | `{}` | {key} | `{}` | {} |",
            table.name, table.layer, table.owner, table.place, table.says
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_its_line() {
        let page = text();
        for table in table::ALL {
            let line = format!("| `{}` | {} | `{}` |", table.name, table.layer, table.owner);
            assert_eq!(page.matches(&line).count(), 1, "{line}");
        }
    }
}
