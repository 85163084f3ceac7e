//! Reads the change log and tells what each entry did to what readers see.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use sea_orm::DbErr;
use uuid::Uuid;

use super::{Cache, LEASE, lock};
use crate::{
    content::{
        article::{document::ArticleDocument, links::Linked, prepared::unpack},
        keeping::merged,
        seen::{Facts, Happened},
    },
    editorial::moment::Moment,
    events::{self, Change, ChangeKind, SubjectKind},
    platform::{clock::Clock, db::Db},
};

/// How often the change log is looked at.
const PAUSE: Duration = Duration::from_millis(150);
/// So many changes at once are not looked into: everything is given up.
const MOST: u64 = 256;
/// So many scheduled articles are read at once.
const BATCH: usize = 500;

/// Who reads the log; one at a time.
#[derive(Default)]
pub struct Follower {
    has_begun: bool,
    /// When it last read the log, unless what was given out has been purged since because it could not.
    last_read: Option<Instant>,
}

/// What an entry of the log did.
enum Did {
    /// This, as far as readers notice.
    Happened(Happened),
    /// Readers will have this, or nothing, at a later time.
    Will(Uuid, Option<Arc<Facts>>),
    /// More than can be told.
    Anything,
}

impl Cache {
    /// Reads on in the change log and gives up what it touches. Whatever was committed before the call is worked off
    /// when it returns.
    ///
    /// # Errors
    /// When the database does not answer; then nothing is vouched for until it does.
    pub async fn follow(&self, db: &Db, now: Moment) -> Result<(), DbErr> {
        let mut follower = self.follower.lock().await;
        let begun = Instant::now();
        let followed = self.read_on(&mut follower, db, now).await;
        let is_following = followed.is_ok();
        self.counts
            .is_following
            .store(is_following, Ordering::Relaxed);
        if is_following {
            follower.last_read = Some(begun);
            let until = begun.duration_since(self.opened) + LEASE;
            let until = i64::try_from((until + self.stale_if_error).as_millis());
            self.vouched_until
                .store(until.unwrap_or(i64::MAX), Ordering::Release);
        } else if self.stale_if_error.is_zero() {
            self.vouched_until.store(0, Ordering::Release);
        }
        if !is_following
            && follower
                .last_read
                .is_some_and(|read| read.elapsed() > LEASE + self.stale_if_error)
            && let Some(purges) = &self.cdn.purges
        {
            // Nobody vouches for what was given out either.
            follower.last_read = None;
            purges.add_everything();
        }
        followed
    }

