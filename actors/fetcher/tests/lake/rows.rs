//! Rows of every kind come back bit for bit, from the journal and from files.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use wick_bus::lake::{Record, Shelf};
use wick_fetcher::bronze::{BronzeArticle, BronzeCandle, BronzeFrame, BronzePost, BronzeReading};
use wick_fetcher::frame::Frame;
use wick_schemas::candle::RawCandle;
use wick_schemas::{
    ArticleReceived, CandleReceived, Origin, PostReceived, Reading, ReadingReceived, Text, Timestamp, Venue,
};

fn moment() -> impl Strategy<Value = Timestamp> {
    // Mostly two days; now and then what no clock should say.
    prop_oneof![
        9 => (0..172_800_000i64).prop_map(|offset| Timestamp(1_704_067_200_000 + offset)),
        1 => (-4_000_000_000_000..4_000_000_000_000i64).prop_map(Timestamp),
    ]
}

fn number() -> impl Strategy<Value = Option<f64>> {
    use proptest::num::f64;
    option::of(f64::NORMAL | f64::SUBNORMAL | f64::ZERO | f64::NEGATIVE)
}

fn origin() -> impl Strategy<Value = Origin> {
    prop::sample::select(Origin::ALL.to_vec())
}

fn text() -> impl Strategy<Value = Text> {
    let words = (any::<String>(), any::<String>(), any::<String>(), any::<String>(), ".{0,300}");
    (words, option::of(moment()), option::of("[a-z]{2}"), option::of(any::<i64>())).prop_map(
        |((source, id, url, title, body), published, language, votes)| Text {
            source,
            id,
            url,
            title,
            body,
            published,
            language,
            votes,
        },
    )
}

fn candle() -> impl Strategy<Value = CandleReceived> {
    let venue = prop::sample::select(Venue::ALL.to_vec());
    let numbers = (number(), number(), number(), number(), number());
    (venue, moment(), numbers, origin(), moment()).prop_map(|(venue, open_time, numbers, origin, ingest_time)| {
        let (open, high, low, close, volume) = numbers;
        CandleReceived { candle: RawCandle { venue, open_time, open, high, low, close, volume }, origin, ingest_time }
    })
}

fn frame() -> impl Strategy<Value = Frame> {
    (any::<String>(), any::<String>(), any::<u16>(), moment(), vec(any::<u8>(), 0..2_000))
        .prop_map(|(source, url, status, received_at, payload)| Frame { source, url, status, received_at, payload })
}

fn article() -> impl Strategy<Value = ArticleReceived> {
    (text(), origin(), moment()).prop_map(|(article, origin, ingest_time)| ArticleReceived {
        article,
        origin,
        ingest_time,
    })
}

fn post() -> impl Strategy<Value = PostReceived> {
    (text(), origin(), moment()).prop_map(|(post, origin, ingest_time)| PostReceived { post, origin, ingest_time })
}

fn reading() -> impl Strategy<Value = ReadingReceived> {
    (any::<String>(), moment(), number(), origin(), moment()).prop_map(|(name, at, value, origin, ingest_time)| {
        ReadingReceived { reading: Reading { name, at, value }, origin, ingest_time }
    })
}

/// Keeps rows in portions and reads them, before and after everything is in files.
fn go_round<R: Record + std::fmt::Debug>(rows: &[R], portion: usize, enough: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut shelf = Shelf::<R>::open(folder.path(), enough).expect("opens");
    for rows in rows.chunks(portion) {
        shelf.keep(rows.to_vec()).expect("keeps");
    }
    let read = || Shelf::<R>::read(folder.path(), Timestamp::MIN, Timestamp::MAX).expect("reads");
    // The words of a row tell -0 from 0, which equality does not.
    let told = |rows: &[R]| rows.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>();
    assert_eq!(told(&read()), told(rows));
    shelf.settle().expect("settles");
    assert_eq!(told(&read()), told(rows));
}

macro_rules! kinds {
    ($($name:ident: $record:ident of $of:ident),* $(,)?) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $name(received in vec($of(), 1..12), portion in 1..5usize, enough in 1..9usize) {
                    let number = |(place, one)| kinds!(@row $record, place as i64 + 1, one);
                    let rows: Vec<$record> = received.into_iter().enumerate().map(number).collect();
                    go_round(&rows, portion, enough);
                }
            )*
        }
    };
    (@row BronzeFrame, $sequence:expr, $one:expr) => { BronzeFrame { sequence: $sequence, frame: $one } };
    (@row $record:ident, $sequence:expr, $one:expr) => { $record { sequence: $sequence, received: $one } };
}

kinds! {
    candles_come_back: BronzeCandle of candle,
    frames_come_back: BronzeFrame of frame,
    articles_come_back: BronzeArticle of article,
    posts_come_back: BronzePost of post,
    readings_come_back: BronzeReading of reading,
}
