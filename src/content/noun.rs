//! What authors, tags and sources have in common: an identity, a slug with its history, a name, and a feed of articles.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::Error;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, Value,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    Acting, Outcome, article::store::Counted, keeping::merged, reading::Reading,
    statements::in_chunks,
};
use crate::{
    access::refusal::Refusal,
    editorial::{identity::printed, moment::Moment, slug::name_key},
    events::{ChangeKind, News, SubjectKind, Turn},
    graphql::{
        connection::{COUNT_CAP, Count, Counter, Page, PageArguments, Window},
        cursor::{Fingerprint, Key, Position},
        errors::fault,
    },
    platform::bulk::{Is, Rows, Target},
};

const FORMER_SLUG: Target = Target {
    table: "former_slug",
    columns: &[
        ("subject_kind", Is::Code),
        ("slug", Is::Text),
        ("subject_id", Is::Id),
    ],
    suffix: "ON CONFLICT (subject_kind, slug) DO UPDATE SET subject_id = excluded.subject_id",
};

const FORMER_ID: Target = Target {
    table: "former_id",
    columns: &[
        ("former_id", Is::Id),
        ("subject_kind", Is::Code),
        ("subject_id", Is::Id),
        ("at", Is::Big),
    ],
    suffix: "ON CONFLICT (former_id) DO UPDATE SET subject_id = excluded.subject_id",
};

const SOURCE_DOMAIN: Target = Target {
    table: "source_domain",
    columns: &[("domain", Is::Text), ("source_id", Is::Id)],
    suffix: "ON CONFLICT (domain) DO NOTHING",
};

/// What led to a noun before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Former {
    /// Slugs that it had.
    pub slugs: Vec<String>,
    /// Ids of what was merged into it.
    pub ids: Vec<Uuid>,
}

/// An author, a tag or a source, as a row of its table.
pub trait Noun: FromQueryResult + Clone + Send + Sync + 'static {
    /// The noun as a dump carries it.
    type Document: Serialize + DeserializeOwned + Clone + PartialEq + Send + Sync;
    /// Its table.
    type Entity: EntityTrait;
    /// What the change log calls it.
    const SUBJECT: SubjectKind;
    /// Its name, which is also the name of its table.
    const NAME: &'static str;
    /// The feed of its articles: the table and the column that names the noun.
    const FEED: (&'static str, &'static str);
    /// The columns of a list row that hold the ordered ids of its kind and, beside them, the roles.
    const LISTED: (&'static str, Option<&'static str>);
    /// Where its rows are written.
    const TARGET: &'static Target;

    /// Its identity.
    fn id(&self) -> Uuid;
    /// Its readable name.
    fn slug(&self) -> &str;
    /// What orders it by name.
    fn sort_key(&self) -> &str;
    /// Counts its changes.
    fn version(&self) -> i64;
    /// As a document.
    fn document(&self, former: Former) -> Self::Document;
    /// The identity of a document.
    fn id_of(document: &Self::Document) -> Uuid;
    /// The present and the former slugs of a document.
    fn slugs_of(document: &Self::Document) -> (&str, &[String]);
    /// The ids of what was merged into a document's noun.
    fn former_ids_of(document: &Self::Document) -> Vec<Uuid>;
    /// The document with other former slugs and ids.
    fn with_former(document: Self::Document, former: Former) -> Self::Document;
    /// The document under another slug, as of a moment.
    fn revised(document: Self::Document, slug: String, at: Moment) -> Self::Document;
    /// The document with what it takes over from another that is merged into it, slugs and ids apart.
    fn joined(document: Self::Document, other: &Self::Document) -> Self::Document;
    /// What makes a document unfit, name and slug apart.
    fn faults_of(_document: &Self::Document) -> Vec<Refusal> {
        Vec::new()
    }
    /// The noun of the same kind that it belongs to.
    fn parent_of(_document: &Self::Document) -> Option<Uuid> {
        None
    }
    /// The name of a document.
    fn name_of(document: &Self::Document) -> &str;
    /// Keys of other names by which it is found.
    fn other_names_of(_document: &Self::Document) -> Vec<String> {
        Vec::new()
    }
    /// Domains that belong to it.
    fn domains_of(_document: &Self::Document) -> &[String] {
        &[]
    }
    /// The values of its row, in the order of the target's columns.
    fn row_of(document: &Self::Document) -> Vec<Value>;
}

