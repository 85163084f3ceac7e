//! `dateline export`.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;

use super::open;
use crate::{importers::dump, platform::config::Settings};

/// Where to write a dump.
#[derive(Debug, Args)]
pub struct Export {
    /// The file; standard output when absent or `-`.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Export {
    /// Runs it. A file is written beside its place first, so a broken export never replaces a good dump.
    pub async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let mut options = settings.database();
        // Nothing to export is more likely a mistyped address.
        options.create = false;
        let db = open(&options).await?;
        let lines = match self.file.filter(|file| file != Path::new("-")) {
            None => {
                dump::export(&db, &mut BufWriter::new(std::io::stdout().lock()), |_| ()).await?
            }
            Some(file) => {
                let unfinished = file.with_extension("unfinished");
                let shown = unfinished.display().to_string();
                let mut out = BufWriter::with_capacity(
                    1 << 20,
                    File::create(&unfinished).with_context(|| format!("cannot write {shown}"))?,
                );
                let lines = dump::export(&db, &mut out, |_| ()).await?;
                out.flush()?;
                out.into_inner()
                    .map_err(std::io::IntoInnerError::into_error)?
                    .sync_all()?;
                std::fs::rename(&unfinished, &file)
                    .with_context(|| format!("cannot write {}", file.display()))?;
                lines
            }
        };
        db.close().await;
        eprintln!("{lines} lines exported");
        Ok(ExitCode::SUCCESS)
    }
}
