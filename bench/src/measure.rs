//! The contenders, and the rounds in which each has a short slice of time after the other.

use std::{collections::BTreeMap, fs, io::Write, path::Path, time::Duration};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{
    archive::{Archive, Database},
    bytes,
    cluster::Cluster,
    handwritten,
    load::{self, Watch},
    process::{Memory, Server, memory, processor_time},
    queries::{Query, Subjects},
    servers::{Servers, all_requests, walk},
};

/// What answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The same bytes from memory.
    Bytes,
    /// One hand-written statement.
    Handwritten(Database),
    /// Dateline.
    Dateline(Database),
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Bytes,
        Self::Handwritten(Database::Sqlite),
        Self::Dateline(Database::Sqlite),
        Self::Handwritten(Database::Postgres),
        Self::Dateline(Database::Postgres),
    ];

    /// The database behind it.
    pub fn database(self) -> Option<Database> {
        match self {
            Self::Bytes => None,
            Self::Handwritten(database) | Self::Dateline(database) => Some(database),
        }
    }

    /// Its name in tables.
    pub fn name(self) -> String {
        match self {
            Self::Bytes => "bytes from memory".to_owned(),
            Self::Handwritten(database) => format!("one SQL, {database}"),
            Self::Dateline(database) => format!("**Dateline**, {database}"),
        }
    }
}

/// What a slice showed, or the median of several.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sample {
    /// Requests a second.
    pub rate: f64,
    /// Half of the requests were answered within this, in milliseconds.
    pub p50: f64,
    /// 99 of 100 were answered within this, in milliseconds.
    pub p99: f64,
    /// Processor seconds of the server per 1,000 requests.
    pub server: f64,
    /// Processor seconds of PostgreSQL per 1,000 requests.
    pub database: f64,
}

impl Sample {
    /// Processor seconds per 1,000 requests, server and database.
    pub fn time(&self) -> f64 {
        self.server + self.database
    }
}

/// What was measured of one archive.
#[derive(Debug)]
pub struct Results {
    /// How many articles it has.
    pub articles: u64,
    /// What the queries were asked about.
    pub subjects: Subjects,
    /// How many bytes the answers have.
    pub sizes: BTreeMap<Query, usize>,
    /// Medians.
    pub samples: BTreeMap<(Query, usize, Kind), Sample>,
    /// From start to first answer: the median of five starts, in milliseconds.
    pub starts: BTreeMap<Database, f64>,
    /// Memory of a server that has answered once, and after everything.
    pub memory: BTreeMap<Kind, (Memory, Memory)>,
}

/// How much is measured.
#[derive(Debug)]
pub struct Plan<'a> {
    /// What starts the contenders.
    pub servers: &'a Servers,
    /// Which queries.
    pub queries: Vec<Query>,
    /// With how many connections.
    pub connections: Vec<usize>,
    /// How long a slice is.
    pub slice: Duration,
    /// How many rounds.
    pub rounds: usize,
}

struct Contender {
    kind: Kind,
    server: Server,
    requests: BTreeMap<Query, Vec<Vec<u8>>>,
    idle: Memory,
}