/// What `save` would do, without writing anything.
///
/// # Errors
/// When the database does not answer.
pub async fn rehearse<N: Noun>(
    acting: &Acting,
    documents: &[N::Document],
) -> Result<Vec<Outcome>, DbErr> {
    let snapshot = acting.db.snapshot().await?;
    let ids: Vec<Uuid> = documents.iter().map(N::id_of).collect();
    let standing = documents_of::<N>(&snapshot, Some(&ids)).await?;
    let slugs: Vec<String> = documents
        .iter()
        .map(|document| N::slugs_of(document).0.to_owned())
        .collect();
    let owners = slug_owners::<N>(&snapshot, &slugs).await?;
    let went = merged::went(&snapshot, &ids).await?;
    snapshot.rollback().await?;
    Ok(judge::<N>(documents, &standing, owners, &went))
}

/// Writes nouns, each new, changed or left as it is, in one transaction with its change events.
///
/// A document is refused when its name or slug is empty, or its slug belongs to another noun of the same kind.
///
/// # Errors
/// When the database fails; then nothing was written.
pub async fn save<N: Noun>(
    acting: &Acting,
    documents: &[N::Document],
) -> Result<Vec<Outcome>, DbErr> {
    let transaction = acting.db.begin().await?;
    let mut turn = Turn::take(&transaction).await?;
    let ids: Vec<Uuid> = documents.iter().map(N::id_of).collect();
    let standing: HashMap<Uuid, N::Document> = documents_of::<N>(&transaction, Some(&ids)).await?;
    let slugs: Vec<String> = documents
        .iter()
        .map(|document| N::slugs_of(document).0.to_owned())
        .collect();
    let owners = slug_owners::<N>(&transaction, &slugs).await?;
    let went = merged::went(&transaction, &ids).await?;
    let outcomes = judge::<N>(documents, &standing, owners, &went);

    let news = write::<N>(&transaction, acting.now, documents, &standing, &outcomes).await?;
    turn.record(&transaction, acting.now, news).await?;
    transaction.commit().await?;
    Ok(outcomes)
}

/// Writes what was judged new or changed, with what led to it before and its domains; says what is to be recorded.
///
/// # Errors
/// When the database fails.
pub async fn write<N: Noun>(
    transaction: &DatabaseTransaction,
    now: Moment,
    documents: &[N::Document],
    standing: &HashMap<Uuid, N::Document>,
    outcomes: &[Outcome],
) -> Result<Vec<News>, DbErr> {
    let mut rows = Rows::into(N::TARGET);
    let mut former = Rows::into(&FORMER_SLUG);
    let mut former_ids = Rows::into(&FORMER_ID);
    let mut domains = Rows::into(&SOURCE_DOMAIN);
    let mut news = Vec::new();
    for (document, outcome) in documents.iter().zip(outcomes) {
        let kind = match outcome {
            Outcome::Created => ChangeKind::Published,
            Outcome::Updated => ChangeKind::Updated,
            Outcome::Unchanged | Outcome::Refused(_) => continue,
        };
        let id = N::id_of(document);
        let (slug, former_slugs) = N::slugs_of(document);
        rows.extend(N::row_of(document));
        let left = standing
            .get(&id)
            .map(|known| N::slugs_of(known).0)
            .filter(|old| *old != slug);
        let listed = former_slugs.iter().map(String::as_str);
        for old in listed.filter(|old| Some(*old) != left).chain(left) {
            former.push([N::SUBJECT.code().into(), old.into(), id.into()]);
        }
        for old in N::former_ids_of(document) {
            former_ids.push([
                old.into(),
                N::SUBJECT.code().into(),
                id.into(),
                now.0.into(),
            ]);
        }
        for domain in N::domains_of(document) {
            domains.push([domain.as_str().into(), id.into()]);
        }
        news.push(News {
            kind,
            subject_kind: N::SUBJECT,
            subject: id,
            revision: None,
            previous_revision: None,
        });
    }
    forget_domains::<N>(transaction, documents, outcomes).await?;
    rows.send(transaction).await?;
    former.send(transaction).await?;
    former_ids.send(transaction).await?;
    domains.send(transaction).await?;
    Ok(news)
}

