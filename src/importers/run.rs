//! One import from beginning to end: which files, which format, batch after batch.

use std::{
    collections::{HashSet, VecDeque},
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use futures_util::{StreamExt, stream};
use sea_orm::DbErr;
use tokio::sync::mpsc;

use super::{
    adopt::{Adopted, Adoption},
    dump::{self, Record},
    imported::{Imported, Place, Refused},
    markdown,
    report::Report,
    text,
};
use crate::{
    content::{
        Acting, Outcome,
        article::{
            self,
            commands::{self, History, References, Submission, Withdrawal},
            prepared::{Prepared, pack},
        },
        author,
        noun::{self, Directory, Noun},
        site, source, tag,
    },
    platform::db::Db,
};

/// Lines of a dump that are prepared and written together.
const LINES: usize = 800;
/// How often a batch is adopted again when another import makes the same names at the same time.
const TRIES: usize = 5;
/// Files that are read and written together.
const FILES: usize = 64;
/// Batches that are prepared while another one is written.
const AHEAD: usize = 2;
/// So many new articles change what the database should know of its tables.
const GROWN: u64 = 1_000;
/// The longest line of a dump, in bytes.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// What sort of documents are imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Scraped news pages as plain text, and Reuters-21578 collections.
    Text,
    /// A folder of Markdown posts with front matter.
    Markdown,
    /// Dateline's own dump.
    Ndjson,
}

/// How to import.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The format; found by the names of the files when absent.
    pub format: Option<Format>,
    /// Whether to leave everything as it is and only report.
    pub dry_run: bool,
}

/// Is told how far an import has come.
pub trait Progress: Send + Sync {
    /// So much more is to be done, in bytes of files.
    fn expect(&self, bytes: u64);
    /// So much more has been done, in bytes of files.
    fn done(&self, bytes: u64, report: &Report);
}

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file or folder cannot be read.
    #[error("{path} cannot be read")]
    Read {
        /// Which one.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nothing tells the format of a file.
    #[error("nothing says what {0} is; name its format with --format text, markdown or ndjson")]
    UnknownFormat(String),
    /// A dump of a later version, or no dump.
    #[error("{file}: {reason}")]
    NoDump {
        /// Which file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The database failed. What was written before stays, and a second run goes on from there.
    #[error(
        "the database failed; what was imported before stays, and the same command goes on from there"
    )]
    Database(#[from] DbErr),
    /// A thread of ours failed.
    #[error("a batch could not be prepared")]
    Prepare(#[from] tokio::task::JoinError),
}

/// Imports files and folders. `-` is standard input, which holds a dump.
///
/// # Errors
/// When a file cannot be read, is no dump though it should be, or the database fails.
pub async fn run(
    db: &Db,
    now: crate::editorial::moment::Moment,
    paths: &[PathBuf],
    options: &Options,
    progress: &dyn Progress,
) -> Result<Report, ImportError> {
    let mut run = Run::begin(db, now, options.dry_run, progress).await?;
    for path in paths {
        for (format, group) in inputs(path, options.format)? {
            match format {
                Format::Ndjson => {
                    for file in group {
                        run.dump(file).await?;
                    }
                }
                Format::Text | Format::Markdown => run.documents(format, group).await?,
            }
        }
    }
    if run.report.articles.created >= GROWN {
        db.settle(article::projection::GROWING).await?;
    }
    Ok(run.report)
}

/// Loads the sample site that the binary carries.
///
/// # Errors
/// When the database fails.
pub async fn sample_site(
    db: &Db,
    now: crate::editorial::moment::Moment,
) -> Result<Report, ImportError> {
    struct Silent;
    impl Progress for Silent {
        fn expect(&self, _bytes: u64) {}
        fn done(&self, _bytes: u64, _report: &Report) {}
    }
    let mut run = Run::begin(db, now, false, &Silent).await?;
    let lines = SAMPLE_SITE
        .lines()
        .zip(1..)
        .map(|(line, number)| (number, line.to_owned()))
        .collect();
    let mut records = prepare("sample site", lines);
    let first = if records.is_empty() {
        None
    } else {
        Some(records.remove(0).1)
    };
    expect_header("sample site", first.as_ref())?;
    run.records(records).await?;
    Ok(run.report)
}

/// A few openly licensed articles with the sources they cite; `src/importers/sample/LICENCES.md` credits them.
const SAMPLE_SITE: &str = include_str!("sample/site.ndjson");

/// A file and the name by which reports and origins call it.
struct Input {
    path: PathBuf,
    name: String,
    bytes: u64,
}

#[expect(
    clippy::struct_field_names,
    reason = "a dry run is what everybody calls it"
)]
struct Run<'a> {
    acting: Acting,
    dry_run: bool,
    report: Report,
    authors: Directory,
    tags: Directory,
    sources: Directory,
    site_language: String,
    progress: &'a dyn Progress,
    /// Earlier revisions whose article has not come yet.
    waiting: Vec<(uuid::Uuid, History, Vec<u8>)>,
}

