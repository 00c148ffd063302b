//! One message of each type, as it might be on a quiet morning: written to `examples/` where there is none yet.

use crate::{gaps, text};

use serde::Serialize;
use serde_json::Value;
use wick_schemas::candle::RawCandle;
use wick_schemas::envelope::{CONTENT_TYPE, SPEC_VERSION};
use wick_schemas::model_event::CellMetric;
use wick_schemas::prediction::{BaselineForecast, TAUS};
use wick_schemas::time::{BAR, DAY, MINUTE};
use wick_schemas::{
    Candle, CandleReceived, CandleRejected, CandleValidated, Cause, CoverageMissed, DriftDetected, DriftedFeature,
    Envelope, FeatureVector, Forecast, Horizon, Instrument, Level, ModelPromoted, ModelRefused, ModelRolledBack,
    ModelTrained, Origin, Payload, Prediction, PredictionsScored, Promote, Retrain, Rollback, Score, SkillDegraded,
    Target, TargetsMatured, Timestamp, Venue,
};

const MODEL: &str = "7d1e4c0b9a5f38266f0c1d9be47a25838e1b6d70c2f94a15d3087be96c5a412f";
const FORMER: &str = "c48a06f3d27b915e80e3f16ab5d94c7712fd8b3960a7e54c19b80d36f2e5a7c4";
const FEATURE_SET: &str = "5b0f8d2ce9a61734";

/// 2024-03-05T09:15:00Z, the close of a bar.
pub const AS_OF: Timestamp = Timestamp(1_709_630_100_000);
const PRICE: f64 = 66_842.3;

/// One message for each topic, in the order of the flow.
pub fn all() -> Vec<Envelope> {
    let received = wrap(&received(), None);
    let quality = wrap(&text::quality(), Some(&received));
    let article = wrap(&text::article(), None);
    let post = wrap(&text::post(), None);
    let reading = wrap(&text::reading(), None);
    let gap = wrap(&gaps::opened(), None);
    let healed = wrap(&gaps::closed(), None);
    let validated = wrap(&validated(), Some(&received));
    let rejected = wrap(&rejected(), None);
    let release = wrap(&text::release(&rejected), None);
    let features = wrap(&features(), Some(&validated));
    let targets = wrap(&targets(), Some(&validated));
    let made = wrap(&prediction(), Some(&features));
    let scored = wrap(&scored(), Some(&targets));
    let drifted = wrap(&drifted(), Some(&features));
    let degraded = wrap(&degraded(), Some(&targets));
    let missed = wrap(&missed(), Some(&features));
    let retrain = wrap(&retrain(), Some(&targets));
    let promote = wrap(&Promote { at: AS_OF, model: FORMER[..12].into(), cause: person(), requested_by: by() }, None);
    let rollback = wrap(&Rollback { at: AS_OF, cause: person(), requested_by: by() }, None);
    let trained = wrap(&trained(), Some(&retrain));
    let promoted = wrap(&promoted(), Some(&retrain));
    let refused = wrap(&refused(), Some(&retrain));
    let rolled_back = wrap(&rolled_back(), Some(&rollback));
    vec![
        received,
        article.clone(),
        post.clone(),
        reading.clone(),
        gap,
        healed,
        validated,
        rejected.clone(),
        wrap(&text::article_validated(), Some(&article)),
        wrap(&text::article_rejected(), Some(&article)),
        wrap(&text::post_validated(), Some(&post)),
        wrap(&text::post_rejected(), Some(&post)),
        wrap(&text::reading_validated(), Some(&reading)),
        wrap(&text::reading_rejected(), Some(&reading)),
        quality,
        release.clone(),
        wrap(&text::released(&rejected), Some(&release)),
        wrap(&text::stays(&rejected), Some(&release)),
        features,
        targets,
        made,
        scored,
        drifted,
        degraded,
        missed,
        retrain,
        promote,
        rollback,
        trained,
        promoted,
        refused,
        rolled_back,
    ]
}

