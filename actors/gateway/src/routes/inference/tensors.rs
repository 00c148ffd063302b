//! Which tensors go in and out, and how they are read.

use wick_schemas::{Artifact, Timestamp};

use super::words::RequestInput;
use crate::problem::Problem;
use crate::scoring;

/// Rows of a request, at most.
const ROWS: usize = 1_024;
/// The latest moment that a row may speak of: the end of the 21st century.
const LATEST: i64 = 4_102_444_800_000;

/// Something that is said of each row.
pub struct Output {
    /// What it is called.
    pub name: &'static str,
    /// Whether there is one for each quantile.
    pub quantiles: bool,
    /// Adds it to the numbers of its tensor.
    pub value: fn(&scoring::Said, &mut Vec<f64>),
}

/// Everything that is said of each row.
pub const OUTPUTS: [Output; 4] = [
    Output { name: "p_up", quantiles: false, value: |said, data| data.push(said.p_up) },
    Output { name: "variance", quantiles: false, value: |said, data| data.push(said.variance) },
    Output { name: "volatility", quantiles: false, value: |said, data| data.push(said.volatility) },
    Output {
        name: "return_quantiles",
        quantiles: true,
        value: |said, data| data.extend(said.quantiles.iter().map(|quantile| quantile.log_return)),
    },
];

/// The output of this name.
pub fn output(name: &str) -> Result<&'static Output, Problem> {
    OUTPUTS.iter().find(|output| output.name == name).ok_or_else(|| {
        let known: Vec<&str> = OUTPUTS.iter().map(|output| output.name).collect();
        Problem::body(format!("outputs: no '{name}'; there is {}", known.join(", ")))
    })
}

/// Reads the tensors: rows of features, and the moment of each.
pub fn inputs(
    artifact: &Artifact,
    inputs: &[RequestInput],
    newest: Timestamp,
) -> Result<(Vec<Vec<f64>>, Vec<Timestamp>), Problem> {
    let columns = artifact.names.len();
    let (mut rows, mut moments) = (None, None);
    for input in inputs {
        let wrong =
            |why: &str| Problem::body(format!("inputs: {}: {why}", input.name.chars().take(40).collect::<String>()));
        let data = &input.data.0;
        let size = input.shape.iter().try_fold(1_u64, |size, side| size.checked_mul(*side));
        if size != Some(data.len() as u64) {
            return Err(wrong("there are not as many numbers as its shape says"));
        }
        let twice = match input.name.as_str() {
            "features" => rows.is_some(),
            _ => moments.is_some(),
        };
        if twice {
            return Err(wrong("is there twice"));
        }
        match (input.name.as_str(), input.datatype.as_str(), input.shape.as_slice()) {
            ("features", "FP64" | "FP32", [count, wide]) if *wide == columns as u64 && *count <= ROWS as u64 => {
                rows = Some(data.chunks_exact(columns.max(1)).map(<[f64]>::to_vec).collect::<Vec<_>>());
            }
            ("features", "FP64" | "FP32", _) => {
                return Err(wrong(&format!("its shape must be [up to {ROWS}, {columns}]")));
            }
            ("as_of", "INT64", [_] | [_, 1]) => {
                if !data.iter().all(|millis| (0.0..=LATEST as f64).contains(millis) && millis.fract() == 0.0) {
                    return Err(wrong("whole milliseconds since 1970 are expected"));
                }
                moments = Some(data.iter().map(|millis| Timestamp(*millis as i64)).collect::<Vec<_>>());
            }
            ("features" | "as_of", datatype, _) => {
                return Err(wrong(&format!("datatype {datatype} and this shape do not go together here")));
            }
            _ => return Err(wrong("there is no such input; there is features and as_of")),
        }
    }
    let rows = rows.ok_or_else(|| Problem::body("inputs: features is missing"))?;
    let moments = moments.unwrap_or_else(|| vec![newest; rows.len()]);
    if moments.len() != rows.len() {
        return Err(Problem::body("inputs: as_of must have one number for each row of features"));
    }
    Ok((rows, moments))
}
