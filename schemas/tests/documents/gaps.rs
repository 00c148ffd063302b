//! Samples of minutes that did not come.

use wick_schemas::time::MINUTE;
use wick_schemas::{GapClosed, GapOpened, Timestamp, Venue};

use super::samples::AS_OF;

const SEEN: Timestamp = Timestamp(AS_OF.0 - 2 * MINUTE);

pub fn opened() -> GapOpened {
    GapOpened {
        venue: Venue::Binance,
        from: AS_OF.shift(-3 * MINUTE),
        at: SEEN,
        reason: "api.binance.com/api/v3/klines answered 451: not offered in this region for legal reasons".into(),
        standing_in: vec![Venue::Coinbase, Venue::Kraken],
    }
}

pub fn closed() -> GapClosed {
    GapClosed {
        venue: Venue::Kraken,
        from: AS_OF.shift(-9 * MINUTE),
        to: AS_OF.shift(-3 * MINUTE),
        at: SEEN,
        candles: 6,
        healed: true,
    }
}
