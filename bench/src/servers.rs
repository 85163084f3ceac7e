//! What is measured, started: Dateline as asked for, and the competitors that this program is itself.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{
    load,
    process::Server,
    queries::{PAGE, Query, Subjects, WALK},
};

/// The option that bounds Dateline's response cache.
const CACHE: &str = "--response-cache-mb";

/// What starts servers.
#[derive(Debug)]
pub struct Servers {
    /// Dateline's binary.
    dateline: PathBuf,
    /// Where logs and answers go.
    pub folder: PathBuf,
    /// Whether the binary has a response cache.
    pub can_cache: bool,
}

impl Servers {
    /// Asks the binary what it can do.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn of(dateline: &Path, folder: &Path) -> anyhow::Result<Self> {
        let help = Command::new(dateline)
            .args(["serve", "--help"])
            .output()
            .with_context(|| format!("{} cannot be started", dateline.display()))?;
        Ok(Self {
            dateline: dateline.to_owned(),
            folder: folder.to_owned(),
            can_cache: String::from_utf8_lossy(&help.stdout).contains(CACHE),
        })
    }

    /// Starts Dateline on a database, with a response cache of so many MiB where it has one, and further options.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn dateline(
        &self,
        url: &str,
        cache: u64,
        options: &[&str],
    ) -> anyhow::Result<Server> {
        let keys = self.folder.join("signing-keys.pem");
        let mut fixed: Vec<String> = [
            &*self.dateline.to_string_lossy(),
            "serve",
            "--sample-site",
            "false",
            "--database-url",
            url,
            "--signing-keys-file",
            &*keys.to_string_lossy(),
        ]
        .map(str::to_owned)
        .to_vec();
        if self.can_cache {
            fixed.extend([CACHE.to_owned(), cache.to_string()]);
        }
        fixed.extend(options.iter().map(|option| (*option).to_owned()));
        let command = |address: SocketAddr| {
            let mut command = fixed.clone();
            command.extend(["--listen".to_owned(), address.to_string()]);
            command
        };
        let first = load::request(
            "/graphql",
            br#"{"query":"{ articles(first: 1) { nodes { headline } } }"}"#,
        );
        Server::start(command, &first, &self.folder.join("dateline.log")).await
    }

    /// Runs one of Dateline's commands to its end; a password may be handed to it.
    ///
    /// # Errors
    /// When it fails.
    pub fn does(&self, arguments: &[&str], password: &str) -> anyhow::Result<()> {
        let output = Command::new(&self.dateline)
            .args(arguments)
            .env("DATELINE_PASSWORD", password)
            .output()?;
        ensure!(
            output.status.success(),
            "dateline {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(())
    }

    /// Starts the competitor that answers from memory what lies in a folder.
    ///
    /// # Errors
    /// When it does not answer, or there is no question.
    pub async fn serve_bytes(
        &self,
        folder: &Path,
        requests: &BTreeMap<Query, Vec<Vec<u8>>>,
    ) -> anyhow::Result<Server> {
        let first = requests.values().flatten().next();
        let first = first.context("no query is measured")?;
        self.competitor(&["serve-bytes", &folder.to_string_lossy()], first)
            .await
    }

    /// Starts a competitor.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn competitor(&self, arguments: &[&str], first: &[u8]) -> anyhow::Result<Server> {
        let program = std::env::current_exe()?.to_string_lossy().into_owned();
        let command = |address: SocketAddr| {
            let mut command = vec![program.clone()];
            command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
            command.push(address.to_string());
            command
        };
        Server::start(command, first, &self.folder.join("competitors.log")).await
    }
}

/// Pages to the deep pages of the subjects once, and gives back their cursors.
///
/// # Errors
/// When the list ends before.
pub async fn walk(server: &Server, subjects: &Subjects) -> anyhow::Result<Vec<String>> {
    let mut cursors: Vec<String> = Vec::new();
    let mut after: Option<String> = None;
    let mut left = subjects.position;
    while cursors.len() < subjects.places.len() {
        let first = if left > 0 { left.min(100) } else { PAGE };
        let body = json!({ "query": WALK, "variables": { "after": after, "first": first } });
        let answer = load::ask(
            server.address,
            &load::request("/graphql", body.to_string().as_bytes()),
        )
        .await?;
        let answer: Value = serde_json::from_slice(&answer)?;
        let cursor = answer["data"]["articles"]["pageInfo"]["endCursor"]
            .as_str()
            .with_context(|| format!("no cursor on the way to the deep page: {answer}"))?;
        after = Some(cursor.to_owned());
        left = left.saturating_sub(first);
        if left == 0 {
            cursors.push(cursor.to_owned());
        }
    }
    Ok(cursors)
}

/// One request to a path for each of these bodies.
pub fn all_requests(path: &str, bodies: &[Vec<u8>]) -> Vec<Vec<u8>> {
    bodies
        .iter()
        .map(|body| load::request(path, body))
        .collect()
}
