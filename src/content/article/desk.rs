//! The desk where articles are worked on: how an act finds the newest revision, and how it becomes one.
//!
//! Every act makes one immutable revision, so the version counts acts, and `expectedVersion` protects each of them. An act
//! is decided on what was read, rendered without any lock, and then written in one transaction that only goes through
//! when the version still stands. Nothing here decides what may be done; `writing` and `publishing` do.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    announcement, difference,
    document::ArticleDocument,
    draft::{Changes, DraftDocument},
    links::Linked,
    prepared::{Prepared, pack, unpack_draft},
    projection,
};
use crate::{
    access::{
        act::Act,
        audit::{self, Entry, Subject},
        once::{self, Claimed},
        refusal::{Code, Conflict, Denied, Refusal},
    },
    content::{Acting, keeping::merged, statements::in_chunks},
    editorial::{
        identity::ArticleId,
        moment::Moment,
        vocabulary::{ArticleStatus, DraftStage, RevisionAct},
    },
    events::{self, ChangeKind, News, SubjectKind, Turn},
    platform::{
        bulk::{Is, Rows, Target},
        db::Db,
        sql::sql,
    },
};

/// One revision of an article and where the article stands.
#[derive(Debug, Clone)]
pub struct Head {
    /// Which article.
    pub id: ArticleId,
    /// The version of the revision.
    pub version: i64,
    /// The newest version of the article.
    pub newest: i64,
    /// Its revision.
    pub revision: Uuid,
    /// How far the newest version has come.
    pub stage: DraftStage,
    /// Which version readers have or will have.
    pub published_version: Option<i64>,
    /// Its revision.
    pub published_revision: Option<Uuid>,
    /// Since when it is gone.
    pub withdrawn_at: Option<Moment>,
    /// When the article was begun.
    pub created_at: Moment,
    /// When readers see it from, if it is in the projection.
    pub visible_at: Option<Moment>,
    /// Since when readers have it without its body.
    pub retracted_at: Option<Moment>,
    /// Where readers have it.
    pub published_path: Option<String>,
    /// What made the revision.
    pub act: RevisionAct,
    /// When it was saved.
    pub saved_at: Moment,
    /// Who saved it.
    pub saved_by: Option<String>,
    /// What was said about it.
    pub comment: Option<String>,
    /// What was written.
    pub document: DraftDocument,
}

impl Head {
    /// What readers have of it at this moment.
    #[must_use]
    pub fn status(&self, now: Moment) -> ArticleStatus {
        if self.withdrawn_at.is_some() {
            return ArticleStatus::Withdrawn;
        }
        match self.visible_at {
            None => ArticleStatus::Unpublished,
            Some(at) if at > now => ArticleStatus::Scheduled,
            Some(_) if self.retracted_at.is_some() => ArticleStatus::Retracted,
            Some(_) => ArticleStatus::Published,
        }
    }
}

/// What an act is asked to do, and by which terms.
#[derive(Debug, Clone)]
pub struct Order {
    /// The act.
    pub act: Act,
    /// Which article.
    pub id: Uuid,
    /// The version that whoever asks has seen.
    pub expected_version: i64,
    /// The key under which a repeated act happens once.
    pub key: Option<String>,
    /// Everything else that was asked, to tell one input from another.
    pub input: String,
}

/// What an act makes of an article.
#[derive(Debug)]
pub struct Step {
    /// What is written now.
    pub document: DraftDocument,
    /// How far it has come.
    pub stage: DraftStage,
    /// What made it.
    pub act: RevisionAct,
    /// What is said about it.
    pub comment: Option<String>,
    /// Why, for the audit log.
    pub reason: Option<String>,
    /// What readers notice.
    pub readers: Readers,
}

/// What readers notice of an act.
#[derive(Debug)]
pub enum Readers {
    /// Nothing.
    Keep,
    /// They get this, now or at its time; followers of the log hear this of it.
    Get(Box<ArticleDocument>, ChangeKind),
    /// They lose it; `gone` says whether its paths tell so.
    Lose {
        /// Whether it is withdrawn, not only taken back from its time.
        gone: bool,
    },
}

/// What an act did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The article.
    pub id: Uuid,
    /// The version that the act made.
    pub version: i64,
    /// The last number of the change log when it was done.
    pub change: i64,
}

/// What is found when an act begins.
#[derive(Debug)]
pub enum Opened {
    /// The act has happened before, under the same key.
    Before(Done),
    /// The article, at the version expected.
    Now(Box<Head>),
}

