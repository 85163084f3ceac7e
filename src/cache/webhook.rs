//! Tells content delivery networks what to purge, by one address that is asked over HTTP.
//!
//! This module never gives up: what is not taken is sent again until it is.

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use url::Url;

use super::purges::{Batch, Purges};
use crate::platform::fetch;

/// For so long purges are gathered before they are sent.
const GATHERING: Duration = Duration::from_millis(100);
/// For so long the address may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the first pause after a failure is, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));

/// Where purges are sent.
pub struct Webhook {
    client: reqwest::Client,
    address: Url,
    /// The address without what may be secret in it.
    shown: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Webhook {
    /// Sends purges to an address, with a header of its own if there is one: its name, a colon and its value, such as
    /// `Authorization: Bearer` and a secret.
    ///
    /// # Errors
    /// When the address is none of HTTP or the header is none; one sentence that does not show the header, as it is secret.
    pub fn new(address: &str, header: &str) -> Result<Self, String> {
        let parsed = Url::parse(address).map_err(|error| format!("\"{address}\": {error}"))?;
        if !matches!(parsed.scheme(), "http" | "https") || parsed.host().is_none() {
            return Err(format!(
                "\"{address}\" does not begin with https:// or http:// and the name of a host"
            ));
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("dateline/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(PATIENCE / 2)
            .timeout(PATIENCE);
        if fetch::is_loopback(&parsed) {
            builder = builder.no_proxy();
        }
        Ok(Self {
            client: builder.build().map_err(|error| fetch::whole(&error))?,
            header: header_of(header)?,
            shown: format!("{}{}", parsed.origin().ascii_serialization(), parsed.path()),
            address: parsed,
        })
    }

    /// Sends what is to be purged, until it is dropped.
    pub async fn keep_sending(self, purges: Arc<Purges>) {
        let mut failures = 0_u32;
        loop {
            purges.wait().await;
            tokio::time::sleep(GATHERING).await;
            while let Some(batch) = purges.next() {
                match self.send(&batch).await {
                    Ok(()) => {
                        if failures > 0 {
                            tracing::info!("purges are taken again");
                        }
                        failures = 0;
                        purges.delivered(batch);
                    }
                    Err(error) => {
                        if failures == 0 {
                            tracing::warn!(%error, "a purge was not taken; it is sent again until it is, and nothing more is given to shared caches");
                        }
                        purges.failed(batch);
                        let pause = PAUSES.0.saturating_mul(1 << failures.min(10));
                        failures = failures.saturating_add(1);
                        tokio::time::sleep(pause.min(PAUSES.1)).await;
                    }
                }
            }
        }
    }

    async fn send(&self, batch: &Batch) -> Result<(), String> {
        let tags = batch.tags();
        let body = if batch.is_everything() {
            json!({ "everything": true, "tags": tags })
        } else {
            json!({ "tags": tags })
        };
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        if let Ok(keys) = HeaderValue::try_from(tags.join(" ")) {
            headers.insert("surrogate-key", keys);
        }
        if let Some((name, value)) = &self.header {
            headers.insert(name.clone(), value.clone());
        }
        let request = self
            .client
            .post(self.address.clone())
            .headers(headers)
            .body(body.to_string());
        let address = &self.shown;
        let answer = request
            .send()
            .await
            .map_err(|error| format!("{address}: {}", fetch::whole(&error.without_url())))?;
        let status = answer.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(format!("{address}: answered with the status {status}"))
        }
    }
}

fn header_of(line: &str) -> Result<Option<(HeaderName, HeaderValue)>, String> {
    let line = line.trim();
    if line.is_empty() {
        return Ok(None);
    }
    let wrong = || {
        "the header of purges must be one line: a name, a colon and a value, such as Authorization: Bearer SECRET"
            .to_owned()
    };
    let (name, value) = line.split_once(':').ok_or_else(wrong)?;
    let name = HeaderName::try_from(name.trim()).map_err(|_| wrong())?;
    let mut value = HeaderValue::try_from(value.trim()).map_err(|_| wrong())?;
    value.set_sensitive(true);
    Ok(Some((name, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_address_or_header_says_what_is_wrong_and_shows_no_secret() {
        assert!(Webhook::new("https://purge.example.org/x", "").is_ok());
        assert!(Webhook::new("http://10.0.0.7:6081/", "Fastly-Key: s3cret").is_ok());
        for address in [
            "purge.example.org",
            "ftp://purge.example.org",
            "mailto:x@y.example",
        ] {
            let error = Webhook::new(address, "").err().unwrap_or_default();
            assert!(error.contains(address), "{error}");
        }
        for header in ["s3cret", "Bad Name: s3cret", "X: s3cret\nY: z"] {
            let error = Webhook::new("https://purge.example.org", header).err();
            let error = error.unwrap_or_default();
            assert!(
                error.contains("a name, a colon") && !error.contains("s3cret"),
                "{error}"
            );
        }
    }
}
