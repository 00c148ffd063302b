//! What a walk found, on the screen and in a file.

use std::io::Write;

use wick_schemas::dm::diebold_mariano;
use wick_schemas::{Horizon, Timestamp};

use crate::{Block, Losses};

/// What some features are worth to each candidate: how much less it loses with them than without, and whether that is more
/// than chance.
pub fn worth(horizon: Horizon, with: &Block, without: &Block, features: &[String]) {
    assert_eq!(with.as_of, without.as_of, "the same rows");
    for ((target, name), values) in &with.losses {
        let Some(others) = without.losses.get(&(*target, name.clone())) else { continue };
        let differences: Vec<f64> = others.iter().zip(values).map(|(other, own)| other - own).collect();
        let (own, other) = (values.iter().sum::<f64>(), others.iter().sum::<f64>());
        let (t, p) = diebold_mariano(&differences, horizon.bars()).map_or((0.0, 1.0), |test| (test.t, test.p));
        let rows = differences.len();
        println!(
            "worth of {} {horizon} {target:10} {name:18} {:+.3} % t {t:+.2} p {p:.4} on {rows}",
            features.join(","),
            100.0 * (1.0 - own / other)
        );
    }
}

/// Writes every forecast beside what came of it.
pub fn dump(file: &str, block: &Block) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    let names: Vec<String> = block.said.keys().map(|(target, name)| format!("{target}.{name}")).collect();
    writeln!(out, "as_of,log_return,realised_variance,{}", names.join(","))?;
    for (place, as_of) in block.as_of.iter().enumerate() {
        let (log_return, realised_variance) = block.outcomes[place];
        write!(out, "{},{log_return},{realised_variance}", as_of.millis())?;
        block.said.values().try_for_each(|values| write!(out, ",{}", values[place]))?;
        writeln!(out)?;
    }
    out.flush()
}

/// Losses, skill and its years of every candidate.
pub fn print(horizon: Horizon, as_of: &[Timestamp], losses: &Losses) {
    for (target, baseline) in [("direction", "base_rate"), ("volatility", "seasonal_har")] {
        let reference = &losses[&(target, baseline.to_owned())];
        for ((_, name), values) in losses.iter().filter(|((of, _), _)| *of == target) {
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
            let differences: Vec<f64> = reference.iter().zip(values).map(|(a, b)| a - b).collect();
            let test = diebold_mariano(&differences, horizon.bars());
            let mut years = String::new();
            let year = |moment: &Timestamp| moment.rfc3339()[..4].to_owned();
            let all: std::collections::BTreeSet<String> = as_of.iter().map(year).collect();
            for one in all {
                let of = |column: &[f64]| -> f64 {
                    as_of.iter().zip(column).filter(|(moment, _)| year(moment) == one).map(|(_, loss)| loss).sum()
                };
                years += &format!(" {one} {:+.2}", 100.0 * (1.0 - of(values) / of(reference)));
            }
            println!(
                "{horizon} {target:10} {name:16} {:.5} skill {:+.3} % t {:+.1} |{years}",
                mean(values),
                100.0 * (1.0 - mean(values) / mean(reference)),
                test.map_or(0.0, |test| test.t),
            );
        }
    }
}
