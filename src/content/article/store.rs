//! The rows of published articles. Every read begins at `visible`.

use std::collections::HashMap;

use sea_orm::{
    ConnectionTrait, DbErr, EntityName, FromQueryResult, IdenStatic, Iterable,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement},
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    entity,
    filter::{Facet, Filter},
};
use crate::{
    content::{reading::Reading, seen::LinksSeen},
    editorial::moment::Moment,
    graphql::connection::{COUNT_CAP, Window},
};

/// A list row of the published projection.
pub type ListRow = entity::published_article::Model;

/// What an article page adds, without the body.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Detail {
    /// Which article.
    pub article_id: Uuid,
    /// JSON of the date line.
    pub dateline: Option<String>,
    /// JSON list of paths.
    pub former_paths: String,
    /// JSON list of notices.
    pub notices: String,
    /// JSON of the rights.
    pub rights: String,
}

/// A body.
#[derive(Debug, Clone, FromQueryResult)]
pub struct BodyRow {
    /// Which article.
    pub article_id: Uuid,
    /// As written.
    pub markdown: String,
    /// As readers get it.
    pub html: String,
}

/// What orders a list of articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Hash)]
pub struct Ordering {
    /// The order key's column.
    pub column: &'static str,
    /// Whether the list runs from the highest to the lowest.
    pub descending: bool,
}

impl Ordering {
    /// The newest first, as every news list runs.
    pub const NEWEST: Self = Self {
        column: "published_at",
        descending: true,
    };
}

/// A list of articles: of whom, which, and in which order.
#[derive(Debug, Clone, Serialize)]
pub struct Listing {
    /// Whose articles; all of them when absent.
    pub facet: Option<Facet>,
    /// Which of them.
    pub filter: Filter,
    /// In which order.
    pub ordering: Ordering,
}

/// Published articles `a` that the viewer may see, with no column selected yet.
fn visible(reading: &Reading) -> SelectStatement {
    let mut statement = Query::select();
    statement
        .from_as(entity::published_article::Entity.table_ref(), "a")
        .cond_where(reading.viewer.may_see("a", reading.now));
    statement
}

fn list_columns(statement: &mut SelectStatement) {
    for column in entity::published_article::Column::iter() {
        statement.column(("a", Alias::new(column.as_str())));
    }
}

/// Articles by id.
pub async fn by_ids(
    reading: &Reading,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, std::sync::Arc<ListRow>>, DbErr> {
    let mut statement = visible(reading);
    list_columns(&mut statement);
    statement.and_where(Expr::col(("a", "id")).is_in(ids.iter().copied()));
    reading.note(|seen| seen.articles.extend(&ids));
    let rows: Vec<ListRow> = reading.db.all(&statement).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, std::sync::Arc::new(row)))
        .collect())
}

/// What an article page asks for besides the list row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Notices, rights and the like.
    pub detail: bool,
    /// The body.
    pub body: bool,
}

/// A list row with what an article page asks for besides it.
pub struct PageRow {
    row: ListRow,
    detail: Option<Detail>,
    body: Option<BodyRow>,
}

impl FromQueryResult for PageRow {
    fn from_query_result(row: &sea_orm::QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            row: ListRow::from_query_result(row, prefix)?,
            // Absent columns were not asked for.
            detail: Detail::from_query_result(row, prefix).ok(),
            body: BodyRow::from_query_result(row, prefix).ok(),
        })
    }
}

/// The article with a slug or an id, together with what its page asks for, in one statement.
pub async fn page_of(
    reading: &Reading,
    key: Expr,
    wanted: Wanted,
) -> Result<Option<ListRow>, DbErr> {
    let mut statement = visible(reading);
    list_columns(&mut statement);
    statement.and_where(key);
    if wanted.detail || wanted.body {
        statement.column(("d", "article_id")).join_as(
            sea_orm::JoinType::InnerJoin,
            "published_detail",
            "d",
            Expr::col(("d", "article_id")).equals(("a", "id")),
        );
    }
    if wanted.detail {
        statement
            .columns(["dateline", "former_paths", "notices", "rights"].map(|column| ("d", column)));
    }
    if wanted.body {
        statement.columns(["markdown", "html"].map(|column| ("d", column)));
    }
    let Some(page) = reading.db.one::<PageRow>(&statement).await? else {
        return Ok(None);
    };
    reading.note(|seen| {
        seen.articles.insert(page.row.id);
    });
    if let Some(detail) = page.detail {
        reading
            .details
            .remember(detail.article_id, std::sync::Arc::new(detail));
    }
    if let Some(body) = page.body {
        reading
            .bodies
            .remember(body.article_id, std::sync::Arc::new(body));
    }
    Ok(Some(page.row))
}

