//! What a card says.

use serde::Serialize;
use wick_schemas::model::{HorizonModel, Learnt};
use wick_schemas::model_event::CellMetric;
use wick_schemas::scoreboard::{Row, Scoreboard, Summary};
use wick_schemas::{Artifact, Instrument, Score};

use crate::registry::{Deployment, Model};
use crate::words;

/// A card.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Card {
    /// Its heading.
    pub title: String,
    /// Its parts, in their order.
    pub sections: Vec<Section>,
}

/// A part of a card.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// What it says in words.
    pub words: Vec<String>,
    /// What it says in figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
}

/// Figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    fn new(columns: &[&str], rows: Vec<Vec<String>>) -> Option<Self> {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        (!rows.is_empty()).then_some(Self { columns, rows })
    }
}

impl Card {
    /// The card of a model, from what the registry, the artifact and the scores say.
    #[must_use]
    pub fn of(
        instrument: &Instrument,
        model: &Model,
        deployments: &[Deployment],
        artifact: Result<&Artifact, String>,
        scores: Vec<Score>,
    ) -> Self {
        let sections = vec![
            facts(instrument, model, artifact.as_ref().err()),
            uses(),
            served(artifact.as_ref().ok().copied()),
            walked(&model.metrics),
            lived(scores),
            history(model, deployments),
            settings(model),
            limits(),
        ];
        Self { title: format!("Model {}", words::short(&model.hash)), sections }
    }
}

fn section(heading: &str, words: Vec<String>, table: Option<Table>) -> Section {
    Section { heading: heading.to_owned(), words, table }
}

fn facts(instrument: &Instrument, model: &Model, unsound: Option<&String>) -> Section {
    let proof = unsound
        .map_or_else(|| "sound: hash, format and canary rows agree".to_owned(), |error| format!("NOT SOUND: {error}"));
    let fact = |name: &str, value: String| vec![name.to_owned(), value];
    let rows = vec![
        fact("hash", model.hash.clone()),
        fact("artifact", proof),
        fact("forecasts", format!("{instrument}: direction, volatility and distribution of the return")),
        fact("trained at", format!("{} UTC", words::moment(model.trained_at))),
        fact("learnt from", format!("{} to {}, {} rows", model.from.rfc3339(), model.to.rfc3339(), model.rows)),
        fact("feature set", model.feature_set.clone()),
        fact("cause", format!("{}, asked for by {}", model.cause.name().replace('_', " "), model.requested_by)),
        fact("verdict", format!("{}: {}", model.verdict(), model.reasons.join("; "))),
        fact("leak alarm", alarm(model)),
        fact("serves now", if model.champion { "yes".into() } else { "no".into() }),
    ];
    section("What it is", Vec::new(), Table::new(&["", ""], rows))
}

fn alarm(model: &Model) -> String {
    match model.alarms().count() {
        0 => "silent: no figure of its walk-forward is above what honest forecasts reach".into(),
        _ => "RANG, see the verdict: trust nothing here before the leak is found or ruled out".into(),
    }
}

fn uses() -> Section {
    let words = [
        "For research, for risk (how far the price may move) and for whoever studies how forecasts are kept honest. Each \
         forecast gives the probability of a rise, quantiles of the return and the variance, for 15 minutes, 1, 4 and 24 \
         hours ahead.",
        "Not advice, and not a trading system: what is known of direction is small, and taker fees are larger than what it \
         is worth. `wick report` says what it would have earned, plainly.",
    ];
    section("What it is for, and what not", words.map(str::to_owned).to_vec(), None)
}

fn served(artifact: Option<&Artifact>) -> Section {
    let kept = artifact.map(|artifact| artifact.kept.as_slice()).unwrap_or_default();
    let name = |one: &HorizonModel, name: &str, learnt: Learnt| {
        let of = kept.iter().find(|kept| (kept.horizon, kept.learnt) == (one.horizon, learnt));
        let of = of.map(|kept| format!(", of {}", words::short(&kept.model))).unwrap_or_default();
        format!("{}{of}", name.replace('_', " "))
    };
    let row = |one: &HorizonModel| {
        vec![
            one.horizon.to_string(),
            name(one, &one.direction_name, Learnt::Direction),
            name(one, &one.volatility_name, Learnt::Volatility),
            words::percent(one.base_rate),
        ]
    };
    let rows = artifact.map(|artifact| artifact.horizons.iter().map(row).collect()).unwrap_or_default();
    let words = "Where nothing that was tried is proved better than the baseline, the baseline itself is served (base rate, \
                 seasonal HAR). Where the champion was proved better than what was learnt anew, the champion's stays, and the \
                 model that it was learnt for is named. Quantiles are those of past returns over their forecast volatility, \
                 scaled by today's.";
    section(
        "What is served",
        vec![words.to_owned()],
        Table::new(&["horizon", "direction", "volatility", "rises in training"], rows),
    )
}

