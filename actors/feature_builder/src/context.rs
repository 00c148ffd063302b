//! What is known besides the candles of the series: texts, an index of mood, and other venues' prices.

use serde::{Deserialize, Serialize};
use wick_schemas::time::{BAR, DAY, Timestamp};
use wick_schemas::{ArticleValidated, Candle, PostValidated, ReadingValidated, Venue};

use crate::chatter::{Chatter, Heard, SETTLED};
use crate::told::Told;

/// The index of mood that is known by name.
pub const FEAR_GREED: &str = "fear_greed";
/// How much earlier the reading is that the newest is compared with.
const EARLIER: i64 = 7 * DAY;

/// All that is known so far. It can be written and read back, like the engine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Context {
    articles: Chatter,
    posts: Chatter,
    /// Readings of the index: first seen, of which day, and the number; by when they were seen.
    mood: Vec<(Timestamp, Timestamp, f64)>,
    /// Newest candle of each other venue in the bar that is forming, and in the one after it where a venue is ahead of
    /// the series.
    venues: Vec<Quote>,
}

/// A venue's last price in a bar.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Quote {
    venue: Venue,
    open_time: Timestamp,
    log_close: f64,
}

/// What is known at the close of a bar.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Around {
    /// Articles.
    pub articles: Heard,
    /// Posts.
    pub posts: Heard,
    /// The index of mood, 0 to 100.
    pub mood: Option<Mood>,
    /// Other venues.
    pub venues: Venues,
}

/// The index of mood.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mood {
    /// Its newest number.
    pub value: f64,
    /// That of a week before, or the oldest that is known.
    pub week_ago: f64,
    /// Days since it was first seen.
    pub age: f64,
}

/// Other venues' closes beside that of the series.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Venues {
    /// How many of them traded in the bar.
    pub count: f64,
    /// Mean of `ln` of their closes, less that of the series.
    pub spread: f64,
    /// The highest of all these logarithms, the series' own among them, less the lowest.
    pub dispersion: f64,
}

impl Context {
    /// Takes an article as it comes through the house: it counts from when we first saw it, whatever its publisher
    /// printed on it.
    pub fn take_article(&mut self, article: &ArticleValidated) {
        self.article(article.ingest_time, article.sentiment.score);
    }

    /// Takes a post likewise.
    pub fn take_post(&mut self, post: &PostValidated) {
        self.post(post.ingest_time, post.sentiment.score);
    }

    /// Takes a reading likewise, where it is one of [`FEAR_GREED`].
    pub fn take_reading(&mut self, reading: &ReadingValidated) {
        if reading.name == FEAR_GREED {
            self.mood(reading.ingest_time, reading.at, reading.value);
        }
    }

    /// Takes an article.
    pub fn article(&mut self, first_seen: Timestamp, score: f64) {
        self.articles.push(first_seen, score);
    }

    /// Takes a post.
    pub fn post(&mut self, first_seen: Timestamp, score: f64) {
        self.posts.push(first_seen, score);
    }

    /// Takes a reading of [`FEAR_GREED`] of the day that begins at `day`.
    pub fn mood(&mut self, first_seen: Timestamp, day: Timestamp, value: f64) {
        let place = self.mood.partition_point(|(seen, of, _)| (*seen, *of) <= (first_seen, day));
        self.mood.insert(place, (first_seen, day, value));
    }

    /// Takes another venue's candle.
    pub fn venue(&mut self, candle: &Candle) {
        self.quote(candle.venue, candle.open_time, candle.close.ln());
    }

    /// Takes the logarithm of another venue's last price in a minute.
    pub fn quote(&mut self, venue: Venue, open_time: Timestamp, log_close: f64) {
        let quote = Quote { venue, open_time, log_close };
        let same =
            |known: &&mut Quote| known.venue == quote.venue && known.open_time.floor(BAR) == quote.open_time.floor(BAR);
        match self.venues.iter_mut().find(same) {
            Some(known) if known.open_time < quote.open_time => *known = quote,
            Some(_) => {}
            None => {
                let place = self.venues.partition_point(|known| (known.venue, known.open_time) < (venue, open_time));
                self.venues.insert(place, quote);
            }
        }
    }

    /// What the close of a bar at `as_of`, the last so far, has not counted.
    #[must_use]
    pub fn uncounted(&self, as_of: Timestamp) -> Vec<Told> {
        let articles = self.articles.waiting().map(|(seen, score)| Told::Article(seen, score));
        let posts = self.posts.waiting().map(|(seen, score)| Told::Post(seen, score));
        let mood = self.mood.iter().map(|(seen, day, value)| Told::Mood(*seen, *day, *value));
        let quotes = self.venues.iter().map(|quote| Told::Quote(quote.venue, quote.open_time, quote.log_close));
        articles.chain(posts).chain(mood).chain(quotes).filter(|told| !told.counted(as_of)).collect()
    }

    /// Forgets what the close of a bar at `as_of`, the last so far, has not counted: it is about to be told again.
    pub fn forget_uncounted(&mut self, as_of: Timestamp) {
        self.articles.forget_after(as_of);
        self.posts.forget_after(as_of);
        self.mood.retain(|(seen, day, value)| Told::Mood(*seen, *day, *value).counted(as_of));
        self.venues.retain(|quote| Told::Quote(quote.venue, quote.open_time, quote.log_close).counted(as_of));
    }