/// Takes from changed nouns the domains that they had; those they still have are given back.
async fn forget_domains<N: Noun>(
    db: &impl ConnectionTrait,
    documents: &[N::Document],
    outcomes: &[Outcome],
) -> Result<(), DbErr> {
    if N::SUBJECT != SubjectKind::Source {
        return Ok(());
    }
    let changed = documents
        .iter()
        .zip(outcomes)
        .filter(|(_, outcome)| **outcome == Outcome::Updated);
    let ids: Vec<Uuid> = changed.map(|(document, _)| N::id_of(document)).collect();
    for chunk in in_chunks(&ids) {
        let statement = Query::delete()
            .from_table("source_domain")
            .and_where(Expr::col("source_id").is_in(chunk.iter().copied()))
            .to_owned();
        db.execute(&statement).await?;
    }
    Ok(())
}

fn judge<N: Noun>(
    documents: &[N::Document],
    standing: &HashMap<Uuid, N::Document>,
    mut owners: HashMap<String, Uuid>,
    went: &HashMap<Uuid, Uuid>,
) -> Vec<Outcome> {
    let mut seen = HashSet::new();
    documents
        .iter()
        .map(|document| {
            if let Some(into) = went.get(&N::id_of(document)) {
                return Outcome::Refused(format!(
                    "{} was merged into {} here; change that one instead",
                    printed(N::NAME, N::id_of(document)),
                    printed(N::NAME, *into)
                ));
            }
            if let Some(reason) = refusal::<N>(document, &owners, &mut seen) {
                return Outcome::Refused(reason);
            }
            let id = N::id_of(document);
            owners.insert(N::slugs_of(document).0.to_owned(), id);
            match standing.get(&id) {
                Some(known) if adds_nothing::<N>(known, document) => Outcome::Unchanged,
                Some(_) => Outcome::Updated,
                None => Outcome::Created,
            }
        })
        .collect()
}

/// Whether a document says what stands there already. A former slug or id leads here for ever, so leaving it out, or
/// naming them in another order, changes nothing.
fn adds_nothing<N: Noun>(known: &N::Document, document: &N::Document) -> bool {
    let kept = Former {
        slugs: N::slugs_of(known).1.to_vec(),
        ids: N::former_ids_of(known),
    };
    let slugs = N::slugs_of(document).1;
    slugs.iter().all(|slug| kept.slugs.contains(slug))
        && N::former_ids_of(document)
            .iter()
            .all(|id| kept.ids.contains(id))
        && N::with_former(document.clone(), kept) == *known
}

fn refusal<N: Noun>(
    document: &N::Document,
    owners: &HashMap<String, Uuid>,
    seen: &mut HashSet<Uuid>,
) -> Option<String> {
    let id = N::id_of(document);
    let (slug, _) = N::slugs_of(document);
    if N::name_of(document).trim().is_empty() {
        return Some(format!("the {} has no name; give it one", N::NAME));
    }
    if slug.is_empty() || slug.contains('/') {
        return Some(format!(
            "\"{slug}\" is no slug; a slug has at least one character and no slash"
        ));
    }
    match owners.get(slug) {
        Some(owner) if *owner != id => {
            return Some(format!(
                "the slug \"{slug}\" belongs to another {}; choose another slug",
                N::NAME
            ));
        }
        _ => {}
    }
    (!seen.insert(id)).then(|| format!("the same {} stands twice; keep one of the two", N::NAME))
}

/// Which noun has each of these slugs at present.
async fn slug_owners<N: Noun>(
    db: &impl ConnectionTrait,
    slugs: &[String],
) -> Result<HashMap<String, Uuid>, DbErr> {
    let mut owners = HashMap::new();
    for chunk in in_chunks(slugs) {
        let statement = Query::select()
            .columns(["slug", "id"])
            .from(N::NAME)
            .and_where(Expr::col("slug").is_in(chunk.iter().map(String::as_str)))
            .to_owned();
        for row in db.query_all(&statement).await? {
            owners.insert(row.try_get("", "slug")?, row.try_get("", "id")?);
        }
    }
    Ok(owners)
}