/// Finds the article that an act is about.
///
/// # Errors
/// When the actor may not do this, the article does not exist, or its version is another one.
pub async fn open(acting: &Acting, order: &Order) -> Result<Opened, Denied> {
    acting.who.may(order.act)?;
    if let Some(done) = replayed(acting, order).await? {
        return Ok(Opened::Before(done));
    }
    let head = load(&acting.db, order.id, None)
        .await?
        .ok_or_else(|| Refusal::not_found("id", ArticleId(order.id)))?;
    if head.version != order.expected_version {
        // The same act may have been done between the two looks.
        return match replayed(acting, order).await? {
            Some(done) => Ok(Opened::Before(done)),
            None => Err(conflict(acting, order).await?),
        };
    }
    Ok(Opened::Now(Box::new(head)))
}

/// The answer of an act that has happened under the same key.
async fn replayed(acting: &Acting, order: &Order) -> Result<Option<Done>, Denied> {
    if order.key.is_none() {
        return Ok(None);
    }
    let transaction = acting.db.begin().await?;
    let claimed = claim(&transaction, acting, order).await?;
    transaction.rollback().await?;
    Ok(match claimed {
        Claimed::Before(answer) => Some(done_of(&answer)?),
        Claimed::New(_) => None,
    })
}

async fn claim(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    order: &Order,
) -> Result<Claimed, Denied> {
    let input = format!("{} {} {}", order.id, order.expected_version, order.input);
    once::claim(transaction, acting, order.act, order.key.as_deref(), &input).await
}

fn done_of(answer: &str) -> Result<Done, DbErr> {
    serde_json::from_str(answer)
        .map_err(|error| DbErr::Custom(format!("a kept answer cannot be read: {error}")))
}

/// What whoever expected another version is told.
async fn conflict(acting: &Acting, order: &Order) -> Result<Denied, DbErr> {
    let db = &acting.db;
    let Some(head) = load(db, order.id, None).await? else {
        return Ok(Refusal::not_found("id", ArticleId(order.id)).into());
    };
    let base = load(db, order.id, Some(order.expected_version)).await?;
    let changes = match &base {
        Some(base) => difference::of_fields(&base.document, &head.document),
        None => difference::of_fields(&DraftDocument::empty(head.id), &head.document),
    };
    Ok(Refusal::Conflict(Box::new(Conflict {
        message: format!(
            "{} has version {} now, not {}; look at what changed and try again with that version",
            head.id, head.version, order.expected_version
        ),
        current_version: head.version,
        saved_by: head.saved_by,
        saved_at: Some(head.saved_at),
        changes,
    }))
    .into())
}

/// What every revision is read with.
const HEAD: &str = "SELECT a.id, a.version AS newest, a.stage, a.published_version, a.published_revision_id, \
     a.withdrawn_at, a.created_at, p.published_at, p.retracted_at, p.path, r.id AS revision, r.version, r.act, \
     r.saved_at, r.saved_by_name, r.comment, r.document FROM article a JOIN revision r ON r.article_id = a.id \
     LEFT JOIN published_article p ON p.id = a.id";

/// A revision of an article: the one of a version, or the newest.
///
/// # Errors
/// When the database fails or the revision is damaged.
pub async fn load(db: &Db, id: Uuid, version: Option<i64>) -> Result<Option<Head>, DbErr> {
    let row = if let Some(version) = version {
        let text = format!("{HEAD} WHERE a.id = ? AND r.version = ?");
        db.row(&text, [id.into(), version.into()]).await?
    } else {
        let text = format!("{HEAD} WHERE a.id = ? AND r.version = a.version");
        db.row(&text, [id.into()]).await?
    };
    let Some(row) = row else { return Ok(None) };
    Ok(followed(db, vec![head_of(&row)?]).await?.pop())
}

/// The newest revisions of articles, in no order.
///
/// # Errors
/// When the database fails or a revision is damaged.
pub async fn newest(db: &Db, ids: &[Uuid]) -> Result<Vec<Head>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = vec!["?"; ids.len()].join(", ");
    let text = format!("{HEAD} WHERE a.id IN ({places}) AND r.version = a.version");
    let rows = db.rows(&text, ids.iter().map(|id| (*id).into())).await?;
    let heads: Result<Vec<Head>, DbErr> = rows.iter().map(head_of).collect();
    followed(db, heads?).await
}

