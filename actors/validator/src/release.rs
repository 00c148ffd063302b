//! A person lets something out of the quarantine.
//!
//! What a person believes is clean from the moment that they said so: forecasts of before did not know it. It goes the
//! way of everything clean, but for a candle that comes after newer ones of its venue: that one is kept and told of, and
//! what was built of the newer ones stays as it is.

use wick_bus::{Handler, Outbox, Result};
use wick_schemas::{
    ArticleValidated, CandleReceived, CandleValidated, Datum, PostValidated, QuarantineKept, QuarantineReleased,
    ReadingReceived, ReadingValidated, Release,
};

use crate::actor::Validator;
use crate::refusal::Refusal;
use crate::silver::{Released, SilverRow};

/// What is clean because a person says so.
enum Believed {
    /// A candle newer than its venue's others.
    Candle(CandleValidated),
    /// A candle older than they are.
    LateCandle(CandleValidated),
    Article(ArticleValidated),
    Post(PostValidated),
    Reading(ReadingValidated),
}

impl Handler<Release> for Validator {
    fn handle(&mut self, release: Release, out: &mut Outbox<Self>) -> Result<()> {
        let believed = self.believe(&release);
        let Release { at, held, datum, reason: why, requested_by: by, .. } = release;
        let kind = datum.kind().to_owned();
        match believed {
            Ok(believed) => {
                let late = matches!(believed, Believed::LateCandle(_));
                self.let_out(believed, out)?;
                let (held, by) = (held.clone(), by.clone());
                out.keep(SilverRow::Released(Released { id: held.clone(), at, by: by.clone(), why: why.clone() }));
                out.publish(&QuarantineReleased { at, held, kind, late, reason: why, requested_by: by })?;
            }
            Err(Refusal { rule, value, reason }) => {
                let rule = rule.to_owned();
                out.publish(&QuarantineKept { at, held, kind, rule, value, reason, requested_by: by })?;
            }
        }
        Ok(())
    }
}

impl Validator {
    /// Believes a datum, but for the rules that no decision can waive.
    fn believe(&mut self, release: &Release) -> std::result::Result<Believed, Refusal> {
        let (origin, ingest_time) = (release.origin, release.at);
        Ok(match release.datum.clone() {
            Datum::Candle(candle) => {
                let (candle, late) = self.rules.release(&CandleReceived { candle, origin, ingest_time })?;
                let clean = CandleValidated { candle, origin, ingest_time };
                if late { Believed::LateCandle(clean) } else { Believed::Candle(clean) }
            }
            Datum::Article(article) => {
                self.articles.release(&article)?;
                let sentiment = self.scorer.judge(&article.title, &article.body);
                Believed::Article(ArticleValidated { article, sentiment, origin, ingest_time })
            }
            Datum::Post(post) => {
                self.posts.release(&post)?;
                let sentiment = self.scorer.judge(&post.title, &post.body);
                Believed::Post(PostValidated { post, sentiment, origin, ingest_time })
            }
            Datum::Reading(reading) => {
                Believed::Reading(self.readings.release(&ReadingReceived { reading, origin, ingest_time })?)
            }
        })
    }

    fn let_out(&mut self, believed: Believed, out: &mut Outbox<Self>) -> Result<()> {
        match believed {
            Believed::Candle(clean) => return self.take(clean, out),
            Believed::LateCandle(clean) => {
                let id = out.publish(&clean)?.id.to_string();
                out.keep(SilverRow::LateCandle(id, clean));
            }
            Believed::Article(clean) => {
                let id = out.publish(&clean)?.id.to_string();
                out.keep(SilverRow::Article(id, clean));
            }
            Believed::Post(clean) => {
                let id = out.publish(&clean)?.id.to_string();
                out.keep(SilverRow::Post(id, clean));
            }
            Believed::Reading(clean) => {
                let id = out.publish(&clean)?.id.to_string();
                out.keep(SilverRow::Reading(id, clean));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
