//! What is on its way in: numbered, not yet kept, not yet told.

use wick_schemas::{GapClosed, GapOpened, Timestamp};

use crate::bronze::{BronzeArticle, BronzeCandle, BronzeFrame, BronzePost, BronzeReading, BronzeRow};

/// What came.
#[derive(Debug, Default)]
pub struct Arrived {
    /// Candles.
    pub candles: Vec<BronzeCandle>,
    /// What came over the wire, of which the rest was read.
    pub frames: Vec<BronzeFrame>,
    /// Articles.
    pub articles: Vec<BronzeArticle>,
    /// Posts.
    pub posts: Vec<BronzePost>,
    /// Readings of indices.
    pub readings: Vec<BronzeReading>,
    /// What was noticed of gaps.
    pub gaps: Vec<Gap>,
    /// Up to when all has come, where that is later than the newest candle.
    pub through: Option<Timestamp>,
    /// Whether bronze has the rows already.
    pub kept: bool,
}

impl Arrived {
    /// Everything that bronze is to keep; nothing where it has it.
    #[must_use]
    pub fn into_rows(self) -> Vec<BronzeRow> {
        if self.kept {
            return Vec::new();
        }
        let frames = self.frames.into_iter().map(BronzeRow::Frame);
        let candles = self.candles.into_iter().map(BronzeRow::Candle);
        let articles = self.articles.into_iter().map(BronzeRow::Article);
        let posts = self.posts.into_iter().map(BronzeRow::Post);
        let readings = self.readings.into_iter().map(BronzeRow::Reading);
        frames.chain(candles).chain(articles).chain(posts).chain(readings).collect()
    }
}

/// What was noticed of a gap.
#[derive(Clone, Debug, PartialEq)]
pub enum Gap {
    /// Minutes are missing.
    Opened(GapOpened),
    /// They have come, or never will.
    Closed(GapClosed),
}

/// The greatest number given so far, by kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbers {
    /// To a candle.
    pub candle: i64,
    /// To a frame.
    pub frame: i64,
    /// To an article.
    pub article: i64,
    /// To a post.
    pub post: i64,
    /// To a reading.
    pub reading: i64,
}

/// The next number.
pub fn next(number: &mut i64) -> i64 {
    *number += 1;
    *number
}
