//! With the response cache: how near Dateline comes to a handler that answers the same bytes from memory, while nobody
//! writes and while somebody does.

mod table;

use std::{
    collections::BTreeMap,
    io::Write,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use anyhow::Context;
use serde_json::json;

use crate::{
    archive::{Archive, Database},
    cluster::Cluster,
    editor::Editor,
    handwritten,
    load::{self, Watch},
    measure::{Sample, keep_answers, line, medians, requests_for_bytes, slice},
    process::Server,
    queries::{Query, Subjects},
    servers::{Servers, all_requests, walk},
};

/// How many connections ask.
const CONNECTIONS: usize = 64;
/// What answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Bytes,
    Dateline(Database),
    /// With a log that only warns, to see what a line for every request costs.
    Quiet(Database),
}

/// A query, or all of them in turn.
type Asked = Option<Query>;

/// What was measured with the cache.
#[derive(Debug)]
pub struct Hot {
    articles: u64,
    cache: Option<u64>,
    quiet: BTreeMap<(Asked, Who), Sample>,
    written: BTreeMap<(Asked, Who), Sample>,
    changes: BTreeMap<Who, Changes>,
}

/// What an editor did, and what readers saw of it.
#[derive(Debug, Clone, Copy, Default)]
struct Changes {
    made: u64,
    seconds: f64,
    judged: u64,
    stale: u64,
}

/// How much is measured.
#[derive(Debug)]
pub struct Plan<'a> {
    /// What starts the servers.
    pub servers: &'a Servers,
    /// Which queries.
    pub queries: Vec<Query>,
    /// The bound of the cache, in MiB.
    pub cache: u64,
    /// How long a slice is.
    pub slice: Duration,
    /// How many rounds.
    pub rounds: usize,
    /// Whether it is measured while nobody writes.
    pub reads: bool,
    /// Whether it is measured while an editor writes.
    pub writes: bool,
}

struct Contender {
    who: Who,
    server: Server,
    requests: BTreeMap<Asked, Vec<Vec<u8>>>,
}

impl Who {
    fn database(self) -> Option<Database> {
        match self {
            Self::Bytes => None,
            Self::Dateline(database) | Self::Quiet(database) => Some(database),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Bytes => "bytes from memory".to_owned(),
            Self::Dateline(database) => format!("**Dateline**, {database}"),
            Self::Quiet(database) => format!("**Dateline**, {database}, `--log warn`"),
        }
    }
}

impl Plan<'_> {
    /// Measures one archive. Each slice leaves a line in the log.
    ///
    /// # Errors
    /// When a server fails, an answer is wrong, or a change is refused.
    pub async fn run(
        &self,
        archive: &Archive,
        cluster: &Cluster,
        log: &mut impl Write,
    ) -> anyhow::Result<Hot> {
        let pool = handwritten::open_sqlite(archive.url(Database::Sqlite)).await?;
        let mut subjects = Subjects::of(&pool, archive.articles).await?;
        pool.close().await;
        let contenders = self.contenders(archive, &mut subjects).await?;
        let mut hot = Hot {
            articles: archive.articles,
            cache: self.servers.can_cache.then_some(self.cache),
            quiet: BTreeMap::new(),
            written: BTreeMap::new(),
            changes: BTreeMap::new(),
        };
        if self.reads {
            let all: Vec<&Contender> = contenders.iter().collect();
            hot.quiet = self.rounds(archive, cluster, &all, None, log).await?;
        }
        if self.writes {
            let shipped: Vec<&Contender> = contenders
                .iter()
                .filter(|contender| !matches!(contender.who, Who::Quiet(_)))
                .collect();
            let mut desk = Desk::default();
            for contender in &shipped {
                if let Some(database) = contender.who.database() {
                    let url = archive.url(database);
                    let editor = Editor::begin(self.servers, &contender.server, url).await?;
                    desk.editors.insert(contender.who, editor);
                }
            }
            hot.written = self
                .rounds(archive, cluster, &shipped, Some(&mut desk), log)
                .await?;
            for editor in desk.editors.into_values() {
                editor.leave().await?;
            }
            hot.changes = desk.changes;
        }
        Ok(hot)
    }

    /// Gives each contender its slice in each round; with a desk, its editor is at work meanwhile.
    async fn rounds(
        &self,
        archive: &Archive,
        cluster: &Cluster,
        contenders: &[&Contender],
        mut desk: Option<&mut Desk>,
        log: &mut impl Write,
    ) -> anyhow::Result<BTreeMap<(Asked, Who), Sample>> {
        let part = if desk.is_some() { "writes" } else { "hot" };
        let mut slices: BTreeMap<(Asked, Who), Vec<Sample>> = BTreeMap::new();
        for round in 0..self.rounds {
            for asked in self.asked() {
                for turn in 0..contenders.len() {
                    let contender = contenders[(turn + round) % contenders.len()];
                    let who = contender.who;
                    let beside = (who.database() == Some(Database::Postgres)).then_some(cluster);
                    let requests = &contender.requests[&asked];
                    let ask = async |watch: Option<&Watch>| {
                        let (server, time) = (&contender.server, self.slice);
                        slice(server, beside, requests, CONNECTIONS, time, watch)
                            .await
                            .with_context(|| who.name())
                    };
                    let sample = match &mut desk {
                        Some(desk) => desk.work(who, asked, ask).await?,
                        None => ask(None).await?,
                    };
                    let place = json!({
                        "articles": archive.articles, "part": part, "round": round,
                        "query": asked.map(Query::name), "connections": CONNECTIONS, "contender": who.name(),
                    });
                    writeln!(log, "{}", line(&sample, place))?;
                    slices.entry((asked, who)).or_default().push(sample);
                }
            }
            eprintln!(
                "{} articles, {part}: round {} of {}",
                archive.articles,
                round + 1,
                self.rounds
            );
        }
        Ok(slices
            .into_iter()
            .map(|(place, samples)| (place, medians(&samples)))
            .collect())
    }

    /// Each query, and all of them in turn.
    fn asked(&self) -> Vec<Asked> {
        let each = self.queries.iter().copied().map(Some);
        each.chain(std::iter::once(None)).collect()
    }

    async fn contenders(
        &self,
        archive: &Archive,
        subjects: &mut Subjects,
    ) -> anyhow::Result<Vec<Contender>> {
        let mut contenders = Vec::new();
        for database in Database::ALL {
            for (who, options) in [
                (Who::Dateline(database), &[][..]),
                (Who::Quiet(database), &["--log", "warn"][..]),
            ] {
                let url = archive.url(database);
                let server = self.servers.dateline(url, self.cache, options).await?;
                if subjects.cursors.is_empty() {
                    subjects.cursors = walk(&server, subjects).await?;
                    let newest = newest(&server).await?;
                    // The article that an editor touches is among those whose page is asked for.
                    subjects.articles.retain(|slug| *slug != newest);
                    subjects.articles.insert(0, newest);
                }
                let requests: BTreeMap<Query, Vec<Vec<u8>>> = self
                    .queries
                    .iter()
                    .map(|query| (*query, all_requests("/graphql", &subjects.graphql(*query))))
                    .collect();
                if contenders.is_empty() {
                    let folder = self.servers.folder.join("answers-hot");
                    keep_answers(&server, &requests, &folder).await?;
                    let requests = requests_for_bytes(&self.queries, subjects);
                    contenders.push(Contender {
                        who: Who::Bytes,
                        server: self.servers.serve_bytes(&folder, &requests).await?,
                        requests: in_turn(requests),
                    });
                }
                // Each answer is asked for once, so that it is in the cache.
                for request in requests.values().flatten() {
                    load::ask(server.address, request).await?;
                }
                contenders.push(Contender {
                    who,
                    server,
                    requests: in_turn(requests),
                });
            }
        }
        Ok(contenders)
    }
}

