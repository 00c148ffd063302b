//! What the house says of itself: logs as text or JSON, each line within the span of the message that caused it.

use std::io::IsTerminal;

use tracing::Span;
use tracing_subscriber::EnvFilter;
use wick_schemas::Envelope;

use crate::config::TelemetryConfig;
use crate::error::{Error, Result};

/// Starts logging to standard error, which leaves standard output to answers.
///
/// # Errors
/// Where the filter or the format is not one that is known.
pub fn start(config: &TelemetryConfig) -> Result<()> {
    let filter = EnvFilter::try_new(&config.log)
        .map_err(|error| Error::Config(format!("telemetry.log '{}': {error}", config.log)))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let subscriber = subscriber.with_ansi(std::io::stderr().is_terminal()).with_target(false);
    let started = match config.format.as_str() {
        "text" => subscriber.compact().try_init(),
        "json" => subscriber.json().flatten_event(true).try_init(),
        other => return Err(Error::Config(format!("telemetry.format '{other}': write text or json"))),
    };
    // A second start, as in tests, keeps the first one's settings.
    let _ = started;
    Ok(())
}

/// The span in which an actor handles a message. What is logged in it carries the message's ids, so that one
/// correlation id finds everything that a candle or a command has caused, in every actor's log.
///
/// What comes alone, as live data and commands do, is traced at level `info`; what comes in batches, as the past does,
/// at level `debug`, because to format ids costs more than to handle a candle.
#[must_use]
pub fn handling(actor: &'static str, message: &Envelope, alone: bool) -> Span {
    macro_rules! span {
        ($level:ident) => {
            tracing::$level!(
                "handle",
                actor,
                topic = message.kind,
                id = %message.id,
                correlation_id = %message.correlation_id,
            )
        };
    }
    if alone { span!(info_span) } else { span!(debug_span) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use wick_schemas::{Cause, Instrument, Retrain, Timestamp};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("a page").write(text)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_logged_carries_the_ids_of_its_message_even_from_another_thread() {
        let page = Page::default();
        let writer = page.clone();
        let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_env_filter("info");
        let subscriber = subscriber.with_writer(move || writer.clone()).finish();
        let command = Retrain { at: Timestamp(0), cause: Cause::Schedule, requested_by: "test".into() };
        let subject = Instrument::new("BTC-USD").expect("a pair");
        let message = Envelope::wrap(&command, "test", &subject, None).expect("wraps");
        tracing::subscriber::with_default(subscriber, || {
            handling("trainer", &message, false).in_scope(|| tracing::info!("in a batch"));
            let span = handling("trainer", &message, true);
            let dispatch = tracing::dispatcher::get_default(Clone::clone);
            let work =
                move || tracing::dispatcher::with_default(&dispatch, || span.in_scope(|| tracing::info!("done")));
            std::thread::scope(|scope| scope.spawn(work).join().expect("worked"));
        });
        let text = String::from_utf8(page.0.lock().expect("a page").clone()).expect("text");
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines[0]["span"]["correlation_id"], serde_json::Value::Null);
        assert_eq!(lines[1]["span"]["correlation_id"], message.correlation_id.as_str());
        assert_eq!((&lines[1]["span"]["actor"], &lines[1]["message"]), (&"trainer".into(), &"done".into()));
    }
}
