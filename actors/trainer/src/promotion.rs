//! Whether a challenger takes over from the champion, and why.

use wick_schemas::dm::diebold_mariano;
use wick_schemas::model::{Artifact, HorizonModel, Learnt, sigmoid};
use wick_schemas::report::holm::holm;
use wick_schemas::score::{log_loss, qlike};
use wick_schemas::{Horizon, Timestamp};

use crate::assemble::{OutOfSample, Trained};
use crate::dataset::{Dataset, Labels};
use crate::evaluate::{mean, variances};
use crate::fit::{self, FitConfig};

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Whether the challenger becomes the champion.
    pub promote: bool,
    /// Whether nothing else can serve: there is no champion, or it reads other features.
    pub alone: bool,
    /// What of the champion stays, because the challenger is proved worse at it.
    pub kept: Vec<(Horizon, Learnt)>,
    /// Why, in words with numbers.
    pub reasons: Vec<String>,
}

/// Compares challenger and champion on the rows that neither was fitted on: the challenger by the forecasts of its
/// walk-forward folds, the champion by what it says of the rows that came after its training. The newer fit is taken
/// unless it is worse over all cells by more than `tolerance`: the last of its folds learnt from what the champion knew,
/// older data than the model itself did, so the comparison is to its disadvantage already. Where it is proved (at `alpha`
/// for all cells together, by Holm) worse in a cell by more than `margin`, the champion's stays with `keep_better`, else the
/// challenger is refused whole. A challenger of which nothing would be left is refused.
#[must_use]
pub fn judge(challenger: &Trained, champion: Option<&Artifact>, data: &Dataset, config: &FitConfig) -> Verdict {
    let promoted =
        |alone, reason: String| Verdict { promote: true, alone, reasons: vec![reason], ..Verdict::default() };
    let Some(champion) = champion else {
        return promoted(true, "no champion serves yet".into());
    };
    let (old, new) = (&champion.feature_set, &challenger.artifact.feature_set);
    if old != new {
        return promoted(true, format!("the champion reads feature set {old}, the rows now come with {new}"));
    }
    let mut cells: Vec<Cell> =
        challenger.out_of_sample.iter().flat_map(|losses| compare(losses, champion, data, config)).collect();
    if cells.is_empty() {
        let since = champion.trained_at;
        let least = config.min_judged_rows;
        return promoted(
            false,
            format!("fewer than {least} outcomes since the champion was trained at {since}: newer fit taken"),
        );
    }
    let ps: Vec<Option<f64>> = cells.iter().map(|cell| Some(cell.p)).collect();
    // Eight cells at five percent each would refuse one good challenger in three.
    for (cell, p) in cells.iter_mut().zip(holm(&ps)) {
        cell.p = p.unwrap_or(1.0);
    }
    let (worse, rest): (Vec<&Cell>, Vec<&Cell>) =
        cells.iter().partition(|cell| cell.ratio() > 1.0 + config.margin && cell.p < config.alpha);
    if !worse.is_empty() && (rest.is_empty() || !config.keep_better) {
        let reasons = worse.into_iter().map(|cell| cell.words("is worse")).collect();
        return Verdict { reasons, ..Verdict::default() };
    }
    // What stays is as good as it was.
    let ratios = rest.iter().map(|cell| cell.ratio()).chain(worse.iter().map(|_| 1.0));
    let overall = mean(&ratios.collect::<Vec<_>>());
    let percent = 100.0 * (overall - 1.0);
    let summary = format!("mean loss over {} cells {percent:+.2} % of the champion's", cells.len());
    let promote = overall <= 1.0 + config.tolerance;
    let limit = 100.0 * config.tolerance;
    let decision = if promote { "within" } else { "above" };
    let mut reasons = vec![format!("{summary}, {decision} the tolerance of {limit} %")];
    let stays = |cell: &&Cell| format!("{}: the champion's stays", cell.words("is worse"));
    reasons.extend(worse.iter().map(stays));
    reasons.extend(rest.iter().map(|cell| cell.words(if cell.ratio() > 1.0 { "is worse" } else { "is not worse" })));
    let kept = if promote { worse.iter().map(|cell| (cell.horizon, cell.learnt)).collect() } else { Vec::new() };
    Verdict { promote, alone: false, kept, reasons }
}

