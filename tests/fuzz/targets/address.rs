//! Any text as the address of a database: refused without a word of it, or shown without its password; and as the
//! address of an article: the same canonical address again when it is read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wick_bus::Config;
use wick_bus::database::Location;
use wick_fetcher::text::address::canonical;

const SECRET: &str = "hunter2secret";

fuzz_target!(|parts: (&str, &str)| {
    let (before, after) = parts;
    if !before.contains(SECRET) && !after.contains(SECRET) {
        let url = format!("postgres://wick:{before}{SECRET}@{after}");
        let flags = [("silver.url".to_owned(), format!("{url:?}"))];
        if let Ok(config) = Config::load(None, &flags) {
            match Location::silver(&config) {
                Ok(location) => assert!(!format!("{location} {location:?}").contains(SECRET)),
                Err(error) => assert!(!error.to_string().contains(SECRET), "{error}"),
            }
        }
    }
    if let Some(once) = canonical(before) {
        assert_eq!(canonical(&once).as_ref(), Some(&once));
    }
});
