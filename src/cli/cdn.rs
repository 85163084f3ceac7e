//! The settings of what content delivery networks are told.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use clap::Args;

use crate::cache::{Cdn, Purges, Webhook};

/// The variable that may hold the header itself.
const VARIABLE: &str = "DATELINE_PURGE_HEADER";

/// What content delivery networks are told.
#[derive(Debug, Args)]
pub struct CdnSettings {
    /// For how long content delivery networks may keep answers that anybody may have, in seconds; 0 leaves it to them.
    #[arg(
        long,
        env = "DATELINE_CDN_MAX_AGE_S",
        default_value_t = 0,
        value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=31_536_000))]
    cdn_max_age_s: u64,
    /// The address that is told by POST which tags a content delivery network must purge; nobody is told unless it is given.
    #[arg(
        long,
        env = "DATELINE_PURGE_URL",
        default_value = "",
        hide_env_values = true,
        value_name = "ADDRESS"
    )]
    purge_url: String,
    /// A file with a header that is sent with every purge, in one line such as `Authorization: Bearer SECRET`. None unless
    /// given. The environment variable `DATELINE_PURGE_HEADER` may hold the line itself instead.
    #[arg(
        long,
        env = "DATELINE_PURGE_HEADER_FILE",
        default_value = "",
        value_name = "FILE"
    )]
    purge_header_file: String,
}

impl CdnSettings {
    /// What content delivery networks may have, and who sends them purges, if anybody does.
    pub fn open(&self) -> anyhow::Result<(Cdn, Option<Webhook>)> {
        let webhook = if self.purge_url.is_empty() {
            None
        } else {
            let webhook = Webhook::new(&self.purge_url, &self.header()?)
                .map_err(|error| anyhow::anyhow!("purge_url: {error}"))?;
            Some(webhook)
        };
        let cdn = Cdn {
            max_age: Duration::from_secs(self.cdn_max_age_s),
            purges: webhook.as_ref().map(|_| Arc::new(Purges::new())),
        };
        Ok((cdn, webhook))
    }

    /// Whether anything is said to content delivery networks.
    pub fn is_on(&self) -> bool {
        self.cdn_max_age_s > 0 || !self.purge_url.is_empty()
    }

    fn header(&self) -> anyhow::Result<String> {
        let in_variable = std::env::var(VARIABLE).unwrap_or_default();
        if !in_variable.trim().is_empty() || self.purge_header_file.is_empty() {
            return Ok(in_variable);
        }
        std::fs::read_to_string(&self.purge_header_file).with_context(|| {
            format!(
                "purge_header_file: the file {} cannot be read",
                self.purge_header_file
            )
        })
    }
}
