//! `wick models`: the trained models, and which of them serves.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use wick_schemas::model_event::CellMetric;
use wick_schemas::{Cause, Promote, Rollback};

use crate::card::{self, CardArgs};
use crate::error::Result;
use crate::exit::Exit;
use crate::page::Page;
use crate::page::Side::{Left, Right};
use crate::place::Place;
use crate::registry::{self, Deployment, Model, Trial};
use crate::tell::{self, Manner};
use crate::words;

/// `wick models`.
#[derive(Subcommand, Clone, Debug)]
#[command(after_help = "Example:\n  wick models list\n  wick models rollback --reason 'too sure of itself' --wait")]
pub enum Models {
    /// Every model, the newest first; the champion has a star.
    #[command(after_help = "Example:\n  wick models list --json | jq '.models[].hash'")]
    List,
    /// Everything about one model, after proving that its artifact is what its hash says.
    #[command(after_help = "Example:\n  wick models show 3fa9c1")]
    Show {
        /// The model's hash, or enough of its beginning.
        #[arg(value_parser = words::read_beginning)]
        hash: String,
    },
    /// What the search for a model tried, and what each trial lost.
    #[command(
        after_help = "Example:\n  wick models trials 3fa9c1 --json | jq '.trials[] | select(.fate == \"chosen\")'"
    )]
    Trials {
        /// The model's hash, or enough of its beginning.
        #[arg(value_parser = words::read_beginning)]
        hash: String,
    },
    /// The card of a model, in Markdown or as a page: what it is, how good, and what it is not for.
    #[command(after_help = "Example:\n  wick models card 3fa9c1\n  wick models card 3fa9c1 --out card.html")]
    Card(CardArgs),
    /// What a model was made of, from bronze file to artifact, as OpenLineage events.
    #[command(after_help = "Example:\n  wick models lineage 3fa9c1 --out lineage.ndjson")]
    Lineage(LineageArgs),
    /// Ask the trainer to make a model the champion.
    #[command(after_help = "Example:\n  wick models promote 3fa9c1 --reason 'better at night' --wait")]
    Promote {
        /// The model's hash, or enough of its beginning.
        #[arg(value_parser = words::read_beginning)]
        hash: String,
        /// Why, for the record.
        #[arg(long, value_parser = words::read_reason)]
        reason: String,
        /// Who asks, and whether they wait.
        #[command(flatten)]
        manner: Manner,
    },
    /// Ask the trainer to let the former champion serve again.
    #[command(after_help = "Example:\n  wick models rollback --reason 'too sure of itself' --wait")]
    Rollback {
        /// Why, for the record.
        #[arg(long, value_parser = words::read_reason)]
        reason: String,
        /// Who asks, and whether they wait.
        #[command(flatten)]
        manner: Manner,
    },
    /// What served from when, and why, the newest first.
    #[command(after_help = "Example:\n  wick models history")]
    History,
}