/// What reading one file gave.
enum Found {
    Article(Box<Imported>),
    LeftOut(Place, String),
    Refused(Refused),
}

impl<'a> Run<'a> {
    async fn begin(
        db: &Db,
        now: crate::editorial::moment::Moment,
        dry_run: bool,
        progress: &'a dyn Progress,
    ) -> Result<Self, DbErr> {
        let snapshot = db.snapshot().await?;
        let run = Self {
            acting: Acting {
                db: db.clone(),
                now,
            },
            dry_run,
            report: Report::default(),
            authors: Directory::read::<author::entity::Model>(&snapshot).await?,
            tags: Directory::read::<tag::entity::Model>(&snapshot).await?,
            sources: Directory::read::<source::entity::Model>(&snapshot).await?,
            site_language: site::read(&snapshot).await?.unwrap_or_default().language,
            progress,
            waiting: Vec::new(),
        };
        snapshot.rollback().await?;
        Ok(run)
    }

    async fn documents(&mut self, format: Format, files: Vec<Input>) -> Result<(), ImportError> {
        self.progress
            .expect(files.iter().map(|file| file.bytes).sum());
        let mut files = VecDeque::from(files);
        while !files.is_empty() {
            let batch: Vec<Input> = files.drain(..FILES.min(files.len())).collect();
            let bytes = batch.iter().map(|file| file.bytes).sum();
            let found = tokio::task::spawn_blocking(move || {
                batch
                    .into_iter()
                    .map(|file| read_documents(format, &file))
                    .collect::<Result<Vec<_>, _>>()
            })
            .await??;
            let mut articles = Vec::new();
            for item in found.into_iter().flatten() {
                match item {
                    Found::Article(article) => articles.push(*article),
                    Found::LeftOut(place, reason) => self.report.leave_out(place, reason),
                    Found::Refused(refused) => self
                        .report
                        .article(&refused.place, Outcome::Refused(refused.reason)),
                }
            }
            self.adopt(articles).await?;
            self.progress.done(bytes, &self.report);
        }
        Ok(())
    }

    /// Turns what was found into articles and publishes them.
    async fn adopt(&mut self, found: Vec<Imported>) -> Result<(), ImportError> {
        for article in &found {
            for doubt in &article.doubts {
                self.report.doubt(&article.place.file, doubt);
            }
        }
        let places: Vec<Place> = found.iter().map(|article| article.place.clone()).collect();
        let here = places.first().cloned().unwrap_or_default();
        for _ in 0..TRIES {
            let mut adoption = Adoption {
                acting: &self.acting,
                authors: &mut self.authors,
                tags: &mut self.tags,
                sources: &mut self.sources,
                site_language: &self.site_language,
                doubts: Vec::new(),
            };
            let Adopted {
                authors,
                tags,
                sources,
                submissions,
            } = adoption.adopt(found.clone()).await?;
            let doubts = std::mem::take(&mut adoption.doubts);
            let settled = (self.settle::<author::entity::Model>(&here, authors).await? == 0)
                & (self.settle::<tag::entity::Model>(&here, tags).await? == 0)
                & (self.settle::<source::entity::Model>(&here, sources).await? == 0);
            if settled {
                for (file, doubt) in doubts {
                    self.report.doubt(&file, &doubt);
                }
                return self
                    .articles(places.into_iter().zip(submissions).collect())
                    .await;
            }
            // Another import has just made the same names; its nouns are used instead.
            self.read_directories().await?;
        }
        for place in &places {
            let reason =
                "others keep making the same names at the same time; import it again".to_owned();
            self.report.article(place, Outcome::Refused(reason));
        }
        Ok(())
    }

