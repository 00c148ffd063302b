//! What becomes of everything that comes: it is judged, let through or held, and its batch is asked what was expected of it.

use wick_bus::{Handler, Outbox, Result};
use wick_schemas::envelope::Payload;
use wick_schemas::time::DAY;
use wick_schemas::{
    ArticleReceived, ArticleRejected, ArticleValidated, CandleReceived, CandleRejected, CandleValidated, PostReceived,
    PostRejected, PostValidated, ReadingReceived, ReadingRejected,
};

use super::Validator;
use crate::expectation::Row;
use crate::rules::Verdict;
use crate::silver::{Held, SilverRow};

impl Handler<CandleReceived> for Validator {
    fn handle(&mut self, candle: CandleReceived, out: &mut Outbox<Self>) -> Result<()> {
        let verdict = self.rules.judge(&candle);
        let refused = if let Verdict::Reject(rejection) = &verdict { Some(rejection.rule.clone()) } else { None };
        self.ask(&Row::Candle(&candle), refused.as_deref(), out)?;
        let clean = match verdict {
            Verdict::Clean(clean) => clean,
            Verdict::Reject(rejection) => return self.hold(rejection, out),
        };
        self.take(clean, out)
    }
}

impl Handler<ArticleReceived> for Validator {
    fn handle(&mut self, received: ArticleReceived, out: &mut Outbox<Self>) -> Result<()> {
        let refusal = self.articles.judge(&received.article, received.ingest_time).err();
        let row = Row::Article(&received.article, received.origin, received.ingest_time);
        self.ask(&row, refusal.as_ref().map(|refusal| refusal.rule), out)?;
        if let Some(refusal) = refusal {
            return self.hold(refusal.of_article(received), out);
        }
        let ArticleReceived { article, origin, ingest_time } = received;
        let sentiment = self.scorer.judge(&article.title, &article.body);
        let clean = ArticleValidated { article, sentiment, origin, ingest_time };
        let id = out.publish(&clean)?.id.to_string();
        out.keep(SilverRow::Article(id, clean));
        Ok(())
    }
}

impl Handler<PostReceived> for Validator {
    fn handle(&mut self, received: PostReceived, out: &mut Outbox<Self>) -> Result<()> {
        let refusal = self.posts.judge(&received.post, received.ingest_time).err();
        let row = Row::Post(&received.post, received.origin, received.ingest_time);
        self.ask(&row, refusal.as_ref().map(|refusal| refusal.rule), out)?;
        if let Some(refusal) = refusal {
            return self.hold(refusal.of_post(received), out);
        }
        let PostReceived { post, origin, ingest_time } = received;
        let sentiment = self.scorer.judge(&post.title, &post.body);
        let clean = PostValidated { post, sentiment, origin, ingest_time };
        let id = out.publish(&clean)?.id.to_string();
        out.keep(SilverRow::Post(id, clean));
        Ok(())
    }
}

impl Handler<ReadingReceived> for Validator {
    fn handle(&mut self, received: ReadingReceived, out: &mut Outbox<Self>) -> Result<()> {
        let judged = self.readings.judge(&received);
        let refused = judged.as_ref().err().map(|refusal| refusal.rule);
        self.ask(&Row::Reading(&received), refused, out)?;
        match judged {
            Ok(clean) => {
                let id = out.publish(&clean)?.id.to_string();
                out.keep(SilverRow::Reading(id, clean));
                Ok(())
            }
            Err(refusal) => self.hold(refusal.of_reading(received), out),
        }
    }
}

impl Validator {
    /// Asks what is expected of a row's batch, and tells of the batches that are over.
    fn ask(&mut self, row: &Row<'_>, refused: Option<&str>, out: &mut Outbox<Self>) -> Result<()> {
        let of_market = matches!(row, Row::Candle(_) | Row::Deviation(_));
        let quality = if of_market { &mut self.market } else { &mut self.written };
        for report in quality.as_mut().map(|quality| quality.see(row, refused)).unwrap_or_default() {
            // Once a day of event time, so that a replay forgets as the live run did.
            if let Some(days) = self.keep_reports.filter(|_| report.meta.from.on_grid(DAY)) {
                out.keep(SilverRow::ForgetQuality(report.meta.from.shift(-i64::from(days) * DAY)));
            }
            self.metrics.judged(&report.suite, report.success);
            let id = out.publish(&report)?.id.to_string();
            out.keep(SilverRow::Quality(id, report));
        }
        Ok(())
    }

    /// Lets a clean candle through, with what it settles among the venues.
    pub(crate) fn take(&mut self, clean: CandleValidated, out: &mut Outbox<Self>) -> Result<()> {
        self.pass(clean, out)?;
        for agreed in self.consensus.as_mut().map(|consensus| consensus.take(clean)).unwrap_or_default() {
            self.pass(agreed.candle, out)?;
            for deviation in agreed.deviations {
                self.ask(&Row::Deviation(&deviation), None, out)?;
                out.keep(SilverRow::Deviation(deviation));
            }
        }
        Ok(())
    }

    /// Lets a clean candle through, with the indicators of the quarter hour that it ends.
    fn pass(&mut self, clean: CandleValidated, out: &mut Outbox<Self>) -> Result<()> {
        let id = out.publish(&clean)?.id.to_string();
        let series = self.indicators.entry(clean.candle.venue).or_default();
        for row in series.take(&clean.candle) {
            out.keep(SilverRow::Indicators(row));
        }
        out.keep(SilverRow::Candle(id, clean));
        Ok(())
    }

    /// Puts something in quarantine and tells of it.
    fn hold<R: Payload + Rejected>(&self, rejected: R, out: &mut Outbox<Self>) -> Result<()>
    where
        Held: From<(String, R)>,
    {
        self.metrics.rejected(rejected.rule());
        let id = out.publish(&rejected)?.id.to_string();
        out.keep(SilverRow::Quarantine(Held::from((id, rejected))));
        Ok(())
    }
}

/// A message that tells of something in quarantine.
trait Rejected {
    /// The rule that it broke.
    fn rule(&self) -> &str;
}

macro_rules! rejected {
    ($($message:ident),*) => {$(
        impl Rejected for $message {
            fn rule(&self) -> &str {
                &self.rule
            }
        }
    )*};
}

rejected!(CandleRejected, ArticleRejected, PostRejected, ReadingRejected);
