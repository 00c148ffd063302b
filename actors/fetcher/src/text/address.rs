//! Canonical addresses: one text has one, however it was linked to.

use url::Url;

/// Parameters that say who followed a link, not where it leads.
const TRACKING: [&str; 20] = [
    "fbclid", "gclid", "gclsrc", "dclid", "msclkid", "yclid", "twclid", "igshid", "mc_cid", "mc_eid", "cmpid", "ncid",
    "ref", "ref_src", "ref_url", "referrer", "_hsenc", "_hsmi", "s_cid", "ocid",
];

/// The longest address that is one.
const LONGEST: usize = 2_048;

/// The canonical form of an address: `https`, host in lower case without port and user, without fragment, tracking
/// parameters and a slash at the end. `None` where it is no address of the web.
#[must_use]
pub fn canonical(text: &str) -> Option<String> {
    let text = text.trim();
    // Some feeds wrap once too often.
    let text = text.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>")).unwrap_or(text).trim();
    if text.len() > LONGEST {
        return None;
    }
    // And some escape once too often.
    let mut url = Url::parse(&text.replace("&amp;", "&")).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    if url.scheme() == "http" {
        // A port of its own would be another place under https.
        if url.port().is_some() {
            url.set_port(None).ok()?;
        }
        url.set_scheme("https").ok()?;
    }
    url.set_port(None).ok()?;
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    url.set_fragment(None);
    let kept: Vec<(String, String)> =
        url.query_pairs().filter(|(name, _)| !tracks(name)).map(|(name, value)| (name.into(), value.into())).collect();
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    let text = url.to_string();
    // An empty path is a slash to the standard.
    Some(if url.query().is_none() { text.trim_end_matches('/').to_owned() } else { text })
}

fn tracks(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("utm_") || TRACKING.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_text_has_one_address() {
        let wanted = Some("https://example.com/a/b?id=7".to_owned());
        for text in [
            "https://example.com/a/b?id=7",
            "http://Example.com:80/a/b/?id=7#top",
            " https://user:secret@example.com/a/b?utm_source=rss&id=7&fbclid=x\n",
            "<![CDATA[https://example.com/a/b?id=7&UTM_Medium=rss]]>",
            "https://example.com/a/b?utm_source=a&amp;utm_medium=b&amp;id=7",
        ] {
            assert_eq!(canonical(text), wanted, "{text}");
        }
        assert_eq!(canonical("https://example.com/"), Some("https://example.com".into()));
        assert_ne!(canonical("https://example.com/a?id=8"), canonical("https://example.com/a?id=7"));
    }

    #[test]
    fn what_is_no_address_of_the_web_is_none() {
        for text in
            ["", "example.com/a", "ftp://example.com/a", "javascript:alert(1)", "mailto:a@example.com", "https://"]
        {
            assert_eq!(canonical(text), None, "{text}");
        }
        assert_eq!(canonical(&format!("https://example.com/{}", "a".repeat(LONGEST))), None);
    }

    proptest! {
        #[test]
        fn what_is_canonical_stays_so(text in "(http|https)://[a-zA-Z0-9.]{1,20}(:[0-9]{1,4})?/[ -~]{0,60}") {
            if let Some(once) = canonical(&text) {
                prop_assert_eq!(canonical(&once), Some(once.clone()), "{}", text);
                prop_assert!(once.starts_with("https://"));
            }
        }

        #[test]
        fn anything_is_an_address_or_none(text in "\\PC{0,200}") {
            let _ = canonical(&text);
        }
    }
}
