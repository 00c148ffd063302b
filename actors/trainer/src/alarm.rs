//! The leak alarm: what is too good to be true does not serve before somebody has looked for the leak.

use serde::{Deserialize, Serialize};
use wick_schemas::model_event::SUSPECT;

use crate::error::{Error, Result};
use crate::figure::{Figure, Measure};
use crate::promotion::Verdict;

/// What an alarm does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The model is refused, unless a person asked for its training.
    Refuse,
    /// It is told, and that is all.
    Warn,
    /// Nobody looks.
    Off,
}

/// `[trainer.leak_alarm]`: the most that is believed of a figure.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeakAlarm {
    /// What it does.
    pub action: Action,
    /// Area under the ROC curve.
    pub auc: f64,
    /// Share of right directions, of a market that rises as often as it falls: where one direction is more frequent, who
    /// always calls it is right as often, and as much more is believed.
    pub accuracy: f64,
    /// Share of the strongest baseline's QLIKE that is saved.
    pub qlike_skill: f64,
    /// By how many standard deviations of its sampling error a figure must be above.
    pub deviations: f64,
    /// Outcomes that do not overlap below which no figure is judged.
    pub min_outcomes: usize,
    /// Days of outcomes below which none is judged, however short the horizon.
    pub min_days: usize,
}

/// Outcomes of a day: one for each bar.
const A_DAY: usize = 96;

impl LeakAlarm {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// [`Error::Setting`] with the first setting that is wrong.
    pub fn validate(&self) -> Result<()> {
        let half = |value: f64| (0.5..=1.0).contains(&value);
        let checks = [
            ("leak_alarm.auc", half(self.auc), "from 0.5 to 1"),
            ("leak_alarm.accuracy", half(self.accuracy), "from 0.5 to 1"),
            ("leak_alarm.qlike_skill", (0.0..=1.0).contains(&self.qlike_skill), "from 0 to 1"),
            ("leak_alarm.deviations", self.deviations >= 0.0 && self.deviations.is_finite(), "not negative"),
        ];
        match checks.into_iter().find(|(_, sound, _)| !sound) {
            Some((name, _, reason)) => Err(Error::Setting { name, reason }),
            None => Ok(()),
        }
    }

    /// The figures that are not believed.
    #[must_use]
    pub fn rings<'a>(&self, figures: &'a [Figure]) -> Vec<&'a Figure> {
        let watched = figures.iter().filter(|_| self.action != Action::Off);
        let least = |figure: &Figure| (self.min_outcomes * figure.horizon.bars()).max(self.min_days * A_DAY);
        let enough = |figure: &&Figure| figure.rows >= least(figure);
        let proved = |figure: &&Figure| figure.value - self.deviations * figure.deviation > self.limit(figure);
        watched.filter(enough).filter(proved).collect()
    }

    fn limit(&self, figure: &Figure) -> f64 {
        match figure.measure {
            Measure::Auc => self.auc,
            Measure::Accuracy => self.accuracy + figure.unskilled - 0.5,
            Measure::QlikeSkill => self.qlike_skill,
        }
    }

    /// An alarm for people: which horizon and target, whose figure, and how far it is beyond.
    #[must_use]
    pub fn words(&self, figure: &Figure) -> String {
        let Figure { horizon, measure, candidate, value, deviation, rows, .. } = figure;
        format!(
            "{SUSPECT}: {horizon} {} by {candidate}: {} {value:.3} (standard error {deviation:.3}, {rows} outcomes) where at \
             most {:.3} is believed",
            measure.target(),
            measure.words(),
            self.limit(figure),
        )
    }

    /// The verdict on a model of which these alarms were given. A person who asked for it is told and has their way.
    #[must_use]
    pub fn judge(&self, verdict: Verdict, alarms: &[String], person: bool) -> Verdict {
        if alarms.is_empty() {
            return verdict;
        }
        let refused = self.action == Action::Refuse && !person;
        let mut reasons = alarms.to_vec();
        if verdict.promote && !refused {
            let why = if person { "a person asked for this training" } else { "the leak alarm only warns" };
            reasons.push(format!("not held back for that: {why}"));
        }
        reasons.extend(verdict.reasons.iter().cloned());
        Verdict { promote: verdict.promote && !refused, reasons, ..verdict }
    }
}

#[cfg(test)]
mod tests {
    use wick_schemas::Horizon;