/// The verdict on a training that nobody asked for in person, where a person chose the champion at `chosen`: for a while
/// that choice stands, or the next training would undo a rollback within the hour.
#[must_use]
pub fn after_a_choice(verdict: Verdict, at: Timestamp, chosen: Option<Timestamp>, cool_down: i64) -> Verdict {
    match chosen {
        Some(chosen) if verdict.promote && !verdict.alone && at < chosen.shift(cool_down) => {
            let until = chosen.shift(cool_down);
            let mut reasons = vec![format!("a person chose the champion at {chosen}, and that stands until {until}")];
            reasons.extend(verdict.reasons.iter().cloned());
            Verdict { promote: false, reasons, ..verdict }
        }
        _ => verdict,
    }
}

/// One target of one horizon, by both.
struct Cell {
    horizon: Horizon,
    learnt: Learnt,
    rows: usize,
    challenger: f64,
    champion: f64,
    /// That of the test alone; once all cells are known, that which holds for all of them together.
    p: f64,
}

impl Cell {
    fn new(horizon: Horizon, learnt: Learnt, challenger: &[f64], champion: &[f64]) -> Self {
        let differences: Vec<f64> = champion.iter().zip(challenger).map(|(old, new)| old - new).collect();
        // Where nothing can be proved, nothing is.
        let p = diebold_mariano(&differences, horizon.bars()).map_or(1.0, |test| test.p);
        Self { horizon, learnt, rows: differences.len(), challenger: mean(challenger), champion: mean(champion), p }
    }

    fn ratio(&self) -> f64 {
        if self.champion > 0.0 { self.challenger / self.champion } else { 1.0 }
    }

    fn words(&self, verdict: &str) -> String {
        let Self { horizon, rows, challenger, champion, p, .. } = self;
        let learnt = self.learnt.as_str();
        format!(
            "{horizon} {learnt} {verdict}: {challenger:.5} against the champion's {champion:.5} on {rows} outcomes (p {p:.3})"
        )
    }
}

fn compare(losses: &OutOfSample, champion: &Artifact, data: &Dataset, config: &FitConfig) -> Vec<Cell> {
    let labels = data.labels_of(losses.horizon);
    let first = losses.as_of.partition_point(|as_of| *as_of < champion.trained_at);
    let places: Vec<usize> =
        losses.as_of[first..].iter().filter_map(|as_of| labels.as_of.binary_search(as_of).ok()).collect();
    let model = champion.horizons.get(losses.horizon.index());
    let (Some(model), Some(start)) = (model, places.first()) else { return Vec::new() };
    // A row that is missing here but was there in training would put the two side by side askew.
    if places.len() < config.min_judged_rows || places.len() != losses.as_of.len() - first {
        return Vec::new();
    }
    let (direction, volatility) = champion_losses(model, data, labels, *start, &places, config.level_days);
    vec![
        Cell::new(losses.horizon, Learnt::Direction, &losses.log_loss[first..], &direction),
        Cell::new(losses.horizon, Learnt::Volatility, &losses.qlike[first..], &volatility),
    ]
}

