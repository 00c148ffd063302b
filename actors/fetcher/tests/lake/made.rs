//! Rows that follow from their sequence number, so that anyone can say what must be in the lake.

use wick_fetcher::bronze::{BronzeCandle, BronzeFrame};
use wick_fetcher::frame::Frame;
use wick_schemas::candle::RawCandle;
use wick_schemas::time::MINUTE;
use wick_schemas::{CandleReceived, Origin, Timestamp, Venue};

/// 2024-01-01.
pub const START: i64 = 1_704_067_200_000;

/// A day has 48 of these.
pub fn candle(sequence: i64) -> BronzeCandle {
    let open_time = Timestamp(START + sequence * 30 * MINUTE);
    let price = 40_000.0 + (sequence as f64).sin() * 100.0;
    let candle = RawCandle {
        venue: Venue::Kraken,
        open_time,
        open: Some(price),
        high: Some(price + 1.0),
        low: (sequence % 7 != 0).then_some(price - 1.0),
        close: Some(price / 3.0),
        volume: Some(0.1 * sequence as f64),
    };
    let ingest_time = open_time.shift(MINUTE);
    BronzeCandle { sequence, received: CandleReceived { candle, origin: Origin::Replay, ingest_time } }
}

pub fn frame(sequence: i64) -> BronzeFrame {
    let payload = (0..sequence % 300).map(|place| (place * 7 + sequence) as u8).collect();
    let frame = Frame {
        source: ["kraken", "Bitcoin Magazine"][(sequence % 2) as usize].into(),
        url: "https://example.com/feed".into(),
        status: 200,
        received_at: Timestamp(START + sequence * 30 * MINUTE),
        payload,
    };
    BronzeFrame { sequence, frame }
}