/// What a path leads to.
pub enum AtPath {
    /// The article itself.
    Here(Box<ListRow>),
    /// An article that lives at this path now.
    Moved(String),
    /// An article that was withdrawn then.
    Withdrawn(Moment),
    /// An article that this viewer may not see.
    Hidden,
}

/// What a path leads to, as far as articles are concerned.
pub async fn at_path(reading: &Reading, path: &str) -> Result<Option<AtPath>, DbErr> {
    #[derive(FromQueryResult)]
    struct Led {
        path: String,
        id: Uuid,
        withdrawn_at: Option<i64>,
    }
    let forms = forms_of(path);
    reading.note(|seen| seen.paths.extend(forms.iter().cloned()));
    let mut statement = Query::select();
    statement
        .column(("path", "path"))
        .column(("article", "id"))
        .column(("article", "withdrawn_at"))
        .from("path")
        .inner_join(
            "article",
            Expr::col(("article", "id")).equals(("path", "article_id")),
        )
        .and_where(Expr::col(("path", "path")).is_in(forms.iter().map(String::as_str)));
    let mut led: Vec<Led> = reading.db.all(&statement).await?;
    led.sort_by_key(|led| forms.iter().position(|form| *form == led.path));
    let Some(led) = led.into_iter().next() else {
        return Ok(None);
    };
    if let Some(at) = led.withdrawn_at {
        return Ok(Some(AtPath::Withdrawn(Moment(at))));
    }
    let mut statement = visible(reading);
    list_columns(&mut statement);
    statement.and_where(Expr::col(("a", "id")).eq(led.id));
    Ok(Some(match reading.db.one::<ListRow>(&statement).await? {
        Some(row) if row.path == path || row.path == decoded(path) => {
            reading.note(|seen| {
                seen.articles.insert(row.id);
            });
            AtPath::Here(Box::new(row))
        }
        Some(row) => AtPath::Moved(row.path),
        None => AtPath::Hidden,
    }))
}

/// The forms in which a path may be stored: as it is and without percent-encoding, with and without a slash at its end.
fn forms_of(path: &str) -> Vec<String> {
    let mut forms = Vec::with_capacity(4);
    for form in [path.to_owned(), decoded(path)] {
        let other = match form.strip_suffix('/') {
            Some(without) => without.to_owned(),
            None => format!("{form}/"),
        };
        forms.extend([form, other]);
    }
    forms
}

fn decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path)
        .decode_utf8_lossy()
        .into_owned()
}