    /// Saves new nouns, and says how many of them were refused.
    async fn settle<N: Listed>(
        &mut self,
        place: &Place,
        documents: Vec<N::Document>,
    ) -> Result<usize, ImportError> {
        if documents.is_empty() {
            return Ok(0);
        }
        let outcomes = if self.dry_run {
            noun::rehearse::<N>(&self.acting, &documents).await?
        } else {
            noun::save::<N>(&self.acting, &documents).await?
        };
        let refused = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Outcome::Refused(_)))
            .count();
        for outcome in outcomes
            .into_iter()
            .filter(|outcome| !matches!(outcome, Outcome::Refused(_)))
        {
            self.report.other(place, outcome);
        }
        Ok(refused)
    }

    async fn read_directories(&mut self) -> Result<(), DbErr> {
        let snapshot = self.acting.db.snapshot().await?;
        self.authors = Directory::read::<author::entity::Model>(&snapshot).await?;
        self.tags = Directory::read::<tag::entity::Model>(&snapshot).await?;
        self.sources = Directory::read::<source::entity::Model>(&snapshot).await?;
        snapshot.rollback().await
    }

    async fn dump(&mut self, file: Input) -> Result<(), ImportError> {
        self.progress.expect(file.bytes);
        let name: Arc<str> = file.name.clone().into();
        let (sender, receiver) = mpsc::channel::<Result<Vec<(u32, String)>, std::io::Error>>(1);
        let path = file.path.clone();
        let reader = tokio::task::spawn_blocking(move || read_lines(&path, &sender));
        let batches = stream::unfold(receiver, |mut receiver| async {
            Some((receiver.recv().await?, receiver))
        });
        let prepared = batches
            .map(|lines| {
                let name = Arc::clone(&name);
                async move {
                    let lines = lines.map_err(|source| ImportError::Read {
                        path: name.to_string(),
                        source,
                    })?;
                    let bytes = lines
                        .iter()
                        .map(|(_, line)| line.len() as u64 + 1)
                        .sum::<u64>();
                    let ready = tokio::task::spawn_blocking(move || prepare(&name, lines)).await?;
                    Ok::<_, ImportError>((bytes, ready))
                }
            })
            .buffered(AHEAD);
        let mut prepared = Box::pin(prepared);
        let mut begun = false;
        while let Some(batch) = prepared.next().await {
            let (bytes, mut records) = batch?;
            if !begun {
                let first = if records.is_empty() {
                    None
                } else {
                    Some(records.remove(0))
                };
                expect_header(&file.name, first.as_ref().map(|(_, record)| record))?;
                begun = true;
            }
            self.records(records).await?;
            self.progress.done(bytes, &self.report);
        }
        drop(prepared);
        reader.await?.map_err(|source| ImportError::Read {
            path: file.name.clone(),
            source,
        })?;
        if begun {
            Ok(())
        } else {
            expect_header(&file.name, None)
        }
    }

    /// Writes the records of a batch, neighbours of one kind together.
    async fn records(
        &mut self,
        records: Vec<(Place, Result<Ready, String>)>,
    ) -> Result<(), ImportError> {
        let mut batch = Neighbours::default();
        for (place, record) in records {
            let record = match record {
                Ok(record) => record,
                Err(reason) => {
                    self.report.article(&place, Outcome::Refused(reason));
                    continue;
                }
            };
            if batch.kind() != record.kind() {
                self.flush(&mut batch).await?;
            }
            match record {
                Ready::Site(site) => {
                    let outcome = if self.dry_run {
                        site::rehearse(&self.acting, &site).await?
                    } else {
                        site::save(&self.acting, &site).await?
                    };
                    self.site_language = site.language;
                    self.report.other(&place, outcome);
                }
                Ready::Author(author) => batch.authors.push((place, author)),
                Ready::Tag(tag) => batch.tags.push((place, tag)),
                Ready::Source(source) => batch.sources.push((place, source)),
                Ready::Article(submission) => batch.articles.push((place, *submission)),
                Ready::Revision(article, history, packed) => {
                    batch.revisions.push((article, history, packed));
                }
                Ready::Withdrawal(withdrawal) => batch.withdrawals.push((place, withdrawal)),
                Ready::Header(_) => {
                    self.report.other(
                        &place,
                        Outcome::Refused("a dump begins only once".to_owned()),
                    );
                }
            }
        }
        self.flush(&mut batch).await
    }

    async fn flush(&mut self, batch: &mut Neighbours) -> Result<(), ImportError> {
        let Neighbours {
            authors,
            tags,
            sources,
            articles,
            revisions,
            withdrawals,
        } = std::mem::take(batch);
        self.nouns::<author::entity::Model>(authors).await?;
        self.nouns::<tag::entity::Model>(tags).await?;
        self.nouns::<source::entity::Model>(sources).await?;
        let arrived: HashSet<uuid::Uuid> = articles
            .iter()
            .map(|(_, submission)| submission.article.document.id.0)
            .chain(withdrawals.iter().map(|(_, withdrawal)| withdrawal.article))
            .collect();
        self.articles(articles).await?;
        if !withdrawals.is_empty() {
            let (places, withdrawals): (Vec<Place>, Vec<Withdrawal>) =
                withdrawals.into_iter().unzip();
            let outcomes = if self.dry_run {
                commands::rehearse_withdrawals(&self.acting, &withdrawals).await?
            } else {
                commands::withdraw(&self.acting, &withdrawals).await?
            };
            for (place, outcome) in places.iter().zip(outcomes) {
                self.report.article(place, outcome);
            }
        }
        // Earlier revisions stand before their article, and are history only once it is there.
        self.waiting.extend(revisions);
        let (history, waiting) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(article, ..)| arrived.contains(article));
        self.waiting = waiting;
        if !self.dry_run && !arrived.is_empty() {
            commands::archive(&self.acting, &history).await?;
        }
        Ok(())
    }

    async fn nouns<N: Listed>(
        &mut self,
        batch: Vec<(Place, N::Document)>,
    ) -> Result<(), ImportError> {
        if batch.is_empty() {
            return Ok(());
        }
        let (places, documents): (Vec<Place>, Vec<N::Document>) = batch.into_iter().unzip();
        let outcomes = if self.dry_run {
            noun::rehearse::<N>(&self.acting, &documents).await?
        } else {
            noun::save::<N>(&self.acting, &documents).await?
        };
        for ((place, document), outcome) in places.iter().zip(&documents).zip(outcomes) {
            if !matches!(outcome, Outcome::Refused(_)) {
                N::directory(self).add::<N>(document);
            }
            self.report.other(place, outcome);
        }
        Ok(())
    }

    async fn articles(&mut self, batch: Vec<(Place, Submission)>) -> Result<(), ImportError> {
        if batch.is_empty() {
            return Ok(());
        }
        let (places, submissions): (Vec<Place>, Vec<Submission>) = batch.into_iter().unzip();
        let references = References {
            authors: &self.authors,
            tags: &self.tags,
            sources: &self.sources,
        };
        let outcomes = if self.dry_run {
            commands::rehearse(&self.acting, &submissions, references).await?
        } else {
            commands::publish(&self.acting, &submissions, references).await?
        };
        for (place, outcome) in places.iter().zip(outcomes) {
            self.report.article(place, outcome);
        }
        Ok(())
    }
}