/// Revisions as they read now: what they link to may have been merged into something else since.
async fn followed(db: &Db, mut heads: Vec<Head>) -> Result<Vec<Head>, DbErr> {
    let linked: Vec<Uuid> = heads
        .iter()
        .flat_map(|head| head.document.linked())
        .collect();
    let went = merged::went_now(db, &linked).await?;
    for head in &mut heads {
        head.document.relink(&went);
    }
    Ok(heads)
}

/// A draft with changes made to it, which may name what was merged into something else.
///
/// # Errors
/// When the database fails.
pub async fn changed(
    db: &Db,
    document: DraftDocument,
    changes: Changes,
) -> Result<DraftDocument, DbErr> {
    let mut document = document.changed(changes);
    let went = merged::went_now(db, &document.linked()).await?;
    document.relink(&went);
    Ok(document)
}

fn head_of(row: &QueryResult) -> Result<Head, DbErr> {
    let id: Uuid = row.try_get("", "id")?;
    let packed: Vec<u8> = row.try_get("", "document")?;
    let document = unpack_draft(&packed)
        .map_err(|reason| DbErr::Custom(format!("a revision of {id} is damaged: {reason}")))?;
    let moment = |column| {
        row.try_get::<Option<i64>>("", column)
            .map(|at| at.map(Moment))
    };
    let saved_by: String = row.try_get("", "saved_by_name")?;
    Ok(Head {
        id: ArticleId(id),
        version: row.try_get("", "version")?,
        newest: row.try_get("", "newest")?,
        revision: row.try_get("", "revision")?,
        stage: DraftStage::of_code(row.try_get("", "stage")?).unwrap_or(DraftStage::Writing),
        published_version: row.try_get("", "published_version")?,
        published_revision: row.try_get("", "published_revision_id")?,
        withdrawn_at: moment("withdrawn_at")?,
        created_at: Moment(row.try_get("", "created_at")?),
        visible_at: moment("published_at")?,
        retracted_at: moment("retracted_at")?,
        published_path: row.try_get("", "path")?,
        act: RevisionAct::of_code(row.try_get("", "act")?).unwrap_or(RevisionAct::Imported),
        saved_at: Moment(row.try_get("", "saved_at")?),
        saved_by: (!saved_by.is_empty()).then_some(saved_by),
        comment: row.try_get("", "comment")?,
        document,
    })
}

const REVISION: Target = Target {
    table: "revision",
    columns: &[
        ("article_id", Is::Id),
        ("version", Is::Big),
        ("id", Is::Id),
        ("saved_at", Is::Big),
        ("document", Is::Bytes),
        ("act", Is::Code),
        ("saved_by", Is::OptionalId),
        ("saved_by_name", Is::Text),
        ("comment", Is::OptionalText),
    ],
    suffix: "",
};

const DRAFT: Target = Target {
    table: "draft",
    columns: &[
        ("article_id", Is::Id),
        ("stage", Is::Code),
        ("headline", Is::Text),
        ("saved_at", Is::Big),
        ("saved_by", Is::OptionalId),
    ],
    suffix: "ON CONFLICT (article_id) DO UPDATE SET stage = excluded.stage, headline = excluded.headline, \
             saved_at = excluded.saved_at, saved_by = excluded.saved_by",
};

const DRAFT_LINK: Target = Target {
    table: "draft_link",
    columns: &[("subject_id", Is::Id), ("article_id", Is::Id)],
    suffix: "ON CONFLICT (subject_id, article_id) DO NOTHING",
};

const NEW_ARTICLE: Target = Target {
    table: "article",
    columns: &[
        ("id", Is::Id),
        ("version", Is::Big),
        ("revision_id", Is::Id),
        ("content_hash", Is::Big),
        ("created_at", Is::Big),
        ("stage", Is::Code),
    ],
    suffix: "",
};

/// Links what retracted articles need that are brought in from elsewhere, in place of what they were linked to here.
///
/// # Errors
/// When the database fails.
pub(super) async fn link_retracted(
    transaction: &DatabaseTransaction,
    known: &[Uuid],
    articles: impl Iterator<Item = &ArticleDocument>,
) -> Result<(), DbErr> {
    for chunk in in_chunks(known) {
        let places = vec!["?"; chunk.len()].join(", ");
        let delete = sql(
            transaction,
            &format!("DELETE FROM draft_link WHERE article_id IN ({places})"),
            chunk.iter().map(|id| (*id).into()),
        );
        transaction.execute_raw(delete).await?;
    }
    let mut rows = Rows::into(&DRAFT_LINK);
    for article in articles.filter(|article| article.retracted_at.is_some()) {
        for link in article.linked() {
            rows.push([link.into(), article.id.0.into()]);
        }
    }
    rows.send(transaction).await
}

