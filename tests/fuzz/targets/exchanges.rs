//! Whatever an exchange says over a socket or answers over HTTP is understood or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wick_fetcher::source::exchange;

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let venues: Vec<_> = exchange::venues().collect();
    exchange::read_anything(venues[usize::from(*choice) % venues.len()], &String::from_utf8_lossy(rest));
});
