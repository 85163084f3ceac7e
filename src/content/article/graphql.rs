//! Articles as clients see them.

use std::sync::Arc;

use async_graphql::{Context, Enum, Error, ID, InputObject, Object, OneofObject, SimpleObject};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Expr, ExprTrait};
use serde::Serialize;
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64;

use super::{
    document::{Dateline, HeroImage, Notice, Rights},
    entity::ids_of,
    filter::{ArticleWhere, Facet, Filter},
    related,
    store::{self, BodyRow, Counted, Detail, ListRow, Listing, Ordering},
};
use crate::{
    content::{
        author::graphql::Author,
        citation::{
            Owner,
            graphql::{CitationConnection, CitationWhere, citations},
        },
        reading::Reading,
        resolve::id_of,
        seen::{self, CountSeen, ListSeen},
        source::graphql::Source,
        tag::graphql::Tag,
    },
    editorial::{
        body,
        identity::ArticleId,
        moment::Moment,
        vocabulary::{AiTerms, BlockKind, ContributorRole, Kind, NoticeKind},
    },
    events::SubjectKind,
    graphql::{
        connection::{Count, Counter, PageArguments, connection, weight},
        cursor::{Fingerprint, Key, Position},
        errors::{fault, invalid_argument},
    },
};

connection! {
    /// A page of articles.
    ArticleConnection,
    /// An article and its place in the list.
    ArticleEdge, Article, "articles"
}

/// A published article, as readers see it.
#[derive(Clone)]
pub struct Article(pub Arc<ListRow>);

/// Selects one article.
#[derive(Debug, OneofObject)]
pub enum ArticleBy {
    /// By its id.
    Id(ID),
    /// By its slug.
    Slug(String),
    /// By the path at which the site shows it. A former path finds it as well; `resolvePath` tells the two apart.
    Path(String),
}

/// What a list of articles is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ArticleOrderField {
    /// When readers see it from.
    Published,
    /// When it last changed.
    Updated,
    /// When readers first saw it.
    FirstPublished,
    /// Its headline, without case, accents and punctuation.
    Title,
}

/// Which way a list runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum OrderDirection {
    /// From the lowest to the highest: the oldest, or A, first.
    Asc,
    /// From the highest to the lowest: the newest, or Z, first.
    Desc,
}

/// The order of a list of articles.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct ArticleOrder {
    /// What it is ordered by.
    pub field: ArticleOrderField,
    /// Which way it runs.
    #[graphql(default_with = "OrderDirection::Desc")]
    pub direction: OrderDirection,
}

impl ArticleOrder {
    fn ordering(order: Option<Self>) -> Ordering {
        let Some(order) = order else {
            return Ordering::NEWEST;
        };
        Ordering {
            column: match order.field {
                ArticleOrderField::Published => "published_at",
                ArticleOrderField::Updated => "updated_at",
                ArticleOrderField::FirstPublished => "first_published_at",
                ArticleOrderField::Title => "title_key",
            },
            descending: order.direction == OrderDirection::Desc,
        }
    }
}

/// What somebody did for an article.
#[derive(SimpleObject)]
pub struct Contributor {
    /// Who.
    author: Author,
    /// What.
    role: ContributorRole,
}

/// The body of an article.
pub struct Body(Arc<BodyRow>);

/// The body of an article in four forms; ask for the one you need.
#[Object]
impl Body {
    /// As written: `CommonMark` with tables and footnotes.
    async fn markdown(&self) -> &str {
        &self.0.markdown
    }

    /// As sanitised HTML; every top-level element carries the id of its block.
    async fn html(&self) -> &str {
        &self.0.html
    }

    /// As plain text, a blank line between blocks.
    async fn text(&self) -> String {
        body::text_of(&self.0.html)
    }

    /// As blocks, in order. A block keeps its id while its words stay the same.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn blocks(&self) -> Vec<Block> {
        body::blocks_of(&self.0.html)
            .into_iter()
            .map(|block| Block {
                id: block.id,
                kind: block.kind,
                html: block.html,
                text: block.text,
            })
            .collect()
    }
}

/// A part of a body: a paragraph, a heading, a list.
#[derive(SimpleObject)]
pub struct Block {
    /// Its id within the article, to link to and to hang citations on.
    id: String,
    /// What sort of block it is.
    kind: BlockKind,
    /// Its HTML.
    html: String,
    /// Its plain text.
    text: String,
}

