//! One import from beginning to end: which files, which format, batch after batch.

use std::{
    collections::{HashSet, VecDeque},
    path::PathBuf,
    sync::Arc,
};

use futures_util::{StreamExt, stream};
use sea_orm::DbErr;
use tokio::sync::mpsc;

use super::{
    adopt::{Adopted, Adoption},
    imported::{Imported, Place},
    inputs::{Format, Found, Input, inputs, read_documents, read_lines},
    ready::{Ready, expect_header, prepare},
    report::{ImportError, Report},
};
use crate::{
    access::Actor,
    content::{
        Acting, Outcome,
        article::{
            self,
            commands::{self, History, References, Submission, Withdrawal},
            links::Linked,
            prepared::Prepared,
        },
        author,
        noun::{self, Directory, Noun},
        site, source, tag,
    },
    platform::db::Db,
};

/// How often a batch is adopted again when another import makes the same names at the same time.
const TRIES: usize = 5;
/// Files that are read and written together.
const FILES: usize = 64;
/// Batches that are prepared while another one is written.
const AHEAD: usize = 2;
/// So many new articles change what the database should know of its tables.
const GROWN: u64 = 1_000;

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
                who: Arc::new(Actor::operator("import")),
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

    /// Links an article to what its authors, tags and sources were merged into here.
    fn relink(&self, submission: &mut Submission) -> Result<(), ImportError> {
        let document = &mut submission.article.document;
        let mut changed = false;
        for directory in [&self.authors, &self.tags, &self.sources] {
            changed |= document.relink(directory.went());
        }
        if changed {
            submission.article = Prepared::of(document.clone())
                .map_err(|error| DbErr::Custom(format!("an article is no JSON: {error}")))?;
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
        let (places, mut submissions): (Vec<Place>, Vec<Submission>) = batch.into_iter().unzip();
        for submission in &mut submissions {
            self.relink(submission)?;
        }
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