    /// What is known at the close of a bar whose last price has this logarithm.
    pub fn close(&mut self, as_of: Timestamp, log_close: f64) -> Around {
        Around {
            articles: self.articles.close(as_of),
            posts: self.posts.close(as_of),
            mood: self.mood_at(as_of),
            venues: self.venues_at(as_of, log_close),
        }
    }

    fn mood_at(&mut self, as_of: Timestamp) -> Option<Mood> {
        let known = &self.mood[..self.mood.partition_point(|(seen, _, _)| seen.shift(SETTLED) <= as_of)];
        let day = known.iter().map(|(_, day, _)| *day).max()?;
        let days = || known.iter().map(|(_, of, _)| *of);
        let before = days().filter(|of| *of <= day - EARLIER).max().or(days().min())?;
        // By when they were seen: a day's first, and its last, which is what it was revised to.
        let seen = known.iter().find(|(_, of, _)| *of == day).map(|(seen, _, _)| *seen)?;
        let last = |day: Timestamp| known.iter().rfind(|(_, of, _)| *of == day).map(|(_, _, value)| *value);
        let mood = Mood { value: last(day)?, week_ago: last(before)?, age: (as_of - seen) as f64 / DAY as f64 };
        if before <= day - EARLIER {
            // Days before that one are asked for no more, however late a reading of them comes.
            self.mood.retain(|(_, of, _)| *of >= before);
        }
        Some(mood)
    }

    fn venues_at(&mut self, as_of: Timestamp, log_close: f64) -> Venues {
        self.venues.retain(|quote| quote.open_time >= as_of - BAR);
        // In the order of venues, not of their coming: sums must not depend on who was quick.
        let mut others: Vec<Quote> = self.venues.iter().filter(|quote| quote.open_time < as_of).copied().collect();
        others.sort_by_key(|quote| quote.venue);
        let distances = || others.iter().map(|quote| quote.log_close - log_close);
        if others.is_empty() {
            return Venues::default();
        }
        let count = others.len() as f64;
        let (low, high) = distances().fold((0.0_f64, 0.0_f64), |(low, high), log| (low.min(log), high.max(log)));
        Venues { count, spread: distances().sum::<f64>() / count, dispersion: high - low }
    }
}

#[cfg(test)]
mod tests {
    use wick_schemas::time::{HOUR, MINUTE};

    use super::*;

    const CLOSE: Timestamp = Timestamp(1_704_067_200_000);

    #[test]
    fn the_mood_is_the_newest_day_that_was_known_and_a_week_before() {
        let mut context = Context::default();
        assert_eq!(context.close(CLOSE, 0.0).mood, None);
        for day in 0..20 {
            let of = CLOSE + (day - 20) * DAY;
            context.mood(of + HOUR, of, day as f64);
        }
        let mood = context.close(CLOSE, 0.0).mood.expect("a mood");
        assert_eq!((mood.value, mood.week_ago), (19.0, 12.0));
        assert!((mood.age - 23.0 / 24.0).abs() < 1e-12);
        // Seen too late to be known at this close, and a revision of an old day.
        context.mood(CLOSE, CLOSE, 77.0);
        context.mood(CLOSE - HOUR, CLOSE - 30 * DAY, 1.0);
        assert_eq!(context.close(CLOSE, 0.0).mood.expect("a mood").value, 19.0);
        assert_eq!(context.close(CLOSE + BAR, 0.0).mood.expect("a mood").value, 77.0);
        assert_eq!(context.mood.len(), 8, "a week and the day before it");
    }

    #[test]
    fn a_day_that_is_revised_by_the_hour_hides_no_week() {
        let mut context = Context::default();
        for hour in 0..24 * 12 {
            let seen = CLOSE + hour * HOUR - 13 * DAY;
            context.mood(seen, seen.floor(DAY), hour as f64);
        }
        let mood = context.close(CLOSE, 0.0).mood.expect("a mood");
        // The last of each day.
        assert_eq!((mood.value, mood.week_ago), (24.0 * 12.0 - 1.0, 24.0 * 5.0 - 1.0));
        assert_eq!(mood.age, 2.0);
    }

    #[test]
    fn venues_count_that_traded_in_the_bar() {
        let mut context = Context::default();
        assert_eq!(context.close(CLOSE, 1.0).venues, Venues::default());
        let mut candle = crate::samples::candle(0, 100.0, 1.0).candle;
        for (venue, minutes, close) in
            [(Venue::Kraken, 1, 102.0), (Venue::Coinbase, 2, 101.0), (Venue::Bitstamp, 16, 1.0)]
        {
            (candle.venue, candle.open_time, candle.close) = (venue, CLOSE - minutes * MINUTE, close);
            context.venue(&candle);
        }
        // One is ahead of the series already: what it paid in the bar still counts.
        (candle.venue, candle.open_time, candle.close) = (Venue::Kraken, CLOSE, 500.0);
        context.venue(&candle);
        let venues = context.close(CLOSE, 100.0_f64.ln()).venues;
        assert_eq!(venues.count, 2.0);
        assert!((venues.spread - (1.02_f64.ln() + 1.01_f64.ln()) / 2.0).abs() < 1e-12);
        assert!((venues.dispersion - 1.02_f64.ln()).abs() < 1e-12);
    }
}
