//! Traces for an OpenTelemetry collector. Every message carries its trace already (`traceparent`: the correlation id is
//! the trace, the message is the span); what is exported is those very spans, so that a reader of the streams who goes on
//! with a message's `traceparent` finds itself below the actor that published it.
//!
//! What is live is traced. The past comes in large batches, and a span for each candle of years would say nothing.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    Span, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SdkTracer, SdkTracerProvider};
use wick_schemas::Envelope;

use super::post::Post;
use crate::config::TelemetryConfig;
use crate::error::{Error, Result};

/// Messages that are handled or published at once, beyond which they are the past being caught up with.
const FEW: usize = 32;
/// How long the collector may take to answer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);
/// How long the house waits for it when it closes.
const CLOSING: Duration = Duration::from_secs(3);

/// Who tells a collector what happened; nobody where none is named.
#[derive(Clone, Debug, Default)]
pub struct Traces(Option<Arc<Export>>);

#[derive(Debug)]
struct Export {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// What an actor did, and when.
#[derive(Clone, Copy, Debug)]
pub struct Deed {
    /// Who did it.
    pub actor: &'static str,
    /// When it was begun.
    pub began: SystemTime,
    /// When it was done.
    pub ended: SystemTime,
}

impl Traces {
    /// Sends to the collector that the settings name. Nothing waits for it, then or later.
    ///
    /// # Errors
    /// [`Error::Config`] where its address is none.
    pub fn open(config: &TelemetryConfig) -> Result<Self> {
        if config.otlp_endpoint.is_empty() {
            return Ok(Self::default());
        }
        let named = &config.otlp_endpoint;
        let wrong = |error: &dyn fmt::Display| {
            Error::Config(format!("telemetry.otlp_endpoint '{named}': {error}: write http://host:4318"))
        };
        let endpoint = traces_at(named).map_err(|error| wrong(&error))?;
        let post = Post::to(&endpoint).map_err(|error| wrong(&error))?;
        let exporter = SpanExporter::builder().with_http().with_http_client(post).with_endpoint(endpoint);
        let exporter = exporter.with_timeout(TIMEOUT).build().map_err(|error| wrong(&error))?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_id_generator(Named)
            .with_resource(Resource::builder().with_service_name("wick").with_attribute(version).build())
            .build();
        let tracer = provider.tracer("wick");
        Ok(Self(Some(Arc::new(Export { provider, tracer }))))
    }

    /// Whether so many messages at once are told of: none are where nobody listens.
    #[must_use]
    pub fn wanted(&self, messages: usize) -> bool {
        self.0.is_some() && messages <= FEW
    }

    /// Messages were handled; with what error, if it did not go well.
    pub fn handled(&self, deed: Deed, messages: &[Envelope], error: Option<&Error>) {
        let Some(export) = self.0.as_ref().filter(|_| messages.len() <= FEW) else { return };
        for message in messages {
            // Below the message itself, with an id that nobody else needs.
            let parent = context(&message.correlation_id, message.id.as_str());
            let status = error.map_or(Status::Unset, |error| Status::error(error.to_string()));
            export.tell(deed, message, ("process", SpanKind::Consumer), parent, status);
        }
    }

    /// Messages were published.
    pub fn published(&self, deed: Deed, messages: &[Envelope]) {
        let Some(export) = self.0.as_ref().filter(|_| messages.len() <= FEW) else { return };
        for message in messages {
            let ids = (TraceId::from_hex(&message.correlation_id), span_id(message.id.as_str()));
            let (Ok(trace), Some(span)) = ids else { continue };
            let parent = context(&message.correlation_id, &message.causation_id);
            NEXT.set(Some((trace, span)));
            export.tell(deed, message, ("publish", SpanKind::Producer), parent, Status::Unset);
            NEXT.set(None);
        }
    }

    /// Sends what is left, if that is quick.
    pub async fn close(&self) {
        if let Some(export) = self.0.clone() {
            // It blocks, and what it waits for needs this thread.
            let closing = tokio::task::spawn_blocking(move || export.provider.shutdown_with_timeout(CLOSING));
            let _ = tokio::time::timeout(CLOSING + Duration::from_secs(1), closing).await;
        }
    }
}

impl Export {
    fn tell(
        &self,
        deed: Deed,
        message: &Envelope,
        (operation, kind): (&'static str, SpanKind),
        parent: Context,
        status: Status,
    ) {
        let attributes = [
            KeyValue::new("messaging.system", "redis"),
            KeyValue::new("messaging.operation.type", operation),
            KeyValue::new("messaging.destination.name", message.kind.clone()),
            KeyValue::new("messaging.message.id", message.id.to_string()),
            KeyValue::new("wick.actor", deed.actor),
            KeyValue::new("wick.event_time", message.time.rfc3339()),
        ];
        let span = self.tracer.span_builder(format!("{operation} {}", message.kind));
        let span = span.with_kind(kind).with_start_time(deed.began).with_attributes(attributes);
        let mut span = self.tracer.build_with_context(span, &parent);
        span.set_status(status);
        span.end_with_timestamp(deed.ended);
    }
}

/// The address of traces at a collector.
fn traces_at(endpoint: &str) -> std::result::Result<String, String> {
    let address: reqwest::Url = endpoint.parse().map_err(|error| format!("{error}"))?;
    if !matches!(address.scheme(), "http" | "https") {
        return Err("neither http nor https".into());
    }
    let base = endpoint.trim_end_matches('/');
    Ok(if base.ends_with("/v1/traces") { base.to_owned() } else { format!("{base}/v1/traces") })
}

/// A message as the parent of what follows from it; none where there is none.
fn context(trace: &str, message: &str) -> Context {
    match (TraceId::from_hex(trace), span_id(message)) {
        (Ok(trace), Some(span)) => {
            let parent = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, Default::default());
            Context::new().with_remote_span_context(parent)
        }
        _ => Context::new(),
    }
}

/// The span of a message, as its `traceparent` says it.
fn span_id(message: &str) -> Option<SpanId> {
    SpanId::from_hex(message.get(..16)?).ok()
}

/// Gives the ids that messages have already; others are drawn.
#[derive(Debug)]
struct Named;

thread_local! {
    static NEXT: Cell<Option<(TraceId, SpanId)>> = const { Cell::new(None) };
}

impl IdGenerator for Named {
    fn new_trace_id(&self) -> TraceId {
        NEXT.get().map_or_else(|| RandomIdGenerator::default().new_trace_id(), |(trace, _)| trace)
    }

    fn new_span_id(&self) -> SpanId {
        NEXT.get().map_or_else(|| RandomIdGenerator::default().new_span_id(), |(_, span)| span)
    }
}