/// A noun that a run keeps a directory of.
trait Listed: Noun {
    fn directory<'a>(run: &'a mut Run<'_>) -> &'a mut Directory;
}

impl Listed for author::entity::Model {
    fn directory<'a>(run: &'a mut Run<'_>) -> &'a mut Directory {
        &mut run.authors
    }
}

impl Listed for tag::entity::Model {
    fn directory<'a>(run: &'a mut Run<'_>) -> &'a mut Directory {
        &mut run.tags
    }
}

impl Listed for source::entity::Model {
    fn directory<'a>(run: &'a mut Run<'_>) -> &'a mut Directory {
        &mut run.sources
    }
}

/// Records of one kind that stand side by side.
#[derive(Default)]
struct Neighbours {
    authors: Vec<(Place, author::AuthorDocument)>,
    tags: Vec<(Place, tag::TagDocument)>,
    sources: Vec<(Place, source::SourceDocument)>,
    articles: Vec<(Place, Submission)>,
    revisions: Vec<(uuid::Uuid, History, Vec<u8>)>,
    withdrawals: Vec<(Place, Withdrawal)>,
}

impl Neighbours {
    fn kind(&self) -> Option<u8> {
        [
            self.authors.is_empty(),
            self.tags.is_empty(),
            self.sources.is_empty(),
            self.articles.is_empty() && self.revisions.is_empty(),
            self.withdrawals.is_empty(),
        ]
        .iter()
        .zip(0..)
        .find(|(empty, _)| !**empty)
        .map(|(_, kind)| kind)
    }
}

