//! `dateline keys`.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};

use super::say;
use crate::access::keys::{self, Keys};

/// The variable that may hold the keys themselves.
const VARIABLE: &str = "DATELINE_SIGNING_KEYS";

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
        match in_variable() {
            Some(pem) => Keys::of_pem(&pem).map_err(|error| format!("{VARIABLE}: {error}")),
            None => Keys::of_file(&self.signing_keys_file),
        }
        .map_err(anyhow::Error::msg)
    }
}

/// The keys in the environment, which go before any file.
fn in_variable() -> Option<String> {
    std::env::var(VARIABLE)
        .ok()
        .filter(|pem| !pem.trim().is_empty())
}

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Put a new key in front, which signs from now on; the former one verifies until the next time. Servers notice a new
    /// file within seconds. Keys in `DATELINE_SIGNING_KEYS` can only be printed with `--print`.
    Rotate {
        #[command(flatten)]
        file: KeysFile,
        /// Print the new keys, which are secret, to standard output instead, and change nothing.
        #[arg(long)]
        print: bool,
    },
}

impl KeysCommand {
    /// Does it.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let Self::Rotate { file, print } = self;
        let path = &file.signing_keys_file;
        match (in_variable(), print) {
            (Some(pem), true) => {
                let keys = keys::rotated(&pem).map_err(|error| format!("{VARIABLE}: {error}"));
                say(&keys.map_err(anyhow::Error::msg)?);
            }
            (Some(_), false) => anyhow::bail!(
                "{VARIABLE} is set, so servers read no file and this command cannot change their keys; run `dateline keys \
                 rotate --print`, put what it prints into {VARIABLE} of every server, and restart them"
            ),
            (None, true) => say(&keys::rotated_file(path).map_err(anyhow::Error::msg)?),
            (None, false) => {
                keys::rotate(path).map_err(anyhow::Error::msg)?;
                say("a new key signs from now on; nobody is signed out\n");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
