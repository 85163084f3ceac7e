//! `dateline migrate`.

use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;

use super::say;
use crate::{
    content::migrations,
    platform::{
        config::Settings,
        db::{Db, without_password},
    },
};

/// What to do with the tables.
#[derive(Debug, Subcommand)]
pub enum Migrate {
    /// Bring the tables up to date, as every start does.
    Up,
    /// Take migrations back, the newest first. What their tables held is lost.
    Down {
        /// How many to take back.
        #[arg(long, default_value_t = 1)]
        steps: u32,
        /// Confirm that the data in these tables may be lost.
        #[arg(long)]
        yes: bool,
    },
    /// Show which migrations have run.
    Status,
}

impl Migrate {
    /// Runs it.
    pub async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let options = settings.database();
        let shown = without_password(&options.url);
        let db = Db::open(&options)
            .await
            .with_context(|| format!("cannot open {shown}"))?;
        match self {
            Self::Up => {
                migrations::up(&db).await?;
                say(&format!("the tables of {shown} are up to date\n"));
            }
            Self::Down { steps, yes } => {
                if !yes {
                    anyhow::bail!(
                        "taking migrations back loses the data of their tables; repeat the command with --yes"
                    );
                }
                migrations::down(&db, steps).await?;
                say(&format!("taken back from {shown}: {steps}\n"));
            }
            Self::Status => {
                for (name, applied) in migrations::status(&db).await? {
                    say(&format!(
                        "{} {name}\n",
                        if applied { "applied" } else { "pending" }
                    ));
                }
            }
        }
        db.close().await;
        Ok(ExitCode::SUCCESS)
    }
}
