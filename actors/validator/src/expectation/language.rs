//! `language`: a text is in one of a few languages; texts too short to tell are not asked.

use serde::Deserialize;

use super::{Answer, Asked, Expect, Groups, Tally};

/// `languages`: their two letters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    languages: Vec<crate::language::Language>,
}

impl Expect for Language {
    fn fault(&self, _: i64) -> Option<&'static str> {
        self.languages.is_empty().then_some("`languages` names nothing")
    }

    fn ask<'row>(&self, asked: Asked<'row>, _: &mut Groups, _: &mut Tally) -> Answer<'row> {
        match asked.cell.text().and_then(crate::language::Language::detect) {
            Some(language) => Answer::of(self.languages.contains(&language), asked.cell),
            None => Answer::NotAsked,
        }
    }
}
