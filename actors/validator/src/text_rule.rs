//! What an article or a post must be to enter silver.
//!
//! The first broken rule decides, and a refused text leaves no trace. The text's own times decide, and no clock: so the
//! verdict is the same in every replay.

use serde::{Deserialize, Serialize};
use url::Url;
use wick_schemas::article::LONGEST_BODY;
use wick_schemas::time::{DAY, HOUR};
use wick_schemas::{Text, Timestamp};

use crate::language::Language;
use crate::refusal::{
    BAD_URL, DUPLICATE, ENCODING, FROM_THE_FUTURE, LANGUAGE, MARKUP, NO_SOURCE, Refusal, TOO_LONG, TOO_OLD, TOO_SHORT,
    WRONG_ID,
};
use crate::seen::Seen;
use crate::spoilt;

/// The longest name of a source, in characters.
const LONGEST_SOURCE: usize = 100;
/// The longest address that browsers and servers agree on, in bytes.
const LONGEST_URL: usize = 2_048;

/// The knobs of the rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TextConfig {
    /// The languages that are read, by their two letters; empty: any. A text whose language cannot be told is read.
    pub languages: Vec<Language>,
    /// How far a text's printed time may lie after the moment that it was first seen, in milliseconds: editors date
    /// ahead, and some feeds forget their time zone.
    pub future_tolerance_ms: i64,
    /// A text is absurdly old if it was published so many days before it was first seen.
    pub oldest_days: i64,
    /// The shortest title and body together, in letters and digits.
    pub shortest: usize,
    /// The longest title, in characters.
    pub longest_title: usize,
    /// So many texts are remembered, to know the next one of the same id.
    pub remembered: usize,
}

impl Default for TextConfig {
    fn default() -> Self {
        Self {
            languages: vec![Language::ENGLISH],
            future_tolerance_ms: HOUR,
            oldest_days: 3_650,
            shortest: 3,
            longest_title: 500,
            remembered: 4_096,
        }
    }
}

/// The judge of articles, or of posts: each has its own. As a checkpoint it is what it remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TextRules {
    #[serde(skip)]
    config: TextConfig,
    /// The texts that were accepted last.
    seen: Seen,
}

impl TextRules {
    /// Rules that remember what the checkpoint does, and judge by this configuration.
    #[must_use]
    pub fn recovered(config: TextConfig, checkpoint: Option<Self>) -> Self {
        let mut seen = checkpoint.map(|checkpoint| checkpoint.seen).unwrap_or_default();
        seen.forget(config.remembered);
        Self { config, seen }
    }

    /// Judges a text that was first seen at `ingest_time`, and remembers it if it is clean.
    ///
    /// # Errors
    /// The broken rule, for [`Refusal::of_article`] or [`Refusal::of_post`].
    pub fn judge(&mut self, text: &Text, ingest_time: Timestamp) -> Result<(), Refusal> {
        address(text)?;
        words(text, &self.config)?;
        self.time(text, ingest_time)?;
        self.language(text)?;
        self.remember(text)
    }

    /// Takes in a text that a person believes, whatever was thought of its words: only one that is there already, or
    /// does not carry its own identity, is refused.
    ///
    /// # Errors
    /// The rule.
    pub fn release(&mut self, text: &Text) -> Result<(), Refusal> {
        identity(text)?;
        self.remember(text)
    }

    fn remember(&mut self, text: &Text) -> Result<(), Refusal> {
        if !self.seen.insert(&text.id, self.config.remembered) {
            let reason = format!("{} or another source gave this text before: the first one stays", text.source);
            return Err(Refusal::new(DUPLICATE, &text.url, reason));
        }
        Ok(())
    }

    fn time(&self, text: &Text, ingest_time: Timestamp) -> Result<(), Refusal> {
        let Some(published) = text.published else { return Ok(()) };
        if published > ingest_time.shift(self.config.future_tolerance_ms) {
            let reason = format!("printed with a time after the one that it was seen at, {ingest_time}");
            return Err(Refusal::new(FROM_THE_FUTURE, published, reason));
        }
        let days = self.config.oldest_days;
        if published < ingest_time.shift(days.saturating_mul(-DAY)) {
            let reason =
                format!("more than {days} days older than when it was seen: a time in seconds, or none at all?");
            return Err(Refusal::new(TOO_OLD, published, reason));
        }
        Ok(())
    }

    fn language(&self, text: &Text) -> Result<(), Refusal> {
        let allowed = &self.config.languages;
        if allowed.is_empty() {
            return Ok(());
        }
        // What the words say goes before what the source says of them.
        let detected = Language::detect(&format!("{} {}", text.title, text.body));
        let (language, by) = match (detected, text.language.as_deref().and_then(Language::of_tag)) {
            (Some(language), _) => (language, "by its words"),
            (None, Some(language)) => (language, "by its source"),
            (None, None) => return Ok(()),
        };
        if allowed.contains(&language) {
            return Ok(());
        }
        let read: Vec<&str> = allowed.iter().map(|language| language.code()).collect();
        let reason = format!("not a language that is read ({by}); `validator.text.languages` is {}", read.join(", "));
        Err(Refusal::new(LANGUAGE, language.code(), reason))
    }
}