/// Where and when a report was written.
#[derive(SimpleObject)]
#[graphql(name = "Dateline")]
pub struct DatelineObject {
    /// The place.
    place: Option<String>,
    /// The date, `YYYY-MM-DD`.
    date: Option<String>,
    /// The line as printed.
    text: String,
}

/// Something readers are told beside the text.
#[derive(SimpleObject)]
#[graphql(name = "Notice")]
pub struct NoticeObject {
    /// What it tells.
    kind: NoticeKind,
    /// Its words.
    text: String,
    /// Since when.
    at: Option<Moment>,
}

/// Who owns an article and what may be done with it.
#[derive(SimpleObject)]
#[graphql(name = "Rights")]
pub struct RightsObject {
    /// The copyright line as printed.
    copyright_line: Option<String>,
    /// The year it names.
    copyright_year: Option<i32>,
    /// The owner it names.
    copyright_holder: Option<String>,
    /// The licence: an SPDX identifier, a name or an address.
    licence: Option<String>,
    /// The terms of use as printed.
    terms: Option<String>,
    /// Whether partners may carry it.
    syndicable: bool,
    /// Whether and how machines may use it.
    ai_terms: AiTerms,
}

/// The picture above an article.
#[derive(SimpleObject)]
#[graphql(name = "HeroImage")]
pub struct HeroImageObject {
    /// Where it is.
    url: String,
    /// What it shows, for those who cannot see it.
    alt: Option<String>,
    /// The line beneath it.
    caption: Option<String>,
    /// Who made it.
    credit: Option<String>,
}

impl From<Dateline> for DatelineObject {
    fn from(Dateline { place, date, text }: Dateline) -> Self {
        Self { place, date, text }
    }
}

impl From<Notice> for NoticeObject {
    fn from(Notice { kind, text, at }: Notice) -> Self {
        Self { kind, text, at }
    }
}

impl From<Rights> for RightsObject {
    fn from(rights: Rights) -> Self {
        Self {
            copyright_line: rights.copyright_line,
            copyright_year: rights.copyright_year,
            copyright_holder: rights.copyright_holder,
            licence: rights.licence,
            terms: rights.terms,
            syndicable: rights.syndicable,
            ai_terms: rights.ai_terms,
        }
    }
}

impl From<HeroImage> for HeroImageObject {
    fn from(hero: HeroImage) -> Self {
        Self {
            url: hero.url,
            alt: hero.alt,
            caption: hero.caption,
            credit: hero.credit,
        }
    }
}

/// A published article, as readers see it.
#[Object(cache_control(max_age = 300))]
impl Article {
    /// Its lasting identity.
    pub async fn id(&self) -> ID {
        ArticleId(self.0.id).to_string().into()
    }

    /// Its headline.
    async fn headline(&self) -> &str {
        &self.0.headline
    }

    /// The summary beneath the headline.
    async fn standfirst(&self) -> Option<&str> {
        self.0.standfirst.as_deref()
    }

    /// Its readable name, unique among articles.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Where the site shows it.
    async fn path(&self) -> &str {
        &self.0.path
    }

    /// Where the site showed it before; answer there with a redirect.
    async fn former_paths(&self, ctx: &Context<'_>) -> Result<Vec<String>, Error> {
        from_json(&self.detail(ctx).await?.former_paths, "former paths")
    }

    /// What sort of piece it is.
    async fn kind(&self) -> Kind {
        Kind::of_code(self.0.kind).unwrap_or_default()
    }

    /// The language it is written in, as a BCP 47 tag.
    async fn language(&self) -> &str {
        &self.0.language
    }

    /// Where and when it was written, as printed.
    async fn dateline(&self, ctx: &Context<'_>) -> Result<Option<DatelineObject>, Error> {
        let detail = self.detail(ctx).await?;
        let Some(json) = &detail.dateline else {
            return Ok(None);
        };
        let dateline: Dateline = from_json(json, "date line")?;
        Ok(Some(dateline.into()))
    }

    /// The byline as printed.
    async fn byline_text(&self) -> Option<&str> {
        self.0.byline_text.as_deref()
    }

    /// Who made it, in order, whatever their part in it.
    #[graphql(complexity = "2 * child_complexity")]
    async fn authors(&self, ctx: &Context<'_>) -> Result<Vec<Author>, Error> {
        Ok(Reading::of(ctx)
            .nouns(ids_of(&self.0.author_ids))
            .await?
            .into_iter()
            .map(Author)
            .collect())
    }

