//! Traces, as a collector gets them over HTTP; and a collector that is not there.

use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use wick_bus::telemetry::traces::Traces;
use wick_bus::{Config, Error, House};
use wick_schemas::{Cause, Envelope, Instrument, ModelRefused, Retrain, Timestamp};

fn house(endpoint: &str) -> Result<House, Error> {
    let flags = [("telemetry.otlp_endpoint".to_owned(), endpoint.to_owned())];
    let config = Config::load(None, &flags).expect("settings");
    let traces = Traces::open(&config.telemetry)?;
    let (_, stop) = watch::channel(false);
    let mut house = House::new(config, String::new(), stop)?;
    house.traces = traces;
    Ok(house)
}

/// A command and what answered it.
fn messages() -> (Envelope, Envelope) {
    let subject = Instrument::new("BTC-USD").expect("a pair");
    let command = Retrain { at: Timestamp(1), cause: Cause::Schedule, requested_by: "test".into() };
    let command = Envelope::wrap(&command, "drift_monitor", &subject, None).expect("wraps");
    let refused = ModelRefused { at: Timestamp(2), model: String::new(), cause: Cause::Schedule, reasons: vec![] };
    let refused = Envelope::wrap(&refused, "trainer", &subject, Some(&command)).expect("wraps");
    (command, refused)
}

/// Takes one request, and answers that all is well. Gives its head and what it holds.
async fn collect(listener: &TcpListener) -> (String, Vec<Span>) {
    let (mut stream, _) = listener.accept().await.expect("a client");
    let mut bytes = Vec::new();
    loop {
        let mut some = [0; 4096];
        let read = stream.read(&mut some).await.expect("read");
        bytes.extend_from_slice(&some[..read]);
        let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        let length: usize = length.parse().expect("a number");
        if bytes.len() >= head + 4 + length {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.expect("answered");
            let request = ExportTraceServiceRequest::decode(&bytes[head + 4..]).expect("protobuf");
            let service = &request.resource_spans[0].resource.as_ref().expect("a resource").attributes;
            assert!(service.iter().any(|one| one.key == "service.name"), "{service:?}");
            let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
            return (text, scopes.flat_map(|scope| scope.spans).collect());
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_collector_gets_the_spans_that_messages_carry() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let house = house(&format!("http://{}", listener.local_addr().expect("an address"))).expect("a house");
    let (command, refused) = messages();
    let took = Duration::from_millis(250);
    house.traces.published(house.deed("drift_monitor", took), std::slice::from_ref(&command));
    let error = Error::Server("no rows".into());
    house.traces.handled(house.deed("trainer", took), std::slice::from_ref(&command), Some(&error));
    house.traces.published(house.deed("trainer", took), std::slice::from_ref(&refused));
    // The past comes in large batches, and is not told.
    house.traces.published(house.deed("trainer", took), &vec![refused.clone(); 500]);
    let ((head, spans), ()) = tokio::join!(collect(&listener), house.traces.close());
    assert!(head.starts_with("post /v1/traces ") && head.contains("application/x-protobuf"), "{head}");

    assert_eq!(spans.len(), 3, "{spans:#?}");
    let named =
        |name: &str| spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{name}: {spans:#?}"));
    let [asked, handled, answered] =
        ["publish commands.retrain", "process commands.retrain", "publish models.refused"].map(named);
    for (span, message) in [(asked, &command), (answered, &refused)] {
        assert_eq!(format!("00-{}-{}-01", hex(&span.trace_id), hex(&span.span_id)), message.traceparent());
        assert_eq!(span.end_time_unix_nano - span.start_time_unix_nano, 250_000_000);
    }
    assert!(asked.parent_span_id.is_empty(), "{asked:?}");
    assert_eq!((&answered.parent_span_id, &handled.parent_span_id), (&asked.span_id, &asked.span_id));
    assert_eq!(handled.trace_id, asked.trace_id);
    assert!(handled.status.as_ref().expect("a status").message.contains("no rows"));
    let actor = answered.attributes.iter().find(|one| one.key == "wick.actor").expect("who");
    assert!(format!("{actor:?}").contains("trainer"));
}

#[tokio::test]
async fn a_collector_that_is_away_holds_nobody_up() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let house = house(&format!("http://{port}")).expect("opens all the same");
    let (command, _) = messages();
    let started = Instant::now();
    for _ in 0..5_000 {
        house.traces.published(house.deed("drift_monitor", Duration::ZERO), std::slice::from_ref(&command));
    }
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    house.traces.close().await;
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_address_that_is_none_is_a_matter_of_configuration() {
    for wrong in ["localhost:4318", "redis://host", "http://"] {
        let error = house(wrong).err().unwrap_or_else(|| panic!("{wrong} is taken"));
        assert!(error.to_string().contains("telemetry.otlp_endpoint"), "{error}");
    }
    assert!(!house("").expect("a house").traces.wanted(1));
}