/// A message as a JSON object: its attributes in the order of the stream's fields, and its data.
pub fn text(message: &Envelope) -> String {
    #[derive(Serialize)]
    struct Event<'a> {
        id: &'a str,
        source: &'a str,
        r#type: &'a str,
        specversion: &'a str,
        time: String,
        subject: &'a str,
        dataschema: &'a str,
        datacontenttype: &'a str,
        correlationid: &'a str,
        causationid: &'a str,
        traceparent: String,
        data: Value,
    }
    let event = Event {
        id: message.id.as_str(),
        source: &message.source,
        r#type: &message.kind,
        specversion: SPEC_VERSION,
        time: message.time.rfc3339(),
        subject: &message.subject,
        dataschema: &message.dataschema,
        datacontenttype: CONTENT_TYPE,
        correlationid: &message.correlation_id,
        causationid: &message.causation_id,
        traceparent: message.traceparent(),
        data: serde_json::from_str(&message.data).expect("JSON"),
    };
    serde_json::to_string_pretty(&event).expect("JSON") + "\n"
}

fn wrap<P: Payload>(payload: &P, cause: Option<&Envelope>) -> Envelope {
    let subject = Instrument::new("BTC-USD").expect("a pair");
    Envelope::wrap(payload, P::TOPIC.publishers[0], &subject, cause).expect("wraps")
}

fn person() -> Cause {
    Cause::Person { reason: "the new champion is too sure of itself since the weekend".into() }
}

fn by() -> String {
    "ada".into()
}

fn lost_skill() -> Cause {
    let evidence = "qlike skill -0.0312 against seasonal_har over 672 forecasts at 1h, below 0";
    Cause::SkillLost { evidence: evidence.into() }
}

fn raw() -> RawCandle {
    RawCandle {
        venue: Venue::Kraken,
        open_time: AS_OF.shift(-MINUTE),
        open: Some(66_815.0),
        high: Some(66_850.1),
        low: Some(66_808.7),
        close: Some(PRICE),
        volume: Some(3.418_205_71),
    }
}

fn received() -> CandleReceived {
    CandleReceived { candle: raw(), origin: Origin::Live, ingest_time: AS_OF.shift(412) }
}

fn validated() -> CandleValidated {
    let candle = Candle::new(raw()).expect("possible");
    CandleValidated { candle, origin: Origin::Live, ingest_time: AS_OF.shift(412) }
}

fn rejected() -> CandleRejected {
    CandleRejected {
        candle: RawCandle { high: Some(66_801.0), volume: None, ..raw() },
        origin: Origin::Live,
        ingest_time: AS_OF.shift(412),
        rule: "not_a_number".into(),
        value: "NaN".into(),
        reason: "volume: not a number".into(),
    }
}

fn features() -> FeatureVector {
    let values = [
        ("return_1", Some(0.001_283_4)),
        ("return_4", Some(-0.002_917_6)),
        ("log_rv_4", Some(-11.482_7)),
        ("log_rv_96", Some(-10.964_1)),
        ("signed_volume_4", Some(-0.118_3)),
        ("log_volume_to_week_4", None),
    ];
    FeatureVector {
        as_of: AS_OF,
        feature_set: FEATURE_SET.into(),
        price: PRICE,
        warm: false,
        minutes: 15,
        origin: Origin::Live,
        ingest_time: AS_OF.shift(412),
        names: values.iter().map(|(name, _)| (*name).to_owned()).collect(),
        values: values.iter().map(|(_, value)| *value).collect(),
    }
}

/// The outcome of a horizon that ends now.
fn outcome(horizon: Horizon) -> Target {
    Target {
        horizon,
        origin: AS_OF.shift(-horizon.millis()),
        log_return: [0.001_283_4, -0.002_917_6, 0.006_240_8, 0.018_774_2][horizon.index()],
        realised_variance: 2.6e-6 * horizon.bars() as f64,
    }
}

fn targets() -> TargetsMatured {
    TargetsMatured { at: AS_OF, targets: Horizon::ALL.map(outcome).to_vec() }
}

fn forecast(horizon: Horizon) -> Forecast {
    let bars = horizon.bars() as f64;
    let (variance, baseline_variance) = (2.4e-6 * bars, 2.9e-6 * bars);
    let quantiles = |variance: f64| [-2.13, -1.22, -0.58, 0.02, 0.61, 1.24, 2.09].map(|z| z * variance.sqrt());
    let returns = quantiles(variance);
    assert_eq!(returns.len(), TAUS.len());
    Forecast {
        horizon,
        p_up: 0.5125,
        expected_return: 2.1e-5 * bars,
        variance,
        return_quantiles: returns.to_vec(),
        price_quantiles: returns.map(|quantile| PRICE * quantile.exp()).to_vec(),
        raw_log_variance: -12.9375,
        raw_p_up: Some(0.515625),
        baseline: BaselineForecast {
            p_up: 0.5031,
            ewma_variance: baseline_variance * 1.08,
            har_variance: baseline_variance * 1.03,
            seasonal_har_variance: baseline_variance,
            garch_variance: Some(baseline_variance * 1.05),
            return_quantiles: quantiles(baseline_variance).to_vec(),
        },
    }
}

