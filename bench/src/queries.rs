//! The six queries of the workload, exactly as they are sent, and what they are asked about.

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use sqlx::{Row, SqlitePool, sqlite::SqliteRow};
use uuid::Uuid;

/// The position behind which the deep page begins; half of an archive that has no more than this.
pub const DEEP: u64 = 10_000;

/// Items of every list.
pub const PAGE: u64 = 20;

/// How many subjects a query has, so that neither a plan nor a page of the database is always the same.
const VARIANTS: u64 = 24;

/// How many pairs of words.
const PAIRS: i64 = 6;

const FRONT_PAGE: &str = "query FrontPage { articles(first: 20) { nodes { \
    id slug headline standfirst publishedAt authors { name slug } tags { name slug } } } }";

const ARTICLE_PAGE: &str = "query ArticlePage($slug: String!) { article(by: { slug: $slug }) { \
    id slug path headline standfirst kind language bylineText wordCount version \
    firstPublishedAt publishedAt updatedAt dateline { place date text } notices { kind text at } \
    rights { copyrightLine licence terms syndicable aiTerms } hero { url alt caption credit } \
    body { html } authors { id name slug } tags { id name slug } \
    citations(first: 20) { nodes { id role url title quote linkHealth source { id name slug } } } } }";

const TAG_PAGE: &str = "query TagPage($slug: String!) { tag(by: { slug: $slug }) { name slug \
    articles(first: 20) { count { value precision } nodes { \
    id slug headline standfirst publishedAt authors { name slug } } } } }";

const DEEP_PAGE: &str = "query DeepPage($after: String!) { articles(first: 20, after: $after) { nodes { \
    id slug headline standfirst publishedAt authors { name slug } tags { name slug } } } }";

const SEARCH: &str = "query Search($words: String!) { search(query: $words, first: 20) { nodes { \
    snippet article { id slug headline publishedAt } } } }";

const SOURCE_PAGE: &str = "query SourcePage($slug: String!) { source(by: { slug: $slug }) { name slug \
    articles(first: 20) { nodes { id slug headline publishedAt tags { name slug } } } } }";

/// Walks to the deep page; sent before anything is measured.
pub const WALK: &str = "query Walk($after: String, $first: Int!) { articles(first: $first, after: $after) { \
    pageInfo { endCursor } nodes { slug } } }";

/// One of the six queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Query {
    /// Q1: the latest 20 articles with authors and tags.
    FrontPage,
    /// Q2: one article by slug, with everything.
    ArticlePage,
    /// Q3: the latest 20 articles of a much used tag, and their count.
    TagPage,
    /// Q4: 20 articles far down the list of all.
    DeepPage,
    /// Q5: two common words, the best 20 with snippets.
    Search,
    /// Q6: the latest 20 articles that cite a source.
    SourcePage,
}

impl Query {
    /// All six in their order.
    pub const ALL: [Self; 6] = [
        Self::FrontPage,
        Self::ArticlePage,
        Self::TagPage,
        Self::DeepPage,
        Self::Search,
        Self::SourcePage,
    ];

    /// `Q1` to `Q6`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FrontPage => "Q1",
            Self::ArticlePage => "Q2",
            Self::TagPage => "Q3",
            Self::DeepPage => "Q4",
            Self::Search => "Q5",
            Self::SourcePage => "Q6",
        }
    }

    /// What it is, in two words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::FrontPage => "front page",
            Self::ArticlePage => "article page",
            Self::TagPage => "tag page",
            Self::DeepPage => "deep page",
            Self::Search => "search",
            Self::SourcePage => "source page",
        }
    }

    /// The query of a name.
    ///
    /// # Errors
    /// When the name is none of `Q1` to `Q6`.
    pub fn named(name: &str) -> anyhow::Result<Self> {
        Self::ALL
            .into_iter()
            .find(|query| query.name().eq_ignore_ascii_case(name.trim()))
            .with_context(|| format!("there is no query \"{name}\"; they are Q1 to Q6"))
    }

    /// Where the competitors answer it.
    pub fn path(self) -> String {
        format!("/{}", self.name().to_ascii_lowercase())
    }

    /// How many items an answer holds: those of its list, or the article itself.
    ///
    /// # Errors
    /// When the answer has another shape.
    pub fn items(self, answer: &Value) -> anyhow::Result<usize> {
        let data = &answer["data"];
        if let Some(errors) = answer.get("errors") {
            bail!("{} was answered with errors: {errors}", self.name());
        }
        let nodes = match self {
            Self::FrontPage | Self::DeepPage => &data["articles"]["nodes"],
            Self::ArticlePage => {
                return data["article"]["citations"]["nodes"]
                    .as_array()
                    .map(|nodes| 1 + nodes.len())
                    .context("Q2 found no article");
            }
            Self::TagPage => &data["tag"]["articles"]["nodes"],
            Self::Search => &data["search"]["nodes"],
            Self::SourcePage => &data["source"]["articles"]["nodes"],
        };
        nodes
            .as_array()
            .map(Vec::len)
            .with_context(|| format!("{} was answered without a list: {answer}", self.name()))
    }
}

