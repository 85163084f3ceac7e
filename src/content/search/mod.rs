//! Full-text search over published articles.
//!
//! The database finds, this ranks. Both databases are asked for the newest matches only, and every score is computed
//! here, so both give the same order and the cost of a common word does not grow with the archive.

pub mod graphql;

use std::sync::Arc;

use sea_orm::{
    DbBackend, DbErr, IdenStatic, Iterable,
    sea_query::{Alias, Expr, ExprTrait, Order, Query as Select, SelectStatement},
};

use super::{
    article::{
        entity::published_article,
        filter::Filter,
        store::{self, ListRow},
    },
    reading::Reading,
};
use crate::editorial::{
    body,
    terms::{Matcher, Query},
};

/// How many of the newest matches are considered.
pub const CONSIDERED: u64 = 500;
/// How many of those, the ones with the best headlines and then the newest, are ranked by their text as well.
pub const RANKED: usize = 100;

/// An article that answers a query.
#[derive(Clone)]
pub struct Hit {
    /// The article.
    pub article: Arc<ListRow>,
    /// Its body as HTML, in which the passage is found.
    pub html: Option<Arc<String>>,
    /// How well it answers; higher is better.
    pub score: f64,
}

/// The best answers, best first, and whether more articles match than were ranked.
///
/// # Errors
/// When the database fails.
pub async fn find(
    reading: &Reading,
    query: &Query,
    languages: &[&str],
    filter: &Filter,
) -> Result<(Vec<Hit>, bool), DbErr> {
    let rows: Vec<ListRow> = reading
        .db
        .all(&matches(reading, query, languages, filter))
        .await?;
    let mut more = rows.len() as u64 == CONSIDERED;
    let mut matchers = Matchers {
        query,
        by_language: Vec::new(),
    };
    let mut considered: Vec<(f64, ListRow)> = rows
        .into_iter()
        .map(|row| {
            let matcher = matchers.of(&row.language);
            (
                matcher.score(
                    &row.headline,
                    row.standfirst.as_deref().unwrap_or_default(),
                    "",
                ),
                row,
            )
        })
        .collect();
    // A stable sort keeps the newest first among equals.
    considered.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    more |= considered.len() > RANKED;
    considered.truncate(RANKED);
    let mut bodies =
        store::htmls(reading, considered.iter().map(|(_, row)| row.id).collect()).await?;
    let mut hits: Vec<Hit> = considered
        .into_iter()
        .map(|(_, row)| {
            let html = bodies.remove(&row.id).map(Arc::new);
            let text = html
                .as_ref()
                .map(|html| body::text_of(html))
                .unwrap_or_default();
            let standfirst = row.standfirst.as_deref().unwrap_or_default();
            let score = matchers
                .of(&row.language)
                .score(&row.headline, standfirst, &text);
            Hit {
                article: Arc::new(row),
                html,
                score,
            }
        })
        .collect();
    hits.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then(b.article.id.cmp(&a.article.id))
    });
    Ok((hits, more))
}

/// The newest articles that match.
fn matches(
    reading: &Reading,
    query: &Query,
    languages: &[&str],
    filter: &Filter,
) -> SelectStatement {
    let mut statement = Select::select();
    for column in published_article::Column::iter() {
        statement.column(("a", Alias::new(column.as_str())));
    }
    if reading.db.backend() == DbBackend::Postgres {
        statement
            .from_as("article_search", "s")
            .join_as(
                sea_orm::JoinType::InnerJoin,
                "published_article",
                "a",
                Expr::col(("a", "number")).equals(("s", "number")),
            )
            .and_where(Expr::cust_with_values(
                "\"s\".\"terms\" @@ $1::tsquery",
                [query.to_tsquery(languages)],
            ));
    } else {
        let mut found = Select::select();
        found
            .column(Alias::new("rowid"))
            .from("article_search")
            .and_where(Expr::cust_with_values(
                "article_search MATCH ?",
                [query.to_fts5(languages)],
            ));
        statement
            .from_as("published_article", "a")
            .and_where(Expr::col(("a", "number")).in_subquery(found));
    }
    statement
        .cond_where(reading.viewer.may_see("a", reading.now))
        .cond_where(filter.condition())
        .order_by(("a", "published_at"), Order::Desc)
        .order_by(("a", "id"), Order::Desc)
        .limit(CONSIDERED);
    statement
}

/// A matcher for each language that turns up.
struct Matchers<'a> {
    query: &'a Query,
    by_language: Vec<(String, Matcher)>,
}

impl Matchers<'_> {
    fn of(&mut self, language: &str) -> &mut Matcher {
        let index = self
            .by_language
            .iter()
            .position(|(known, _)| known == language)
            .unwrap_or_else(|| {
                self.by_language
                    .push((language.to_owned(), Matcher::new(self.query, language)));
                self.by_language.len() - 1
            });
        &mut self.by_language[index].1
    }
}
