//! The shell of the validator.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wick_bus::actor::Wait;
use wick_bus::metrics::Metrics;
use wick_bus::{Handler, House, Outbox, Resident, Result, Routes};
use wick_schemas::topic::{self, actor};
use wick_schemas::{CandleReceived, Topic};

use crate::config::ValidatorConfig;
use crate::consensus::Consensus;
use crate::rules::{Rules, Verdict};
use crate::silver::{Silver, SilverRow};

/// Judges candles.
pub struct Validator {
    /// What it believes, and what it has seen.
    rules: Rules,
    /// What the venues agree on, where several are listened to.
    consensus: Option<Consensus>,
    metrics: Arc<Metrics>,
}

/// What the validator needs to go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    #[serde(flatten)]
    rules: Rules,
    #[serde(default)]
    consensus: Consensus,
}

impl Resident for Validator {
    const NAME: &'static str = actor::VALIDATOR;
    type Row = SilverRow;
    type Layer = Silver;
    type Checkpoint = State;
    type Local = ();
    type Done = ();

    fn routes() -> Routes<Self> {
        Routes::default().on::<CandleReceived>(Wait::Always)
    }

    fn publishes() -> &'static [Topic] {
        &[topic::CANDLES_VALIDATED, topic::CANDLES_REJECTED]
    }

    async fn open(house: &House) -> Result<Silver> {
        Silver::open(house).await
    }

    async fn recover(house: &House, _: &Silver, checkpoint: Option<State>) -> Result<Self> {
        let config: ValidatorConfig = house.config.section(Self::NAME)?;
        let (rules, consensus) = checkpoint.map(|state| (state.rules, state.consensus)).unzip();
        let rules = Rules::recovered(config.rules, rules);
        let consensus = config.consensus.then(|| consensus.unwrap_or_default());
        Ok(Self { rules, consensus, metrics: house.metrics.clone() })
    }

    fn checkpoint(&self) -> State {
        State { rules: self.rules.clone(), consensus: self.consensus.clone().unwrap_or_default() }
    }

    fn observe(&self) -> serde_json::Value {
        serde_json::to_value(&self.rules).unwrap_or_default()
    }
}

impl Handler<CandleReceived> for Validator {
    fn handle(&mut self, candle: CandleReceived, out: &mut Outbox<Self>) -> Result<()> {
        match self.rules.judge(&candle) {
            Verdict::Clean(clean) => {
                let id = out.publish(&clean)?.id.to_string();
                out.keep(SilverRow::Candle(id, clean));
                for agreed in self.consensus.as_mut().map(|consensus| consensus.take(clean)).unwrap_or_default() {
                    let id = out.publish(&agreed.candle)?.id.to_string();
                    out.keep(SilverRow::Candle(id, agreed.candle));
                    agreed.deviations.into_iter().for_each(|deviation| {
                        out.keep(SilverRow::Deviation(deviation));
                    });
                }
            }
            Verdict::Reject(rejection) => {
                self.metrics.rejected(&rejection.rule);
                let id = out.publish(&rejection)?.id.to_string();
                out.keep(SilverRow::Quarantine(id, rejection));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RulesConfig;
    use wick_bus::testing::Stage;
    use wick_schemas::candle::RawCandle;
    use wick_schemas::{CandleRejected, CandleValidated, Origin, Timestamp, Venue};

    #[test]
    fn the_consensus_of_several_venues_is_a_series_of_its_own() {
        let metrics = Arc::new(Metrics::new().expect("metrics"));
        let rules = Rules::recovered(RulesConfig::default(), None);
        let mut stage = Stage::new(Validator { rules, consensus: Some(Consensus::default()), metrics });
        for minute in 1..=2 {
            for venue in [Venue::Kraken, Venue::Binance] {
                let mut received = received(minute, Some(100.0));
                received.candle.venue = venue;
                stage.give(&received).expect("handled");
            }
        }
        let venues: Vec<Venue> =
            stage.published::<CandleValidated>().iter().map(|validated| validated.candle.venue).collect();
        // The first minute is settled before anybody knows of the second venue.
        let (a, b, both) = (Venue::Kraken, Venue::Binance, Venue::Consensus);
        assert_eq!(venues, [a, both, b, a, b, both]);
        let deviations = stage.out.rows.iter().filter(|row| matches!(row, SilverRow::Deviation(_))).count();
        assert_eq!(deviations, 3);
        let text = serde_json::to_string(&stage.resident.checkpoint()).expect("JSON");
        let state: State = serde_json::from_str(&text).expect("reads");
        assert_eq!(Some(state.consensus), stage.resident.consensus);
    }

    fn received(minute: i64, close: Option<f64>) -> CandleReceived {
        let open_time = Timestamp(minute * 60_000);
        let price = Some(100.0);
        let candle =
            RawCandle { venue: Venue::Kraken, open_time, open: price, high: price, low: price, close, volume: price };
        CandleReceived { candle, origin: Origin::Live, ingest_time: open_time.shift(60_000) }
    }

    #[test]
    fn the_clean_go_on_and_the_rest_stay_with_their_reason() {
        let metrics = Arc::new(Metrics::new().expect("metrics"));
        let mut stage =
            Stage::new(Validator { rules: Rules::recovered(RulesConfig::default(), None), consensus: None, metrics });
        stage.give(&received(1, Some(100.0))).expect("handled");
        stage.give(&received(2, None)).expect("handled");
        assert_eq!(stage.published::<CandleValidated>().len(), 1);
        let rejected = stage.published::<CandleRejected>();
        assert_eq!(rejected[0].rule, "not_a_number");
        let kept = &stage.out.rows;
        assert!(matches!(kept.as_slice(), [SilverRow::Candle(..), SilverRow::Quarantine(..)]), "{kept:?}");
        // What answers a message names it.
        assert!(stage.out.messages.iter().all(|message| message.causation_id.len() == 32));
        assert!(stage.give(&rejected[0]).is_err(), "listens to what it does not list");
    }
}
