//! A lake in a bucket that speaks S3.

use std::sync::{Arc, LazyLock, mpsc};
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use tokio::runtime::{Builder, Runtime};

use super::Item;
use crate::error::{Error, Result};
use crate::lake::place::LakeConfig;

/// How long an answer may take, and how long a request is tried again: whoever keeps rows waits meanwhile.
const PATIENCE: Duration = Duration::from_secs(20);

/// Talks to buckets for everyone, so that those who wait need no runtime and may have one.
static HANDS: LazyLock<std::io::Result<Runtime>> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).thread_name("bucket").enable_all().build());

/// A bucket.
#[derive(Clone)]
pub(super) struct Bucket {
    client: Arc<AmazonS3>,
    prefix: Path,
    shown: String,
}

impl Bucket {
    pub(super) fn open(
        config: &LakeConfig,
        path: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        let wrong =
            |reason: &str| Error::Config(format!("lake.url: {reason}: write s3://bucket or s3://bucket/folder"));
        let rest = config.url.strip_prefix("s3://").ok_or_else(|| wrong("it begins with none of s3:// and file://"))?;
        // Not quoted: what is no address may be a password.
        if rest.contains(['@', '?', '#']) {
            return Err(wrong("it holds more than a bucket and a folder; keys belong into AWS_… variables"));
        }
        let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(wrong("it names no bucket"));
        }
        let mut builder = AmazonS3Builder::new();
        for (name, value) in environment {
            if name.starts_with("AWS_")
                && let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>()
            {
                builder = builder.with_config(key, value);
            }
        }
        if !config.endpoint.is_empty() {
            builder = builder.with_endpoint(&config.endpoint);
        }
        if !config.region.is_empty() {
            builder = builder.with_region(&config.region);
        }
        let options = ClientOptions::new()
            .with_allow_http(config.allow_http)
            .with_timeout(PATIENCE)
            .with_connect_timeout(Duration::from_secs(5));
        let retry = RetryConfig { max_retries: 3, retry_timeout: PATIENCE, ..RetryConfig::default() };
        let client = builder.with_bucket_name(bucket).with_client_options(options).with_retry(retry).build();
        let client = client.map_err(|error| Error::Config(format!("lake.url: {}", plain(&error))))?;
        let below: Vec<&str> = folder.split('/').chain(path.split('/')).filter(|part| !part.is_empty()).collect();
        let prefix = Path::from(below.join("/"));
        let shown = format!("s3://{bucket}/{prefix}");
        Ok(Self { client: Arc::new(client), prefix, shown: shown.trim_end_matches('/').to_owned() })
    }

    pub(super) fn put(&self, path: &str, bytes: Vec<u8>) -> Result<()> {
        let (client, key) = (self.client.clone(), self.key(path));
        self.wait(path, async move { client.put(&key, bytes.into()).await }).map(|_| ())
    }

    pub(super) fn get(&self, path: &str) -> Result<Option<Bytes>> {
        let (client, key) = (self.client.clone(), self.key(path));
        self.wait(path, async move {
            match client.get(&key).await {
                Ok(answer) => answer.bytes().await.map(Some),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    pub(super) fn list(&self, below: &str) -> Result<Vec<Item>> {
        let (client, key) = (self.client.clone(), self.key(below));
        let found: Vec<_> = self.wait(below, async move { client.list(Some(&key)).try_collect().await })?;
        let skip = if self.prefix.as_ref().is_empty() { 0 } else { self.prefix.as_ref().len() + 1 };
        let item = |about: object_store::ObjectMeta| {
            Some(Item { path: about.location.as_ref().get(skip..)?.to_owned(), bytes: about.size })
        };
        Ok(found.into_iter().filter_map(item).collect())
    }

    pub(super) fn delete(&self, path: &str) -> Result<()> {
        let (client, key) = (self.client.clone(), self.key(path));
        self.wait(path, async move {
            match client.delete(&key).await {
                Err(object_store::Error::NotFound { .. }) => Ok(()),
                done => done,
            }
        })
    }

    pub(super) fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.shown).trim_end_matches('/').to_owned()
    }

    fn key(&self, path: &str) -> Path {
        path.split('/').filter(|part| !part.is_empty()).fold(self.prefix.clone(), |key, part| key.join(part))
    }

    fn wait<T: Send + 'static>(
        &self,
        path: &str,
        work: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> Result<T> {
        let failed = |reason: String| Error::Lake { place: self.shown(path), reason };
        let hands = HANDS.as_ref().map_err(|error| failed(format!("no thread to ask with: {error}")))?;
        let (answer, answered) = mpsc::sync_channel(1);
        hands.spawn(async move { answer.send(work.await) });
        match answered.recv() {
            Ok(done) => done.map_err(|error| failed(plain(&error))),
            Err(_) => Err(failed("the request was broken off".into())),
        }
    }
}

/// An error without the body of the answer: a bucket that refuses a signature quotes what was signed.
fn plain(error: &object_store::Error) -> String {
    match error {
        object_store::Error::Unauthenticated { .. } | object_store::Error::PermissionDenied { .. } => {
            "not let in: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may do".into()
        }
        error => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            let said = line.split('<').next().unwrap_or_default().trim_end();
            format!("{said}: check lake.url, lake.endpoint, lake.allow_http and the network")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(url: &str) -> Result<Bucket> {
        let config = LakeConfig { url: url.into(), region: "eu-central-1".into(), ..LakeConfig::default() };
        let keys = [("AWS_ACCESS_KEY_ID", "who"), ("AWS_SECRET_ACCESS_KEY", "hush"), ("HOME", "/")];
        Bucket::open(&config, "replay/bronze", keys.map(|(key, value)| (key.to_owned(), value.to_owned())))
    }

    #[test]
    fn an_address_is_a_bucket_and_a_folder() {
        let bucket = open("s3://wick/lake/").expect("a bucket");
        assert_eq!(bucket.shown("kind=candle/x"), "s3://wick/lake/replay/bronze/kind=candle/x");
        assert_eq!(bucket.key("kind=candle/x").as_ref(), "lake/replay/bronze/kind=candle/x");
        assert_eq!(open("s3://wick").expect("a bucket").shown(""), "s3://wick/replay/bronze");
        for wrong in ["s3://", "gopher://x", "s3://who:hush@wick", "s3://wick?secret=hush"] {
            let error = open(wrong).err().expect(wrong).to_string();
            assert!(error.contains("write s3://") && !error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn a_bucket_that_is_not_there_is_named_without_keys() {
        let mut config = LakeConfig { url: "s3://wick".into(), region: "x".into(), ..LakeConfig::default() };
        config.endpoint = "https://127.0.0.1:1".into();
        config.allow_http = true;
        let keys = [("AWS_ACCESS_KEY_ID", "who"), ("AWS_SECRET_ACCESS_KEY", "hush")];
        let keys = keys.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let store = super::super::Store::bucket(&config, "", keys).expect("a bucket");
        let error = store.get("x").expect_err("nobody there").to_string();
        assert!(error.contains("s3://wick/x") && error.contains("lake.endpoint") && !error.contains("hush"), "{error}");
        assert_eq!(format!("{store:?}"), "Store(s3://wick)");
    }
}
