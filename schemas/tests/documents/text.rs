//! Samples of what is written, read off and missed on a quiet morning.

use wick_schemas::time::{DAY, HOUR, MINUTE};
use wick_schemas::{
    ArticleReceived, ArticleRejected, ArticleValidated, Datum, Envelope, ExpectationResult, Origin, PostReceived,
    PostRejected, PostValidated, QualityMeta, QualityReported, QualityStatistics, QuarantineKept, QuarantineReleased,
    Reading, ReadingReceived, ReadingRejected, ReadingValidated, Release, Sentiment, Text, Timestamp,
};

use super::samples::AS_OF;

const SEEN: Timestamp = Timestamp(AS_OF.0 - 2 * MINUTE);

fn headline() -> Text {
    let url = "https://news.example.com/markets/fund-inflows";
    Text {
        source: "example_news".into(),
        id: Text::identity(url),
        url: url.into(),
        title: "Funds take in more bitcoin for a ninth day".into(),
        body: "Inflows were the largest since the funds began to trade.".into(),
        published: Some(SEEN.shift(-18 * MINUTE)),
        language: Some("en".into()),
        votes: None,
    }
}

fn remark() -> Text {
    let url = "https://social.example.com/@someone/1120";
    Text {
        source: "example_social".into(),
        id: Text::identity(url),
        url: url.into(),
        title: String::new(),
        body: "fees are back to where they were in autumn".into(),
        published: Some(SEEN.shift(-3 * MINUTE)),
        language: None,
        votes: Some(4),
    }
}

fn feeling(score: f64) -> Sentiment {
    Sentiment::new(score, 0.8125, "ngram-1").expect("possible")
}

/// A person lets out what was refused.
pub fn release(rejected: &Envelope) -> Release {
    Release {
        at: AS_OF.shift(HOUR),
        held: rejected.id.to_string(),
        datum: Datum::Article(headline()),
        origin: Origin::Live,
        reason: "the headline is right: the source has corrected itself".into(),
        requested_by: "ada".into(),
    }
}

pub fn released(rejected: &Envelope) -> QuarantineReleased {
    let Release { at, held, reason, requested_by, .. } = release(rejected);
    QuarantineReleased { at, held, kind: "article".into(), late: false, reason, requested_by }
}

pub fn stays(rejected: &Envelope) -> QuarantineKept {
    let Release { at, held, requested_by, .. } = release(rejected);
    QuarantineKept {
        at,
        held,
        kind: "article".into(),
        rule: "duplicate".into(),
        value: headline().url,
        reason: "example_news or another source gave this text before: the first one stays".into(),
        requested_by,
    }
}

pub fn article() -> ArticleReceived {
    ArticleReceived { article: headline(), origin: Origin::Live, ingest_time: SEEN }
}

pub fn article_validated() -> ArticleValidated {
    ArticleValidated { article: headline(), sentiment: feeling(0.75), origin: Origin::Live, ingest_time: SEEN }
}

pub fn article_rejected() -> ArticleRejected {
    ArticleRejected {
        article: Text { title: "Funds".into(), ..headline() },
        origin: Origin::Live,
        ingest_time: SEEN,
        rule: "too_short".into(),
        value: "5".into(),
        reason: "a title has 10 characters at least".into(),
    }
}

pub fn post() -> PostReceived {
    PostReceived { post: remark(), origin: Origin::Live, ingest_time: SEEN }
}

pub fn post_validated() -> PostValidated {
    PostValidated { post: remark(), sentiment: feeling(-0.125), origin: Origin::Live, ingest_time: SEEN }
}

pub fn post_rejected() -> PostRejected {
    PostRejected {
        post: Text { body: "?".into(), ..remark() },
        origin: Origin::Live,
        ingest_time: SEEN,
        rule: "too_short".into(),
        value: "1".into(),
        reason: "a post has 10 characters at least".into(),
    }
}

fn greed() -> Reading {
    Reading { name: "fear_greed".into(), at: AS_OF.floor(DAY), value: Some(82.0) }
}

pub fn reading() -> ReadingReceived {
    ReadingReceived { reading: greed(), origin: Origin::Live, ingest_time: SEEN }
}

pub fn reading_validated() -> ReadingValidated {
    let Reading { name, at, .. } = greed();
    ReadingValidated { name, at, value: 82.0, origin: Origin::Live, ingest_time: SEEN }
}

pub fn reading_rejected() -> ReadingRejected {
    ReadingRejected {
        reading: Reading { value: Some(182.0), ..greed() },
        origin: Origin::Live,
        ingest_time: SEEN,
        rule: "out_of_range".into(),
        value: "182".into(),
        reason: "fear_greed lies between 0 and 100".into(),
    }
}

pub fn quality() -> QualityReported {
    QualityReported {
        success: true,
        suite: "candles".into(),
        results: vec![ExpectationResult {
            expectation: "range".into(),
            column: "close".into(),
            success: true,
            element_count: 240,
            unexpected_count: 0,
            mostly: 1.0,
            partial_unexpected_list: Vec::new(),
            observed_value: Some(1.0),
        }],
        statistics: QualityStatistics {
            evaluated_expectations: 1,
            successful_expectations: 1,
            unsuccessful_expectations: 0,
            success_percent: 100.0,
        },
        meta: QualityMeta {
            from: AS_OF.shift(-HOUR),
            to: AS_OF,
            rows: 241,
            rejected: [("not_a_number".to_owned(), 1)].into(),
        },
    }
}
