//! What must stay bounded: the memory of a server that holds many idle connections, and of one whose cache is full.

use std::{
    fmt::{self, Write},
    fs,
    process::Command,
    time::Duration,
};

use anyhow::{Context, ensure};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    archive::{Archive, Database},
    load::{self, Connection},
    process::{Memory, Server, memory},
    report::{reached, thousands},
    servers::Servers,
};

/// At most so much memory with all connections idle, in MiB.
const MOST_WITH_CONNECTIONS: f64 = 150.0;
/// At most so much more memory than the cache's bound.
const MOST_OVER_BOUND: f64 = 1.2;
/// How many times the bound is asked for in distinct answers.
const TIMES: u64 = 2;
/// How long the connections idle.
const HOLD: Duration = Duration::from_secs(5);
/// What a process needs files for besides.
const SPARE: u64 = 200;

const GLANCE: &str = r#"{"query":"{ articles(first: 1) { nodes { slug } } }"}"#;

/// Memory of a server with many idle connections.
#[derive(Debug)]
pub struct Idle {
    database: Database,
    connections: usize,
    before: Memory,
    held: Memory,
    /// How many of them answer afterwards.
    answered: usize,
    /// How long a new connection waits for its first answer meanwhile, in milliseconds.
    newcomer: f64,
}

/// Memory of a server whose cache is full.
#[derive(Debug)]
pub struct Full {
    database: Database,
    answers: &'static str,
    bound: u64,
    asked: u64,
    length: usize,
    idle: Memory,
    /// After the same questions without a cache: what the database's own buffers take.
    without: Memory,
    full: Memory,
}

/// Opens connections that each ask once, holds them, and looks at the server.
///
/// # Errors
/// When the server refuses one, or the limit of open files is too low.
pub async fn idle(
    servers: &Servers,
    archive: &Archive,
    database: Database,
    count: usize,
) -> anyhow::Result<Idle> {
    allow_files(count as u64 + SPARE)?;
    let places = (count + 100).to_string();
    let options = [
        "--max-connections",
        &*places,
        "--header-timeout-ms",
        "600000",
    ];
    let server = servers.dateline(archive.url(database), 0, &options).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let process = server.process.id();
    let before = memory(process)?;
    let request = load::request("/graphql", GLANCE.as_bytes());
    let mut held = Vec::with_capacity(count);
    let open = async |request: Vec<u8>| -> anyhow::Result<Connection> {
        let mut connection = Connection::open(server.address).await?;
        connection.ask(&request).await?;
        connection.shrink();
        Ok(connection)
    };
    while held.len() < count {
        held.push(
            open(request.clone())
                .await
                .with_context(|| format!("connection {} of {count}", held.len() + 1))?,
        );
    }
    tokio::time::sleep(HOLD).await;
    let with_all = memory(process)?;
    let begun = std::time::Instant::now();
    load::ask(server.address, &request).await?;
    let newcomer = begun.elapsed().as_secs_f64() * 1_000.0;
    let mut answered = 0;
    for connection in &mut held {
        answered += usize::from(connection.ask(&request).await.is_ok());
    }
    Ok(Idle {
        database,
        connections: count,
        before,
        held: with_all,
        answered,
        newcomer,
    })
}

/// Asks for more distinct answers than the cache may hold, long ones or short ones, with the cache and without.
///
/// # Errors
/// When an answer is missing.
pub async fn full(
    servers: &Servers,
    archive: &Archive,
    database: Database,
    bound: u64,
    long: bool,
) -> anyhow::Result<Full> {
    let url = archive.url(database);
    let question = move |number: u64| {
        let query = if long {
            format!(
                "query Page{number} {{ articles(first: 20) {{ nodes {{ id slug headline standfirst publishedAt \
                 authors {{ name slug }} tags {{ name slug }} }} }} }}"
            )
        } else {
            format!("query Slug{number} {{ articles(first: 1) {{ nodes {{ slug }} }} }}")
        };
        load::request("/graphql", json!({ "query": query }).to_string().as_bytes())
    };
    let mut seen = Vec::new();
    let mut length = 0;
    let mut asked = 0;
    for cache in [bound, 0] {
        let server = servers.dateline(url, cache, &[]).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let idle = memory(server.process.id())?;
        length = load::ask(server.address, &question(0)).await?.len();
        // A short answer is kept with its question and with what it depends on, so it counts for more than its length.
        let kept = u64::try_from(length)?.max(1_024);
        asked = ((TIMES * bound) << 20) / kept;
        fill(&server, asked, question).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        seen.push((idle, memory(server.process.id())?));
    }
    Ok(Full {
        database,
        answers: if long { "long" } else { "short" },
        bound,
        asked,
        length,
        idle: seen[0].0,
        full: seen[0].1,
        without: seen[1].1,
    })
}