impl Plan<'_> {
    /// Measures everything on one archive. Each slice leaves a line in the log.
    ///
    /// # Errors
    /// When a server fails, or contenders do not answer alike.
    pub async fn run(
        &self,
        archive: &Archive,
        cluster: &Cluster,
        log: &mut impl Write,
    ) -> anyhow::Result<Results> {
        let pool = handwritten::open_sqlite(archive.url(Database::Sqlite)).await?;
        let mut subjects = Subjects::of(&pool, archive.articles).await?;
        pool.close().await;
        let mut starts = BTreeMap::new();
        for database in Database::ALL {
            let mut times = Vec::new();
            for _ in 0..5 {
                let server = self.servers.dateline(archive.url(database), 0, &[]).await?;
                times.push(server.started_in.as_secs_f64() * 1_000.0);
            }
            starts.insert(database, median(times));
        }
        let mut contenders = self.contenders(archive, &mut subjects).await?;
        self.answers_agree(&contenders).await?;
        let sizes = self.add_bytes(&mut contenders, &subjects).await?;
        let mut slices: BTreeMap<(Query, usize, Kind), Vec<Sample>> = BTreeMap::new();
        for round in 0..self.rounds {
            for query in &self.queries {
                for connections in &self.connections {
                    for turn in 0..contenders.len() {
                        let contender = &contenders[(turn + round) % contenders.len()];
                        let beside = (contender.kind.database() == Some(Database::Postgres))
                            .then_some(cluster);
                        let requests = &contender.requests[query];
                        let sample = slice(
                            &contender.server,
                            beside,
                            requests,
                            *connections,
                            self.slice,
                            None,
                        )
                        .await
                        .with_context(|| {
                            format!("{} by {}", query.name(), contender.kind.name())
                        })?;
                        let place = json!({
                            "articles": archive.articles, "round": round, "query": query.name(),
                            "connections": connections, "contender": contender.kind.name(),
                        });
                        writeln!(log, "{}", line(&sample, place))?;
                        slices
                            .entry((*query, *connections, contender.kind))
                            .or_default()
                            .push(sample);
                    }
                }
            }
            eprintln!(
                "{} articles: round {} of {}",
                archive.articles,
                round + 1,
                self.rounds
            );
        }
        let mut memories = BTreeMap::new();
        for contender in &contenders {
            let after = memory(contender.server.process.id())?;
            memories.insert(contender.kind, (contender.idle, after));
        }
        Ok(Results {
            articles: archive.articles,
            subjects,
            sizes,
            samples: slices
                .into_iter()
                .map(|(place, samples)| (place, medians(&samples)))
                .collect(),
            starts,
            memory: memories,
        })
    }

    /// Every contender that needs a database.
    async fn contenders(
        &self,
        archive: &Archive,
        subjects: &mut Subjects,
    ) -> anyhow::Result<Vec<Contender>> {
        let mut contenders = Vec::new();
        for database in Database::ALL {
            let server = self.servers.dateline(archive.url(database), 0, &[]).await?;
            tokio::time::sleep(Duration::from_secs(1)).await;
            let idle = memory(server.process.id())?;
            let cursors = walk(&server, subjects).await?;
            ensure!(
                subjects.cursors.is_empty() || subjects.cursors == cursors,
                "the cursor of a place differs between the databases"
            );
            subjects.cursors = cursors;
            let requests = self
                .queries
                .iter()
                .map(|query| (*query, all_requests("/graphql", &subjects.graphql(*query))))
                .collect();
            contenders.push(Contender {
                kind: Kind::Dateline(database),
                server,
                requests,
                idle,
            });
            let first = load::request("/q1", b"{}");
            let server = self
                .servers
                .competitor(&["serve-sql", archive.url(database)], &first)
                .await?;
            let requests = self
                .queries
                .iter()
                .map(|query| {
                    (
                        *query,
                        all_requests(&query.path(), &subjects.parameters(*query)),
                    )
                })
                .collect();
            contenders.push(Contender {
                kind: Kind::Handwritten(database),
                idle: memory(server.process.id())?,
                server,
                requests,
            });
        }
        Ok(contenders)
    }

    /// Makes sure that all find the same number of items.
    async fn answers_agree(&self, contenders: &[Contender]) -> anyhow::Result<()> {
        for query in &self.queries {
            let mut expected: Option<Vec<usize>> = None;
            for contender in contenders {
                let name = contender.kind.name();
                let mut found = Vec::new();
                for request in &contender.requests[query] {
                    let answer = load::ask(contender.server.address, request)
                        .await
                        .with_context(|| format!("{} by {name}", query.name()))?;
                    found.push(query.items(&serde_json::from_slice::<Value>(&answer)?)?);
                }
                ensure!(
                    found.iter().all(|found| *found > 0),
                    "{} by {name} found nothing",
                    query.name()
                );
                ensure!(
                    *expected.get_or_insert_with(|| found.clone()) == found,
                    "{} by {name} found {found:?} items, others {expected:?}",
                    query.name(),
                );
            }
        }
        Ok(())
    }

    /// The contender that answers what Dateline has just answered, and how long those answers are.
    async fn add_bytes(
        &self,
        contenders: &mut Vec<Contender>,
        subjects: &Subjects,
    ) -> anyhow::Result<BTreeMap<Query, usize>> {
        let first = &contenders[0];
        let folder = self.servers.folder.join("answers");
        let sizes = keep_answers(&first.server, &first.requests, &folder).await?;
        let requests = requests_for_bytes(&self.queries, subjects);
        let server = self.servers.serve_bytes(&folder, &requests).await?;
        contenders.insert(
            0,
            Contender {
                kind: Kind::Bytes,
                idle: memory(server.process.id())?,
                server,
                requests,
            },
        );
        Ok(sizes)
    }
}

