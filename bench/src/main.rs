//! Measures Dateline beside what it is judged by: the same bytes from memory, and one hand-written SQL statement a query.
//!
//! `scripts/bench` builds and runs this. All servers are processes of their own on loopback; each has a short slice of
//! time after the other, round by round, so that what disturbs the machine disturbs all of them alike.
//! Nothing here is part of the server, and nothing is left running.

mod archive;
mod bytes;
mod cluster;
mod handwritten;
mod load;
mod measure;
mod process;
mod queries;
mod report;

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, ensure};
use clap::{Args, Parser, Subcommand};

use crate::{archive::Loader, cluster::Cluster, measure::Plan, queries::Query};

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
            let slice = load::run(address, &requests, connections, time).await?;
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
        let plan = Plan {
            dateline: &dateline,
            folder: &folder,
            queries: self
                .queries
                .iter()
                .map(|name| Query::named(name))
                .collect::<anyhow::Result<_>>()?,
            connections: self.connections,
            slice: Duration::from_secs_f64(self.seconds),
            rounds: self.rounds,
        };
        let mut imports = Vec::new();
        let mut results = Vec::new();
        for articles in self.articles {
            let archive = loader.load(&cluster, articles).await?;
            imports.extend(archive.imports.iter().cloned());
            results.push(plan.run(&archive, &cluster, &mut slices).await?);
        }
        let report = report::report(&imports, &results)?;
        let report = format!(
            "PostgreSQL {}, {} rounds of {} s.\n\n{report}",
            cluster.version, plan.rounds, self.seconds
        );
        fs::write(folder.join("report.md"), &report)?;
        print!("{report}");
        eprintln!("every slice: {}", log.display());
        Ok(())
    }
}
