//! `dateline generate`.

use std::{fs::File, io::BufWriter, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Args;

use crate::importers::archive;

/// What archive to make.
#[derive(Debug, Args)]
pub struct Generate {
    /// How many articles.
    #[arg(long, value_name = "COUNT")]
    articles: u64,
    /// The same seed makes the same archive.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The file; standard output when absent.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Generate {
    /// Runs it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self.out {
            None => archive::write(
                &mut BufWriter::new(std::io::stdout().lock()),
                self.articles,
                self.seed,
            )?,
            Some(file) => {
                let out = File::create(&file)
                    .with_context(|| format!("cannot write {}", file.display()))?;
                archive::write(
                    &mut BufWriter::with_capacity(1 << 20, out),
                    self.articles,
                    self.seed,
                )?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