async fn fill(
    server: &Server,
    asked: u64,
    question: impl Fn(u64) -> Vec<u8> + Copy + Send + 'static,
) -> anyhow::Result<()> {
    const TASKS: u64 = 16;
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let mut connection = Connection::open(server.address).await?;
        tasks.spawn(async move {
            for number in (task..asked).step_by(usize::try_from(TASKS)?) {
                connection.ask(&question(number)).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

/// Lets this process, and those that it starts, open so many files.
fn allow_files(count: u64) -> anyhow::Result<()> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let numbers: Vec<u64> = line
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|word| match word {
            "unlimited" => Some(u64::MAX),
            _ => word.parse().ok(),
        })
        .collect();
    let [soft, hard] = numbers[..] else {
        return Ok(());
    };
    if soft >= count {
        return Ok(());
    }
    ensure!(
        hard >= count,
        "{count} open files are needed and the hard limit is {hard}; raise it (ulimit -Hn) or ask for fewer --idle-connections"
    );
    let status = Command::new("prlimit")
        .args(["--pid", &std::process::id().to_string()])
        .arg(format!("--nofile={count}:{hard}"))
        .status()
        .context("prlimit (util-linux) cannot be started")?;
    ensure!(status.success(), "the limit of open files cannot be raised");
    Ok(())
}

/// The results as Markdown.
///
/// # Errors
/// When they cannot be formatted.
pub fn report(out: &mut String, idle: &[Idle], full: &[Full]) -> fmt::Result {
    if !idle.is_empty() {
        writeln!(out, "\n### Idle connections\n")?;
        writeln!(
            out,
            "Target: below {MOST_WITH_CONNECTIONS} MiB. Each connection has asked once and is kept; after {} s a new one \
             asks, and then each of them once more.\n",
            HOLD.as_secs()
        )?;
        writeln!(
            out,
            "| server | connections | before, MiB | held, MiB | kB each | a new one is answered in, ms | still answered |"
        )?;
        writeln!(out, "|---|--:|--:|--:|--:|--:|--:|")?;
    }
    for this in idle {
        #[expect(clippy::cast_precision_loss, reason = "a number to be printed")]
        let each =
            (this.held.resident - this.before.resident) * 1_048.576 / this.connections as f64;
        writeln!(
            out,
            "| **Dateline**, {} | {} | {:.1} | {:.1} {} | {each:.1} | {:.1} | {} {} |",
            this.database,
            thousands(this.connections),
            this.before.resident,
            this.held.resident,
            reached(this.held.resident < MOST_WITH_CONNECTIONS),
            this.newcomer,
            thousands(this.answered),
            reached(this.answered == this.connections),
        )?;
    }
    if !full.is_empty() {
        writeln!(out, "\n### Memory with a full cache\n")?;
        writeln!(
            out,
            "Target: at most {MOST_OVER_BOUND} times the bound above the idle server. Distinct questions are asked, {TIMES} times \
             as many as the bound would hold; the same questions without a cache show what is not the cache's.\n"
        )?;
        writeln!(
            out,
            "| server | answers | bytes each | asked | bound, MiB | idle, MiB | without a cache, MiB | full, MiB | above idle | above no cache |"
        )?;
        writeln!(out, "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")?;
    }
    for this in full {
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let most = this.bound as f64 * MOST_OVER_BOUND;
        let above = |base: Memory| {
            let above = this.full.resident - base.resident;
            format!("{above:.1} {}", reached(above <= most))
        };
        writeln!(
            out,
            "| **Dateline**, {} | {} | {} | {} | {} | {:.1} | {:.1} | {:.1} | {} | {} |",
            this.database,
            this.answers,
            thousands(this.length),
            thousands(this.asked),
            this.bound,
            this.idle.resident,
            this.without.resident,
            this.full.resident,
            above(this.idle),
            above(this.without),
        )?;
    }
    Ok(())
}