/// Begins an article with its first revision.
///
/// # Errors
/// When the actor may not, or the key was used otherwise.
pub async fn begin(acting: &Acting, order: &Order, step: Step) -> Result<Done, Denied> {
    acting.who.may(order.act)?;
    let transaction = acting.db.begin().await?;
    let claim = match once::claim(
        &transaction,
        acting,
        order.act,
        order.key.as_deref(),
        &order.input,
    )
    .await?
    {
        Claimed::Before(answer) => return Ok(done_of(&answer)?),
        Claimed::New(claim) => claim,
    };
    let id = step.document.id.0;
    let revision = Uuid::now_v7();
    let mut rows = Rows::into(&NEW_ARTICLE);
    rows.push([
        id.into(),
        1_i64.into(),
        revision.into(),
        0_i64.into(),
        acting.now.0.into(),
        step.stage.code().into(),
    ]);
    rows.send(&transaction).await?;
    write_revision(&transaction, acting, 1, revision, &step, &[]).await?;
    let done = Done {
        id,
        version: 1,
        change: events::last_number_in(&transaction).await?,
    };
    note(&transaction, acting, order.act, None, &step, done).await?;
    claim.answered(&transaction, acting, &json(&done)).await?;
    transaction.commit().await?;
    Ok(done)
}

/// Makes the next revision of an article of what was decided on its newest one.
///
/// # Errors
/// When somebody else was faster, or what it needs does not exist or belongs to another article.
pub async fn close(
    acting: &Acting,
    order: &Order,
    head: &Head,
    step: Step,
) -> Result<Done, Denied> {
    let prepared = match &step.readers {
        Readers::Get(article, _) => Some(
            Prepared::of((**article).clone())
                .map_err(|error| DbErr::Custom(format!("an article is no JSON: {error}")))?,
        ),
        _ => None,
    };
    let withheld = withheld(acting, head, &step).await?;
    let transaction = acting.db.begin().await?;
    let mut turn = match &step.readers {
        Readers::Keep => None,
        _ => Some(Turn::take(&transaction).await?),
    };
    let claim = match claim(&transaction, acting, order).await? {
        Claimed::Before(answer) => return Ok(done_of(&answer)?),
        Claimed::New(claim) => claim,
    };
    let id = head.id.0;
    let version = head.version + 1;
    let revision = Uuid::now_v7();
    let (published_version, published_revision, withdrawn_at) = match &step.readers {
        Readers::Keep => (
            head.published_version,
            head.published_revision,
            head.withdrawn_at,
        ),
        Readers::Get(..) => (Some(version), Some(revision), None),
        // What was withdrawn can come back as it was.
        Readers::Lose { gone: true } => (
            head.published_version,
            head.published_revision,
            Some(acting.now),
        ),
        Readers::Lose { gone: false } => (None, None, None),
    };
    let update = sql(
        &transaction,
        "UPDATE article SET version = ?, revision_id = ?, stage = ?, published_version = ?, \
         published_revision_id = ?, withdrawn_at = ?, content_hash = COALESCE(?, content_hash) \
         WHERE id = ? AND version = ?",
        [
            version.into(),
            revision.into(),
            step.stage.code().into(),
            published_version.into(),
            published_revision.into(),
            withdrawn_at.map(|at| at.0).into(),
            prepared.as_ref().map(|article| article.content_hash).into(),
            id.into(),
            head.version.into(),
        ],
    );
    if transaction.execute_raw(update).await?.rows_affected() != 1 {
        transaction.rollback().await?;
        return Err(conflict(acting, order).await?);
    }
    write_revision(&transaction, acting, version, revision, &step, &withheld).await?;
    if let Some(turn) = &mut turn {
        let news = show(
            &transaction,
            acting,
            head,
            version,
            revision,
            &step,
            prepared.as_ref(),
        )
        .await?;
        turn.record(&transaction, acting.now, news).await?;
    }
    let done = Done {
        id,
        version,
        change: events::last_number_in(&transaction).await?,
    };
    note(&transaction, acting, order.act, Some(head), &step, done).await?;
    claim.answered(&transaction, acting, &json(&done)).await?;
    transaction.commit().await?;
    Ok(done)
}

