//! A row of any table, and its values by column.

use std::fmt;

use serde::Deserialize;
use wick_schemas::time::MINUTE;
use wick_schemas::{CandleReceived, Origin, ReadingReceived, Text, Timestamp};

use crate::consensus::Deviation;

/// A table that expectations are declared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Candles of the venues.
    Candles,
    /// Articles of the feeds.
    Articles,
    /// Posts of people.
    Posts,
    /// Readings of indices.
    Readings,
    /// How far each venue was from the consensus.
    Consensus,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 5] = [Self::Candles, Self::Articles, Self::Posts, Self::Readings, Self::Consensus];

    /// The table's name, and its suite's.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Candles => "candles",
            Self::Articles => "articles",
            Self::Posts => "posts",
            Self::Readings => "readings",
            Self::Consensus => "consensus",
        }
    }

    /// The table's columns.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        use Column as C;
        match self {
            Self::Candles => {
                &[C::Venue, C::OpenTime, C::Open, C::High, C::Low, C::Close, C::Volume, C::Origin, C::IngestTime]
            }
            Self::Articles | Self::Posts => &[
                C::Source,
                C::Id,
                C::Url,
                C::Title,
                C::Body,
                C::Published,
                C::Language,
                C::Votes,
                C::Origin,
                C::IngestTime,
            ],
            Self::Readings => &[C::Name, C::At, C::Value, C::Origin, C::IngestTime],
            Self::Consensus => &[C::Venue, C::OpenTime, C::LogRatio, C::TookPart],
        }
    }
}

macro_rules! columns {
    ($($column:ident $name:literal $says:literal),* $(,)?) => {
        /// A column of some table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Column {
            $(#[doc = $says] $column,)*
        }

        impl Column {
            /// The column's name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$column => $name,)*
                }
            }
        }
    };
}

columns! {
    Venue "venue" "The venue's name.",
    OpenTime "open_time" "The start of the minute.",
    Open "open" "First price.",
    High "high" "Highest price.",
    Low "low" "Lowest price.",
    Close "close" "Last price.",
    Volume "volume" "Traded amount of the base currency.",
    Origin "origin" "How it reached us.",
    IngestTime "ingest_time" "When we learnt it.",
    Source "source" "Who published the text.",
    Id "id" "The text's identity.",
    Url "url" "The text's address.",
    Title "title" "The text's title.",
    Body "body" "The text's words.",
    Published "published" "When it says that it was published.",
    Language "language" "Its language as the source gives it.",
    Votes "votes" "Likes when it was read.",
    Name "name" "The index.",
    At "at" "What the reading speaks of.",
    Value "value" "The reading.",
    LogRatio "log_ratio" "`ln(close / consensus close)`.",
    TookPart "took_part" "1 where the venue took part in the consensus, else 0.",
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'row> {
    /// None.
    Null,
    /// A number that is one.
    Number(f64),
    /// A moment.
    Time(Timestamp),
    /// Words.
    Text(&'row str),
}

impl<'row> Cell<'row> {
    /// The value as a number; a moment as its milliseconds.
    #[must_use]
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Time(time) => Some(time.millis() as f64),
            Self::Null | Self::Text(_) => None,
        }
    }

    /// The value as words.
    #[must_use]
    pub fn text(self) -> Option<&'row str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Words are cut to 100 characters.
impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Time(time) => write!(f, "{time}"),
            Self::Text(text) => text.chars().take(100).try_for_each(|letter| write!(f, "{letter}")),
        }
    }
}

/// A row as it came, clean or not.
#[derive(Clone, Copy, Debug)]
pub enum Row<'row> {
    /// A candle.
    Candle(&'row CandleReceived),
    /// An article, how it reached us and when we first saw it.
    Article(&'row Text, Origin, Timestamp),
    /// A post, likewise.
    Post(&'row Text, Origin, Timestamp),
    /// A reading.
    Reading(&'row ReadingReceived),
    /// A venue's distance from the consensus.
    Deviation(&'row Deviation),
}

impl<'row> Row<'row> {
    /// The row's table.
    #[must_use]
    pub const fn table(&self) -> Table {
        match self {
            Self::Candle(_) => Table::Candles,
            Self::Article(..) => Table::Articles,
            Self::Post(..) => Table::Posts,
            Self::Reading(_) => Table::Readings,
            Self::Deviation(_) => Table::Consensus,
        }
    }

    /// The moment by which the row belongs to a batch: a minute's start, or when a text or a reading was first seen.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        match self {
            Self::Candle(received) => received.candle.open_time,
            Self::Article(_, _, seen) | Self::Post(_, _, seen) => *seen,
            Self::Reading(received) => received.ingest_time,
            Self::Deviation(deviation) => deviation.open_time,
        }
    }

    /// The event time that has passed once the row is known.
    #[must_use]
    pub fn known(&self) -> Timestamp {
        match self {
            Self::Candle(_) | Self::Deviation(_) => self.time().shift(MINUTE),
            Self::Article(..) | Self::Post(..) | Self::Reading(_) => self.time(),
        }
    }

    /// The value in a column; null where the table has no such column.
    #[must_use]
    pub fn cell(&self, column: Column) -> Cell<'row> {
        match *self {
            Self::Candle(received) => {
                let candle = &received.candle;
                match column {
                    Column::Venue => Cell::Text(candle.venue.as_str()),
                    Column::OpenTime => Cell::Time(candle.open_time),
                    Column::Open => number(candle.open),
                    Column::High => number(candle.high),
                    Column::Low => number(candle.low),
                    Column::Close => number(candle.close),
                    Column::Volume => number(candle.volume),
                    Column::Origin => Cell::Text(received.origin.as_str()),
                    Column::IngestTime => Cell::Time(received.ingest_time),
                    _ => Cell::Null,
                }
            }
            Self::Article(text, origin, seen) | Self::Post(text, origin, seen) => match column {
                Column::Source => Cell::Text(&text.source),
                Column::Id => Cell::Text(&text.id),
                Column::Url => Cell::Text(&text.url),
                Column::Title => words(&text.title),
                Column::Body => words(&text.body),
                Column::Published => text.published.map_or(Cell::Null, Cell::Time),
                Column::Language => text.language.as_deref().map_or(Cell::Null, Cell::Text),
                Column::Votes => text.votes.map_or(Cell::Null, |votes| Cell::Number(votes as f64)),
                Column::Origin => Cell::Text(origin.as_str()),
                Column::IngestTime => Cell::Time(seen),
                _ => Cell::Null,
            },
            Self::Reading(received) => match column {
                Column::Name => Cell::Text(&received.reading.name),
                Column::At => Cell::Time(received.reading.at),
                Column::Value => number(received.reading.value),
                Column::Origin => Cell::Text(received.origin.as_str()),
                Column::IngestTime => Cell::Time(received.ingest_time),
                _ => Cell::Null,
            },
            Self::Deviation(deviation) => match column {
                Column::Venue => Cell::Text(deviation.venue.as_str()),
                Column::OpenTime => Cell::Time(deviation.open_time),
                Column::LogRatio => number(Some(deviation.log_ratio)),
                Column::TookPart => Cell::Number(f64::from(u8::from(deviation.took_part))),
                _ => Cell::Null,
            },
        }
    }
}

/// A number that is not finite is none: so it can be kept as JSON, too.
fn number(value: Option<f64>) -> Cell<'static> {
    value.filter(|value| value.is_finite()).map_or(Cell::Null, Cell::Number)
}

/// An empty text is none.
fn words(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Null } else { Cell::Text(text) }
}