fn address(text: &Text) -> Result<(), Refusal> {
    if text.source.trim().is_empty() || text.source.chars().count() > LONGEST_SOURCE {
        let reason = format!("a text names its source, in at most {LONGEST_SOURCE} characters");
        return Err(Refusal::new(NO_SOURCE, &text.source, reason));
    }
    let refuse = |value: &str, reason: &str| Err(Refusal::new(BAD_URL, value, reason.to_owned()));
    if text.url.len() > LONGEST_URL {
        return refuse(&text.url, "an address of more than 2,048 bytes");
    }
    let Ok(url) = Url::parse(&text.url) else {
        return refuse(&text.url, "not an address: write https://…");
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refuse(&text.url, "neither http nor https");
    }
    let host = url.host_str().unwrap_or_default();
    if !url.username().is_empty() || url.password().is_some() {
        // The host alone: what stands before it is nobody's business.
        return refuse(host, "an address with a name or a password in it");
    }
    if !host.contains('.') {
        return refuse(host, "an address without a public host");
    }
    if url.fragment().is_some() {
        return refuse(&text.url, "an address with a fragment is not canonical");
    }
    identity(text)
}

fn identity(text: &Text) -> Result<(), Refusal> {
    let identity = Text::identity(&text.url);
    if text.id != identity {
        return Err(Refusal::new(WRONG_ID, &text.id, format!("not the identity of its address, which is {identity}")));
    }
    Ok(())
}

fn words(text: &Text, config: &TextConfig) -> Result<(), Refusal> {
    for (what, words) in [("source", &text.source), ("title", &text.title), ("body", &text.body)] {
        if let Some((value, reason)) = spoilt::encoding(words) {
            return Err(Refusal::new(ENCODING, value, format!("{what}: {reason}")));
        }
        if let Some(piece) = spoilt::markup(words) {
            return Err(Refusal::new(MARKUP, piece, format!("{what}: markup that should be gone")));
        }
    }
    let said = text.title.chars().chain(text.body.chars()).filter(|letter| letter.is_alphanumeric());
    let count = said.take(config.shortest).count();
    if count < config.shortest {
        let reason = format!("{count} letters and digits where {} are the least that say anything", config.shortest);
        return Err(Refusal::new(TOO_SHORT, format!("{} {}", text.title, text.body).trim(), reason));
    }
    for (what, words, most) in [("title", &text.title, config.longest_title), ("body", &text.body, LONGEST_BODY)] {
        // Bytes first: they are counted already.
        if words.len() > most && words.chars().count() > most {
            let reason = format!("{what}: {} characters where {most} are kept", words.chars().count());
            return Err(Refusal::new(TOO_LONG, words, reason));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_750_000_000_000);

    fn text(number: usize) -> Text {
        let url = format!("https://example.com/{number}");
        Text {
            source: "coindesk".to_owned(),
            id: Text::identity(&url),
            url,
            title: "Bitcoin holds above $100,000".to_owned(),
            body: String::new(),
            published: Some(NOW),
            language: None,
            votes: None,
        }
    }

    fn rule(rules: &mut TextRules, text: &Text) -> &'static str {
        rules.judge(text, NOW).err().map_or("", |refusal| refusal.rule)
    }

    #[test]
    fn the_memory_is_bounded_and_the_oldest_is_forgotten() {
        let config = TextConfig { remembered: 3, ..TextConfig::default() };
        let mut rules = TextRules::recovered(config.clone(), None);
        for number in 0..4 {
            assert_eq!(rule(&mut rules, &text(number)), "");
        }
        assert_eq!(rule(&mut rules, &text(1)), DUPLICATE);
        let json = serde_json::to_string(&rules).expect("JSON");
        let mut again = TextRules::recovered(config.clone(), serde_json::from_str(&json).expect("reads"));
        assert_eq!(again, rules);
        assert_eq!(rule(&mut again, &text(3)), DUPLICATE);
        assert_eq!(rule(&mut again, &text(0)), "");
        assert_eq!(again.seen.len(), 3);
        let less = TextRules::recovered(TextConfig { remembered: 1, ..config }, Some(again));
        assert_eq!(less.seen.len(), 1);
    }

    #[test]
    fn languages_are_a_setting_and_the_words_go_before_the_tag() {
        let mut german = text(1);
        german.body = "Der Kurs des Bitcoin ist am Dienstag nach einer Entscheidung der Notenbank deutlich gefallen, \
                       viele Anleger ziehen ihr Geld ab und warten nun auf bessere Nachrichten. Ob die Kurse sich bald \
                       erholen, weiß niemand."
            .to_owned();
        german.language = Some("en".to_owned());
        let with = |languages: &str| {
            let json = format!(r#"{{"languages": {languages}}}"#);
            TextRules::recovered(serde_json::from_str(&json).expect("languages"), None)
        };
        assert_eq!(rule(&mut with(r#"["en"]"#), &german), LANGUAGE);
        assert_eq!(rule(&mut with(r#"["en", "de"]"#), &german), "");
        assert_eq!(rule(&mut with("[]"), &german), "");
        let mut short = text(2);
        short.language = Some("ja-JP".to_owned());
        assert_eq!(rule(&mut with(r#"["en"]"#), &short), LANGUAGE);
        short.language = Some("no language at all".to_owned());
        assert_eq!(rule(&mut with(r#"["en"]"#), &short), "");
        assert!(serde_json::from_str::<TextConfig>(r#"{"languages": ["xx"]}"#).is_err());
        assert!(serde_json::from_str::<TextConfig>(r#"{"language": ["en"]}"#).is_err());
    }

    #[test]
    fn a_password_in_an_address_is_not_told() {
        let mut secret = text(1);
        secret.url = "https://me:hunter2@example.com/1".to_owned();
        secret.id = Text::identity(&secret.url);
        let refusal = TextRules::default().judge(&secret, NOW).expect_err("refused");
        assert_eq!((refusal.rule, refusal.value.as_str()), (BAD_URL, "example.com"));
        assert!(!refusal.reason.contains("hunter2"));
    }
}
