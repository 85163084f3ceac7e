//! The commands of the binary: arguments in, exit code out. Nothing here knows a table or a type of the schema.

mod cdn;
mod export;
mod generate;
mod import;
mod keys;
mod migrate;
mod oidc;
mod serve;
mod user;

use std::{ffi::OsString, io::Write, process::ExitCode};

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::platform::{
    clock::Clock,
    config::{self, Settings},
    db::{Db, DbOptions, without_password},
    telemetry,
};

/// A headless content API for news publishers: articles, authors, tags and cited sources behind GraphQL.
#[derive(Debug, Parser)]
#[command(name = "dateline", version, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the GraphQL API. An empty database is given a small sample site.
    Serve(Box<serve::Serve>),
    /// Bring articles in: scraped text, a folder of Markdown posts, or a dump.
    Import(import::Import),
    /// Write everything as a dump: one JSON object a line, lossless.
    Export(export::Export),
    /// Write a made-up archive as a dump, the same for the same seed, to measure with.
    Generate(generate::Generate),
    /// Bring the database's tables up to date, take steps back, or show where they stand.
    #[command(subcommand)]
    Migrate(migrate::Migrate),
    /// Create accounts of the staff, give them roles, shut them out.
    #[command(subcommand)]
    User(user::User),
    /// Print the audit log as JSON, one act a line.
    Audit(user::Audit),
    /// Change the keys that sign access tokens.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Print the GraphQL schema.
    Schema,
}

/// Runs the command that the arguments name.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let mut command = Cli::command();
    if let Some(file) = config::named_file(&arguments, std::env::var_os("DATELINE_CONFIG")) {
        command = match config::apply_file(command, &file) {
            Ok(command) => command,
            Err(error) => return failed(&anyhow::Error::from(error)),
        };
    }
    let matches = command.get_matches_from(arguments);
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    if let Err(message) = telemetry::start(&cli.settings.log, cli.settings.log_format) {
        return failed(&anyhow::anyhow!(message));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::Error::from(error)),
    };
    match runtime.block_on(dispatch(cli)) {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let Cli { settings, command } = cli;
    match command {
        Command::Serve(serve) => serve.run(&settings).await,
        Command::Import(import) => import.run(&settings).await,
        Command::Export(export) => export.run(&settings).await,
        Command::Generate(generate) => generate.run(),
        Command::Migrate(migrate) => migrate.run(&settings).await,
        Command::User(user) => user.run(&settings).await,
        Command::Audit(audit) => audit.run(&settings).await,
        Command::Keys(keys) => keys.run(),
        Command::Schema => {
            say(&crate::schema::print());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Opens the database and brings its tables up to date.
async fn open(options: &DbOptions) -> anyhow::Result<Db> {
    let shown = without_password(&options.url);
    let db = Db::open(options)
        .await
        .with_context(|| format!("cannot open {shown}"))?;
    crate::content::migrations::up(&db)
        .await
        .with_context(|| format!("cannot bring the tables of {shown} up to date"))?;
    Ok(db)
}

/// Writes to standard output. Whoever reads it may have seen enough (`| head`), which is no fault of the command.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn clock() -> Clock {
    Clock::system()
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}