/// The rows of one page of a list; one more than the page holds when there are more.
///
/// In the order of publication, the list of an author, tag or source is a walk of its feed. When nothing else filters
/// it, the walk ends before any article is looked up.
pub fn page(
    reading: &Reading,
    listing: &Listing,
    of: Option<Uuid>,
    window: &Window,
) -> SelectStatement {
    let (facet, filter) = driven(listing, of);
    let Some((facet, id)) = facet else {
        let mut statement = visible(reading);
        statement.cond_where(filter.condition());
        window.apply(
            &mut statement,
            ("a", listing.ordering.column),
            ("a", "id"),
            listing.ordering.descending,
        );
        list_columns(&mut statement);
        return owned(statement, of);
    };
    let (feed, column) = facet.feed();
    let mut walk = Query::select();
    walk.from_as(feed, "f")
        .and_where(Expr::col(("f", column)).eq(id));
    if listing.ordering.column != "published_at" {
        let mut statement = visible(reading);
        statement
            .join_as(
                sea_orm::JoinType::InnerJoin,
                feed,
                "f",
                Expr::col(("f", "article_id")).equals(("a", "id")),
            )
            .and_where(Expr::col(("f", column)).eq(id))
            .cond_where(filter.condition());
        window.apply(
            &mut statement,
            ("a", listing.ordering.column),
            ("a", "id"),
            listing.ordering.descending,
        );
        list_columns(&mut statement);
        return owned(statement, of);
    }
    walk.cond_where(reading.viewer.may_see("f", reading.now));
    window.apply(
        &mut walk,
        ("f", "published_at"),
        ("f", "article_id"),
        listing.ordering.descending,
    );
    if filter.is_none() {
        walk.column(("f", "published_at"))
            .column(("f", "article_id"));
        let mut statement = visible_of(reading, walk);
        list_columns(&mut statement);
        let order = if listing.ordering.descending == window.backward {
            sea_orm::Order::Asc
        } else {
            sea_orm::Order::Desc
        };
        statement
            .order_by(("w", "published_at"), order.clone())
            .order_by(("w", "article_id"), order);
        return owned(statement, of);
    }
    walk.join_as(
        sea_orm::JoinType::InnerJoin,
        "published_article",
        "a",
        Expr::col(("a", "id")).equals(("f", "article_id")),
    )
    .cond_where(reading.viewer.may_see("a", reading.now))
    .cond_where(filter.condition());
    list_columns(&mut walk);
    owned(walk, of)
}

/// Visible articles that a walk `w` of a feed came upon.
fn visible_of(reading: &Reading, walk: SelectStatement) -> SelectStatement {
    let mut statement = Query::select();
    statement
        .from_subquery(walk, "w")
        .join_as(
            sea_orm::JoinType::InnerJoin,
            "published_article",
            "a",
            Expr::col(("a", "id")).equals(("w", "article_id")),
        )
        .cond_where(reading.viewer.may_see("a", reading.now));
    statement
}

/// Counts a list up to one beyond the cap.
pub fn count(reading: &Reading, listing: &Listing, of: Option<Uuid>) -> SelectStatement {
    let (facet, filter) = driven(listing, of);
    let mut rows = Query::select();
    rows.expr(Expr::val(1))
        .limit(u64::try_from(COUNT_CAP).unwrap_or(u64::MAX) + 1);
    match facet {
        Some((facet, id)) => {
            let (feed, column) = facet.feed();
            rows.from_as(feed, "f")
                .and_where(Expr::col(("f", column)).eq(id))
                .cond_where(reading.viewer.may_see("f", reading.now));
            if !filter.is_none() {
                rows.join_as(
                    sea_orm::JoinType::InnerJoin,
                    "published_article",
                    "a",
                    Expr::col(("a", "id")).equals(("f", "article_id")),
                )
                .cond_where(filter.condition());
            }
        }
        None => {
            rows.from_as("published_article", "a")
                .cond_where(reading.viewer.may_see("a", reading.now))
                .cond_where(filter.condition());
        }
    }
    let mut statement = Query::select();
    statement
        .expr_as(Expr::cust("COUNT(*)"), "counted")
        .from_subquery(rows, "counted_rows");
    owned(statement, of)
}

/// The feed that a list walks, and what is left to filter.
fn driven(listing: &Listing, of: Option<Uuid>) -> (Option<(Facet, Uuid)>, Filter) {
    match (listing.facet, of) {
        (Some(facet), Some(id)) => (Some((facet, id)), listing.filter.clone()),
        _ => match listing.filter.split_facet() {
            Some((facet, rest)) => (Some(facet), rest),
            None => (None, listing.filter.clone()),
        },
    }
}

/// Adds the id that the list belongs to.
fn owned(mut statement: SelectStatement, of: Option<Uuid>) -> SelectStatement {
    if let Some(id) = of {
        statement.expr_as(Expr::val(id), "of");
    }
    statement
}

