//! Carries what is exported to the collector, with the HTTP client that the rest of Wick uses.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

use super::traces::TIMEOUT;

/// The way to a collector.
#[derive(Debug)]
pub(super) struct Post {
    client: reqwest::Client,
    /// Exports are begun on a thread that has no runtime.
    runtime: Handle,
    /// Whether it was said that the collector is away.
    told: Arc<AtomicBool>,
}

impl Post {
    pub(super) fn to(endpoint: &str) -> Result<Self, String> {
        let mut client = reqwest::Client::builder().timeout(TIMEOUT);
        if endpoint.contains("//127.0.0.1") || endpoint.contains("//localhost") {
            // A proxy set for the outside world does not know what listens here.
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| error.to_string())?;
        let runtime = Handle::try_current().map_err(|error| error.to_string())?;
        Ok(Self { client, runtime, told: Arc::default() })
    }
}

#[async_trait]
impl HttpClient for Post {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (client, told) = (self.client.clone(), Arc::clone(&self.told));
        let sending = async move {
            let answered = send(&client, request).await;
            let trouble = match &answered {
                Ok(answer) if answer.status().is_success() => None,
                Ok(answer) => Some(answer.status().to_string()),
                Err(error) => Some(error.to_string()),
            };
            // Said once, until it is back.
            if let (Some(error), false) = (&trouble, told.swap(trouble.is_some(), Ordering::Relaxed)) {
                tracing::warn!(
                    error,
                    "the collector of telemetry.otlp_endpoint does not take traces; all else goes on"
                );
            }
            answered
        };
        self.runtime.spawn(sending).await?
    }
}

async fn send(client: &reqwest::Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let answer = client.execute(request.try_into()?).await.map_err(reqwest::Error::without_url)?;
    let status = answer.status();
    let body = answer.bytes().await?;
    Ok(Response::builder().status(status).body(body)?)
}
