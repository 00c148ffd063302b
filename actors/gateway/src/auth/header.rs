//! The `Authorization` header.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};

/// The longest key that is looked at, in bytes.
const LONGEST: usize = 512;

/// What a request shows of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown<'a> {
    /// Nothing.
    Nothing,
    /// Something that is no key: another scheme, two headers, or not text.
    Something,
    /// A key.
    Key(&'a str),
}

/// Reads it. Two of them might be understood differently by us and by a proxy, so they count as none.
#[must_use]
pub fn shown(headers: &HeaderMap) -> Shown<'_> {
    let mut all = headers.get_all(AUTHORIZATION);
    match (all.next(), all.next()) {
        (None, _) => Shown::Nothing,
        (Some(one), None) => one.to_str().ok().and_then(bearer).map_or(Shown::Something, Shown::Key),
        (Some(_), Some(_)) => Shown::Something,
    }
}

/// The key in `Bearer <key>`; the scheme may be written in any case.
fn bearer(text: &str) -> Option<&str> {
    let (scheme, key) = text.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty() && key.len() <= LONGEST).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).expect("a value"));
        }
        headers
    }

    #[test]
    fn a_key_is_read_and_everything_else_is_something() {
        assert_eq!(shown(&headers(&[])), Shown::Nothing);
        assert_eq!(shown(&headers(&[b"Bearer abc"])), Shown::Key("abc"));
        assert_eq!(shown(&headers(&[b"bEARER   a b "])), Shown::Key("a b"));
        let long = [b"Bearer ".as_slice(), &[b'x'; 513]].concat();
        for wrong in [b"".as_slice(), b"Bearer", b"Bearer ", b"Basic abc", b"abc", b"Bearer \xff", &long] {
            assert_eq!(shown(&headers(&[wrong])), Shown::Something);
        }
        assert_eq!(shown(&headers(&[b"Bearer a", b"Bearer a"])), Shown::Something);
    }

    proptest! {
        #[test]
        fn no_value_makes_it_panic(value in proptest::collection::vec(any::<u8>(), 0..600)) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
                if let Shown::Key(key) = shown(&headers) {
                    prop_assert!(!key.is_empty() && key.len() <= LONGEST && key == key.trim());
                }
            }
        }

        #[test]
        fn every_key_is_read_as_it_was_written(key in "[!-~]{1,512}", scheme in "[bB][eE][aA][rR][eE][rR]") {
            let value = format!("{scheme} {key}");
            let headers = headers(&[value.as_bytes()]);
            prop_assert_eq!(shown(&headers), Shown::Key(key.as_str()));
        }
    }
}
