//! `one_of`: a text is one of a few.

use serde::Deserialize;

use super::{Answer, Asked, Expect, Groups, Tally};

/// `values`: the texts that are expected.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneOf {
    values: Vec<String>,
}

impl Expect for OneOf {
    fn fault(&self, _: i64) -> Option<&'static str> {
        self.values.is_empty().then_some("`values` names nothing")
    }

    fn ask<'row>(&self, asked: Asked<'row>, _: &mut Groups, _: &mut Tally) -> Answer<'row> {
        let Some(text) = asked.cell.text() else { return Answer::NotAsked };
        Answer::of(self.values.iter().any(|value| value == text), asked.cell)
    }
}
