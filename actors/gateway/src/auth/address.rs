//! A key in an address ends up in logs, histories and other people's bookmarks: it is refused, and not repeated.

use std::borrow::Cow;

use actix_web::http::Uri;
use percent_encoding::percent_decode;
use wick_bus::keys::mentions_key;

/// What a parameter is called that holds a key.
const NAMES: [&str; 9] =
    ["key", "api_key", "apikey", "access_token", "token", "operator_key", "authorization", "auth", "bearer"];

/// Whether there is a key in an address.
#[must_use]
pub fn holds_key(address: &Uri) -> bool {
    let text = address.path_and_query().map_or("", |both| both.as_str());
    // Few addresses have anything to decode; nothing is copied for those that have not.
    let read = |text| Cow::from(percent_decode(text));
    if mentions_key(text.as_bytes()) || (text.contains('%') && mentions_key(&read(text.as_bytes()))) {
        return true;
    }
    let pairs = address.query().unwrap_or_default().split('&');
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).any(|(name, value)| {
        let name = read(name.as_bytes());
        !value.is_empty() && NAMES.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_bus::keys::{Key, Scope};
    use wick_schemas::Timestamp;

    #[test]
    fn a_key_is_found_anywhere_in_an_address() {
        let key = Key::issue("x", Scope::Read, Timestamp(0), None).expect("a key").secret;
        let hidden = key.replace('_', "%5F");
        for address in [
            format!("/v1/models?limit={key}"),
            format!("/v1/models/{key}"),
            format!("/v1/models?{key}=1"),
            format!("/v1/models?x=Bearer%20{hidden}"),
            "/v1/models?KEY=deadbeef".into(),
            "/v1/models?limit=1&access%5Ftoken=deadbeef".into(),
        ] {
            assert!(holds_key(&address.parse().expect("an address")), "{address}");
        }
        for address in ["/", "/v1/models?limit=5", "/v1/models?key=", "/metrics?name[]=wick_http_requests_total", "*"] {
            assert!(!holds_key(&address.parse().expect("an address")), "{address}");
        }
    }
}