/// What a retracted article needs when it comes back, while a draft beside it changes.
async fn withheld(acting: &Acting, head: &Head, step: &Step) -> Result<Vec<Uuid>, DbErr> {
    let published = match (&step.readers, head.retracted_at, head.published_version) {
        (Readers::Keep, Some(_), Some(version)) => {
            load(&acting.db, head.id.0, Some(version)).await?
        }
        _ => None,
    };
    Ok(published.map_or_else(Vec::new, |head| head.document.linked()))
}

/// Writes a revision, and where the newsroom finds it; `withheld` is needed beside what the revision links to.
async fn write_revision(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    version: i64,
    revision: Uuid,
    step: &Step,
    withheld: &[Uuid],
) -> Result<(), DbErr> {
    let id = step.document.id.0;
    let unwritable = |error| DbErr::Custom(format!("a draft is no JSON: {error}"));
    let packed = match &step.readers {
        Readers::Get(article, _) => pack(article.as_ref()),
        _ => pack(&step.document),
    };
    let saved_by = acting.who.account.map_or(Uuid::nil(), |account| account.0);
    let mut rows = Rows::into(&REVISION);
    rows.push([
        id.into(),
        version.into(),
        revision.into(),
        acting.now.0.into(),
        packed.map_err(unwritable)?.into(),
        step.act.code().into(),
        saved_by.into(),
        acting.who.name.as_str().into(),
        step.comment.clone().unwrap_or_default().into(),
    ]);
    rows.send(transaction).await?;
    for table in ["draft", "draft_link"] {
        let delete = sql(
            transaction,
            &format!("DELETE FROM {table} WHERE article_id = ?"),
            [id.into()],
        );
        transaction.execute_raw(delete).await?;
    }
    let is_open = matches!(
        step.stage,
        DraftStage::Writing | DraftStage::InReview | DraftStage::Returned
    );
    if is_open {
        let mut rows = Rows::into(&DRAFT);
        rows.push([
            id.into(),
            step.stage.code().into(),
            step.document.headline.clone().unwrap_or_default().into(),
            acting.now.0.into(),
            saved_by.into(),
        ]);
        rows.send(transaction).await?;
    }
    // What the projection does not show is linked here, so that nobody deletes what a draft, or an article that may come
    // back, needs.
    let is_hidden = match &step.readers {
        Readers::Keep => false,
        Readers::Get(article, _) => article.retracted_at.is_some(),
        Readers::Lose { .. } => true,
    };
    let linked = if is_open || is_hidden {
        step.document.linked()
    } else {
        Vec::new()
    };
    let mut rows = Rows::into(&DRAFT_LINK);
    for link in linked.iter().chain(withheld) {
        rows.push([(*link).into(), id.into()]);
    }
    rows.send(transaction).await?;
    Ok(())
}

/// Writes what readers notice, and what followers of the log hear of it.
async fn show(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    head: &Head,
    version: i64,
    revision: Uuid,
    step: &Step,
    prepared: Option<&Prepared>,
) -> Result<Vec<News>, Denied> {
    let id = head.id.0;
    let standing = projection::standing(transaction, &[id]).await?;
    let unannounced = announcement::waiting(transaction, &[id])
        .await?
        .contains(&id);
    let was_visible = head.visible_at.is_some_and(|at| at <= acting.now);
    let news = |kind, revision, previous_revision| News {
        kind,
        subject_kind: SubjectKind::Article,
        subject: id,
        revision,
        previous_revision,
    };
    let mut heard = Vec::new();
    if unannounced && was_visible {
        heard.push(news(ChangeKind::Published, head.published_revision, None));
    }
    announcement::forget(transaction, &[id]).await?;
    if !was_visible && head.withdrawn_at.is_none() {
        // Nobody has ever been at its paths.
        let delete = sql(
            transaction,
            "DELETE FROM path WHERE article_id = ?",
            [id.into()],
        );
        transaction.execute_raw(delete).await?;
    }
    let previous = head.published_revision.filter(|_| was_visible);
    match (&step.readers, prepared) {
        (Readers::Get(article, kind), Some(prepared)) => {
            let mut stands_in_the_way = dangling(transaction, article).await?;
            stands_in_the_way.extend(taken(transaction, article).await?);
            if !stands_in_the_way.is_empty() {
                return Err(Denied::Refused(stands_in_the_way));
            }
            projection::put(transaction, &[(prepared, version)], &standing).await?;
            if article.published_at > acting.now {
                announcement::expect(transaction, &[(id, article.published_at)]).await?;
                heard.push(news(ChangeKind::Scheduled, Some(revision), None));
            } else {
                let kind = if was_visible {
                    *kind
                } else {
                    ChangeKind::Published
                };
                heard.push(news(kind, Some(revision), previous));
            }
        }
        (Readers::Lose { .. }, _) => {
            projection::remove(transaction, &standing).await?;
            if was_visible {
                heard.push(news(ChangeKind::Withdrawn, None, previous));
            } else if head.visible_at.is_some() {
                heard.push(news(ChangeKind::Scheduled, None, None));
            }
        }
        _ => {}
    }
    Ok(heard)
}

