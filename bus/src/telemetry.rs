//! What the house says of itself: logs as text or JSON, each line within the span of the message that caused it.

mod post;
pub mod traces;

use std::io::IsTerminal;

use tracing::{Dispatch, Span};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;
use wick_schemas::Envelope;

use crate::config::TelemetryConfig;
use crate::error::{Error, Result};

/// Starts logging to standard error, which leaves standard output to answers.
///
/// # Errors
/// Where the filter or the format is not one that is known.
pub fn start(config: &TelemetryConfig) -> Result<()> {
    let logger = logger(config, std::io::stderr, std::io::stderr().is_terminal())?;
    // A second start, as in tests, keeps the first one's settings.
    let _ = logger.try_init();
    Ok(())
}

/// Whether logs can be written as the settings say.
///
/// # Errors
/// As [`start`].
pub fn check(config: &TelemetryConfig) -> Result<()> {
    logger(config, std::io::sink, false).map(drop)
}

/// Who writes logs, where and how the settings say.
fn logger<W>(config: &TelemetryConfig, writer: W, colours: bool) -> Result<Dispatch>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&config.log)
        .map_err(|error| Error::Config(format!("telemetry.log '{}': {error}", config.log)))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    let subscriber = subscriber.with_ansi(colours).with_target(false);
    match config.format.as_str() {
        "text" => Ok(subscriber.compact().finish().into()),
        "json" => Ok(subscriber.json().flatten_event(true).finish().into()),
        other => Err(Error::Config(format!("telemetry.format '{other}': write text or json"))),
    }
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

    #[test]
    fn logs_are_text_or_json_as_the_settings_say() {
        let said = |format: &str, log: &str| {
            let page = Page::default();
            let writer = page.clone();
            let mut config = crate::Config::load(None, &[]).expect("defaults").telemetry;
            (config.format, config.log) = (format.into(), log.into());
            let logger = logger(&config, move || writer.clone(), false)?;
            tracing::dispatcher::with_default(&logger, || {
                tracing::info!(rows = 3, "kept");
                tracing::debug!("not asked for");
            });
            let text = String::from_utf8(page.0.lock().expect("a page").clone()).expect("text");
            Ok::<String, Error>(text)
        };
        let text = said("text", "info").expect("text");
        assert!(text.contains("INFO") && text.trim_end().ends_with("kept rows=3"), "{text}");
        let json: serde_json::Value = serde_json::from_str(&said("json", "info").expect("json")).expect("one object");
        assert_eq!((&json["message"], &json["rows"], &json["level"]), (&"kept".into(), &3.into(), &"INFO".into()));
        assert_eq!(said("json", "error").expect("json"), "");
        for (format, log, named) in [("xml", "info", "telemetry.format"), ("text", "=,=", "telemetry.log")] {
            assert!(said(format, log).expect_err(named).to_string().contains(named), "{named}");
        }
    }
}