    use super::*;
    use crate::config::TrainerConfig;
    use crate::dataset::Dataset;
    use crate::evaluate::evaluate;
    use crate::figure::figures;
    use crate::fit::FitConfig;
    use crate::testing::{self, market};

    /// As it is shipped.
    fn alarm() -> LeakAlarm {
        let config = wick_bus::Config::load(None, &[]).expect("settings");
        config.section::<TrainerConfig>("trainer").expect("a section").leak_alarm
    }

    /// What is told of the next bar.
    fn told(data: &Dataset) -> Vec<String> {
        let config = FitConfig { forest: false, folds: 2, ..testing::config() };
        let evaluation = evaluate(data, Horizon::M15, &config, &|| Ok(())).expect("losses").expect("folds");
        let found = figures(&evaluation, data.labels_of(Horizon::M15));
        assert_eq!(found.len(), 3);
        alarm().rings(&found).into_iter().map(|figure| alarm().words(figure)).collect()
    }

    #[test]
    fn a_column_that_knows_the_outcome_rings() {
        let told = told(&market(2_000, 41).leaking().dataset());
        let of = |what: &str| told.iter().any(|one| one.starts_with(SUSPECT) && one.contains(what));
        assert!(of("15m direction by ") && of(": AUC 1.000") && of(": accuracy 0.9"), "{told:#?}");
    }

    #[test]
    fn an_honest_market_and_one_of_which_a_little_is_known_do_not_ring() {
        assert_eq!(told(&market(2_000, 43).dataset()), [""; 0]);
        assert_eq!(told(&market(2_000, 44).faint().dataset()), [""; 0]);
    }

    fn figure(value: f64, deviation: f64, rows: usize) -> Figure {
        let (horizon, measure) = (Horizon::H1, Measure::Accuracy);
        Figure { horizon, measure, candidate: "boosting", value, unskilled: 0.52, deviation, rows }
    }

    #[test]
    fn luck_and_too_few_outcomes_do_not_ring_and_a_frequent_direction_is_no_skill() {
        let rings = |figure: Figure| !alarm().rings(&[figure]).is_empty();
        assert!(rings(figure(0.75, 0.03, 1_200)));
        assert!(!rings(figure(0.72, 0.03, 1_200)), "within five deviations");
        assert!(!rings(figure(0.75, 0.03, 959)), "less than ten days");
        let far = |rows| Figure { horizon: Horizon::H24, ..figure(0.75, 0.03, rows) };
        assert!(rings(far(9_600)) && !rings(far(9_599)), "99 outcomes that do not overlap");
        assert!(!rings(figure(0.575, 0.0, 1_200)), "two points are those of who always says up");
        assert!(rings(figure(0.585, 0.0, 1_200)));
        let off = LeakAlarm { action: Action::Off, ..alarm() };
        assert!(off.rings(&[figure(1.0, 0.0, 9_000)]).is_empty());
    }

    #[test]
    fn a_model_that_rang_is_refused_unless_a_person_asked_or_it_only_warns() {
        let yes = || Verdict {
            promote: true,
            alone: true,
            reasons: vec!["no champion serves yet".into()],
            ..Verdict::default()
        };
        let alarms = vec![alarm().words(&figure(0.9, 0.01, 4_000))];
        assert_eq!(alarm().judge(yes(), &[], false), yes());
        let refused = alarm().judge(yes(), &alarms, false);
        assert!(!refused.promote && refused.reasons[0].contains("suspect a leak"), "{refused:?}");
        assert_eq!(refused.reasons.len(), 2);
        let asked = alarm().judge(yes(), &alarms, true);
        assert!(asked.promote && asked.reasons[1].contains("a person"), "{asked:?}");
        let warns = LeakAlarm { action: Action::Warn, ..alarm() };
        let warned = warns.judge(yes(), &alarms, false);
        assert!(warned.promote && warned.reasons[1].contains("only warns"), "{warned:?}");
        // What is refused for something else stays refused.
        let no = Verdict { promote: false, ..yes() };
        assert!(!alarm().judge(no, &alarms, true).promote);
    }

    #[test]
    fn settings_that_cannot_be_are_named() {
        assert_eq!(alarm().validate(), Ok(()));
        let wrong = LeakAlarm { auc: 60.0, ..alarm() };
        assert_eq!(wrong.validate(), Err(Error::Setting { name: "leak_alarm.auc", reason: "from 0.5 to 1" }));
    }
}
