//! What is said, as it is said.

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, get, web};
use futures::stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, interval_at};

use super::Gate;
use crate::live::{KINDS, missed};
use crate::problem::{Details, Problem};
use crate::query::Query;

/// How often a line on which nothing is said is kept open.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Candles, forecasts, scores, drift, lost skill, missed coverage and models, as server-sent events.
///
/// `event` is `candle`, `forecast`, `score`, `drift`, `skill`, `coverage` or `model`, `data` its JSON. Whoever comes back within
/// some hundred events (`Last-Event-ID`, which browsers send by themselves) gets what was said meanwhile; otherwise an event
/// `missed` comes first, and what was missed is to be asked for. A comment comes every 15 seconds.
#[utoipa::path(
    tag = "live",
    params(
        ("topics" = Option<String>, Query, description = "some of candle, forecast, score, drift, skill, coverage and \
                                                          model, separated by commas; all where it is not given"),
        ("Last-Event-ID" = Option<String>, Header, description = "the `id` of the last event that was heard"),
    ),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    )
)]
#[get("/v1/live")]
pub async fn live(request: HttpRequest, gate: web::Data<Gate>) -> Result<HttpResponse, Problem> {
    let query = Query::read(request.query_string(), &["topics"])?;
    let wanted: Vec<String> = query.text("topics").map_or_else(
        || KINDS.map(str::to_owned).to_vec(),
        |text| text.split(',').map(|word| word.trim().to_owned()).collect(),
    );
    if let Some(unknown) = wanted.iter().find(|word| !KINDS.contains(&word.as_str())) {
        return Err(Problem::parameter("topics", format!("'{unknown}' is none of {}", KINDS.join(", "))));
    }
    let last = request.headers().get("last-event-id").and_then(|value| value.to_str().ok());
    let (before, note, receiver) = gate.live.listen(last);
    let most = gate.max_listeners;
    let listener = gate.live.admit(most).ok_or_else(|| Problem::full(most))?;
    let mut first = b"retry: 3000\n\n".to_vec();
    note.iter().for_each(|note| first.extend_from_slice(note));
    before.iter().filter(|event| wanted.iter().any(|kind| kind == event.kind)).for_each(|event| {
        first.extend_from_slice(&event.bytes);
    });
    let heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    let state = (Some(web::Bytes::from(first)), receiver, heartbeat, wanted, listener);
    let events = stream::unfold(state, |(first, mut receiver, mut heartbeat, wanted, listener)| async move {
        let bytes = match first {
            Some(first) => first,
            None => loop {
                tokio::select! {
                event = receiver.recv() => match event {
                    Ok(event) if wanted.iter().any(|kind| kind == event.kind) => break event.bytes,
                    Ok(_) => {}
                    Err(RecvError::Lagged(count)) => break missed(Some(count)),
                    Err(RecvError::Closed) => return None,
                },
                _ = heartbeat.tick() => break web::Bytes::from_static(b": still here\n\n"),
                }
            },
        };
        Some((Ok::<_, actix_web::Error>(bytes), (None, receiver, heartbeat, wanted, listener)))
    });
    let mut response = HttpResponse::Ok();
    response.content_type("text/event-stream").insert_header((CACHE_CONTROL, "no-store"));
    // Proxies that gather answers before they pass them on are told not to.
    response.insert_header((HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")));
    Ok(response.streaming(Box::pin(events)))
}
