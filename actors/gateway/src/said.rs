//! What of the bus is told to live listeners, and in which words: those of the routes.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wick_schemas::{
    CandleValidated, CoverageMissed, DriftDetected, Envelope, Payload, Prediction, PredictionsScored, SkillDegraded,
    Timestamp, Venue, topic,
};

use crate::live::Live;
use crate::routes::candles::ShownCandle;
use crate::routes::latest::LatestForecast;
use crate::view::{View, made_of};

/// Tells what these messages say, in their order. Of many candles of a venue only the newest: whoever fetches the past of an
/// exchange does not want to watch it go by. `view` knows what they say.
pub fn tell(live: &Live, messages: &[Envelope], view: &View, now: Timestamp) {
    let times = (now, view.market(now));
    let mut candles: BTreeMap<Venue, CandleValidated> = BTreeMap::new();
    for message in messages {
        if message.kind == topic::CANDLES_VALIDATED.name {
            if let Ok(told) = message.open::<CandleValidated>() {
                candles.insert(told.candle.venue, told);
            }
        } else if let Some((kind, data)) = event(message, times) {
            live.say(kind, &data);
        }
    }
    for told in candles.into_values() {
        live.say("candle", &ShownCandle::from(told));
    }
}

/// A message as an event; nothing where listeners are not told of it, or it is not what it says.
fn event(message: &Envelope, (now, market): (Timestamp, Timestamp)) -> Option<(&'static str, Value)> {
    let kind = message.kind.as_str();
    if kind == topic::PREDICTIONS_MADE.name {
        let prediction: Prediction = message.open().ok()?;
        let made = made_of(message.id.as_str(), &prediction);
        let forecasts: Vec<LatestForecast> = made.map(|made| LatestForecast::at(made, now, market)).collect();
        return Some(("forecast", json!({ "forecasts": forecasts })));
    }
    if kind == topic::PREDICTIONS_SCORED.name {
        let scored: PredictionsScored = message.open().ok()?;
        return Some(("score", json!({ "scores": scored.scores })));
    }
    match kind {
        _ if kind == topic::DRIFT_DETECTED.name => return whole::<DriftDetected>("drift", message),
        _ if kind == topic::SKILL_DEGRADED.name => return whole::<SkillDegraded>("skill", message),
        _ if kind == topic::COVERAGE_MISSED.name => return whole::<CoverageMissed>("coverage", message),
        _ => {}
    }
    let models = [
        (topic::MODELS_TRAINED, "trained"),
        (topic::MODELS_PROMOTED, "promoted"),
        (topic::MODELS_REFUSED, "refused"),
        (topic::MODELS_ROLLED_BACK, "rolled_back"),
    ];
    let (_, word) = models.into_iter().find(|(topic, _)| topic.name == kind)?;
    let mut data: Value = serde_json::from_str(&message.data).ok()?;
    data.as_object_mut()?.insert("kind".into(), word.into());
    Some(("model", data))
}

/// A message as it is.
fn whole<P: Payload>(event: &'static str, message: &Envelope) -> Option<(&'static str, Value)> {
    Some((event, serde_json::to_value(message.open::<P>().ok()?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::samples::{candle, drifted, missed, prediction};
    use wick_schemas::time::MINUTE;
    use wick_schemas::{Horizon, Instrument, Level};

    fn message<P: Payload>(payload: &P) -> Envelope {
        Envelope::wrap(payload, "test", &Instrument::new("BTC-USD").expect("a pair"), None).expect("wraps")
    }

    #[test]
    fn of_many_candles_the_newest_is_told_and_every_forecast() {
        let live = Live::new(1);
        let at = |minute: i64| Timestamp(1_704_067_200_000).shift(minute * MINUTE);
        let (_, _, mut heard) = live.listen(None);
        let said = [
            message(&candle(at(0))),
            message(&prediction(at(15), Level::Champion)),
            message(&candle(at(1))),
            message(&prediction(at(30), Level::Baseline)),
        ];
        tell(&live, &said, &View::default(), at(31));
        let mut events = Vec::new();
        while let Ok(event) = heard.try_recv() {
            events.push((event.kind, String::from_utf8(event.bytes.to_vec()).expect("text")));
        }
        let kinds: Vec<&str> = events.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, ["forecast", "forecast", "candle"]);
        assert!(events[1].1.contains("\"level\":\"baseline\"") && events[1].1.contains("\"age_ms\":60000"));
        assert!(events[2].1.contains(&format!("\"open_time\":{}", at(1).millis())));
    }

    #[test]
    fn what_no_longer_fits_is_told_as_it_was_said() {
        let live = Live::new(1);
        let (_, _, mut heard) = live.listen(None);
        let at = Timestamp(1_704_067_200_000);
        let lost = SkillDegraded {
            at,
            horizon: Horizon::H1,
            loss_name: "qlike".into(),
            statistic: -0.1,
            threshold: -0.05,
            window: 2_880,
            model: "m".into(),
        };
        tell(&live, &[message(&drifted(at)), message(&lost), message(&missed(at))], &View::default(), at);
        for (kind, words) in [("drift", "\"log_rv_672\""), ("skill", "\"qlike\""), ("coverage", "\"interval\":0.95")] {
            let event = heard.try_recv().expect("said");
            let text = String::from_utf8(event.bytes.to_vec()).expect("text");
            assert!(event.kind == kind && text.contains(words), "{kind}: {text}");
        }
    }

    #[test]
    fn what_is_not_what_it_says_is_told_to_nobody() {
        let live = Live::new(1);
        let mut wrong = message(&prediction(Timestamp(900_000), Level::Champion));
        wrong.data = "{}".into();
        tell(&live, &[wrong], &View::default(), Timestamp(900_000));
        assert!(live.listen(Some("1-0")).0.is_empty());
    }
}
