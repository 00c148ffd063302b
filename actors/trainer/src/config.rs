//! `[trainer]`.

use serde::Deserialize;

use crate::alarm::LeakAlarm;
use crate::fit::FitConfig;

/// `[trainer]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainerConfig {
    /// Event time, in minutes, between a command and the service of its model: the allowance for the training.
    pub serve_delay_minutes: i64,
    /// Commands within so many minutes of the last training are answered by it; a person's never are.
    pub coalesce_minutes: i64,
    /// For so many minutes after a person chose the champion, by a promotion or a rollback, no training that a machine
    /// asked for replaces it.
    pub cool_down_minutes: i64,
    /// `[trainer.leak_alarm]`.
    pub leak_alarm: LeakAlarm,
    /// `[trainer.fit]`.
    pub fit: FitConfig,
}

#[cfg(test)]
mod tests {
    use wick_bus::Config;

    use super::*;
    use crate::fit::FitConfig;

    #[test]
    fn the_defaults_that_are_written_down_are_sound_and_those_of_the_code() {
        let config: TrainerConfig = Config::load(None, &[]).expect("defaults").section("trainer").expect("a section");
        assert_eq!(config.fit.validate(), Ok(()));
        assert_eq!(config.fit, FitConfig::default());
    }

    #[test]
    fn a_network_can_be_asked_for_by_a_flag() {
        let flags = [("trainer.fit.neural.enabled", "true"), ("trainer.fit.neural.hidden", "[8]")];
        let flags: Vec<_> = flags.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
        let config: TrainerConfig = Config::load(None, &flags).expect("flags").section("trainer").expect("a section");
        assert_eq!(config.fit.neural.hidden, [8]);
        assert_eq!(config.fit.validate().is_ok(), cfg!(feature = "neural"));
    }
}
