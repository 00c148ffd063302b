//! Which encoding is given, and what is never the same twice.

use actix_web::test::TestRequest;
use proptest::prelude::*;

use super::*;

fn wanted_by(lines: &[String]) -> Result<ContentEncoding, u16> {
    let asked = lines.iter().fold(TestRequest::default(), |asked, line| {
        asked.append_header((ACCEPT_ENCODING, HeaderValue::from_bytes(line.as_bytes()).expect("a line")))
    });
    wanted(&asked.to_http_request()).map_err(|problem| problem.status)
}

#[test]
fn what_is_wanted_most_is_given_and_what_is_refused_is_not() {
    const IDENTITY: Result<ContentEncoding, u16> = Ok(ContentEncoding::Identity);
    const DEFLATE: Result<ContentEncoding, u16> = Ok(ContentEncoding::Deflate);
    const GZIP: Result<ContentEncoding, u16> = Ok(ContentEncoding::Gzip);
    for (header, encoding) in [
        ("", IDENTITY),
        ("gzip", GZIP),
        ("GZip", GZIP),
        ("gzip, deflate, br, zstd", GZIP),
        ("deflate, gzip", GZIP),
        ("deflate, gzip;q=0.999", DEFLATE),
        ("deflate;q=0.2,gzip; q=0.30", GZIP),
        ("gzip;q=0.001", GZIP),
        ("identity, gzip;q=0.5", IDENTITY),
        ("identity;q=0.5, gzip;q=0.5", GZIP),
        ("identity;q=0.5, gzip;q=0", IDENTITY),
        // `*` alone asks for nothing.
        ("*", IDENTITY),
        ("*;q=0.5, gzip;q=0", IDENTITY),
        ("br, *;q=0.1", IDENTITY),
        // What may not be sent as it is.
        ("identity;q=0, *", GZIP),
        ("*;q=0.5, identity;q=0", GZIP),
        ("identity;q=0, gzip;q=0, *;q=0.1", DEFLATE),
        ("*;q=0, gzip", GZIP),
        ("*;q=0, identity;q=0.1", IDENTITY),
        ("identity;q=0", Err(406)),
        ("*;q=0", Err(406)),
        ("identity;q=0.0, br", Err(406)),
        ("identity;q=0, gzip;q=0.000, deflate;q=0, *", Err(406)),
        // What we do not have, and what is no encoding, says nothing.
        ("br", IDENTITY),
        ("snappy, br;q=0.2", IDENTITY),
        ("gzip;q=2", IDENTITY),
        ("gzip;q=nan, deflate", DEFLATE),
        (",,;;==, gzip", GZIP),
        ("gz\u{ef}p", IDENTITY),
    ] {
        assert_eq!(wanted_by(&[header.to_owned()]), encoding, "{header}");
    }
    assert_eq!(wanted_by(&[]), IDENTITY);
    assert_eq!(wanted_by(&["identity;q=0, br".into(), "gzip;q=0.2".into()]), GZIP, "in two lines");
}

/// A list of encodings with thousandths of a quality, as it may be written, in lines.
fn header() -> impl Strategy<Value = (Vec<(&'static str, u16)>, Vec<String>)> {
    const NAMES: [&str; 6] = ["gzip", "deflate", "identity", "*", "br", "x-other"];
    let quality = prop_oneof![Just(0_u16), Just(1), Just(500), Just(1000), 0..=1000_u16];
    let one = (proptest::sample::select(NAMES.as_slice()), quality, any::<[bool; 4]>());
    let text = |(name, quality, [shout, space, short, turn]): (&'static str, u16, [bool; 4])| {
        let name = if shout { name.to_uppercase() } else { name.to_owned() };
        let weight = format!("{}.{:03}", quality / 1000, quality % 1000);
        let weight = if short { weight.trim_end_matches('0').trim_end_matches('.') } else { &weight };
        let gap = if space { " " } else { "" };
        let text = if quality == 1000 && short { name } else { format!("{gap}{name}{gap};{gap}q={weight}{gap}") };
        (text, turn)
    };
    proptest::collection::vec(one, 0..6).prop_map(move |list| {
        let mut lines = vec![String::new()];
        for (text, turn) in list.iter().copied().map(text) {
            match lines.last_mut() {
                Some(line) if !turn => line.push_str(&format!("{}{text}", if line.is_empty() { "" } else { "," })),
                _ => lines.push(text),
            }
        }
        (list.into_iter().map(|(name, quality, _)| (name, quality)).collect(), lines)
    })
}

proptest! {
    /// RFC 9110, 12.5.3: a name counts before `*`; what is not named is acceptable only as it is.
    #[test]
    fn what_is_given_is_acceptable_and_only_where_nothing_is_that_is_said((list, lines) in header()) {
        let best = |name: &str| list.iter().filter(|(one, _)| *one == name).map(|(_, quality)| *quality).max();
        let quality =
            |name: &str| best(name).or(best("*")).unwrap_or(if name == "identity" { 1000 } else { 0 });
        match wanted_by(&lines) {
            Ok(encoding) => {
                prop_assert!(quality(encoding.as_str()) > 0, "{encoding:?}");
                let named = ["gzip", "deflate", "identity"].into_iter().filter_map(best).max().unwrap_or(0);
                // Of what is named nothing is wanted more.
                prop_assert!(named == 0 || best(encoding.as_str()) == Some(named), "{encoding:?}");
            }
            Err(status) => {
                prop_assert_eq!(status, 406);
                for name in ["gzip", "deflate", "identity"] {
                    prop_assert_eq!(quality(name), 0, "{}", name);
                }
            }
        }
    }

    #[test]
    fn whatever_is_sent_is_read(text in "[ -~\u{80}-\u{ff}\t]{0,60}") {
        prop_assert!(matches!(wanted_by(&[text]), Ok(_) | Err(406)));
    }
}

#[test]
fn what_tells_the_time_is_never_the_same() {
    assert!(lasts("/v1/candles"));
    assert!(lasts("/openapi.json"));
    for path in ["/v1/predictions/latest", "/v1/pipeline", "/v1/live", "/metrics", "/livez", "/readyz", "/"] {
        assert!(!lasts(path), "{path}");
    }
}
