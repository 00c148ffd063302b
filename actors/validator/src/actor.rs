//! The shell of the validator.

use std::sync::Arc;

use wick_bus::actor::Wait;
use wick_bus::metrics::Metrics;
use wick_bus::{Handler, House, Outbox, Resident, Result, Routes};
use wick_schemas::topic::{self, actor};
use wick_schemas::{CandleReceived, Topic};

use crate::config::ValidatorConfig;
use crate::rules::{Rules, Verdict};
use crate::silver::{Silver, SilverRow};

/// Judges candles.
pub struct Validator {
    /// What it believes, and what it has seen.
    rules: Rules,
    metrics: Arc<Metrics>,
}

impl Resident for Validator {
    const NAME: &'static str = actor::VALIDATOR;
    type Row = SilverRow;
    type Layer = Silver;
    type Checkpoint = Rules;
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

    async fn recover(house: &House, _: &Silver, checkpoint: Option<Rules>) -> Result<Self> {
        let config: ValidatorConfig = house.config.section(Self::NAME)?;
        let rules = Rules::recovered(config.rules, checkpoint);
        Ok(Self { rules, metrics: house.metrics.clone() })
    }

    fn checkpoint(&self) -> Rules {
        self.rules.clone()
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
        let mut stage = Stage::new(Validator { rules: Rules::recovered(RulesConfig::default(), None), metrics });
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
