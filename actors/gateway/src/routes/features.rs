//! The newest feature vector, from the online store.

use std::collections::{BTreeMap, HashMap};

use actix_web::{HttpRequest, get, web};
use redis::cmd;
use serde::Serialize;
use utoipa::ToSchema;
use wick_bus::lake::CurrentSets;
use wick_schemas::Timestamp;

use super::Gate;
use super::health::BUS_PATIENCE;
use crate::problem::{Details, Problem};
use crate::query::Query;

/// The newest feature vector of a set.
#[derive(Debug, Serialize, ToSchema)]
pub struct Features {
    /// The close of its bar, in milliseconds since 1970: nothing in it was learnt later.
    #[schema(value_type = i64)]
    pub as_of: Timestamp,
    /// How long ago that was, in milliseconds.
    pub age_ms: i64,
    /// Id of the feature set.
    pub feature_set: String,
    /// The last price, in quote currency.
    pub price: f64,
    /// The values by name. One whose look-back is not full yet is not among them.
    pub values: BTreeMap<String, f64>,
}

/// The newest feature vector.
#[utoipa::path(
    tag = "data",
    params(("set" = Option<String>, Query, description = "id or name of a feature set; the served one where it is not given")),
    responses(
        (status = 200, body = Features),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    )
)]
#[get("/v1/features/latest")]
pub async fn latest_features(request: HttpRequest, gate: web::Data<Gate>) -> Result<web::Json<Features>, Problem> {
    let query = Query::read(request.query_string(), &["set"])?;
    newest(&gate, query.text("set")).await.map(web::Json)
}

/// The newest vector of a set, by its id or name; of the one that is served where none is named.
///
/// # Errors
/// A problem where there is none, or the bus is away.
pub async fn newest(gate: &Gate, named: Option<&str>) -> Result<Features, Problem> {
    let sets = CurrentSets::read(&gate.house)?;
    let known = named.and_then(|name| sets.as_ref()?.names.get(name).cloned()).or_else(|| named.map(str::to_owned));
    let main = || sets.as_ref().map(|sets| sets.main.clone());
    let served = || gate.seen().view.latest(None).next().map(|made| made.feature_set.clone());
    let Some(id) = known.or_else(main).or_else(served) else { return Err(Problem::no_features("any set")) };
    // It becomes part of a key.
    if id.len() > 64 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        return Err(Problem::parameter("set", "write the id or the name of a feature set"));
    }
    let asked = async {
        let mut bus = gate.connections.get().await?;
        let key = gate.house.key(&format!("online.{id}"));
        let shown: HashMap<String, String> =
            cmd("HGETALL").arg(key).query_async(&mut bus).await.map_err(wick_bus::Error::from)?;
        Ok::<_, wick_bus::Error>(shown)
    };
    let shown = tokio::time::timeout(BUS_PATIENCE, asked).await.map_err(|_| Problem::bus())??;
    let mut values: BTreeMap<String, f64> =
        shown.iter().filter_map(|(name, value)| Some((name.clone(), value.parse().ok()?))).collect();
    let as_of = shown.get("as_of").and_then(|text| text.parse().ok()).map(Timestamp);
    values.remove("as_of");
    let (Some(as_of), Some(price)) = (as_of, values.remove("price")) else { return Err(Problem::no_features(&id)) };
    let age_ms = gate.house.clock.now() - as_of;
    Ok(Features { as_of, age_ms, feature_set: id, price, values })
}