/// A record with everything done that needs only the processor.
enum Ready {
    Site(site::SiteDocument),
    Author(author::AuthorDocument),
    Tag(tag::TagDocument),
    Source(source::SourceDocument),
    Article(Box<Submission>),
    Revision(uuid::Uuid, History, Vec<u8>),
    Withdrawal(Withdrawal),
    Header(u32),
}

impl Ready {
    fn kind(&self) -> Option<u8> {
        match self {
            Self::Author(_) => Some(0),
            Self::Tag(_) => Some(1),
            Self::Source(_) => Some(2),
            Self::Article(_) | Self::Revision(..) => Some(3),
            Self::Withdrawal(_) => Some(4),
            Self::Site(_) | Self::Header(_) => None,
        }
    }
}

fn prepare(file: &str, lines: Vec<(u32, String)>) -> Vec<(Place, Result<Ready, String>)> {
    lines
        .into_iter()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            (
                Place {
                    file: file.to_owned(),
                    line: number,
                },
                ready(&line),
            )
        })
        .collect()
}

fn ready(line: &str) -> Result<Ready, String> {
    Ok(match dump::read_line(line)? {
        Record::Dateline(version) => Ready::Header(version),
        Record::Site(site) => Ready::Site(site),
        Record::Author(author) => Ready::Author(author),
        Record::Tag(tag) => Ready::Tag(tag),
        Record::Source(source) => Ready::Source(source),
        Record::Article(record) => Ready::Article(Box::new(Submission {
            history: Some(History {
                version: record.version,
                revision: record.revision,
                created_at: record.created_at,
                saved_at: record.saved_at,
            }),
            origin: record.origin,
            article: Prepared::of(record.document).map_err(|error| error.to_string())?,
        })),
        Record::Revision(record) => {
            let history = History {
                version: record.version,
                revision: record.revision,
                created_at: record.saved_at,
                saved_at: record.saved_at,
            };
            let packed = pack(&record.document).map_err(|error| error.to_string())?;
            Ready::Revision(record.document.id.0, history, packed)
        }
        Record::Withdrawal(record) => Ready::Withdrawal(Withdrawal {
            article: record.article.0,
            paths: record.paths,
            at: record.withdrawn_at,
            version: record.version,
            revision: record.revision.0,
            origin: record.origin,
            created_at: record.created_at,
        }),
    })
}

fn expect_header(file: &str, first: Option<&Result<Ready, String>>) -> Result<(), ImportError> {
    let reason = match first {
        Some(Ok(Ready::Header(version))) if *version <= dump::VERSION => return Ok(()),
        Some(Ok(Ready::Header(version))) => format!(
            "the dump has version {version}; this Dateline reads up to {}, so upgrade it first",
            dump::VERSION
        ),
        Some(_) => "the first line does not name the format; a dump begins with {\"type\":\"dateline\",\"version\":1}".to_owned(),
        None => "the file is empty; a dump has at least its first line".to_owned(),
    };
    Err(ImportError::NoDump {
        file: file.to_owned(),
        reason,
    })
}

