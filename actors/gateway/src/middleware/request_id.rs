//! The name of a request, by which its answer, its problem and its lines in the log are found together.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use wick_schemas::envelope::hex;

/// Where it stands, in requests and in answers.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Where W3C's trace context stands.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The longest name that is taken over.
const LONGEST: usize = 128;

/// Gives requests their names.
#[derive(Debug, Default)]
pub struct RequestIds {
    /// Another one in each process.
    seed: RandomState,
    given: AtomicU64,
}

impl RequestIds {
    /// The name of a request: the one that it brings where that is sane, else the trace that it belongs to, else a new
    /// one.
    pub fn of(&self, headers: &HeaderMap) -> HeaderValue {
        if let Some(brought) = headers.get(X_REQUEST_ID).filter(|value| is_sane(value.as_bytes())) {
            return brought.clone();
        }
        let trace = headers.get(TRACEPARENT).and_then(|value| trace_id(value.as_bytes()));
        let fresh = || HeaderValue::from_maybe_shared(Bytes::from(self.fresh())).ok();
        trace
            .and_then(|trace| HeaderValue::from_bytes(trace).ok())
            .or_else(fresh)
            .unwrap_or(HeaderValue::from_static("-"))
    }

    /// Names need not be secret, only different.
    fn fresh(&self) -> String {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        let (first, second) = (self.seed.hash_one(number).to_be_bytes(), number.to_be_bytes());
        hex(&[first, second].concat())
    }
}

/// Whether it may stand in logs and headers as it is.
fn is_sane(text: &[u8]) -> bool {
    let fit = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=LONGEST).contains(&text.len()) && text.iter().all(fit) && !wick_bus::keys::mentions_key(text)
}

/// The trace in `00-<trace>-<parent>-<flags>`, as <https://www.w3.org/TR/trace-context/> has it: later versions may say
/// more after that.
fn trace_id(text: &[u8]) -> Option<&[u8]> {
    let is_hex = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte));
    let mut parts = text.splitn(5, |byte| *byte == b'-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lengths = (version.len(), trace.len(), parent.len(), flags.len()) == (2, 32, 16, 2);
    let digits = [version, trace, parent, flags].into_iter().all(is_hex);
    let said = |part: &[u8]| part.iter().any(|byte| *byte != b'0');
    let known = version != b"ff" && (version != b"00" || parts.next().is_none());
    (lengths && digits && known && said(trace) && said(parent)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).expect("a value"))).collect()
    }

    #[test]
    fn a_name_is_brought_traced_or_made() {
        let ids = RequestIds::default();
        let traced = format!("00-{TRACE}-00f067aa0ba902b7-01");
        assert_eq!(ids.of(&headers(&[(X_REQUEST_ID, "a.b-c_1"), (TRACEPARENT, &traced)])), "a.b-c_1");
        assert_eq!(ids.of(&headers(&[(X_REQUEST_ID, "a b"), (TRACEPARENT, &traced)])), TRACE);
        assert_eq!(ids.of(&headers(&[(TRACEPARENT, &format!("cc-{TRACE}-00f067aa0ba902b7-01-more"))])), TRACE);
        let made = ids.of(&headers(&[]));
        assert_eq!(made.len(), 32);
        assert_ne!(made, ids.of(&headers(&[])));
        assert_ne!(made, RequestIds::default().of(&headers(&[])));
    }

    #[test]
    fn what_is_not_sane_is_not_taken_over() {
        let key = "wick_abcdefgh_0123456789012345678901234567890123456789012";
        for wrong in ["", "a b", "a\"b", "<script>", key, &"x".repeat(129)] {
            assert!(!is_sane(wrong.as_bytes()), "{wrong}");
        }
        for wrong in [
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-00f067aa0ba902b7"),
        ] {
            assert_eq!(trace_id(wrong.as_bytes()), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_brought_the_name_is_sane(brought in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(value) = HeaderValue::from_bytes(&brought) {
                let brought = HeaderMap::from_iter([(X_REQUEST_ID, value.clone()), (TRACEPARENT, value)]);
                prop_assert!(is_sane(RequestIds::default().of(&brought).as_bytes()));
            }
        }
    }
}
