//! `dateline import`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{clock, open, say};
use crate::{
    importers::{self, Format, Options, Progress, Report},
    platform::config::Settings,
};

/// What to import.
#[derive(Debug, Args)]
pub struct Import {
    /// Files and folders; `-` reads a dump from standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// What the files are; told by their names when absent.
    #[arg(long)]
    format: Option<Format>,
    /// Change nothing, only report what an import would do.
    #[arg(long)]
    dry_run: bool,
    /// Do not wait for the disk at every commit. After a power cut the import must be repeated from its beginning; on
    /// SQLite the file may be damaged, so use it on a new database only.
    #[arg(long)]
    relaxed_durability: bool,
}

impl Import {
    /// Runs it; the exit code is 2 when anything was refused.
    pub async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let mut options = settings.database();
        options.relaxed_durability = self.relaxed_durability;
        let db = open(&options).await?;
        let bar = Bar::new();
        let options = Options {
            format: self.format,
            dry_run: self.dry_run,
        };
        let result = importers::run(&db, clock().now(), &self.paths, &options, &bar).await;
        bar.0.finish_and_clear();
        db.close().await;
        let report = result?;
        if self.dry_run {
            say("dry run: nothing was changed\n");
        }
        say(&report.to_string());
        Ok(if report.has_refusals() {
            ExitCode::from(2)
        } else {
            ExitCode::SUCCESS
        })
    }
}

struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template(
            "{bar:30} {percent:>3} % {binary_bytes_per_sec:>12} {msg} {eta} left",
        );
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self(bar)
    }
}

impl Progress for Bar {
    fn expect(&self, bytes: u64) {
        self.0.inc_length(bytes);
    }

    fn done(&self, bytes: u64, report: &Report) {
        let articles = report.articles;
        let written = articles.created + articles.updated + articles.unchanged;
        self.0
            .set_message(format!("{written} articles, {} refused", articles.refused));
        self.0.inc(bytes);
    }
}