/// Reads a dump line by line and sends the lines in batches.
fn read_lines(
    path: &Path,
    sender: &mpsc::Sender<Result<Vec<(u32, String)>, std::io::Error>>,
) -> Result<(), std::io::Error> {
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path)?)
    };
    let mut reader = BufReader::with_capacity(1 << 20, source);
    let mut batch = Vec::with_capacity(LINES);
    for number in 1.. {
        let mut bytes = Vec::new();
        let length = reader
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut bytes)?;
        if length > 0 {
            while bytes
                .last()
                .is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
            {
                bytes.pop();
            }
            let line = String::from_utf8(bytes)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
            batch.push((number, line));
        }
        if batch.len() == LINES || (length == 0 && !batch.is_empty()) {
            // The other end hangs up when it has seen enough.
            if sender
                .blocking_send(Ok(std::mem::take(&mut batch)))
                .is_err()
            {
                return Ok(());
            }
        }
        if length == 0 {
            break;
        }
    }
    Ok(())
}

fn read_documents(format: Format, file: &Input) -> Result<Vec<Found>, ImportError> {
    let bytes = std::fs::read(&file.path).map_err(|source| ImportError::Read {
        path: file.path.display().to_string(),
        source,
    })?;
    Ok(match format {
        Format::Markdown => vec![match markdown::read(&file.name, &bytes) {
            Ok(markdown::Outcome::Post(article)) => Found::Article(article),
            Ok(markdown::Outcome::LeftOut(reason)) => Found::LeftOut(
                Place {
                    file: file.name.clone(),
                    line: 1,
                },
                reason,
            ),
            Err(refused) => Found::Refused(refused),
        }],
        _ => text::read(&file.name, &bytes)
            .into_iter()
            .map(|found| match found {
                Ok(article) => Found::Article(Box::new(article)),
                Err(refused) => Found::Refused(refused),
            })
            .collect(),
    })
}

/// The files of a path by format, each format's files in the order of their names.
fn inputs(path: &Path, wanted: Option<Format>) -> Result<Vec<(Format, Vec<Input>)>, ImportError> {
    if path == Path::new("-") {
        return Ok(vec![(
            Format::Ndjson,
            vec![Input {
                path: path.to_owned(),
                name: "standard input".to_owned(),
                bytes: 0,
            }],
        )]);
    }
    let unreadable = |source| ImportError::Read {
        path: path.display().to_string(),
        source,
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    let mut groups: Vec<(Format, Vec<Input>)> = [Format::Ndjson, Format::Text, Format::Markdown]
        .into_iter()
        .map(|format| (format, Vec::new()))
        .collect();
    let mut put = |format: Format, input: Input| {
        for (known, files) in &mut groups {
            if *known == format {
                files.push(input);
                return;
            }
        }
    };
    if metadata.is_file() {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let format = wanted
            .or_else(|| format_of(&name))
            .ok_or_else(|| ImportError::UnknownFormat(name.clone()))?;
        put(
            format,
            Input {
                path: path.to_owned(),
                name,
                bytes: metadata.len(),
            },
        );
    } else {
        let mut files = Vec::new();
        walk(path, path, &mut files).map_err(unreadable)?;
        files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        for file in files {
            let Some(format) = format_of(&file.name) else {
                continue;
            };
            let fits = wanted.is_none_or(|wanted| wanted == format);
            if fits && (format != Format::Markdown || markdown::is_post(&file.name)) {
                put(format, file);
            }
        }
    }
    groups.retain(|(_, files)| !files.is_empty());
    if groups.is_empty() {
        return Err(ImportError::UnknownFormat(path.display().to_string()));
    }
    Ok(groups)
}

fn format_of(name: &str) -> Option<Format> {
    let extension = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "ndjson" | "jsonl" => Format::Ndjson,
        "txt" | "text" | "sgm" | "sgml" => Format::Text,
        "md" | "markdown" | "mdown" | "mkd" | "mdx" => Format::Markdown,
        _ => return None,
    })
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<Input>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = std::fs::metadata(entry.path())?;
        if metadata.is_dir() {
            // A link to a folder above would never end.
            if !entry.file_type()?.is_symlink() {
                walk(root, &entry.path(), files)?;
            }
        } else {
            let path = entry.path();
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            files.push(Input {
                path,
                name,
                bytes: metadata.len(),
            });
        }
    }
    Ok(())
}