    /// Who made it, in order, and what each did.
    #[graphql(complexity = "2 * child_complexity")]
    async fn contributors(&self, ctx: &Context<'_>) -> Result<Vec<Contributor>, Error> {
        let ids = ids_of(&self.0.author_ids);
        let authors = Reading::of(ctx)
            .nouns::<crate::content::author::entity::Model>(ids.clone())
            .await?;
        Ok(ids
            .iter()
            .zip(&self.0.author_roles)
            .filter_map(|(id, role)| {
                let author = authors.iter().find(|author| author.id == *id)?;
                let role = ContributorRole::of_code(i16::from(*role)).unwrap_or_default();
                Some(Contributor {
                    author: Author(Arc::clone(author)),
                    role,
                })
            })
            .collect())
    }

    /// Its body.
    async fn body(&self, ctx: &Context<'_>) -> Result<Body, Error> {
        let reading = Reading::of(ctx);
        let found = reading
            .bodies
            .load(self.0.id, |ids| store::bodies(reading, ids))
            .await;
        found
            .map_err(|error| fault(&error))?
            .map(Body)
            .ok_or_else(|| self.torn("body"))
    }

    /// How many words its body has.
    async fn word_count(&self) -> i32 {
        self.0.word_count
    }

    /// What it is about, in order; the first is the main tag.
    #[graphql(complexity = "10 * child_complexity")]
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<Tag>, Error> {
        Ok(Reading::of(ctx)
            .nouns(ids_of(&self.0.tag_ids))
            .await?
            .into_iter()
            .map(Tag)
            .collect())
    }

    /// The sources it cites, each once, in the order of their first use.
    #[graphql(complexity = "5 * child_complexity")]
    async fn sources(&self, ctx: &Context<'_>) -> Result<Vec<Source>, Error> {
        Ok(Reading::of(ctx)
            .nouns(ids_of(&self.0.source_ids))
            .await?
            .into_iter()
            .map(Source)
            .collect())
    }

    /// The uses it makes of sources and the words it quotes, in order.
    #[graphql(complexity = "1 + weight(first, last) * child_complexity")]
    async fn citations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front; 20 unless given, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which citations; all of them unless given.")]
        filter: Option<CitationWhere>,
    ) -> Result<CitationConnection, Error> {
        citations(
            Reading::of(ctx),
            Owner::Article,
            self.0.id,
            filter,
            PageArguments {
                first,
                after,
                last,
                before,
            },
        )
        .await
    }

    /// What readers are told beside the text: corrections, clarifications, disclaimers.
    #[graphql(cache_control(max_age = 60))]
    async fn notices(&self, ctx: &Context<'_>) -> Result<Vec<NoticeObject>, Error> {
        let notices: Vec<Notice> = from_json(&self.detail(ctx).await?.notices, "notices")?;
        Ok(notices.into_iter().map(NoticeObject::from).collect())
    }

    /// Who owns it and what may be done with it.
    async fn rights(&self, ctx: &Context<'_>) -> Result<RightsObject, Error> {
        let rights: Rights = from_json(&self.detail(ctx).await?.rights, "rights")?;
        Ok(rights.into())
    }

    /// The picture above it.
    async fn hero(&self) -> Result<Option<HeroImageObject>, Error> {
        let Some(json) = &self.0.hero else {
            return Ok(None);
        };
        let hero: HeroImage = from_json(json, "hero image")?;
        Ok(Some(hero.into()))
    }

    /// When readers first saw it.
    async fn first_published_at(&self) -> Moment {
        Moment(self.0.first_published_at)
    }

    /// When readers see it from.
    async fn published_at(&self) -> Moment {
        Moment(self.0.published_at)
    }

    /// When what readers see last changed.
    async fn updated_at(&self) -> Moment {
        Moment(self.0.updated_at)
    }

    /// Since when its body is taken back; the notice of the kind RETRACTION says why. Absent for every other article.
    #[graphql(cache_control(max_age = 60))]
    async fn retracted_at(&self) -> Option<Moment> {
        self.0.retracted_at.map(Moment)
    }

    /// Counts its revisions; two answers with the same version are the same.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Articles that share its tags, best first: the more tags, the main tag doubly, then the newest.
    #[graphql(complexity = "10 + usize::try_from(first).unwrap_or(0) * child_complexity")]
    async fn related(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many; at most 20.", default = 5)] first: i32,
    ) -> Result<Vec<Article>, Error> {
        let most = most_of(first, 20)?;
        let reading = Reading::of(ctx);
        let mut ids = related::of_article(reading, &self.0)
            .await
            .map_err(|error| fault(&error))?;
        ids.truncate(most);
        let found = reading
            .articles
            .load_all(ids, |ids| store::by_ids(reading, ids))
            .await;
        Ok(found
            .map_err(|error| fault(&error))?
            .into_iter()
            .flatten()
            .map(Article)
            .collect())
    }
}