fn walked(metrics: &[CellMetric]) -> Section {
    let row = |one: &CellMetric| {
        vec![
            one.horizon.to_string(),
            one.target.clone(),
            one.chosen.replace('_', " "),
            format!("{} {:.5}", one.loss_name.replace('_', "-"), one.loss),
            format!("{} {:.5}", one.baseline.replace('_', " "), one.baseline_loss),
            format!("{:+.2} %", 100.0 * one.skill),
            format!("{:.2}", one.dm_t),
            format!("{:.2e}", one.dm_p),
            one.rows.to_string(),
        ]
    };
    let words = "Walk-forward within the training window: each figure is of rows that the fit had not seen, purged of targets \
                 that overlap. Skill is the share of the baseline's loss that is saved; t and p are of the Diebold-Mariano \
                 test, before the correction for how many were tried.";
    let columns = ["horizon", "target", "tried", "loss", "baseline", "skill", "t", "p", "rows"];
    section(
        "How it did before it served",
        vec![words.to_owned()],
        Table::new(&columns, metrics.iter().map(row).collect()),
    )
}

fn lived(scores: Vec<Score>) -> Section {
    let heading = "How it did when it served";
    if scores.is_empty() {
        return section(heading, vec!["None of its forecasts is scored yet.".to_owned()], None);
    }
    let board = Scoreboard::of(scores.into_iter());
    let summary = |one: &Summary| {
        let auc = one.auc.map_or_else(|| "-".to_owned(), |auc| format!("{auc:.4}"));
        format!(
            "{}: {} forecasts from {} to {} UTC, {} of directions right, AUC {auc}, {} of outcomes inside the 80 % interval \
             and {} inside the 95 % one.",
            one.horizon,
            one.n,
            words::moment(one.from),
            words::moment(one.to),
            words::percent(one.accuracy),
            words::percent(one.coverage_80),
            words::percent(one.coverage_95),
        )
    };
    let row = |one: &Row| {
        let shown = |number: Option<f64>, what: fn(f64) -> String| number.map_or_else(|| "-".to_owned(), what);
        vec![
            one.horizon.to_string(),
            one.target.clone(),
            one.loss_name.replace('_', "-"),
            one.baseline.replace('_', " "),
            shown(one.skill, |skill| format!("{:+.2} %", 100.0 * skill)),
            shown(one.dm_t, |t| format!("{t:+.2}")),
            one.n.to_string(),
        ]
    };
    let columns = ["horizon", "target", "loss", "baseline", "skill", "t", "forecasts"];
    let rows = board.rows.iter().map(row).collect();
    section(heading, board.summaries.iter().map(summary).collect(), Table::new(&columns, rows))
}

fn history(model: &Model, deployments: &[Deployment]) -> Section {
    let own = deployments.iter().filter(|one| one.model == model.hash);
    let row = |one: &Deployment| {
        let words = [words::moment(one.serves_from), one.kind.replace('_', " "), one.requested_by.clone()];
        words.into_iter().chain([one.reasons.join("; ")]).collect()
    };
    let rows: Vec<Vec<String>> = own.map(row).collect();
    let words = if rows.is_empty() { vec!["It never served.".to_owned()] } else { Vec::new() };
    section("When it served", words, Table::new(&["from (UTC)", "what", "asked by", "why"], rows))
}

fn settings(model: &Model) -> Section {
    let knobs = model.config.as_object().into_iter().flatten();
    let rows = knobs.map(|(name, value)| vec![name.clone(), value.to_string()]).collect();
    let mut words = vec!["The same rows, settings and seed give the same hash, bit for bit.".to_owned()];
    let place = model.config["networks_on"].as_str();
    if let Some(card) = place.filter(|place| !place.starts_with("cpu")) {
        words.push(format!("Networks were fitted on {card}: on another card the last bits may differ."));
    }
    section("How it was fitted", words, Table::new(&["setting", "value"], rows))
}

fn limits() -> Section {
    let words = [
        "It knows candles of the named pair and what was built of them. It knows no order book, no positions of others and \
         nothing that is about to be announced.",
        "Skill fades: directions were easier to call in 2022 than in 2025. The drift monitor asks for another model when the \
         edge is lost, and the scoreboard shows every forecast that was made, the bad ones too.",
        "Prices of the simulated market are nobody's: a model that was fitted on them says nothing of the real one.",
    ];
    section("Limits", words.map(str::to_owned).to_vec(), None)
}
