//! What owners keep in tables: SQLite files, one for each owner, written by one and read by all; and, for an owner whose
//! settings name one, a schema of a PostgreSQL server instead.
//!
//! [`open`] and [`read`] are for owners that keep to files. [`Database`] is the same for both kinds: the few things that
//! an owner of tables needs (insert rows that may be there already, change some, select), in the SQL that both speak,
//! with `$1`, `$2` for values.

mod cell;
mod files;
mod location;
mod row;
mod sql;
mod table;

pub use self::cell::{Cell, Kind};
pub use self::files::{open, read};
pub use self::location::Location;
pub use self::row::{Field, Row};
pub use self::sql::{Database, Migrations, Transaction};
pub use self::table::Table;