impl Article {
    /// The visible article of an id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_id(reading: &Reading, id: Uuid) -> Result<Option<Self>, Error> {
        let found = reading
            .articles
            .load(id, |ids| store::by_ids(reading, ids))
            .await;
        Ok(found.map_err(|error| fault(&error))?.map(Self))
    }

    /// The article that an argument selects.
    ///
    /// # Errors
    /// `INVALID_ID`; when the database fails.
    pub async fn by(ctx: &Context<'_>, by: ArticleBy) -> Result<Option<Self>, Error> {
        let reading = Reading::of(ctx);
        let asks = |fields: &[&str]| {
            fields
                .iter()
                .any(|field| ctx.look_ahead().field(field).exists())
        };
        let wanted = store::Wanted {
            detail: asks(&["dateline", "formerPaths", "notices", "rights"]),
            body: asks(&["body"]),
        };
        let key = |column: &'static str, value: Expr| Expr::col(("a", column)).eq(value);
        let row = match by {
            ArticleBy::Id(id) => {
                let id = id_of(&id, ArticleId::PREFIX)?;
                reading.note(|seen| {
                    seen.articles.insert(id);
                });
                store::page_of(reading, key("id", Expr::val(id)), wanted)
                    .await
                    .map_err(|error| fault(&error))?
            }
            ArticleBy::Slug(slug) => {
                reading.note(|seen| {
                    seen.slug(SubjectKind::Article, &slug, None);
                });
                store::page_of(reading, key("slug", Expr::val(slug)), wanted)
                    .await
                    .map_err(|error| fault(&error))?
            }
            ArticleBy::Path(path) => match store::at_path(reading, &path)
                .await
                .map_err(|error| fault(&error))?
            {
                Some(store::AtPath::Here(row)) => Some(*row),
                Some(store::AtPath::Moved(to)) => match store::at_path(reading, &to).await {
                    Ok(Some(store::AtPath::Here(row))) => Some(*row),
                    Ok(_) => None,
                    Err(error) => return Err(fault(&error)),
                },
                _ => None,
            },
        };
        Ok(row.map(|row| Self(Arc::new(row))))
    }

    async fn detail(&self, ctx: &Context<'_>) -> Result<Arc<Detail>, Error> {
        let reading = Reading::of(ctx);
        let found = reading
            .details
            .load(self.0.id, |ids| store::details(reading, ids))
            .await;
        found
            .map_err(|error| fault(&error))?
            .ok_or_else(|| self.torn("detail"))
    }

    /// A row of the projection without its other half.
    fn torn(&self, part: &str) -> Error {
        fault(&sea_orm::DbErr::Custom(format!(
            "published article {} has no {part}",
            self.0.id
        )))
    }
}

/// A list of articles, as every place of the schema shows one.
#[derive(Debug, Default)]
pub struct ArticleArguments {
    /// Which page.
    pub page: PageArguments,
    /// Which articles.
    pub filter: Option<Box<ArticleWhere>>,
    /// In which order.
    pub order_by: Option<ArticleOrder>,
}

/// A page of the articles of an author, tag or source, or of all.
///
/// # Errors
/// When the arguments cannot be used, or the database fails.
pub fn articles(
    reading: &Arc<Reading>,
    of: Option<(Facet, Uuid)>,
    arguments: ArticleArguments,
) -> BoxFuture<'_, Result<ArticleConnection, Error>> {
    // In a box, as every field of whatever has such a list would take the room for resolving it.
    Box::pin(page_of(reading, of, arguments))
}

