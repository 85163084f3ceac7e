//! Every setting: its name, its default, what it means.
//!
//! A value comes from the command line, else from the environment, else from the configuration file, else it is the
//! default; `--help` shows it wherever it comes from. A bad value names itself and stops the start.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Command};

use super::{db::DbOptions, telemetry::LogFormat};

/// Settings that every command has.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// The configuration file, in TOML; `config.default.toml` in the repository lists every setting.
    #[arg(long, env = "DATELINE_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,

    /// The database: sqlite:PATH, or `postgres://USER:PASSWORD@HOST/NAME`. The SQLite file is made when it is missing.
    #[arg(
        long,
        env = "DATELINE_DATABASE_URL",
        default_value = "sqlite:data/dateline.db",
        hide_env_values = true,
        global = true,
        value_name = "ADDRESS"
    )]
    pub database_url: String,

    /// How many connections may read the database at once; on SQLite at most two for each core are used.
    #[arg(long, env = "DATELINE_DATABASE_CONNECTIONS", default_value_t = 16, global = true, value_name = "COUNT",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_connections: u32,

    /// How long one reading statement may take before the database stops it, in milliseconds.
    #[arg(long, env = "DATELINE_STATEMENT_TIMEOUT_MS", default_value_t = 10_000, global = true, value_name = "MS",
          value_parser = clap::value_parser!(u64).range(10..=3_600_000))]
    pub statement_timeout_ms: u64,

    /// What is logged: a level, or a list such as info,sqlx=warn.
    #[arg(
        long,
        env = "DATELINE_LOG",
        default_value = "info,sqlx=error,sea_orm_migration=warn,html5ever=error",
        global = true,
        value_name = "FILTER"
    )]
    pub log: String,

    /// How log lines look.
    #[arg(
        long,
        env = "DATELINE_LOG_FORMAT",
        default_value = "text",
        global = true,
        value_name = "FORMAT"
    )]
    pub log_format: LogFormat,
}

impl Settings {
    /// How the database is reached.
    #[must_use]
    pub fn database(&self) -> DbOptions {
        DbOptions {
            url: self.database_url.clone(),
            connections: self.database_connections,
            statement_timeout: Duration::from_millis(self.statement_timeout_ms),
            create: true,
            relaxed_durability: false,
        }
    }
}

/// Why the configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("the configuration file {path} cannot be read")]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no TOML.
    #[error("the configuration file {path} is no TOML: {reason}")]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// It sets what there is not.
    #[error(
        "the configuration file {path} sets \"{name}\", which is no setting; config.default.toml lists them all"
    )]
    Unknown {
        /// Which file.
        path: PathBuf,
        /// Which name.
        name: String,
    },
    /// A value is no text, number or truth value.
    #[error(
        "the configuration file {path} gives \"{name}\" a list or a table; a text, a number, true or false is wanted"
    )]
    Shape {
        /// Which file.
        path: PathBuf,
        /// Which name.
        name: String,
    },
}

/// The file named by `--config` or `DATELINE_CONFIG`, if any.
#[must_use]
pub fn named_file(arguments: &[OsString], from_environment: Option<OsString>) -> Option<PathBuf> {
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let Some(text) = argument.to_str() else {
            continue;
        };
        if text == "--config" {
            return arguments.next().map(PathBuf::from);
        }
        if let Some(path) = text.strip_prefix("--config=") {
            return Some(PathBuf::from(path));
        }
    }
    from_environment
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}

/// Makes the values of a configuration file the defaults of a command and its subcommands.
///
/// # Errors
/// When the file cannot be read, is no TOML, or sets what no command knows.
pub fn apply_file(command: Command, path: &Path) -> Result<Command, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })?;
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| ConfigError::Parse {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
    let mut values = BTreeMap::new();
    for (name, value) in table {
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Float(number) => number.to_string(),
            toml::Value::Boolean(truth) => truth.to_string(),
            _ => {
                return Err(ConfigError::Shape {
                    path: path.to_owned(),
                    name,
                });
            }
        };
        values.insert(name, value);
    }
    let mut used = std::collections::BTreeSet::new();
    let command = with_defaults(command, &values, &mut used);
    match values.keys().find(|name| !used.contains(*name)) {
        Some(name) => Err(ConfigError::Unknown {
            path: path.to_owned(),
            name: name.clone(),
        }),
        None => Ok(command),
    }
}

fn with_defaults(
    mut command: Command,
    values: &BTreeMap<String, String>,
    used: &mut std::collections::BTreeSet<String>,
) -> Command {
    let known: Vec<String> = command
        .get_arguments()
        .map(|argument| argument.get_id().to_string())
        .collect();
    for (name, value) in values {
        if name != "config" && known.contains(name) {
            used.insert(name.clone());
            let value = value.clone();
            command = command.mut_arg(name, |argument| argument.default_value(value));
        }
    }
    let subcommands: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    for name in subcommands {
        command = command.mut_subcommand(name, |sub| with_defaults(sub, values, used));
    }
    command
}
