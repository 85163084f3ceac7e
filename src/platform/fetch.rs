//! Small JSON documents from elsewhere, fetched within a time and up to a size, from exactly the address that was asked.
//!
//! This module never follows a redirect and never speaks plain HTTP with another machine.

use std::{error::Error, time::Duration};

use serde::de::DeserializeOwned;
use url::{Host, Url};

/// Fetches documents.
pub struct Fetcher {
    client: reqwest::Client,
    longest: usize,
    loopback: bool,
}

impl Fetcher {
    /// Fetches documents of at most so many bytes, each within a time. Only `https` is spoken, unless `loopback` also
    /// allows `http` with this machine.
    ///
    /// # Errors
    /// When the machine has no certificates to trust.
    pub fn new(within: Duration, longest: usize, loopback: bool) -> Result<Self, String> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("dateline/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(within / 2)
            .timeout(within);
        if loopback {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| whole(&error))?;
        Ok(Self {
            client,
            longest,
            loopback,
        })
    }

    /// The document at an address.
    ///
    /// # Errors
    /// One sentence that names the address and what is wrong.
    pub async fn json<T: DeserializeOwned>(&self, address: &Url) -> Result<T, String> {
        if address.scheme() != "https" && !(self.loopback && is_loopback(address)) {
            return Err(format!("{address}: only https is good enough"));
        }
        let failed = |error: reqwest::Error| format!("{address}: {}", whole(&error.without_url()));
        let request = self
            .client
            .get(address.clone())
            .header(reqwest::header::ACCEPT, "application/json");
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status();
        if !status.is_success() {
            return Err(format!("{address}: answered with the status {status}"));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > self.longest {
                return Err(format!("{address}: longer than {} bytes", self.longest));
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(|error| format!("{address}: {error}"))
    }
}

/// Whether an address leads to this machine.
#[must_use]
pub fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// An error with its causes.
#[must_use]
pub fn whole(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