async fn page_of(
    reading: &Arc<Reading>,
    of: Option<(Facet, Uuid)>,
    arguments: ArticleArguments,
) -> Result<ArticleConnection, Error> {
    let listing = Listing {
        facet: of.map(|(facet, _)| facet),
        filter: Filter::of(arguments.filter.as_deref(), reading).await?,
        ordering: ArticleOrder::ordering(arguments.order_by),
    };
    let list = Fingerprint::of(&(&listing, of.map(|(_, id)| id)));
    let window = arguments.page.window(list)?;
    let rows = match of {
        None => reading
            .db
            .all(&store::page(reading, &listing, None, &window))
            .await
            .map_err(|error| fault(&error))?,
        Some((_, id)) => {
            let batch = reading.article_pages.of(shape_of(&(&listing, &window)));
            let (listing, window) = (&listing, &window);
            let found = batch
                .load(id, |ids| async move {
                    reading
                        .lists(ids, |id| store::page(reading, listing, Some(id), window))
                        .await
                })
                .await;
            found.map_err(|error| fault(&error))?.unwrap_or_default()
        }
    };
    let order = listing.ordering;
    let listing = Arc::new(listing);
    let whose = seen::Of::new(Arc::clone(&listing), of.map(|(_, id)| id));
    reading.note(|seen| {
        // One row more than the page shows only says that there is one.
        let shown = usize::try_from(window.size).unwrap_or(usize::MAX);
        seen.articles
            .extend(rows.iter().take(shown).map(|row| row.id));
        let places = rows.iter().map(|row| place_of(order, row)).collect();
        seen.lists
            .push(ListSeen::new(whose.clone(), &window, places));
        if listing.filter.asks_for_source_kinds() {
            seen.noun_lists.insert(SubjectKind::Source);
        }
    });
    let shared = Arc::clone(reading);
    let counter = Counter::new(move || {
        let (reading, listing) = (Arc::clone(&shared), Arc::clone(&listing));
        reading.note(|seen| {
            seen.counts.push(CountSeen { of: whose.clone() });
            if listing.filter.asks_for_source_kinds() {
                seen.noun_lists.insert(SubjectKind::Source);
            }
        });
        async move { count(&reading, &listing, of.map(|(_, id)| id)).await }
    });
    Ok(ArticleConnection::new(
        window.cut(rows),
        counter,
        |row: ListRow| {
            (
                place_of(order, &row).to_cursor(list),
                Article(Arc::new(row)),
            )
        },
    ))
}

/// Where a row stands in its list.
fn place_of(order: Ordering, row: &ListRow) -> Position {
    let key = match order.column {
        "updated_at" => Key::Number(row.updated_at),
        "first_published_at" => Key::Number(row.first_published_at),
        "title_key" => Key::Text(row.title_key.clone()),
        _ => Key::Number(row.published_at),
    };
    Position { key, id: row.id }
}

/// Counts a list: from the counter of its facet where nothing else filters it, else row by row up to the cap.
async fn count(reading: &Reading, listing: &Listing, of: Option<Uuid>) -> Result<Count, Error> {
    let id = of.unwrap_or(Uuid::nil());
    if listing.filter.is_none() {
        let counts = reading
            .article_counts
            .of(shape_of(&("exact", listing.facet)));
        let counted = counts
            .load(id, |ids| async move {
                let rows = reading
                    .lists::<Counted>(ids, |id| store::exact_count(reading, listing.facet, id))
                    .await?;
                Ok(rows
                    .into_iter()
                    .map(|(id, rows)| (id, rows.first().map_or(0, |row| row.counted)))
                    .collect())
            })
            .await
            .map_err(|error| fault(&error))?;
        return Ok(Count::exact(counted.unwrap_or_default()));
    }
    let counts = reading.article_counts.of(shape_of(&("filtered", listing)));
    let counted = counts
        .load(id, |ids| async move {
            let rows = reading
                .lists::<Counted>(ids, |id| {
                    let mut statement = store::count(reading, listing, of.map(|_| id));
                    if of.is_none() {
                        statement.expr_as(Expr::val(id), "of");
                    }
                    statement
                })
                .await?;
            Ok(rows
                .into_iter()
                .map(|(id, rows)| (id, rows.first().map_or(0, |row| row.counted)))
                .collect())
        })
        .await
        .map_err(|error| fault(&error))?;
    Ok(Count::capped(counted.unwrap_or_default()))
}

/// A hash of whatever tells one batch of loads from another.
#[must_use]
pub fn shape_of(shape: &impl Serialize) -> u64 {
    xxh3_64(&serde_json::to_vec(shape).unwrap_or_default())
}

/// A small list size, checked.
///
/// # Errors
/// `INVALID_ARGUMENT` when it is negative or over the maximum.
pub fn most_of(first: i32, maximum: i32) -> Result<usize, Error> {
    match usize::try_from(first) {
        Ok(most) if first <= maximum => Ok(most),
        Ok(_) => Err(invalid_argument(format!(
            "first: {first} is too much; the maximum is {maximum}"
        ))),
        Err(_) => Err(invalid_argument(format!(
            "first: {first} is negative; give a number from 0 to {maximum}"
        ))),
    }
}

fn from_json<T: serde::de::DeserializeOwned>(json: &str, what: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|error| {
        fault(&sea_orm::DbErr::Custom(format!(
            "{what} cannot be read from the projection: {error}"
        )))
    })
}
