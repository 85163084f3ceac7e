//! Measures Dateline beside what it is judged by: the same bytes from memory, and one hand-written SQL statement a query.
//!
//! `scripts/bench` builds and runs this. All servers are processes of their own on loopback; each has a short slice of
//! time after the other, round by round, so that what disturbs the machine disturbs all of them alike.
//! Nothing here is part of the server, and nothing is left running.

mod archive;
mod bounds;
mod bytes;
mod cluster;
mod editor;
mod handwritten;
mod hot;
mod load;
mod measure;
mod process;
mod queries;
mod report;
mod servers;

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, ensure};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    archive::{Archive, Database, Loader},
    cluster::Cluster,
    measure::{Plan, Results},
    queries::Query,
    servers::Servers,
};

// Dateline has it too; the competitors must not be slower for want of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Dateline side by side with fixed bytes and with hand-written SQL.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Load the archives and measure.
    Run(Run),
    /// Serve the answers in a folder from memory.
    ServeBytes {
        /// The folder.
        folder: PathBuf,
        /// Where to listen.
        address: SocketAddr,
    },
    /// Serve the queries from a database by one hand-written statement each.
    ServeSql {
        /// `sqlite:PATH` or `postgres://…`.
        database: String,
        /// Where to listen.
        address: SocketAddr,
    },
    /// Ask one running server one thing over and over, to look at it with a profiler.
    Load {
        /// Where it listens.
        address: SocketAddr,
        /// The path.
        path: String,
        /// The body.
        body: String,
        /// How many connections ask at once.
        #[arg(long, default_value_t = 16)]
        connections: usize,
        /// For how long.
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
        /// The server's process, whose processor time is then shown.
        #[arg(long)]
        process: Option<u32>,
    },
    /// Print the hand-written statements, to look at their plans.
    Statements,
}

/// A part of the measuring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Without a response cache, beside hand-written SQL.
    Cold,
    /// With it, beside bytes from memory.
    Hot,
    /// The same while an editor changes an article of the front page; goes on after `hot`, and does without it too.
    Writes,
    /// Memory with many idle connections.
    Idle,
    /// Memory with a full cache.
    Memory,
}

/// What to measure.
#[derive(Debug, Args)]
struct Run {
    /// How many articles each archive has; 1000000 takes some 60 GB while loading.
    #[arg(
        long,
        env = "BENCH_ARTICLES",
        value_delimiter = ',',
        default_value = "10000,100000"
    )]
    articles: Vec<u64>,
    /// Which queries.
    #[arg(
        long,
        env = "BENCH_QUERIES",
        value_delimiter = ',',
        default_value = "Q1,Q2,Q3,Q4,Q5,Q6"
    )]
    queries: Vec<String>,
    /// How many connections ask at once.
    #[arg(
        long,
        env = "BENCH_CONNECTIONS",
        value_delimiter = ',',
        default_value = "1,16,64"
    )]
    connections: Vec<usize>,
    /// How long one slice is.
    #[arg(long, env = "BENCH_SECONDS", default_value_t = 0.6)]
    seconds: f64,
    /// How many slices each has; the median counts.
    #[arg(long, env = "BENCH_ROUNDS", default_value_t = 5)]
    rounds: usize,
    /// What is measured: `cold` without a response cache, `hot` with it, `writes` with it while an editor is at work,
    /// `idle` connections, and the `memory` of a full cache. The last two are measured on the smallest archive.
    #[arg(
        long,
        env = "BENCH_PARTS",
        value_delimiter = ',',
        default_value = "cold,hot,writes,idle,memory"
    )]
    parts: Vec<Part>,
    /// The bound of the response cache where there is one, in MiB.
    #[arg(long, env = "BENCH_CACHE_MB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=65536))]
    cache_mb: u64,
    /// How many connections idle.
    #[arg(long, env = "BENCH_IDLE_CONNECTIONS", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1000000))]
    idle_connections: u32,
    /// Load the archives anew.
    #[arg(long, env = "BENCH_FRESH")]
    fresh: bool,
    /// Dateline's release binary.
    #[arg(long, default_value = "target/release/dateline")]
    dateline: PathBuf,
    /// Where archives, logs and results are kept.
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let mut runtime = match cli.command {
        // The load must leave the second core to the servers.
        Command::Run(_) | Command::Load { .. } => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.enable_all().build()?;
    match cli.command {
        Command::Run(run) => runtime.block_on(run.run()),
        Command::ServeBytes { folder, address } => runtime.block_on(bytes::serve(&folder, address)),
        Command::ServeSql { database, address } => {
            runtime.block_on(handwritten::serve(&database, address))
        }
        Command::Load {
            address,
            path,
            body,
            connections,
            seconds,
            process,
        } => runtime.block_on(async {
            let requests = [load::request(&path, body.as_bytes())];
            let before = process.map(process::processor_time).transpose()?;
            let time = Duration::from_secs_f64(seconds.clamp(0.1, 600.0));
            let slice = load::run(address, &requests, connections, time, None).await?;
            println!(
                "{} requests in {:.2?}, p50 {:.3} ms, p99 {:.3} ms",
                slice.requests,
                slice.elapsed,
                slice.quantile(0.5),
                slice.quantile(0.99)
            );
            let after = process.map(process::processor_time).transpose()?;
            if let (Some(before), Some(after)) = (before, after) {
                println!("{:?} of processor time", after.saturating_sub(before));
            }
            Ok(())
        }),
        Command::Statements => {
            print!("{}", handwritten::statements());
            Ok(())
        }
    }
}