/// Asks one server for a while, after a tenth of that to warm up. `beside` is PostgreSQL where it is the database.
///
/// # Errors
/// When an answer is missing or wrong.
pub async fn slice(
    server: &Server,
    beside: Option<&Cluster>,
    requests: &[Vec<u8>],
    connections: usize,
    time: Duration,
    watch: Option<&Watch>,
) -> anyhow::Result<Sample> {
    load::run(server.address, requests, connections, time / 10, watch).await?;
    let times = || -> anyhow::Result<(Duration, Duration)> {
        let beside = beside.map(|cluster| processor_time(cluster.id()));
        Ok((
            processor_time(server.process.id())?,
            beside.transpose()?.unwrap_or_default(),
        ))
    };
    let before = times()?;
    let slice = load::run(server.address, requests, connections, time, watch).await?;
    let after = times()?;
    #[expect(clippy::cast_precision_loss, reason = "the requests of a slice")]
    let count = slice.requests as f64;
    let per_thousand = |before: Duration, after: Duration| {
        after.saturating_sub(before).as_secs_f64() * 1_000.0 / count
    };
    Ok(Sample {
        rate: count / slice.elapsed.as_secs_f64(),
        p50: slice.quantile(0.5),
        p99: slice.quantile(0.99),
        server: per_thousand(before.0, after.0),
        database: per_thousand(before.1, after.1),
    })
}

/// A line of the log of slices.
pub fn line(sample: &Sample, mut place: Value) -> Value {
    place["rate"] = json!(sample.rate);
    place["p50_ms"] = json!(sample.p50);
    place["p99_ms"] = json!(sample.p99);
    place["server_s_per_1000"] = json!(sample.server);
    place["database_s_per_1000"] = json!(sample.database);
    place
}

/// Asks a Dateline every question and keeps its answers in a folder, for those that serve them from memory.
///
/// # Errors
/// When an answer is missing, or the folder cannot be written.
pub async fn keep_answers(
    server: &Server,
    requests: &BTreeMap<Query, Vec<Vec<u8>>>,
    folder: &Path,
) -> anyhow::Result<BTreeMap<Query, usize>> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder)?;
    let mut sizes = BTreeMap::new();
    for (query, requests) in requests {
        for (question, request) in requests.iter().enumerate() {
            let answer = load::ask(server.address, request).await?;
            query.items(&serde_json::from_slice::<Value>(&answer)?)?;
            sizes.entry(*query).or_insert(answer.len());
            fs::write(folder.join(bytes::name(*query, question)), &answer)?;
        }
    }
    Ok(sizes)
}

/// The same questions, as the answers from memory are asked for.
pub fn requests_for_bytes(queries: &[Query], subjects: &Subjects) -> BTreeMap<Query, Vec<Vec<u8>>> {
    let requests = |query: Query| {
        let bodies = subjects.graphql(query);
        let request = |(question, body): (usize, &Vec<u8>)| {
            load::request(&format!("/{}", bytes::name(query, question)), body)
        };
        bodies.iter().enumerate().map(request).collect()
    };
    queries
        .iter()
        .map(|query| (*query, requests(*query)))
        .collect()
}

/// The medians of several slices.
pub fn medians(samples: &[Sample]) -> Sample {
    let of = |value: fn(&Sample) -> f64| median(samples.iter().map(value).collect());
    Sample {
        rate: of(|sample| sample.rate),
        p50: of(|sample| sample.p50),
        p99: of(|sample| sample.p99),
        server: of(|sample| sample.server),
        database: of(|sample| sample.database),
    }
}

/// The value in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