fn champion_losses(
    model: &HorizonModel,
    data: &Dataset,
    labels: &Labels,
    start: usize,
    places: &[usize],
    level_days: u32,
) -> (Vec<f64>, Vec<f64>) {
    let p_up = |place: &usize| sigmoid(fit::value(&model.direction, data, labels, *place));
    let direction = places.iter().map(|place| log_loss(p_up(place), labels.up(*place))).collect();
    let now = labels.as_of[start];
    let known = labels.as_of.partition_point(|as_of| as_of.shift(labels.horizon.millis()) <= now);
    let forecasts = variances("champion", &model.volatility, data, labels, known, places, level_days);
    let losses = places.iter().zip(&forecasts.variance);
    let volatility =
        losses.map(|(place, variance)| qlike(labels.realised_variance[*place], *variance).unwrap_or(0.0)).collect();
    (direction, volatility)
}

#[cfg(test)]
mod choices {
    use super::*;

    #[test]
    fn a_persons_choice_stands_for_a_while() {
        let yes = || Verdict { promote: true, reasons: vec!["within tolerance".into()], ..Verdict::default() };
        let no = || Verdict { reasons: vec!["worse".into()], ..Verdict::default() };
        let chosen = Some(Timestamp(1_000));
        let kept = after_a_choice(yes(), Timestamp(1_499), chosen, 500);
        assert!(!kept.promote && kept.reasons.len() == 2 && kept.reasons[0].contains("a person chose"), "{kept:?}");
        assert_eq!(after_a_choice(yes(), Timestamp(1_500), chosen, 500), yes());
        assert_eq!(after_a_choice(yes(), Timestamp(1_001), None, 500), yes());
        assert_eq!(after_a_choice(no(), Timestamp(1_001), chosen, 500), no());
        assert_eq!(after_a_choice(yes(), Timestamp(1_001), chosen, 0), yes());
        // Where nothing else can serve there is no choice.
        let alone = || Verdict { alone: true, ..yes() };
        assert_eq!(after_a_choice(alone(), Timestamp(1_001), chosen, 500), alone());
    }
}

#[cfg(test)]
mod tests {
    use wick_schemas::model::Estimator;

    use super::*;
    use crate::assemble::train;
    use crate::testing;

    /// A champion of two thirds of the market and a challenger of all of it.
    fn pair() -> (Trained, Trained, Dataset, FitConfig) {
        let market = testing::market(2_000, 22).planted();
        let config = FitConfig { min_judged_rows: 100, ..testing::config() };
        let run = |data: &Dataset| train(data, &config, &|_| (), &|| false).expect("a model");
        let data = market.dataset();
        (run(&data), run(&market.dataset_at(1_400)), data, config)
    }

    #[test]
    fn a_refit_takes_over_and_a_worse_one_does_not() {
        let (challenger, champion, data, config) = pair();
        let verdict = judge(&challenger, Some(&champion.artifact), &data, &config);
        assert!(verdict.promote && verdict.reasons[0].contains("within the tolerance"), "{verdict:?}");
        // A challenger that forgot half of what it knew loses more than the champion on the same rows.
        let mut spoilt = challenger.clone();
        for losses in &mut spoilt.out_of_sample {
            losses.qlike.iter_mut().enumerate().for_each(|(place, loss)| *loss += 0.2 + 0.01 * (place % 7) as f64);
        }
        let verdict = judge(&spoilt, Some(&champion.artifact), &data, &config);
        let volatilities: Vec<_> = verdict.kept.iter().map(|(_, learnt)| *learnt).collect();
        assert!(verdict.promote && volatilities.len() > 1, "{verdict:?}");
        assert!(volatilities.iter().all(|learnt| *learnt == Learnt::Volatility), "{verdict:?}");
        assert!(verdict.reasons[1].starts_with("15m volatility is worse") && verdict.reasons[1].ends_with("stays"));
        let whole = FitConfig { keep_better: false, ..config.clone() };
        let verdict = judge(&spoilt, Some(&champion.artifact), &data, &whole);
        assert!(!verdict.promote && verdict.reasons[0].starts_with("15m volatility is worse"), "{verdict:?}");
        // One that is worse at everything has nothing to take over with.
        for losses in &mut spoilt.out_of_sample {
            losses.log_loss.iter_mut().enumerate().for_each(|(place, loss)| *loss += 0.2 + 0.01 * (place % 7) as f64);
        }
        let verdict = judge(&spoilt, Some(&champion.artifact), &data, &config);
        assert!(!verdict.promote && verdict.kept.is_empty() && verdict.reasons.len() == 8, "{verdict:?}");
    }