/// Links of an article that lead nowhere.
async fn dangling(
    transaction: &DatabaseTransaction,
    article: &ArticleDocument,
) -> Result<Vec<Refusal>, DbErr> {
    let mut refusals = Vec::new();
    let wanted = [
        (
            "author",
            "authors",
            article
                .authors
                .iter()
                .map(|c| c.author.0)
                .collect::<Vec<_>>(),
        ),
        (
            "tag",
            "tags",
            article.tags.iter().map(|tag| tag.0).collect(),
        ),
        (
            "source",
            "citations",
            article
                .citations
                .iter()
                .filter_map(|c| c.source.map(|source| source.0))
                .collect(),
        ),
    ];
    for (table, field, ids) in wanted {
        if ids.is_empty() {
            continue;
        }
        let places = vec!["?"; ids.len()].join(", ");
        let select = sql(
            transaction,
            &format!("SELECT id FROM {table} WHERE id IN ({places})"),
            ids.iter().map(|id| (*id).into()),
        );
        let mut found: Vec<Uuid> = Vec::with_capacity(ids.len());
        for row in transaction.query_all_raw(select).await? {
            found.push(row.try_get("", "id")?);
        }
        for (index, id) in ids.iter().enumerate().filter(|(_, id)| !found.contains(id)) {
            refusals.push(Refusal::invalid(
                Code::Dangling,
                &[field, &index.to_string()],
                format!(
                    "there is no {}; take it out of the draft or create the {table} first",
                    crate::editorial::identity::printed(table, *id)
                ),
            ));
        }
    }
    Ok(refusals)
}

/// A slug or path that another article has.
async fn taken(
    transaction: &DatabaseTransaction,
    article: &ArticleDocument,
) -> Result<Vec<Refusal>, DbErr> {
    #[derive(FromQueryResult)]
    struct Owner {
        what: String,
    }
    let id = article.id.0;
    let mut refusals = Vec::new();
    let select = sql(
        transaction,
        "SELECT slug AS what FROM published_article WHERE slug = ? AND id <> ?",
        [article.slug.as_str().into(), id.into()],
    );
    if transaction.query_one_raw(select).await?.is_some() {
        refusals.push(Refusal::invalid(
            Code::Taken,
            &["slug"],
            format!(
                "the slug \"{}\" belongs to another article; choose another slug",
                article.slug
            ),
        ));
    }
    let paths: Vec<&String> = article.former_paths.iter().chain([&article.path]).collect();
    let places = vec!["?"; paths.len()].join(", ");
    let select = sql(
        transaction,
        &format!("SELECT path AS what FROM path WHERE path IN ({places}) AND article_id <> ?"),
        paths
            .iter()
            .map(|path| path.as_str().into())
            .chain([id.into()]),
    );
    for row in transaction.query_all_raw(select).await? {
        let owner = Owner::from_query_result(&row, "")?;
        refusals.push(Refusal::invalid(
            Code::Taken,
            &["path"],
            format!(
                "the path \"{}\" leads to another article; choose another path",
                owner.what
            ),
        ));
    }
    Ok(refusals)
}

/// Puts the act on record. Revisions keep the words; the entry says which.
async fn note(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    act: Act,
    before: Option<&Head>,
    step: &Step,
    done: Done,
) -> Result<(), DbErr> {
    let before = before.map(|head| {
        serde_json::json!({ "version": head.version, "stage": head.stage.as_str() }).to_string()
    });
    let mut after = serde_json::json!({ "version": done.version, "stage": step.stage.as_str() });
    if let Readers::Get(article, _) = &step.readers {
        after["publishedAt"] = article.published_at.to_rfc3339().into();
    }
    let entry = Entry {
        act,
        subject_kind: Subject::Article,
        subject: done.id,
        version: Some(done.version),
        reason: step.reason.clone(),
        before,
        after: Some(after.to_string()),
    };
    audit::note(transaction, acting, entry).await
}

fn json(done: &Done) -> String {
    serde_json::to_string(done).unwrap_or_default()
}