impl Run {
    async fn run(mut self) -> anyhow::Result<()> {
        ensure!(
            self.seconds > 0.0 && self.seconds <= 60.0 && self.rounds > 0,
            "a slice is at most 60 seconds, and at least one is needed"
        );
        self.articles.sort_unstable();
        fs::create_dir_all(&self.folder)?;
        let folder = self.folder.canonicalize()?;
        let dateline = self.dateline.canonicalize().with_context(|| {
            format!(
                "{} is missing: cargo build --release",
                self.dateline.display()
            )
        })?;
        let moment = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let log = folder.join(format!("slices-{moment}.ndjson"));
        let mut slices = fs::File::create(&log)?;
        let cluster = Cluster::start(&folder).await?;
        let loader = Loader {
            dateline: &dateline,
            folder: &folder,
            fresh: self.fresh,
        };
        let servers = Servers::of(&dateline, &folder)?;
        let queries: Vec<Query> = self
            .queries
            .iter()
            .map(|name| Query::named(name))
            .collect::<anyhow::Result<_>>()?;
        let mut imports = Vec::new();
        let mut archives = Vec::new();
        for articles in &self.articles {
            let archive = loader.load(&cluster, *articles).await?;
            imports.extend(archive.imports.iter().cloned());
            archives.push(archive);
        }
        let cold = self
            .cold(&servers, &queries, &archives, &cluster, &mut slices)
            .await?;
        let mut report = format!(
            "PostgreSQL {}, {} rounds of {} s.\n\n{}",
            cluster.version,
            self.rounds,
            self.seconds,
            report::report(&imports, &cold)?
        );
        // Written after every part, so that a run that is broken off has not been for nothing.
        let file = folder.join("report.md");
        fs::write(&file, &report)?;
        if self.measures(Part::Hot) || self.measures(Part::Writes) {
            let plan = hot::Plan {
                servers: &servers,
                queries,
                cache: self.cache_mb,
                slice: Duration::from_secs_f64(self.seconds),
                rounds: self.rounds,
                reads: self.measures(Part::Hot),
                writes: self.measures(Part::Writes),
            };
            for archive in &archives {
                plan.run(archive, &cluster, &mut slices)
                    .await?
                    .report(&mut report)?;
                fs::write(&file, &report)?;
            }
        }
        if let Some(smallest) = archives.first() {
            self.bounds(&servers, smallest, &mut report).await?;
        }
        fs::write(&file, &report)?;
        print!("{report}");
        eprintln!("every slice: {}", log.display());
        Ok(())
    }

    fn measures(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    async fn cold(
        &self,
        servers: &Servers,
        queries: &[Query],
        archives: &[Archive],
        cluster: &Cluster,
        slices: &mut fs::File,
    ) -> anyhow::Result<Vec<Results>> {
        let plan = Plan {
            servers,
            queries: queries.to_vec(),
            connections: self.connections.clone(),
            slice: Duration::from_secs_f64(self.seconds),
            rounds: self.rounds,
        };
        let mut results = Vec::new();
        if self.measures(Part::Cold) {
            for archive in archives {
                results.push(plan.run(archive, cluster, slices).await?);
            }
        }
        Ok(results)
    }

    async fn bounds(
        &self,
        servers: &Servers,
        archive: &Archive,
        report: &mut String,
    ) -> anyhow::Result<()> {
        let (mut idle, mut full) = (Vec::new(), Vec::new());
        for database in Database::ALL {
            if self.measures(Part::Idle) {
                eprintln!("{} idle connections, {database}", self.idle_connections);
                let count = self.idle_connections as usize;
                idle.push(bounds::idle(servers, archive, database, count).await?);
            }
            if self.measures(Part::Memory) && servers.can_cache {
                for long in [true, false] {
                    eprintln!("a full cache, {database}");
                    full.push(bounds::full(servers, archive, database, self.cache_mb, long).await?);
                }
            }
        }
        bounds::report(report, &idle, &full)?;
        Ok(())
    }
}