/// The documents of the nouns with these ids, or of all of them.
///
/// # Errors
/// When the database does not answer.
pub async fn documents_of<N: Noun>(
    db: &impl ConnectionTrait,
    ids: Option<&[Uuid]>,
) -> Result<HashMap<Uuid, N::Document>, DbErr> {
    let mut former: HashMap<Uuid, Former> = HashMap::new();
    let mut documents = HashMap::new();
    let all = [Uuid::nil()];
    for chunk in in_chunks(ids.unwrap_or(&all)) {
        let mut slugs = Query::select()
            .columns(["slug", "subject_id"])
            .from("former_slug")
            .and_where(Expr::col("subject_kind").eq(N::SUBJECT.code()))
            .order_by("slug", sea_orm::Order::Asc)
            .to_owned();
        let mut merged = Query::select()
            .columns(["former_id", "subject_id"])
            .from("former_id")
            .and_where(Expr::col("subject_kind").eq(N::SUBJECT.code()))
            .order_by("former_id", sea_orm::Order::Asc)
            .to_owned();
        let mut rows = select_all::<N>();
        if ids.is_some() {
            merged.and_where(Expr::col("subject_id").is_in(chunk.iter().copied()));
            slugs.and_where(Expr::col("subject_id").is_in(chunk.iter().copied()));
            rows.and_where(Expr::col("id").is_in(chunk.iter().copied()));
        }
        for row in db.query_all(&slugs).await? {
            former
                .entry(row.try_get("", "subject_id")?)
                .or_default()
                .slugs
                .push(row.try_get("", "slug")?);
        }
        for row in db.query_all(&merged).await? {
            former
                .entry(row.try_get("", "subject_id")?)
                .or_default()
                .ids
                .push(row.try_get("", "former_id")?);
        }
        for row in db.query_all(&rows).await? {
            let noun = N::from_query_result(&row, "")?;
            let former = former.remove(&noun.id()).unwrap_or_default();
            documents.insert(noun.id(), noun.document(former));
        }
    }
    Ok(documents)
}

/// A statement that selects whole rows of a noun.
#[must_use]
pub fn select_all<N: Noun>() -> SelectStatement {
    let mut statement = Query::select();
    statement.from(N::NAME);
    for (column, _) in N::TARGET.columns {
        statement.column((N::NAME, *column));
    }
    statement.column((N::NAME, "version"));
    statement
}

/// The names by which nouns of a kind are found, for importers that know only names.
#[derive(Debug, Default)]
pub struct Directory {
    by_name: HashMap<String, Uuid>,
    by_domain: HashMap<String, Uuid>,
    slugs: HashSet<String>,
    ids: HashSet<Uuid>,
    went: HashMap<Uuid, Uuid>,
}

impl Directory {
    /// Reads every name of a kind; there are a few thousand of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read<N: Noun>(db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let mut directory = Self::default();
        let mut documents: Vec<_> = documents_of::<N>(db, None).await?.into_iter().collect();
        documents.sort_unstable_by_key(|(id, _)| *id);
        for (_, document) in &documents {
            directory.add::<N>(document);
        }
        Ok(directory)
    }

    /// Adds a noun; a name that is known already keeps its noun.
    pub fn add<N: Noun>(&mut self, document: &N::Document) {
        let id = N::id_of(document);
        self.ids.insert(id);
        for former in N::former_ids_of(document) {
            self.went.insert(former, id);
        }
        self.by_name
            .entry(name_key(N::name_of(document)))
            .or_insert(id);
        for name in N::other_names_of(document) {
            self.by_name.entry(name).or_insert(id);
        }
        for domain in N::domains_of(document) {
            self.by_domain.entry(domain.clone()).or_insert(id);
        }
        let (slug, former) = N::slugs_of(document);
        self.slugs.insert(slug.to_owned());
        self.slugs.extend(former.iter().cloned());
    }

    /// Whether a noun of this identity exists.
    #[must_use]
    pub fn knows(&self, id: Uuid) -> bool {
        self.ids.contains(&id)
    }

    /// What was merged into other nouns, and into which.
    #[must_use]
    pub fn went(&self) -> &HashMap<Uuid, Uuid> {
        &self.went
    }

    /// The noun of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Uuid> {
        self.by_name.get(&name_key(name)).copied()
    }

    /// The noun that a domain, or a domain above it, belongs to.
    #[must_use]
    pub fn of_domain(&self, domain: &str) -> Option<Uuid> {
        let mut rest = domain;
        loop {
            if let Some(id) = self.by_domain.get(rest) {
                return Some(*id);
            }
            rest = rest
                .split_once('.')
                .map(|(_, above)| above)
                .filter(|above| above.contains('.'))?;
        }
    }

    /// A slug that nobody has, made from the wanted one.
    #[must_use]
    pub fn free_slug(&self, wanted: &str) -> String {
        std::iter::once(wanted.to_owned())
            .chain((2..u64::MAX).map(|number| format!("{wanted}-{number}")))
            .find(|slug| !self.slugs.contains(slug))
            .unwrap_or_default()
    }
}

