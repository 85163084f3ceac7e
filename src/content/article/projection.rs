//! Writes what readers see: the rows of the published projection and of the search index.
//!
//! Everything here runs inside a command's transaction, after it took its turn in the change log.
//! Nothing here decides whether something may be published.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, FromQueryResult, Statement, Value,
};
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64;

use super::{
    document::ArticleDocument,
    entity::{bytes_of, ids_of, published_article},
    prepared::Prepared,
};
use crate::{
    content::statements::{in_chunks, select_in},
    editorial::{moment::Moment, terms},
    platform::bulk::{Is, NO_NUMBER, Rows, Target},
};

const LIST_ROW: Target = Target {
    table: "published_article",
    columns: &[
        ("id", Is::Id),
        ("number", Is::Big),
        ("published_at", Is::Big),
        ("updated_at", Is::Big),
        ("first_published_at", Is::Big),
        ("version", Is::Big),
        ("word_count", Is::Int),
        ("kind", Is::Code),
        ("syndicable", Is::Flag),
        ("language", Is::Text),
        ("slug", Is::Text),
        ("path", Is::Text),
        ("headline", Is::Text),
        ("title_key", Is::Text),
        ("standfirst", Is::OptionalText),
        ("byline_text", Is::OptionalText),
        ("author_ids", Is::Bytes),
        ("author_roles", Is::Bytes),
        ("tag_ids", Is::Bytes),
        ("source_ids", Is::Bytes),
        ("hero", Is::OptionalText),
        ("retracted_at", Is::OptionalBig),
    ],
    suffix: "",
};

const DETAIL: Target = Target {
    table: "published_detail",
    columns: &[
        ("article_id", Is::Id),
        ("dateline", Is::OptionalText),
        ("former_paths", Is::Text),
        ("notices", Is::Text),
        ("rights", Is::Text),
        ("markdown", Is::Text),
        ("html", Is::Text),
    ],
    suffix: "",
};

const CITATION: Target = Target {
    table: "citation",
    columns: &[
        ("article_id", Is::Id),
        ("position", Is::Int),
        ("id", Is::Id),
        ("source_id", Is::OptionalId),
        ("via_id", Is::OptionalId),
        ("published_at", Is::Big),
        ("role", Is::Code),
        ("link_health", Is::Code),
        ("url", Is::OptionalText),
        ("domain", Is::OptionalText),
        ("title", Is::OptionalText),
        ("block", Is::OptionalText),
        ("quote", Is::OptionalText),
        ("prefix", Is::OptionalText),
        ("suffix", Is::OptionalText),
        ("speaker", Is::OptionalText),
        ("speaker_as_printed", Is::OptionalText),
        ("verb", Is::OptionalText),
        ("snapshot_url", Is::OptionalText),
    ],
    suffix: "",
};

const AUTHOR_FEED: Target = feed(
    "author_feed",
    &[
        ("author_id", Is::Id),
        ("published_at", Is::Big),
        ("article_id", Is::Id),
    ],
);
const TAG_FEED: Target = feed(
    "tag_feed",
    &[
        ("tag_id", Is::Id),
        ("published_at", Is::Big),
        ("article_id", Is::Id),
    ],
);
const SOURCE_FEED: Target = feed(
    "source_feed",
    &[
        ("source_id", Is::Id),
        ("published_at", Is::Big),
        ("article_id", Is::Id),
    ],
);

