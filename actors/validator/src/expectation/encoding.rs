//! `encoding`: a text's characters were not spoilt on their way, and its markup is gone.

use serde::Deserialize;

use super::{Answer, Asked, Expect, Groups, Tally};
use crate::spoilt;

/// Without parameters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encoding {}

impl Expect for Encoding {
    fn ask<'row>(&self, asked: Asked<'row>, _: &mut Groups, _: &mut Tally) -> Answer<'row> {
        let Some(text) = asked.cell.text() else { return Answer::NotAsked };
        Answer::of(spoilt::encoding(text).is_none() && spoilt::markup(text).is_none(), asked.cell)
    }
}