    /// Follows the change log until it is dropped. The lease outlasts several looks.
    pub async fn keep_up(self: Arc<Self>, db: Db, clock: Clock) {
        let mut was_following = true;
        loop {
            let followed = self.follow(&db, clock.now()).await;
            match &followed {
                Err(error) if was_following => {
                    tracing::warn!(%error, "the change log cannot be followed; kept answers are not given until it can");
                }
                Ok(()) if !was_following => tracing::info!("the change log is followed again"),
                _ => {}
            }
            was_following = followed.is_ok();
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn read_on(&self, follower: &mut Follower, db: &Db, now: Moment) -> Result<(), DbErr> {
        if !follower.has_begun {
            self.begin(db, now).await?;
            follower.has_begun = true;
            return Ok(());
        }
        let position = lock(&self.state).timeline.position();
        let changes = events::after(db, position, MOST).await?;
        if changes.len() as u64 >= MOST {
            return self.begin(db, now).await;
        }
        if changes.is_empty() {
            // The clock may have shown something, and a content delivery network lets nobody come here to notice.
            self.let_rise(now);
            return Ok(());
        }
        let mut facts = Reader::new(db, &changes).await?;
        let mut did = Vec::with_capacity(changes.len());
        for change in &changes {
            did.push(facts.of(change, now).await?);
        }
        // What waits for its time is known by the kinds of its sources as well.
        let sources_changed = changes
            .iter()
            .any(|change| change.news.subject_kind == SubjectKind::Source);
        let waiting = if sources_changed && self.next_due.load(Ordering::Acquire) != i64::MAX {
            Some(waiting(db, now).await?)
        } else {
            None
        };
        let mut state = lock(&self.state);
        let mut happened = Vec::with_capacity(did.len());
        for (change, did) in changes.iter().zip(did) {
            // What the clock has shown meanwhile was there before this change.
            happened.extend(state.timeline.rise(now.min(change.at)));
            match did {
                Did::Happened(Happened::Article {
                    id, before, after, ..
                }) => {
                    let risen = state.timeline.told(id);
                    state.timeline.forget(id);
                    let before = risen.or(before);
                    let after = after.filter(|facts| {
                        let is_visible = facts.visible_at() <= now;
                        if !is_visible {
                            state.timeline.expect(id, Arc::clone(facts));
                        }
                        is_visible
                    });
                    happened.push(Happened::to_article(id, before, after));
                }
                Did::Happened(event) => happened.push(event),
                Did::Will(id, facts) => {
                    let before = state.timeline.told(id);
                    match facts {
                        Some(facts) => state.timeline.expect(id, facts),
                        None => state.timeline.forget(id),
                    }
                    if before.is_some() {
                        happened.push(Happened::to_article(id, before, None));
                    }
                }
                Did::Anything => self.clear(&mut state),
            }
            state.timeline.reached(change.number);
        }
        for (id, facts) in waiting.into_iter().flatten() {
            state.timeline.expect(id, facts);
        }
        happened.extend(state.timeline.rise(now));
        self.work_off(&mut state, &happened);
        Ok(())
    }

    /// Begins at the end of the log, with nothing kept.
    async fn begin(&self, db: &Db, now: Moment) -> Result<(), DbErr> {
        let last = events::last_number(db).await?;
        let waiting = waiting(db, now).await?;
        let mut state = lock(&self.state);
        state.timeline.clear();
        state.timeline.reached(last);
        for (id, facts) in waiting {
            state.timeline.expect(id, facts);
        }
        self.clear(&mut state);
        Ok(())
    }
}

/// The articles that the clock will show.
async fn waiting(db: &Db, now: Moment) -> Result<Vec<(Uuid, Arc<Facts>)>, DbErr> {
    let rows = db
        .rows(
            "SELECT a.id, a.published_revision_id AS revision FROM published_article p \
             JOIN article a ON a.id = p.id WHERE p.published_at > ?",
            [now.0.into()],
        )
        .await?;
    let mut wanted = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(revision) = row.try_get::<Option<Uuid>>("", "revision")? {
            wanted.push((row.try_get::<Uuid>("", "id")?, revision));
        }
    }
    let mut waiting = Vec::with_capacity(wanted.len());
    for chunk in wanted.chunks(BATCH) {
        let mut found = revisions(db, chunk).await?;
        for (id, revision) in chunk {
            if let Some(facts) = found.remove(revision) {
                waiting.push((*id, facts));
            }
        }
    }
    Ok(waiting)
}

/// Revisions that readers had or have, by id; those that cannot be read are left out.
async fn revisions(db: &Db, wanted: &[(Uuid, Uuid)]) -> Result<HashMap<Uuid, Arc<Facts>>, DbErr> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let articles = vec!["?"; wanted.len()].join(", ");
    let text = format!(
        "SELECT id, document FROM revision WHERE article_id IN ({articles}) AND id IN ({articles})"
    );
    let values = (wanted.iter().map(|(article, _)| (*article).into()))
        .chain(wanted.iter().map(|(_, revision)| (*revision).into()));
    let mut documents = Vec::with_capacity(wanted.len());
    for row in db.rows(&text, values).await? {
        let packed: Vec<u8> = row.try_get("", "document")?;
        if let Ok(document) = unpack(&packed) {
            documents.push((row.try_get::<Uuid>("", "id")?, document));
        }
    }
    let linked: Vec<Uuid> = documents.iter().flat_map(|(_, d)| d.linked()).collect();
    let went = merged::went_now(db, &linked).await?;
    for (_, document) in &mut documents {
        document.relink(&went);
    }
    let kinds = source_kinds(db, documents.iter().map(|(_, document)| document)).await?;
    Ok(documents
        .into_iter()
        .map(|(id, document)| (id, Arc::new(Facts::of(document, &kinds))))
        .collect())
}