const fn feed(table: &'static str, columns: &'static [(&'static str, Is)]) -> Target {
    Target {
        table,
        columns,
        suffix: "",
    }
}

const SEARCH_IN_SQLITE: Target = Target {
    table: "article_search",
    columns: &[("rowid", Is::Big), ("terms", Is::Text)],
    suffix: "",
};
const SEARCH_IN_POSTGRES: Target = Target {
    table: "article_search",
    columns: &[("number", Is::Big), ("terms", Is::Terms)],
    suffix: "",
};

const TALLY: Target = Target {
    table: "tally",
    columns: &[("facet_id", Is::Id), ("articles", Is::Big)],
    suffix: "ON CONFLICT (facet_id) DO UPDATE SET articles = tally.articles + excluded.articles",
};

const PATH: Target = Target {
    table: "path",
    columns: &[("path", Is::Text), ("article_id", Is::Id)],
    suffix: "ON CONFLICT (path) DO UPDATE SET article_id = excluded.article_id",
};

/// The tables that lists and searches are read from.
pub const GROWING: &[&str] = &[
    "published_article",
    "author_feed",
    "tag_feed",
    "source_feed",
    "citation",
    "tally",
    "path",
    "article",
    "article_search",
];

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;

/// What must be known of a row of the projection to take it out again.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Standing {
    id: Uuid,
    number: i64,
    published_at: i64,
    author_ids: Vec<u8>,
    tag_ids: Vec<u8>,
    source_ids: Vec<u8>,
}

/// The rows that stand in the projection for these articles.
pub async fn standing(
    transaction: &DatabaseTransaction,
    articles: &[Uuid],
) -> Result<HashMap<Uuid, Standing>, DbErr> {
    let columns = [
        published_article::Column::Id,
        published_article::Column::Number,
        published_article::Column::PublishedAt,
        published_article::Column::AuthorIds,
        published_article::Column::TagIds,
        published_article::Column::SourceIds,
    ];
    let rows: Vec<Standing> = select_in(
        transaction,
        published_article::Entity,
        &columns,
        published_article::Column::Id,
        articles,
    )
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Puts articles into the projection in place of what stands there.
pub async fn put(
    transaction: &DatabaseTransaction,
    articles: &[(&Prepared, i64)],
    standing: &HashMap<Uuid, Standing>,
) -> Result<(), DbErr> {
    let replaced: Vec<&Standing> = articles
        .iter()
        .filter_map(|(article, _)| standing.get(&article.document.id.0))
        .collect();
    let mut tally = Tally::default();
    take_out(transaction, &replaced, &mut tally).await?;

    let numbers = numbers(transaction, articles).await?;
    let mut list = Rows::into(&LIST_ROW);
    let mut details = Rows::into(&DETAIL);
    let mut citations = Rows::into(&CITATION);
    let mut author_feed = Rows::into(&AUTHOR_FEED);
    let mut tag_feed = Rows::into(&TAG_FEED);
    let mut source_feed = Rows::into(&SOURCE_FEED);
    let mut paths = Rows::into(&PATH);
    let postgres = transaction.get_database_backend() == DbBackend::Postgres;
    let mut found: Vec<(i64, Value)> = Vec::with_capacity(articles.len());
    let mut search = Rows::into(if postgres {
        &SEARCH_IN_POSTGRES
    } else {
        &SEARCH_IN_SQLITE
    });
    for (article, version) in articles {
        let document = article.shown();
        let id = document.id.0;
        let published_at = document.published_at.0;
        let number = numbers.get(&id).copied().unwrap_or_default();
        list.push(list_row(article, *version, number));
        details.push([
            id.into(),
            document
                .dateline
                .as_ref()
                .map(json)
                .unwrap_or_default()
                .into(),
            json(&document.former_paths).into(),
            json(&document.notices).into(),
            json(&document.rights).into(),
            document.body.as_str().into(),
            article.html.as_str().into(),
        ]);
        for (position, citation) in document.citations.iter().enumerate() {
            citations.push([
                id.into(),
                i32::try_from(position).unwrap_or(i32::MAX).into(),
                citation.id.0.into(),
                citation
                    .source
                    .map_or(Uuid::nil(), |source| source.0)
                    .into(),
                citation.via.map_or(Uuid::nil(), |via| via.0).into(),
                published_at.into(),
                citation.role.code().into(),
                citation.link_health.code().into(),
                or_empty(citation.url.as_ref()),
                or_empty(citation.url.as_deref().and_then(domain_of).as_ref()),
                or_empty(citation.title.as_ref()),
                or_empty(citation.block.as_ref()),
                or_empty(citation.quote.as_ref()),
                or_empty(citation.prefix.as_ref()),
                or_empty(citation.suffix.as_ref()),
                or_empty(citation.speaker.as_ref()),
                or_empty(citation.speaker_as_printed.as_ref()),
                or_empty(citation.verb.as_ref()),
                or_empty(citation.snapshot_url.as_ref()),
            ]);
        }
        let facets = Facets::of(document);
        for (feed, ids) in [
            (&mut author_feed, &facets.authors),
            (&mut tag_feed, &facets.tags),
            (&mut source_feed, &facets.sources),
        ] {
            for facet in ids {
                feed.push([(*facet).into(), published_at.into(), id.into()]);
                tally.add(*facet, 1);
            }
        }
        tally.add(Uuid::nil(), 1);
        for former in &document.former_paths {
            paths.push([former.as_str().into(), id.into()]);
        }
        paths.push([document.path.as_str().into(), id.into()]);
        let terms = if postgres {
            terms::tsvector(&article.terms).into()
        } else {
            article.terms.as_str().into()
        };
        found.push((number, terms));
    }
    // FTS5 writes out what it holds whenever a number is lower than the one before.
    found.sort_unstable_by_key(|(number, _)| *number);
    for (number, terms) in found {
        search.push([number.into(), terms]);
    }
    for rows in [
        list,
        details,
        citations,
        author_feed,
        tag_feed,
        source_feed,
        paths,
        search,
    ] {
        rows.send(transaction).await?;
    }
    tally.send(transaction).await
}

/// Takes articles out of the projection; their paths stay, so that the way to them can say that they are gone.
pub async fn remove(
    transaction: &DatabaseTransaction,
    standing: &HashMap<Uuid, Standing>,
) -> Result<(), DbErr> {
    let mut tally = Tally::default();
    take_out(
        transaction,
        &standing.values().collect::<Vec<_>>(),
        &mut tally,
    )
    .await?;
    tally.send(transaction).await
}

/// The distinct authors, tags and cited sources of an article, each in the order of first appearance.
pub struct Facets {
    /// Its authors.
    pub authors: Vec<Uuid>,
    /// Its tags.
    pub tags: Vec<Uuid>,
    /// The sources it cites.
    pub sources: Vec<Uuid>,
}

impl Facets {
    /// Those of a document.
    #[must_use]
    pub fn of(document: &ArticleDocument) -> Self {
        Self {
            authors: distinct(
                document
                    .authors
                    .iter()
                    .map(|contribution| contribution.author.0),
            ),
            tags: distinct(document.tags.iter().map(|tag| tag.0)),
            sources: distinct(
                document
                    .citations
                    .iter()
                    .filter_map(|citation| citation.source.map(|source| source.0)),
            ),
        }
    }
}

fn distinct(ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let mut seen = Vec::new();
    for id in ids {
        if !seen.contains(&id) {
            seen.push(id);
        }
    }
    seen
}

/// Changes of the counters, added up before they are sent.
#[derive(Default)]
struct Tally(HashMap<Uuid, i64>);

impl Tally {
    fn add(&mut self, facet: Uuid, by: i64) {
        *self.0.entry(facet).or_default() += by;
    }

    async fn send(self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        let mut rows = Rows::into(&TALLY);
        for (facet, by) in self.0.into_iter().filter(|(_, by)| *by != 0) {
            rows.push([facet.into(), by.into()]);
        }
        rows.send(transaction).await
    }
}

async fn take_out(
    transaction: &DatabaseTransaction,
    rows: &[&Standing],
    tally: &mut Tally,
) -> Result<(), DbErr> {
    let ids: Vec<Value> = rows.iter().map(|row| row.id.into()).collect();
    let numbers: Vec<Value> = rows.iter().map(|row| row.number.into()).collect();
    for (table, column) in [
        ("published_article", "id"),
        ("published_detail", "article_id"),
        ("citation", "article_id"),
    ] {
        delete(transaction, table, column, &ids).await?;
    }
    let number = if transaction.get_database_backend() == DbBackend::Postgres {
        "number"
    } else {
        "rowid"
    };
    delete(transaction, "article_search", number, &numbers).await?;
    for row in rows {
        for (feed, facet, ids) in [
            ("author_feed", "author_id", &row.author_ids),
            ("tag_feed", "tag_id", &row.tag_ids),
            ("source_feed", "source_id", &row.source_ids),
        ] {
            let facets = distinct(ids_of(ids).into_iter());
            for facet in &facets {
                tally.add(*facet, -1);
            }
            if facets.is_empty() {
                continue;
            }
            let backend = transaction.get_database_backend();
            let mut values: Vec<Value> = vec![row.published_at.into(), row.id.into()];
            values.extend(facets.into_iter().map(Value::from));
            let places = placeholders(backend, 3, values.len() - 2);
            let (first, second) = if backend == DbBackend::Postgres {
                ("$1", "$2")
            } else {
                ("?", "?")
            };
            let sql = format!(
                "DELETE FROM {feed} WHERE published_at = {first} AND article_id = {second} AND {facet} IN ({places})"
            );
            transaction
                .execute_raw(Statement::from_sql_and_values(backend, sql, values))
                .await?;
        }
        tally.add(Uuid::nil(), -1);
    }
    Ok(())
}

async fn delete(
    transaction: &DatabaseTransaction,
    table: &str,
    column: &str,
    ids: &[Value],
) -> Result<(), DbErr> {
    let backend = transaction.get_database_backend();
    for chunk in in_chunks(ids) {
        let sql = format!(
            "DELETE FROM {table} WHERE {column} IN ({})",
            placeholders(backend, 1, chunk.len())
        );
        transaction
            .execute_raw(Statement::from_sql_and_values(backend, sql, chunk.to_vec()))
            .await?;
    }
    Ok(())
}

fn placeholders(backend: DbBackend, first: usize, count: usize) -> String {
    let place = |index| {
        if backend == DbBackend::Postgres {
            format!("${}", first + index)
        } else {
            "?".to_owned()
        }
    };
    (0..count).map(place).collect::<Vec<_>>().join(", ")
}

/// The highest number of an article that is visible at this moment.
#[must_use]
pub fn highest_number(now: Moment) -> i64 {
    now.0.div_euclid(SECOND) * SECOND + SECOND - 1
}

/// A free number for each article. Numbers run in the order of publication, as far as whole seconds tell it, so that
/// the newest matches of a search are those with the highest numbers.
async fn numbers(
    transaction: &DatabaseTransaction,
    articles: &[(&Prepared, i64)],
) -> Result<HashMap<Uuid, i64>, DbErr> {
    #[derive(FromQueryResult)]
    struct Taken {
        number: i64,
    }
    let mut numbers: HashMap<Uuid, i64> = HashMap::with_capacity(articles.len());
    let mut taken: HashSet<i64> = HashSet::new();
    let mut open: Vec<(Uuid, i64)> = articles
        .iter()
        .map(|(article, _)| {
            let id = article.document.id.0;
            let second = article.document.published_at.0.div_euclid(SECOND) * SECOND;
            let place =
                i64::try_from(xxh3_64(id.as_bytes()) % SECOND.unsigned_abs()).unwrap_or_default();
            (id, second + place)
        })
        .collect();
    while !open.is_empty() {
        let wanted: Vec<i64> = open.iter().map(|(_, number)| *number).collect();
        let column = published_article::Column::Number;
        let rows: Vec<Taken> = select_in(
            transaction,
            published_article::Entity,
            &[column],
            column,
            &wanted,
        )
        .await?;
        taken.extend(rows.into_iter().map(|row| row.number));
        open.retain_mut(|(id, number)| {
            if taken.insert(*number) {
                numbers.insert(*id, *number);
                return false;
            }
            *number += 1;
            true
        });
    }
    Ok(numbers)
}

fn list_row(article: &Prepared, version: i64, number: i64) -> [Value; 22] {
    let document = article.shown();
    let facets = Facets::of(document);
    [
        document.id.0.into(),
        number.into(),
        document.published_at.0.into(),
        document.updated_at.0.into(),
        document.first_published_at.0.into(),
        version.into(),
        i32::try_from(article.word_count).unwrap_or(i32::MAX).into(),
        document.kind.code().into(),
        document.rights.syndicable.into(),
        document.language.as_str().into(),
        document.slug.as_str().into(),
        document.path.as_str().into(),
        document.headline.as_str().into(),
        article.title_key.as_str().into(),
        or_empty(document.standfirst.as_ref()),
        or_empty(document.byline_text.as_ref()),
        bytes_of(
            document
                .authors
                .iter()
                .map(|contribution| contribution.author.0),
        )
        .into(),
        document
            .authors
            .iter()
            .map(|c| u8::try_from(c.role.code()).unwrap_or_default())
            .collect::<Vec<_>>()
            .into(),
        bytes_of(facets.tags).into(),
        bytes_of(facets.sources).into(),
        document.hero.as_ref().map(json).unwrap_or_default().into(),
        document.retracted_at.map_or(NO_NUMBER, |at| at.0).into(),
    ]
}

fn or_empty(text: Option<&String>) -> Value {
    text.map_or("", String::as_str).into()
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The registered name of the host of an address, in lower case and without `www.`.
#[must_use]
pub fn domain_of(address: &str) -> Option<String> {
    let parsed = url::Url::parse(address).ok()?;
    let host = parsed.host_str()?.to_lowercase();
    Some(host.strip_prefix("www.").map(str::to_owned).unwrap_or(host))
}
