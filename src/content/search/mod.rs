//! Full-text search over published articles.
//!
//! The database finds, this ranks. Both databases are asked for the newest matches only, and every score is computed
//! here, so both give the same order and the cost of a common word does not grow with the archive.

pub mod graphql;

use std::sync::Arc;

use sea_orm::{
    DbBackend, DbErr, FromQueryResult,
    sea_query::{Expr, ExprTrait, Order, Query as Select, SelectStatement},
};
use uuid::Uuid;

use super::{
    article::{filter::Filter, projection, store},
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
    pub id: Uuid,
    /// Its headline.
    pub headline: String,
    /// The language it is written in.
    pub language: String,
    /// Its body as HTML, in which the passage is found.
    pub html: Option<Arc<String>>,
    /// How well it answers; higher is better.
    pub score: f64,
}

/// What ranking needs of an article before its body is read.
#[derive(FromQueryResult)]
struct Candidate {
    id: Uuid,
    headline: String,
    standfirst: Option<String>,
    language: String,
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
    let rows: Vec<Candidate> = reading
        .db
        .all(&newest_matches(reading, query, languages, filter))
        .await?;
    let more = rows.len() > RANKED;
    let mut matchers = Matchers {
        query,
        by_language: Vec::new(),
    };
    let mut considered: Vec<(f64, Candidate)> = rows
        .into_iter()
        .map(|row| {
            let standfirst = row.standfirst.as_deref().unwrap_or_default();
            (
                matchers
                    .of(&row.language)
                    .score(&row.headline, standfirst, ""),
                row,
            )
        })
        .collect();
    // A stable sort keeps the newest first among equals.
    considered.sort_by(|(a, _), (b, _)| b.total_cmp(a));
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
                id: row.id,
                headline: row.headline,
                language: row.language,
                html,
                score,
            }
        })
        .collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.id.cmp(&a.id)));
    Ok((hits, more))
}

/// The newest articles that match: those with the highest numbers, as numbers run in the order of publication.
///
/// Without a filter the search index alone is walked from its end, and no more articles are looked at than are considered.
fn newest_matches(
    reading: &Reading,
    query: &Query,
    languages: &[&str],
    filter: &Filter,
) -> SelectStatement {
    let newest = projection::highest_number(reading.now);
    let mut found = Select::select();
    let number = if reading.db.backend() == DbBackend::Postgres {
        let mut matching = Select::select();
        matching
            .column("number")
            .from("article_search")
            .and_where(Expr::cust_with_values(
                "terms @@ $1::tsquery",
                [query.to_tsquery(languages)],
            ))
            // Keeps PostgreSQL from walking the numbers and looking into the terms of each.
            .offset(0);
        found.from_subquery(matching, "matching");
        "number"
    } else {
        found
            .from("article_search")
            .and_where(Expr::cust_with_values(
                "article_search MATCH ?",
                [query.to_fts5(languages)],
            ));
        "rowid"
    };
    found
        .column(number)
        .and_where(Expr::col(number).lte(newest));
    if filter.is_none() {
        found.order_by(number, Order::Desc).limit(CONSIDERED);
    }
    let mut statement = Select::select();
    statement
        .columns(["id", "headline", "standfirst", "language"].map(|column| ("a", column)))
        .from_as("published_article", "a")
        .and_where(Expr::col(("a", "number")).in_subquery(found))
        .cond_where(reading.viewer.may_see("a", reading.now))
        .cond_where(filter.condition())
        .order_by(("a", "number"), Order::Desc)
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
