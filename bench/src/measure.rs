//! The contenders, and the rounds in which each has a short slice of time after the other.

use std::{collections::BTreeMap, fs, io::Write, path::Path, time::Duration};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{
    archive::{Archive, Database},
    cluster::Cluster,
    handwritten, load,
    process::{Memory, Server, memory, processor_time},
    queries::{PAGE, Query, Subjects, WALK},
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
    /// Dateline's binary.
    pub dateline: &'a Path,
    /// Where logs and answers go.
    pub folder: &'a Path,
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
                let server = self.dateline(archive.url(database)).await?;
                times.push(server.started_in.as_secs_f64() * 1_000.0);
            }
            starts.insert(database, median(times));
        }
        let mut contenders = self.contenders(archive, &mut subjects).await?;
        let sizes = self.answers_agree(&contenders).await?;
        self.add_bytes(&mut contenders, &subjects).await?;
        let mut slices: BTreeMap<(Query, usize, Kind), Vec<Sample>> = BTreeMap::new();
        for round in 0..self.rounds {
            for query in &self.queries {
                for connections in &self.connections {
                    for turn in 0..contenders.len() {
                        let contender = &contenders[(turn + round) % contenders.len()];
                        let sample = self.slice(contender, *query, *connections, cluster).await?;
                        writeln!(
                            log,
                            "{}",
                            json!({
                                "articles": archive.articles, "round": round, "query": query.name(),
                                "connections": connections, "contender": contender.kind.name(),
                                "rate": sample.rate, "p50_ms": sample.p50, "p99_ms": sample.p99,
                                "server_s_per_1000": sample.server, "database_s_per_1000": sample.database,
                            })
                        )?;
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

    async fn dateline(&self, url: &str) -> anyhow::Result<Server> {
        let program = self.dateline.to_string_lossy().into_owned();
        let command = |address: std::net::SocketAddr| {
            vec![
                program.clone(),
                "serve".to_owned(),
                "--sample-site".to_owned(),
                "false".to_owned(),
                "--database-url".to_owned(),
                url.to_owned(),
                "--listen".to_owned(),
                address.to_string(),
            ]
        };
        let first = load::request(
            "/graphql",
            br#"{"query":"{ articles(first: 1) { nodes { headline } } }"}"#,
        );
        Server::start(command, &first, &self.folder.join("dateline.log")).await
    }

    async fn competitor(&self, arguments: &[&str], first: &[u8]) -> anyhow::Result<Server> {
        let program = std::env::current_exe()?.to_string_lossy().into_owned();
        let command = |address: std::net::SocketAddr| {
            let mut command = vec![program.clone()];
            command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
            command.push(address.to_string());
            command
        };
        Server::start(command, first, &self.folder.join("competitors.log")).await
    }

    /// Every contender that needs a database.
    async fn contenders(
        &self,
        archive: &Archive,
        subjects: &mut Subjects,
    ) -> anyhow::Result<Vec<Contender>> {
        let mut contenders = Vec::new();
        for database in Database::ALL {
            let server = self.dateline(archive.url(database)).await?;
            tokio::time::sleep(Duration::from_secs(1)).await;
            let idle = memory(server.process.id())?;
            let cursors = walk(&server, subjects.position, subjects.places.len()).await?;
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

    /// Makes sure that all find the same number of items, and keeps the first of Dateline's answers.
    async fn answers_agree(
        &self,
        contenders: &[Contender],
    ) -> anyhow::Result<BTreeMap<Query, usize>> {
        let folder = self.folder.join("answers");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let mut sizes = BTreeMap::new();
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
                    if contender.kind == Kind::Dateline(Database::Sqlite)
                        && !sizes.contains_key(query)
                    {
                        sizes.insert(*query, answer.len());
                        fs::write(folder.join(query.name()), &answer)?;
                    }
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
        Ok(sizes)
    }

    /// The contender that answers what Dateline has just answered.
    async fn add_bytes(
        &self,
        contenders: &mut Vec<Contender>,
        subjects: &Subjects,
    ) -> anyhow::Result<()> {
        let answers = self.folder.join("answers").to_string_lossy().into_owned();
        let requests: BTreeMap<Query, Vec<Vec<u8>>> = self
            .queries
            .iter()
            .map(|query| {
                (
                    *query,
                    all_requests(&query.path(), &subjects.graphql(*query)),
                )
            })
            .collect();
        let first = requests
            .values()
            .flatten()
            .next()
            .context("no query is measured")?;
        let server = self.competitor(&["serve-bytes", &answers], first).await?;
        contenders.insert(
            0,
            Contender {
                kind: Kind::Bytes,
                idle: memory(server.process.id())?,
                server,
                requests,
            },
        );
        Ok(())
    }

    async fn slice(
        &self,
        contender: &Contender,
        query: Query,
        connections: usize,
        cluster: &Cluster,
    ) -> anyhow::Result<Sample> {
        let requests = &contender.requests[&query];
        let address = contender.server.address;
        load::run(address, requests, connections, self.slice / 10).await?;
        let process = contender.server.process.id();
        let beside = (contender.kind.database() == Some(Database::Postgres)).then(|| cluster.id());
        let times = || -> anyhow::Result<(Duration, Duration)> {
            Ok((
                processor_time(process)?,
                beside.map(processor_time).transpose()?.unwrap_or_default(),
            ))
        };
        let before = times()?;
        let slice = load::run(address, requests, connections, self.slice)
            .await
            .with_context(|| format!("{} by {}", query.name(), contender.kind.name()))?;
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
}

/// Pages to a position once, then on from page to page, and gives back the cursors on the way from there.
async fn walk(server: &Server, position: u64, pages: usize) -> anyhow::Result<Vec<String>> {
    let mut cursors: Vec<String> = Vec::new();
    let mut after: Option<String> = None;
    let mut left = position;
    while cursors.len() < pages {
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

fn all_requests(path: &str, bodies: &[Vec<u8>]) -> Vec<Vec<u8>> {
    bodies
        .iter()
        .map(|body| load::request(path, body))
        .collect()
}

fn medians(samples: &[Sample]) -> Sample {
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
