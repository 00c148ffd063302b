//! In which language is a text? Asked of long texts only, and answered only where the answer is reliable.

use isolang::Language as Iso;
use serde::{Deserialize, Serialize};

/// Letters that a text in Latin script must have before it is asked for its language: below, headlines full of names are
/// taken for French or Latin.
const LONG_ENOUGH: usize = 160;
/// Letters that suffice in any other script, which says nearly all.
const LONG_ENOUGH_BY_SCRIPT: usize = 20;

/// A language, written as its two letters (`en`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(Iso);

impl Language {
    /// English.
    pub const ENGLISH: Self = Self(Iso::Eng);

    /// The language of a tag as sources give it: `en`, `EN`, `en-US`, `en_GB`, `eng`. None where it names no language.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let code = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
        let known = if code.len() == 2 { Iso::from_639_1(&code) } else { Iso::from_639_3(&code) };
        known.map(Self)
    }

    /// The language of a text, if it is long enough to tell and the answer is reliable.
    #[must_use]
    pub fn detect(text: &str) -> Option<Self> {
        let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
        // The script is known at once, the language only after much counting.
        let least = match whatlang::detect_script(text)? {
            whatlang::Script::Latin => LONG_ENOUGH,
            _ => LONG_ENOUGH_BY_SCRIPT,
        };
        if letters < least {
            return None;
        }
        let info = whatlang::detect(text).filter(whatlang::Info::is_reliable)?;
        // The detector names Mandarin by itself, tags name the family.
        if info.lang() == whatlang::Lang::Cmn {
            return Some(Self(Iso::Zho));
        }
        Iso::from_639_3(info.lang().code()).map(Self)
    }

    /// Its two letters, or three where it has no two.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.to_639_1().unwrap_or(self.0.to_639_3())
    }
}

impl TryFrom<String> for Language {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::of_tag(&text).ok_or_else(|| format!("'{text}' is no language: write its two letters, as in \"en\""))
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.code().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_all_shapes_are_read() {
        for tag in ["en", "EN", "en-US", "en_gb", " eng "] {
            assert_eq!(Language::of_tag(tag), Some(Language::ENGLISH), "{tag}");
        }
        assert_eq!(Language::of_tag("zh-Hans").map(Language::code), Some("zh"));
        for tag in ["", "xx", "english please", "é"] {
            assert_eq!(Language::of_tag(tag), None, "{tag}");
        }
        assert!(
            serde_json::from_str::<Language>("\"klingonish\"").expect_err("none").to_string().contains("two letters")
        );
        assert_eq!(serde_json::to_string(&Language::ENGLISH).expect("JSON"), "\"en\"");
    }

    #[test]
    fn long_texts_have_a_language_and_short_ones_are_not_asked() {
        let german = "Der Kurs des Bitcoin ist am Dienstag nach einer Entscheidung der Notenbank deutlich gefallen, \
                      viele Anleger ziehen ihr Geld ab und warten nun auf bessere Nachrichten. Ob die Kurse sich bald \
                      erholen, weiß niemand.";
        let chinese = "比特币价格周二大幅下跌，许多投资者撤出资金，等待更好的消息。";
        let title =
            "Grayscale Would Consider APA Lawsuit if SEC Rejects its Bitcoin ETF Conversion Application, Says CEO";
        assert_eq!(Language::detect(german).map(Language::code), Some("de"));
        assert_eq!(Language::detect(chinese).map(Language::code), Some("zh"));
        assert_eq!(Language::detect("Der Kurs ist gefallen"), None);
        assert_eq!(Language::detect(title), None);
    }
}