/// How many visible articles a facet has (all, for the nil UUID): its counter less those that become visible only later.
pub fn exact_count(reading: &Reading, facet: Option<Facet>, of: Uuid) -> SelectStatement {
    let (feed, column) = facet.map_or(("published_article", None), |facet| {
        let (feed, column) = facet.feed();
        (feed, Some(column))
    });
    let mut later = Query::select();
    later
        .expr(Expr::cust("COUNT(*)"))
        .from_as(feed, "f")
        .and_where(Expr::col(("f", "published_at")).gt(reading.now.0));
    if let Some(column) = column {
        later.and_where(Expr::col(("f", column)).eq(of));
    }
    let mut counter = Query::select();
    counter
        .column("articles")
        .from("tally")
        .and_where(Expr::col("facet_id").eq(of));
    let mut statement = Query::select();
    statement
        .expr_as(
            Func::coalesce([Expr::SubQuery(None, Box::new(counter.into())), Expr::val(0)])
                .sub(Expr::SubQuery(None, Box::new(later.into()))),
            "counted",
        )
        .expr_as(Expr::val(of), "of");
    statement
}

/// The newest articles of a facet as rows of ids and of what they are linked to, for finding what is related.
pub fn newest_links(reading: &Reading, facet: Facet, of: Uuid, most: u64) -> SelectStatement {
    let (feed, column) = facet.feed();
    let mut walk = Query::select();
    walk.columns([("f", "published_at"), ("f", "article_id")])
        .from_as(feed, "f")
        .and_where(Expr::col(("f", column)).eq(of))
        .cond_where(reading.viewer.may_see("f", reading.now))
        .order_by(("f", "published_at"), sea_orm::Order::Desc)
        .order_by(("f", "article_id"), sea_orm::Order::Desc)
        .limit(most);
    let mut statement = visible_of(reading, walk);
    statement.columns([("a", "id"), ("a", "published_at"), ("a", "tag_ids")]);
    owned(statement, Some(of))
}

/// A link row of `newest_links`.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Links {
    /// The article.
    pub id: Uuid,
    /// Its order key.
    pub published_at: i64,
    /// The ids of its tags.
    pub tag_ids: Vec<u8>,
}

/// Notes that an answer depends on the newest articles of these tags, at most `most` of each; `which` says whether on the
/// articles themselves or only on their tags.
pub fn note_links(reading: &Reading, lists: &HashMap<Uuid, Vec<Links>>, most: u64, which: bool) {
    reading.note(|seen| {
        for (tag, rows) in lists {
            let oldest = rows.last().filter(|_| rows.len() as u64 >= most);
            seen.links.push(LinksSeen {
                tag: *tag,
                oldest: oldest.map(|row| (row.published_at, row.id)),
                which,
            });
        }
    });
}

/// A counted list.
#[derive(Debug, Clone, Copy, FromQueryResult)]
pub struct Counted {
    /// How many.
    pub counted: i64,
}

/// What article pages add, by article. The articles have been found visible before.
pub async fn details(
    reading: &Reading,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, std::sync::Arc<Detail>>, DbErr> {
    let mut statement = Query::select();
    statement
        .columns([
            "article_id",
            "dateline",
            "former_paths",
            "notices",
            "rights",
        ])
        .from("published_detail")
        .and_where(Expr::col("article_id").is_in(ids));
    let rows: Vec<Detail> = reading.db.all(&statement).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.article_id, std::sync::Arc::new(row)))
        .collect())
}

/// Bodies by article. The articles have been found visible before.
pub async fn bodies(
    reading: &Reading,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, std::sync::Arc<BodyRow>>, DbErr> {
    let mut statement = Query::select();
    statement
        .columns(["article_id", "markdown", "html"])
        .from("published_detail")
        .and_where(Expr::col("article_id").is_in(ids));
    let rows: Vec<BodyRow> = reading.db.all(&statement).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.article_id, std::sync::Arc::new(row)))
        .collect())
}

/// Bodies as HTML alone, by article. The articles have been found visible before.
pub async fn htmls(reading: &Reading, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Html {
        article_id: Uuid,
        html: String,
    }
    let mut statement = Query::select();
    statement
        .columns(["article_id", "html"])
        .from("published_detail")
        .and_where(Expr::col("article_id").is_in(ids));
    let rows: Vec<Html> = reading.db.all(&statement).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.article_id, row.html))
        .collect())
}

/// Whether nothing was ever published or imported here.
///
/// # Errors
/// When the database does not answer.
pub async fn is_empty(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let statement = Query::select()
        .expr_as(Expr::val(1), "one")
        .from("article")
        .limit(1)
        .to_owned();
    Ok(db.query_one(&statement).await?.is_none())
}
