//! Search as clients see it.

use std::sync::Arc;

use async_graphql::{Context, Error, Object};

use super::{Hit, find};
use crate::{
    content::{
        article::{
            filter::{ArticleWhere, Filter},
            graphql::Article,
        },
        reading::Reading,
        seen::SearchSeen,
        site,
    },
    editorial::{
        body,
        terms::{Matcher, Query},
    },
    events::SubjectKind,
    graphql::{
        connection::{Count, CountPrecision, Counter, Page, PageArguments, Window, connection},
        cursor::{Fingerprint, Key, Position},
        errors::{fault, invalid_argument},
    },
};

connection! {
    /// A page of search hits.
    SearchConnection,
    /// A hit and its place in the list.
    SearchEdge, SearchHit, "hits"
}

/// An article that answers a search, with the words that matched.
#[derive(Clone)]
pub struct SearchHit {
    hit: Hit,
    query: Arc<Query>,
}

/// An article that answers a search, with the words that matched.
#[Object]
impl SearchHit {
    /// The article.
    async fn article(&self, ctx: &Context<'_>) -> Result<Article, Error> {
        Article::by_id(Reading::of(ctx), self.hit.id)
            .await?
            .ok_or_else(|| {
                fault(&sea_orm::DbErr::Custom(format!(
                    "hit {} has no visible article",
                    self.hit.id
                )))
            })
    }

    /// How well it answers; higher is better, and only comparable within one search.
    async fn score(&self) -> f64 {
        self.hit.score
    }

    /// Its headline as HTML: escaped, with matches in `<mark>`.
    async fn highlighted_headline(&self) -> String {
        self.matcher().highlight(&self.hit.headline)
    }

    /// The passage of its body with the most matches, as HTML: escaped, with matches in `<mark>`.
    async fn snippet(&self) -> String {
        let text = self
            .hit
            .html
            .as_ref()
            .map(|html| body::text_of(html))
            .unwrap_or_default();
        self.matcher().passage(&text).html
    }
}

impl SearchHit {
    fn matcher(&self) -> Matcher {
        Matcher::new(&self.query, &self.hit.language)
    }
}

/// A page of the articles that answer a query, best first.
///
/// # Errors
/// `INVALID_ARGUMENT` when the query has too many words or the arguments cannot be used; when the database fails.
pub async fn search(
    reading: &Arc<Reading>,
    text: &str,
    filter: Option<ArticleWhere>,
    arguments: PageArguments,
) -> Result<SearchConnection, Error> {
    let query = Arc::new(Query::parse(text).map_err(|error| invalid_argument(error.to_string()))?);
    let checked = Filter::of(filter.as_ref(), reading).await?;
    let list = Fingerprint::of(&("search", text, &checked));
    let window = arguments.window(list)?;
    let (hits, more) = if query.is_empty() {
        (Vec::new(), false)
    } else {
        let stated = filter
            .and_then(|filter| filter.language)
            .and_then(|language| language.r#in)
            .unwrap_or_default();
        let site = site::graphql::language(reading).await?;
        let mut languages: Vec<&str> = stated
            .iter()
            .map(String::as_str)
            .chain([site.as_str(), "en"])
            .collect();
        languages.dedup();
        reading.note(|seen| {
            seen.searches.push(SearchSeen {
                query: Arc::clone(&query),
                languages: languages.iter().map(ToString::to_string).collect(),
                filter: checked.clone(),
            });
            if checked.asks_for_source_kinds() {
                seen.noun_lists.insert(SubjectKind::Source);
            }
        });
        find(reading, &query, &languages, &checked)
            .await
            .map_err(|error| fault(&error))?
    };
    let found = i64::try_from(hits.len()).unwrap_or(i64::MAX);
    let precision = if more {
        CountPrecision::AtLeast
    } else {
        CountPrecision::Exact
    };
    let counter = Counter::new(move || async move {
        Ok(Count {
            value: found,
            precision,
        })
    });
    Ok(SearchConnection::new(cut(&window, hits), counter, |hit| {
        (
            position(&hit).to_cursor(list),
            SearchHit {
                hit,
                query: Arc::clone(&query),
            },
        )
    }))
}

/// The place of a hit; bits of positive numbers are ordered as the numbers are.
fn position(hit: &Hit) -> Position {
    Position {
        key: Key::Number(i64::from_ne_bytes(hit.score.to_bits().to_ne_bytes())),
        id: hit.id,
    }
}

/// The page of a list that is all at hand.
fn cut(window: &Window, mut hits: Vec<Hit>) -> Page<Hit> {
    let place = |position: &Position| match position.key {
        Key::Number(score) => (score, position.id),
        Key::Text(_) => (0, position.id),
    };
    hits.retain(|hit| {
        let here = place(&position(hit));
        window
            .after
            .as_ref()
            .is_none_or(|after| here < place(after))
            && window
                .before
                .as_ref()
                .is_none_or(|before| here > place(before))
    });
    if window.backward {
        hits.reverse();
    }
    window.cut(hits)
}