fn prediction() -> Prediction {
    Prediction {
        as_of: AS_OF,
        price: PRICE,
        origin: Origin::Live,
        ingest_time: AS_OF.shift(412),
        level: Level::Champion,
        model: MODEL.into(),
        feature_set: FEATURE_SET.into(),
        forecasts: Horizon::ALL.map(forecast).to_vec(),
        gaps: Vec::new(),
    }
}

fn scored() -> PredictionsScored {
    let score = |horizon| Score::of(&forecast(horizon), &outcome(horizon), Level::Champion, MODEL);
    PredictionsScored { at: AS_OF, scores: Horizon::ALL.map(score).to_vec() }
}

fn degraded() -> SkillDegraded {
    SkillDegraded {
        at: AS_OF,
        horizon: Horizon::H1,
        loss_name: "qlike".into(),
        statistic: -0.0312,
        threshold: 0.0,
        window: 672,
        model: MODEL.into(),
    }
}

fn drifted() -> DriftDetected {
    let feature = |name: &str, statistic, threshold| DriftedFeature { name: name.into(), statistic, threshold };
    DriftDetected {
        at: AS_OF,
        statistic: 0.3125,
        threshold: 0.25,
        window: 672,
        features: 176,
        evidence: vec![feature("log_rv_672", 6.2184, 4.9012), feature("volume_share_96", 2.0431, 1.7718)],
        model: MODEL.into(),
        feature_set: FEATURE_SET.into(),
    }
}

fn missed() -> CoverageMissed {
    CoverageMissed {
        at: AS_OF,
        horizon: Horizon::H4,
        interval: 0.8,
        statistic: 0.6875,
        threshold: 0.7,
        window: 2_880,
        deviations: -3.7,
        model: MODEL.into(),
    }
}

fn retrain() -> Retrain {
    Retrain { at: AS_OF, cause: lost_skill(), requested_by: "drift_monitor".into() }
}

fn trained() -> ModelTrained {
    let direction = |horizon| CellMetric {
        horizon,
        target: "direction".into(),
        loss_name: "log_loss".into(),
        chosen: "base_rate".into(),
        loss: 0.693_04,
        baseline: "base_rate".into(),
        baseline_loss: 0.693_04,
        skill: 0.0,
        dm_t: 0.0,
        dm_p: 1.0,
        rows: 17_280,
    };
    let volatility = |horizon| CellMetric {
        target: "volatility".into(),
        loss_name: "qlike".into(),
        chosen: "ridge".into(),
        loss: 0.287_31,
        baseline: "seasonal_har".into(),
        baseline_loss: 0.301_58,
        skill: 1.0 - 0.287_31 / 0.301_58,
        dm_t: 6.42,
        dm_p: 1.4e-10,
        ..direction(horizon)
    };
    ModelTrained {
        at: AS_OF,
        model: MODEL.into(),
        feature_set: FEATURE_SET.into(),
        from: AS_OF.shift(-365 * DAY),
        to: AS_OF.shift(-Horizon::H24.millis()),
        rows: 34_944,
        cause: lost_skill(),
        metrics: Horizon::ALL.iter().flat_map(|horizon| [direction(*horizon), volatility(*horizon)]).collect(),
        alarms: Vec::new(),
    }
}

fn promoted() -> ModelPromoted {
    ModelPromoted {
        serves_from: AS_OF.shift(BAR),
        model: MODEL.into(),
        previous: Some(FORMER.into()),
        feature_set: FEATURE_SET.into(),
        cause: lost_skill(),
        requested_by: "drift_monitor".into(),
        reasons: vec!["mean loss over 8 cells -1.87 % of the champion's, within the tolerance of 1 %".into()],
        number: 7,
    }
}

fn refused() -> ModelRefused {
    let reason = "1h volatility is worse: 0.31204 against the champion's 0.28731 on 672 outcomes (p 0.004)";
    ModelRefused { at: AS_OF, model: MODEL.into(), cause: lost_skill(), reasons: vec![reason.into()] }
}

fn rolled_back() -> ModelRolledBack {
    ModelRolledBack {
        serves_from: AS_OF,
        model: FORMER.into(),
        replaced: MODEL.into(),
        cause: person(),
        requested_by: by(),
        number: 8,
    }
}
