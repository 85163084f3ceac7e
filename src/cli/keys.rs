//! `dateline keys`.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};

use super::say;
use crate::access::keys::{self, Keys};

/// Where the signing keys are.
#[derive(Debug, Args)]
pub struct KeysFile {
    /// The file with the keys that sign access tokens, in PEM; it is made when it is missing. The environment variable
    /// `DATELINE_SIGNING_KEYS` may hold the keys themselves instead.
    #[arg(
        long,
        env = "DATELINE_SIGNING_KEYS_FILE",
        default_value = "data/signing-keys.pem",
        value_name = "FILE"
    )]
    signing_keys_file: PathBuf,
}

impl KeysFile {
    /// The keys.
    pub fn open(&self) -> anyhow::Result<Keys> {
        match std::env::var("DATELINE_SIGNING_KEYS") {
            Ok(pem) if !pem.trim().is_empty() => Keys::of_pem(&pem),
            _ => Keys::of_file(&self.signing_keys_file),
        }
        .map_err(anyhow::Error::msg)
    }
}

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Put a new key in front, which signs from now on; the former one verifies until the next time.
    Rotate(KeysFile),
}

impl KeysCommand {
    /// Does it.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let Self::Rotate(file) = self;
        keys::rotate(&file.signing_keys_file).map_err(anyhow::Error::msg)?;
        say("a new key signs from now on; nobody is signed out\n");
        Ok(ExitCode::SUCCESS)
    }
}