/// A list as its column keeps it.
#[must_use]
pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "[]".to_owned())
}

/// A list from its column.
#[must_use]
pub fn list<T: DeserializeOwned>(text: &str) -> Vec<T> {
    serde_json::from_str(text).unwrap_or_default()
}

/// The nouns of one kind by name: one page, filtered by the codes of a column.
#[must_use]
pub fn page<N: Noun>(codes: Option<&(&'static str, Vec<i16>)>, window: &Window) -> SelectStatement {
    let mut statement = select_all::<N>();
    if let Some((column, codes)) = codes {
        statement.and_where(Expr::col((N::NAME, *column)).is_in(codes.iter().copied()));
    }
    window.apply(
        &mut statement,
        (N::NAME, "sort_key"),
        (N::NAME, "id"),
        false,
    );
    statement
}

/// Counts the nouns of one kind up to one beyond the cap.
#[must_use]
pub fn count<N: Noun>(codes: Option<&(&'static str, Vec<i16>)>) -> SelectStatement {
    let mut rows = Query::select();
    rows.expr(Expr::val(1))
        .from(N::NAME)
        .limit(u64::try_from(COUNT_CAP).unwrap_or(u64::MAX) + 1);
    if let Some((column, codes)) = codes {
        rows.and_where(Expr::col((N::NAME, *column)).is_in(codes.iter().copied()));
    }
    Query::select()
        .expr_as(Expr::cust("COUNT(*)"), "counted")
        .from_subquery(rows, "counted_rows")
        .to_owned()
}

/// A page of nouns by name, as a connection of the schema.
///
/// # Errors
/// When the arguments cannot be used, or the database fails.
pub async fn listed<N: Noun>(
    reading: &Arc<Reading>,
    arguments: PageArguments,
    codes: Option<(&'static str, Vec<i16>)>,
) -> Result<(Page<N>, Counter, Fingerprint), Error> {
    reading.note(|seen| {
        seen.noun_lists.insert(N::SUBJECT);
    });
    let list = Fingerprint::of(&(N::NAME, &codes));
    let window = arguments.window(list)?;
    let rows = reading
        .db
        .all(&page::<N>(codes.as_ref(), &window))
        .await
        .map_err(|error| fault(&error))?;
    let shared = Arc::clone(reading);
    let counter = Counter::new(move || {
        let (reading, codes) = (Arc::clone(&shared), codes.clone());
        async move {
            let counted: Option<Counted> = reading
                .db
                .one(&count::<N>(codes.as_ref()))
                .await
                .map_err(|error| fault(&error))?;
            Ok(Count::capped(counted.map_or(0, |row| row.counted)))
        }
    });
    Ok((window.cut(rows), counter, list))
}

/// The cursor of a noun in its list.
#[must_use]
pub fn cursor_of<N: Noun>(noun: &N, list: Fingerprint) -> String {
    Position {
        key: Key::Text(noun.sort_key().to_owned()),
        id: noun.id(),
    }
    .to_cursor(list)
}