    /// What is said of a challenger whose losses are the champion's but for those of volatility at 15 minutes, which are
    /// worse by two percent give or take so many times as much; and the p of that cell alone.
    fn worse_by_two(give_or_take: f64) -> (Verdict, f64) {
        let (mut challenger, champion, data, config) = pair();
        let mut alone = 1.0;
        for losses in &mut challenger.out_of_sample {
            let labels = data.labels_of(losses.horizon);
            let first = losses.as_of.partition_point(|as_of| *as_of < champion.artifact.trained_at);
            let place = |as_of: &Timestamp| labels.as_of.binary_search(as_of).expect("an outcome");
            let places: Vec<usize> = losses.as_of[first..].iter().map(place).collect();
            let model = &champion.artifact.horizons[losses.horizon.index()];
            let (direction, volatility) = champion_losses(model, &data, labels, places[0], &places, config.level_days);
            losses.log_loss[first..].copy_from_slice(&direction);
            losses.qlike[first..].copy_from_slice(&volatility);
            if losses.horizon == Horizon::M15 {
                let unit = 0.02 * mean(&volatility);
                for (place, loss) in losses.qlike[first..].iter_mut().enumerate() {
                    // As if at random, and as often up as down.
                    let x = (place as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                    let x = (x ^ (x >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                    let up = (x ^ (x >> 32)) & 1 == 1;
                    *loss += unit * if up { 1.0 + give_or_take } else { 1.0 - give_or_take };
                }
                let cell = Cell::new(Horizon::M15, Learnt::Volatility, &losses.qlike[first..], &volatility);
                assert!(cell.ratio() > 1.0 + config.margin, "{}", cell.words("is worse"));
                alone = cell.p;
            }
        }
        (judge(&challenger, Some(&champion.artifact), &data, &config), alone)
    }

    #[test]
    fn one_cell_of_eight_is_proved_worse_only_where_that_holds_for_all_of_them_together() {
        let (verdict, alone) = worse_by_two(10.0);
        assert!(alone < 0.05 && 8.0 * alone > 0.05, "{alone}");
        assert!(verdict.promote, "{verdict:?}");
        let told = format!("(p {:.3})", (8.0 * alone).min(1.0));
        assert!(verdict.reasons.iter().any(|r| r.starts_with("15m volatility") && r.ends_with(&told)), "{verdict:?}");
        let (verdict, alone) = worse_by_two(5.0);
        assert!(8.0 * alone < 0.05, "{alone}");
        assert!(verdict.promote && verdict.kept == [(Horizon::M15, Learnt::Volatility)], "{verdict:?}");
        assert!(verdict.reasons[1].starts_with("15m volatility is worse"), "{verdict:?}");
    }

    #[test]
    fn a_spoilt_champion_is_replaced() {
        let (challenger, mut champion, data, config) = pair();
        champion.artifact.horizons[0].direction = Estimator::Constant { value: 3.0 };
        assert!(judge(&challenger, Some(&champion.artifact), &data, &config).promote);
    }

    #[test]
    fn where_nothing_can_be_compared_the_newer_fit_is_taken() {
        let (challenger, champion, data, config) = pair();
        let says = |champion: Option<&Artifact>, word: &str| {
            let verdict = judge(&challenger, champion, &data, &config);
            assert!(verdict.promote && verdict.reasons[0].contains(word), "{verdict:?}");
        };
        says(None, "no champion");
        says(Some(&challenger.artifact), "fewer than 100 outcomes");
        let other = Artifact { feature_set: "old".into(), ..champion.artifact };
        says(Some(&other), "feature set old");
    }
}