/// Adds a mixture in which every query stands as often as any other.
fn in_turn(requests: BTreeMap<Query, Vec<Vec<u8>>>) -> BTreeMap<Asked, Vec<Vec<u8>>> {
    let longest = requests.values().map(Vec::len).max().unwrap_or_default();
    let mixture = (0..longest)
        .flat_map(|place| {
            requests
                .values()
                .map(move |all| all[place % all.len()].clone())
        })
        .collect();
    let mut all: BTreeMap<Asked, Vec<Vec<u8>>> = requests
        .into_iter()
        .map(|(query, requests)| (Some(query), requests))
        .collect();
    all.insert(None, mixture);
    all
}

async fn newest(server: &Server) -> anyhow::Result<String> {
    let request = load::request(
        "/graphql",
        br#"{"query":"{ articles(first: 1) { nodes { slug } } }"}"#,
    );
    let answer: serde_json::Value =
        serde_json::from_slice(&load::ask(server.address, &request).await?)?;
    let slug = answer["data"]["articles"]["nodes"][0]["slug"].as_str();
    Ok(slug.context("there is no article")?.to_owned())
}

/// The editors, one at each Dateline, and what came of their work.
#[derive(Debug, Default)]
struct Desk {
    editors: BTreeMap<Who, Editor>,
    changes: BTreeMap<Who, Changes>,
}

impl Desk {
    /// Has the editor of a contender work while it is asked.
    async fn work(
        &mut self,
        who: Who,
        asked: Asked,
        ask: impl AsyncFnOnce(Option<&Watch>) -> anyhow::Result<Sample>,
    ) -> anyhow::Result<Sample> {
        let Some(editor) = self.editors.remove(&who) else {
            // The answers from memory are looked at just as long, so that the load costs as much.
            return ask(Some(&Watch::default())).await;
        };
        let before = editor.changes();
        let mut watch = editor.watch.clone();
        watch.all = asked == Some(Query::FrontPage);
        let working = editor.work();
        let begun = Instant::now();
        let sample = ask(Some(&watch)).await;
        let seconds = begun.elapsed().as_secs_f64();
        let editor = working.rest().await?;
        let changes = self.changes.entry(who).or_default();
        changes.made += editor.changes() - before;
        changes.seconds += seconds;
        changes.judged = editor.watch.judged.load(Ordering::Relaxed);
        changes.stale = editor.watch.stale.load(Ordering::Relaxed);
        self.editors.insert(who, editor);
        sample
    }
}