/// What sort of source each is that these documents cite.
async fn source_kinds<'a>(
    db: &Db,
    documents: impl Iterator<Item = &'a ArticleDocument>,
) -> Result<HashMap<Uuid, i16>, DbErr> {
    let cited: HashSet<Uuid> = documents
        .flat_map(|document| &document.citations)
        .filter_map(|citation| citation.source.map(|source| source.0))
        .collect();
    if cited.is_empty() {
        return Ok(HashMap::new());
    }
    let places = vec!["?"; cited.len()].join(", ");
    let text = format!("SELECT id, kind FROM source WHERE id IN ({places})");
    let rows = db.rows(&text, cited.into_iter().map(Into::into)).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "id")?, row.try_get("", "kind")?)))
        .collect()
}

/// Finds out what entries of the log did.
struct Reader<'a> {
    db: &'a Db,
    revisions: HashMap<Uuid, Arc<Facts>>,
}

impl<'a> Reader<'a> {
    async fn new(db: &'a Db, changes: &[Change]) -> Result<Self, DbErr> {
        let wanted: Vec<(Uuid, Uuid)> = changes
            .iter()
            .filter(|change| change.news.subject_kind == SubjectKind::Article)
            .flat_map(|change| {
                let news = &change.news;
                [news.revision, news.previous_revision]
                    .into_iter()
                    .flatten()
                    .map(|revision| (news.subject, revision))
            })
            .collect();
        Ok(Self {
            revisions: revisions(db, &wanted).await?,
            db,
        })
    }

    async fn of(&mut self, change: &Change, now: Moment) -> Result<Did, DbErr> {
        let news = &change.news;
        match news.subject_kind {
            SubjectKind::Site => {
                let row = self.db.row("SELECT language FROM site", []).await?;
                let language = row.map_or(Ok(String::new()), |row| row.try_get("", "language"))?;
                Ok(Did::Happened(Happened::Site { language }))
            }
            SubjectKind::Article => self.article(change, now).await,
            kind => self.noun(kind, change).await,
        }
    }

    async fn article(&mut self, change: &Change, now: Moment) -> Result<Did, DbErr> {
        let news = &change.news;
        let known = |revision: Option<Uuid>| match revision {
            None => Some(None),
            Some(revision) => self.revisions.get(&revision).cloned().map(Some),
        };
        let (Some(before), Some(after)) = (known(news.previous_revision), known(news.revision))
        else {
            return Ok(Did::Anything);
        };
        if news.kind == ChangeKind::Scheduled {
            if after.is_none() && self.is_withdrawn(news.subject).await? {
                return Ok(Did::Anything);
            }
            // Its time may have come before this was read.
            return Ok(match after {
                Some(facts) if facts.visible_at() <= now => {
                    Did::Happened(Happened::to_article(news.subject, None, Some(facts)))
                }
                after => Did::Will(news.subject, after),
            });
        }
        if news.kind == ChangeKind::Withdrawn && before.is_none() {
            // Its paths lead to nothing known.
            return Ok(Did::Anything);
        }
        Ok(Did::Happened(Happened::to_article(
            news.subject,
            before,
            after,
        )))
    }

    async fn is_withdrawn(&self, article: Uuid) -> Result<bool, DbErr> {
        let text = "SELECT id FROM article WHERE id = ? AND withdrawn_at IS NOT NULL";
        Ok(self.db.row(text, [article.into()]).await?.is_some())
    }

    async fn noun(&self, kind: SubjectKind, change: &Change) -> Result<Did, DbErr> {
        let id = change.news.subject;
        let table = match kind {
            SubjectKind::Author => "author",
            SubjectKind::Tag => "tag",
            _ => "source",
        };
        let text = format!(
            "SELECT slug FROM {table} WHERE id = ? UNION SELECT slug FROM former_slug \
             WHERE subject_kind = ? AND subject_id = ?"
        );
        let rows = self
            .db
            .rows(&text, [id.into(), kind.code().into(), id.into()])
            .await?;
        let slugs: Result<Vec<String>, DbErr> =
            rows.iter().map(|row| row.try_get("", "slug")).collect();
        let merged = match change.news.kind {
            ChangeKind::Merged => merged::went_now(self.db, &[id]).await?.remove(&id),
            _ => None,
        };
        Ok(Did::Happened(Happened::Noun {
            kind,
            id,
            slugs: slugs?,
            gone: matches!(change.news.kind, ChangeKind::Withdrawn | ChangeKind::Merged),
            merged,
        }))
    }
}
