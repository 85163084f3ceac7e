//! A throwaway PostgreSQL: its files stay in a folder for the next run, its processes never do.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::process::{Process, free_address};

/// Whom PostgreSQL runs as when this runs as root, which it refuses to do.
const ACCOUNT: &str = "postgres";

/// A running PostgreSQL.
#[derive(Debug)]
pub struct Cluster {
    process: Process,
    address: SocketAddr,
    /// Which PostgreSQL it is.
    pub version: String,
}

impl Cluster {
    /// Starts it on a free port, making its files when there are none.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        let programs = programs()?;
        let version = output(&[&programs.join("postgres").to_string_lossy(), "--version"])?;
        let version = version
            .split_whitespace()
            .nth(2)
            .unwrap_or_default()
            .to_owned();
        let major = version.split('.').next().unwrap_or_default();
        let folder = home(folder)?.join(format!("postgres-{major}"));
        let data = folder.to_string_lossy().into_owned();
        if !folder.join("PG_VERSION").exists() {
            let _ = fs::remove_dir_all(&folder);
            let initdb = programs.join("initdb").to_string_lossy().into_owned();
            let mut command = as_account();
            command.extend(
                [
                    &initdb,
                    "-D",
                    &data,
                    "-U",
                    ACCOUNT,
                    "-A",
                    "trust",
                    "-E",
                    "UTF8",
                    "--locale",
                    "C.UTF-8",
                    "--no-sync",
                ]
                .map(str::to_owned),
            );
            output(&command.iter().map(String::as_str).collect::<Vec<_>>())
                .context("initdb failed")?;
        }
        // Left behind by a run that was killed; PostgreSQL itself makes sure that nobody uses the files.
        let address = free_address()?;
        let settings = [
            format!("port={}", address.port()),
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            "shared_buffers=1GB".to_owned(),
            "max_wal_size=8GB".to_owned(),
            "max_connections=100".to_owned(),
        ];
        let mut command = as_account();
        command.push(programs.join("postgres").to_string_lossy().into_owned());
        command.extend(["-D".to_owned(), data]);
        for setting in settings {
            command.extend(["-c".to_owned(), setting]);
        }
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let log = folder.with_extension("log");
        let mut cluster = Self {
            process: Process::start(&words, &log, "INT")?,
            address,
            version,
        };
        let begun = Instant::now();
        while PgConnection::connect(&cluster.url("postgres"))
            .await
            .is_err()
        {
            if let Some(status) = cluster.process.ended()? {
                bail!("PostgreSQL ended with {status}; see {}", log.display());
            }
            ensure!(
                begun.elapsed() < Duration::from_secs(45),
                "PostgreSQL does not answer; see {}",
                log.display()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(cluster)
    }

    /// The process that all its others descend from.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{ACCOUNT}@{}/{database}", self.address)
    }

    /// Runs statements one after the other, outside a transaction.
    ///
    /// # Errors
    /// When one fails.
    pub async fn execute(&self, database: &str, statements: &[&str]) -> anyhow::Result<()> {
        let mut connection = PgConnection::connect(&self.url(database)).await?;
        for statement in statements {
            sqlx::raw_sql(AssertSqlSafe((*statement).to_owned()))
                .execute(&mut connection)
                .await
                .with_context(|| format!("PostgreSQL refused: {statement}"))?;
        }
        Ok(connection.close().await?)
    }
}

/// Where PostgreSQL's programs are: the newest of Debian's folders, else wherever `pg_config` says.
fn programs() -> anyhow::Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").exists())
        .collect();
    found.sort();
    if let Some((_, folder)) = found.pop() {
        return Ok(folder);
    }
    output(&["pg_config", "--bindir"])
        .map(|folder| PathBuf::from(folder.trim()))
        .context("PostgreSQL is missing: apt-get install postgresql")
}

/// What a command begins with so that it does not run as root.
fn as_account() -> Vec<String> {
    if !is_root() {
        return Vec::new();
    }
    [
        "setpriv",
        "--reuid",
        ACCOUNT,
        "--regid",
        ACCOUNT,
        "--init-groups",
        "--pdeathsig",
        "INT",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn is_root() -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        status
            .lines()
            .any(|line| line.starts_with("Uid:\t0\t") || line.starts_with("Uid:\t0 "))
    })
}

/// A folder that PostgreSQL's account can reach: below the wanted one, or in the system's place for such files.
fn home(wanted: &Path) -> anyhow::Result<PathBuf> {
    for folder in [
        wanted.join("cluster"),
        std::env::temp_dir().join("dateline-bench"),
    ] {
        fs::create_dir_all(&folder)?;
        let folder = folder.canonicalize()?;
        if !is_root() {
            return Ok(folder);
        }
        output(&["chown", ACCOUNT, &folder.to_string_lossy()])?;
        let mut probe = as_account();
        probe.extend(["test", "-w", &folder.to_string_lossy()].map(str::to_owned));
        if output(&probe.iter().map(String::as_str).collect::<Vec<_>>()).is_ok() {
            return Ok(folder);
        }
    }
    bail!(
        "the account {ACCOUNT} can write neither the bench folder nor the folder for temporary files"
    )
}

fn output(command: &[&str]) -> anyhow::Result<String> {
    let (program, arguments) = command.split_first().context("no command")?;
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("{program} cannot be started"))?;
    ensure!(
        output.status.success(),
        "{}: {}",
        command.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