/// `wick models lineage`.
#[derive(Args, Clone, Debug)]
pub struct LineageArgs {
    /// The model's hash, or enough of its beginning.
    #[arg(value_parser = words::read_beginning)]
    pub hash: String,
    /// Into this file, one JSON object a line [default: to the terminal].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Shows models, or asks for another champion.
///
/// # Errors
/// [`crate::Error::NotFound`] where there is no such model; where the bus is away; where the answer does not come in time.
pub async fn models(place: &Place, what: &Models, page: &mut Page<'_>) -> Result<Exit> {
    match what {
        Models::List => list(&registry::models(&place.house).await?, page)?,
        Models::Show { hash } => show(place, &registry::find(&place.house, hash).await?, page)?,
        Models::Trials { hash } => {
            let model = registry::find(&place.house, hash).await?.hash;
            trials(&model, &registry::trials(&place.house, &model).await?, page)?;
        }
        Models::Lineage(_) => {}
        Models::Card(args) => card::card(place, args, page).await?,
        Models::History => history(&registry::deployments(&place.house).await?, page)?,
        Models::Promote { hash, reason, manner } => {
            // Asked of the bus first: where nobody is at home, that is what is wrong.
            let at = place.now().await?;
            let model = registry::find(&place.house, hash).await?.hash;
            let cause = Cause::Person { reason: reason.clone() };
            let command = Promote { at, model, cause, requested_by: manner.by.clone() };
            return tell::tell(place, &command, manner, page).await;
        }
        Models::Rollback { reason, manner } => {
            let cause = Cause::Person { reason: reason.clone() };
            let command = Rollback { at: place.now().await?, cause, requested_by: manner.by.clone() };
            return tell::tell(place, &command, manner, page).await;
        }
    }
    Ok(Exit::Done)
}

fn list(models: &[Model], page: &mut Page<'_>) -> Result<()> {
    if page.json {
        return page.document(&json!({ "models": models }));
    }
    if models.is_empty() {
        page.remark("no model was trained yet");
        return Ok(());
    }
    let columns = [
        ("", Left),
        ("model", Left),
        ("trained", Left),
        ("rows", Right),
        ("from", Left),
        ("cause", Left),
        ("asked by", Left),
        ("verdict", Left),
        ("better than its baseline", Left),
    ];
    let row = |model: &Model| {
        vec![
            if model.champion { "*".into() } else { String::new() },
            words::short(&model.hash),
            words::moment(model.trained_at),
            model.rows.to_string(),
            model.from.date(),
            model.cause.name().to_owned(),
            model.requested_by.clone(),
            model.verdict(),
            beaten(&model.metrics),
        ]
    };
    page.table(&columns, models.iter().map(row).collect())
}

/// In how many cells something that was tried is proved better than the baseline.
fn beaten(metrics: &[CellMetric]) -> String {
    let cell = |one: &CellMetric| (one.horizon, one.target.clone());
    let cells: BTreeSet<_> = metrics.iter().map(cell).collect();
    let proved: BTreeSet<_> = metrics.iter().filter(|one| one.skill > 0.0 && one.dm_p < 0.05).map(cell).collect();
    format!("in {} of {} cells", proved.len(), cells.len())
}

fn trials(model: &str, trials: &[Trial], page: &mut Page<'_>) -> Result<()> {
    if page.json {
        return page.document(&json!({ "model": model, "trials": trials }));
    }
    if trials.is_empty() {
        page.remark("nothing was searched: see trainer.fit.search.trials");
        return Ok(());
    }
    let columns = [
        ("horizon", Left),
        ("target", Left),
        ("trial", Right),
        ("trees", Right),
        ("leaves", Right),
        ("rate", Right),
        ("leaf", Right),
        ("l2", Right),
        ("columns", Right),
        ("first loss", Right),
        ("last loss", Right),
        ("fate", Left),
    ];
    let row = |one: &Trial| {
        let number = |name: &str| one.growth[name].as_f64().unwrap_or(f64::NAN);
        let loss = |place: usize| one.losses.get(place).map_or(String::new(), |loss| format!("{loss:.5}"));
        vec![
            one.horizon.clone(),
            one.target.clone(),
            one.number.to_string(),
            number("trees").to_string(),
            number("leaves").to_string(),
            format!("{:.3}", number("rate")),
            number("leaf").to_string(),
            format!("{:.1}", number("l2")),
            format!("{:.2}", number("columns")),
            loss(0),
            loss(1),
            one.fate.clone(),
        ]
    };
    page.table(&columns, trials.iter().map(row).collect())
}

fn show(place: &Place, model: &Model, page: &mut Page<'_>) -> Result<()> {
    let proof = wick_bus::registry::load(&place.house, &model.hash);
    if page.json {
        let artifact = match &proof {
            Ok(_) => json!({ "sound": true }),
            Err(error) => json!({ "sound": false, "error": error.to_string() }),
        };
        return page.document(&json!({ "model": model, "artifact": artifact }));
    }
    let artifact = match proof {
        Ok(_) => "sound: hash, format and canaries agree".to_owned(),
        Err(error) => format!("NOT SOUND: {error}"),
    };
    for (name, value) in [
        ("model", model.hash.clone()),
        ("champion", if model.champion { "yes".into() } else { "no".into() }),
        ("trained", format!("{} UTC", words::moment(model.trained_at))),
        ("rows", format!("{}, {} to {}", model.rows, model.from.date(), model.to.date())),
        ("features", model.feature_set.clone()),
        ("cause", cause(&model.cause)),
        ("asked by", model.requested_by.clone()),
        ("verdict", model.verdict()),
        ("artifact", artifact),
    ] {
        page.line(&format!("{name:<9} {value}"))?;
    }
    model.reasons.iter().try_for_each(|reason| page.line(&format!("          {reason}")))?;
    page.line("")?;
    let columns = [
        ("horizon", Left),
        ("target", Left),
        ("tried", Left),
        ("loss", Right),
        ("baseline", Left),
        ("its loss", Right),
        ("skill", Right),
        ("t", Right),
        ("rows", Right),
    ];
    let row = |one: &CellMetric| {
        vec![
            one.horizon.to_string(),
            one.target.clone(),
            one.chosen.clone(),
            format!("{:.5}", one.loss),
            one.baseline.clone(),
            format!("{:.5}", one.baseline_loss),
            format!("{:+.2} %", 100.0 * one.skill),
            format!("{:.2}", one.dm_t),
            one.rows.to_string(),
        ]
    };
    page.table(&columns, model.metrics.iter().map(row).collect())
}

fn history(deployments: &[Deployment], page: &mut Page<'_>) -> Result<()> {
    if page.json {
        return page.document(&json!({ "deployments": deployments }));
    }
    if deployments.is_empty() {
        page.remark("no model has served yet");
        return Ok(());
    }
    let columns = [
        ("serves from", Left),
        ("what", Left),
        ("model", Left),
        ("before", Left),
        ("cause", Left),
        ("asked by", Left),
        ("why", Left),
    ];
    let row = |one: &Deployment| {
        vec![
            words::moment(one.serves_from),
            one.kind.replace('_', " "),
            words::short(&one.model),
            words::short(one.previous.as_deref().unwrap_or_default()),
            cause(&one.cause),
            one.requested_by.clone(),
            words::cut(&one.reasons.join("; "), 60),
        ]
    };
    page.table(&columns, deployments.iter().map(row).collect())
}

fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Person { reason } => format!("person: {}", words::cut(reason, 60)),
        Cause::SkillLost { evidence } => format!("skill lost: {}", words::cut(evidence, 60)),
        Cause::FeaturesDrifted { evidence } => format!("features drifted: {}", words::cut(evidence, 60)),
        other => other.name().replace('_', " "),
    }
}