/// What the queries of one archive are asked about: a few of each, asked for in turn.
#[derive(Debug, Clone, Default)]
pub struct Subjects {
    /// Slugs of articles from all over the archive.
    pub articles: Vec<String>,
    /// Slugs of the most used tags.
    pub tags: Vec<String>,
    /// Slugs of sources that are used as often as most.
    pub sources: Vec<String>,
    /// Pairs of words, one in a third and one in a fifth of the articles.
    pub words: Vec<String>,
    /// Behind which position the first of the deep pages begins; each other begins behind the one before.
    pub position: u64,
    /// The places there: the moment of publication and the id.
    pub places: Vec<(i64, Uuid)>,
    /// The same as Dateline's cursors, once they were walked to.
    pub cursors: Vec<String>,
}

impl Subjects {
    /// Chooses them in a loaded SQLite database.
    ///
    /// # Errors
    /// When the database cannot be read or is no such archive.
    pub async fn of(pool: &SqlitePool, articles: u64) -> anyhow::Result<Self> {
        let position = DEEP.min(articles / 2).max(1);
        let places = all(
            pool,
            &format!(
                "SELECT published_at, id FROM (SELECT published_at, id, row_number() OVER \
                 (ORDER BY published_at DESC, id DESC) AS place FROM published_article) \
                 WHERE place >= {position} AND (place - {position}) % {PAGE} = 0 ORDER BY place LIMIT {VARIANTS}"
            ),
        )
        .await?;
        let slugs = async |statement: String| -> anyhow::Result<Vec<String>> {
            let rows = all(pool, &statement).await?;
            Ok(rows
                .iter()
                .map(|row| row.try_get(0))
                .collect::<Result<_, _>>()?)
        };
        Ok(Self {
            articles: slugs(format!(
                "SELECT slug FROM published_article WHERE number % {} = 1 ORDER BY number LIMIT {VARIANTS}",
                (articles / VARIANTS).max(1)
            ))
            .await?,
            tags: slugs(format!(
                "SELECT slug FROM tag JOIN tally ON facet_id = id ORDER BY articles DESC, id LIMIT {VARIANTS}"
            ))
            .await?,
            sources: slugs(format!(
                "SELECT slug FROM source JOIN tally ON facet_id = id ORDER BY articles DESC, id \
                 LIMIT {VARIANTS} OFFSET (SELECT COUNT(*) / 2 FROM source)"
            ))
            .await?,
            words: common_words(pool, articles).await?,
            position,
            places: places
                .iter()
                .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                .collect::<anyhow::Result<_>>()?,
            cursors: Vec::new(),
        })
    }

    /// The bodies of requests to Dateline.
    pub fn graphql(&self, query: Query) -> Vec<Vec<u8>> {
        let (text, name, values) = match query {
            Query::FrontPage => (FRONT_PAGE, "", &vec![String::new()]),
            Query::ArticlePage => (ARTICLE_PAGE, "slug", &self.articles),
            Query::TagPage => (TAG_PAGE, "slug", &self.tags),
            Query::DeepPage => (DEEP_PAGE, "after", &self.cursors),
            Query::Search => (SEARCH, "words", &self.words),
            Query::SourcePage => (SOURCE_PAGE, "slug", &self.sources),
        };
        let body = |value: &String| {
            let variables = if name.is_empty() {
                json!({})
            } else {
                json!({ name: value })
            };
            json!({ "query": text, "variables": variables })
                .to_string()
                .into_bytes()
        };
        values.iter().map(body).collect()
    }

    /// The bodies of requests to the hand-written competitor: the parameters alone.
    pub fn parameters(&self, query: Query) -> Vec<Vec<u8>> {
        let text = |text: &String| json!({ "text": text }).to_string().into_bytes();
        match query {
            Query::FrontPage => vec![b"{}".to_vec()],
            Query::ArticlePage => self.articles.iter().map(text).collect(),
            Query::TagPage => self.tags.iter().map(text).collect(),
            Query::DeepPage => self
                .places
                .iter()
                .map(|(at, id)| json!({ "at": at, "id": id }).to_string().into_bytes())
                .collect(),
            Query::Search => self.words.iter().map(text).collect(),
            Query::SourcePage => self.sources.iter().map(text).collect(),
        }
    }
}

/// Pairs of words, the first in about a third and the second in about a fifth of the articles.
async fn common_words(pool: &SqlitePool, articles: u64) -> anyhow::Result<Vec<String>> {
    let mut connection = pool.acquire().await?;
    sqlx::query("PRAGMA query_only = off")
        .execute(&mut *connection)
        .await?;
    sqlx::query("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'article_search', 'row')")
        .execute(&mut *connection)
        .await
        .context("the search index has no vocabulary")?;
    let mut columns = Vec::new();
    for share in [3, 5] {
        let wanted = i64::try_from(articles / share)?;
        let rows = sqlx::query(
            "SELECT term FROM temp.vocabulary WHERE length(term) > 2 ORDER BY abs(doc - $1), term LIMIT $2",
        )
        .bind(wanted)
        .bind(PAIRS)
        .fetch_all(&mut *connection)
        .await?;
        columns.push(rows);
    }
    columns[0]
        .iter()
        .zip(&columns[1])
        .map(|(one, other)| {
            Ok(format!(
                "{} {}",
                one.try_get::<&str, _>(0)?,
                other.try_get::<&str, _>(0)?
            ))
        })
        .collect()
}

async fn all(pool: &SqlitePool, statement: &str) -> anyhow::Result<Vec<SqliteRow>> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
        .fetch_all(pool)
        .await
        .with_context(|| format!("this was refused: {statement}"))?;
    ensure!(!rows.is_empty(), "nothing was found by: {statement}");
    Ok(rows)
}
