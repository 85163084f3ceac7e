//! Which articles a list shows: the `where` argument, from GraphQL's input to a condition on rows.

use std::collections::HashMap;

use async_graphql::{Error, InputObject};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use serde::Serialize;
use uuid::Uuid;

use super::document::ArticleDocument;
use crate::{
    content::{
        noun::Noun,
        reading::Reading,
        resolve::{ids_of_references, plain_domain},
        seen::Facts,
    },
    editorial::{
        moment::Moment,
        vocabulary::{Kind, SourceKind},
    },
    graphql::errors::invalid_argument,
};

/// How deep conditions may be nested.
const DEEPEST: usize = 8;
/// How many values one condition may name.
const MOST_VALUES: usize = 100;

/// Which articles to show. All given fields must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ArticleWhere {
    /// All of these must hold.
    pub and: Option<Vec<ArticleWhere>>,
    /// At least one of these must hold.
    pub or: Option<Vec<ArticleWhere>>,
    /// This must not hold.
    pub not: Option<Box<ArticleWhere>>,
    /// What sort of piece it is.
    pub kind: Option<KindCriteria>,
    /// The language it is written in, as a BCP 47 tag, compared exactly.
    pub language: Option<TextCriteria>,
    /// Its authors, each by id or slug.
    pub authors: Option<LinkCriteria>,
    /// Its tags, each by id or slug.
    pub tags: Option<LinkCriteria>,
    /// The sources it cites, each by id or slug.
    pub cited_sources: Option<LinkCriteria>,
    /// The kinds of the sources it cites.
    pub cited_source_kinds: Option<SourceKindCriteria>,
    /// The domains of the addresses it cites, compared exactly but for case and `www.`: `bbc.co.uk`.
    pub cited_domains: Option<DomainCriteria>,
    /// When readers see it from.
    pub published_at: Option<TimeCriteria>,
    /// When it last changed.
    pub updated_at: Option<TimeCriteria>,
    /// When readers first saw it.
    pub first_published_at: Option<TimeCriteria>,
    /// Whether partners may carry it.
    pub syndicable: Option<bool>,
}

/// A condition on the sort of piece.
#[derive(Debug, Clone, Default, InputObject)]
pub struct KindCriteria {
    /// It is one of these.
    pub r#in: Option<Vec<Kind>>,
    /// It is none of these.
    pub not_in: Option<Vec<Kind>>,
}

/// A condition on a text.
#[derive(Debug, Clone, Default, InputObject)]
pub struct TextCriteria {
    /// It is one of these.
    pub r#in: Option<Vec<String>>,
    /// It is none of these.
    pub not_in: Option<Vec<String>>,
}

/// A condition on linked things, each named by its id or its slug; former slugs count as well.
#[derive(Debug, Clone, Default, InputObject)]
pub struct LinkCriteria {
    /// All of these are linked.
    pub all: Option<Vec<String>>,
    /// At least one of these is linked.
    pub any: Option<Vec<String>>,
    /// None of these is linked.
    pub none: Option<Vec<String>>,
}

/// A condition on the kinds of cited sources.
#[derive(Debug, Clone, Default, InputObject)]
pub struct SourceKindCriteria {
    /// At least one source of one of these kinds is cited.
    pub any: Option<Vec<SourceKind>>,
    /// No source of any of these kinds is cited.
    pub none: Option<Vec<SourceKind>>,
}

/// A condition on the domains of cited addresses.
#[derive(Debug, Clone, Default, InputObject)]
pub struct DomainCriteria {
    /// At least one of these is cited.
    pub any: Option<Vec<String>>,
    /// None of these is cited.
    pub none: Option<Vec<String>>,
}

/// A range of time; all given bounds must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct TimeCriteria {
    /// At this moment or later.
    pub gte: Option<Moment>,
    /// Later than this moment.
    pub gt: Option<Moment>,
    /// At this moment or earlier.
    pub lte: Option<Moment>,
    /// Earlier than this moment.
    pub lt: Option<Moment>,
}

/// What articles are linked to, and by which feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Facet {
    /// Their authors.
    Author,
    /// Their tags.
    Tag,
    /// The sources they cite.
    Source,
}

impl Facet {
    /// The feed's table and the column that names the facet.
    #[must_use]
    pub fn feed(self) -> (&'static str, &'static str) {
        match self {
            Self::Author => crate::content::author::entity::Model::FEED,
            Self::Tag => crate::content::tag::entity::Model::FEED,
            Self::Source => crate::content::source::entity::Model::FEED,
        }
    }

    /// The ids of this kind that an article is linked to.
    pub fn links(self, facts: &Facts) -> Box<dyn Iterator<Item = Uuid> + '_> {
        match self {
            Self::Author => Box::new(facts.document.authors.iter().map(|c| c.author.0)),
            Self::Tag => Box::new(facts.document.tags.iter().map(|tag| tag.0)),
            Self::Source => Box::new(facts.sources.iter().copied()),
        }
    }
}

/// A checked filter, with identities for everything it names. Its JSON is part of every cursor's fingerprint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Filter {
    /// All must hold; holds when there are none.
    All(Vec<Filter>),
    /// One must hold; fails when there are none.
    Any(Vec<Filter>),
    /// It must not hold.
    Not(Box<Filter>),
    /// Of one of these kinds.
    Kind(Vec<i16>),
    /// In one of these languages.
    Language(Vec<String>),
    /// Linked to one of these.
    Linked(Facet, Vec<Uuid>),
    /// Citing a source of one of these kinds.
    SourceKind(Vec<i16>),
    /// Citing one of these domains.
    Domain(Vec<String>),
    /// A moment at or after this.
    Since(&'static str, i64),
    /// A moment before this.
    Before(&'static str, i64),
    /// Whether partners may carry it.
    Syndicable(bool),
}

impl Filter {
    /// The filter that lets everything through.
    #[must_use]
    pub fn none() -> Self {
        Self::All(Vec::new())
    }

    /// Checks a `where` argument and finds the identities of the slugs it names, one statement a noun.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when it nests or names too much, `INVALID_ID` for the id of another kind.
    pub async fn of(argument: Option<&ArticleWhere>, reading: &Reading) -> Result<Self, Error> {
        let Some(argument) = argument else {
            return Ok(Self::none());
        };
        let mut named: HashMap<Facet, Vec<String>> = HashMap::new();
        collect(argument, 1, &mut named)?;
        let mut ids = HashMap::new();
        for (facet, references) in named {
            let found = match facet {
                Facet::Author => {
                    ids_of_references::<crate::content::author::entity::Model>(reading, references)
                        .await?
                }
                Facet::Tag => {
                    ids_of_references::<crate::content::tag::entity::Model>(reading, references)
                        .await?
                }
                Facet::Source => {
                    ids_of_references::<crate::content::source::entity::Model>(reading, references)
                        .await?
                }
            };
            ids.insert(facet, found);
        }
        Ok(build(argument, &ids))
    }

    /// Whether it lets everything through.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::All(parts) if parts.is_empty())
    }

    /// A facet that every article of the list has, so that its feed can be walked in place of all articles; and the
    /// filter that is left then.
    #[must_use]
    pub fn split_facet(&self) -> Option<((Facet, Uuid), Self)> {
        let Self::All(parts) = self else { return None };
        let rank = |filter: &Self| match filter {
            Self::Linked(Facet::Source, ids) if ids.len() == 1 => Some((0, Facet::Source, ids[0])),
            Self::Linked(Facet::Author, ids) if ids.len() == 1 => Some((1, Facet::Author, ids[0])),
            Self::Linked(Facet::Tag, ids) if ids.len() == 1 => Some((2, Facet::Tag, ids[0])),
            _ => None,
        };
        let (index, (_, facet, id)) = parts
            .iter()
            .enumerate()
            .filter_map(|(i, part)| Some((i, rank(part)?)))
            .min_by_key(|(_, (rank, ..))| *rank)?;
        let mut rest = parts.clone();
        rest.remove(index);
        Some(((facet, id), Self::All(rest)))
    }

    /// Whether it names this author, tag or source.
    #[must_use]
    pub fn names(&self, id: Uuid) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.names(id)),
            Self::Not(part) => part.names(id),
            Self::Linked(_, ids) => ids.contains(&id),
            _ => false,
        }
    }

    /// Whether it looks at what sort of sources are cited.
    #[must_use]
    pub fn asks_for_source_kinds(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::asks_for_source_kinds),
            Self::Not(part) => part.asks_for_source_kinds(),
            Self::SourceKind(_) => true,
            _ => false,
        }
    }

    /// Whether it lets an article through, as [`Filter::condition`] does.
    #[must_use]
    pub fn holds(&self, facts: &Facts) -> bool {
        let document = &facts.document;
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(facts)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(facts)),
            Self::Not(part) => !part.holds(facts),
            Self::Kind(codes) => codes.contains(&document.kind.code()),
            Self::Language(tags) => tags.contains(&document.language),
            Self::Linked(facet, ids) => facet.links(facts).any(|id| ids.contains(&id)),
            Self::SourceKind(codes) => facts.source_kinds.iter().any(|kind| codes.contains(kind)),
            Self::Domain(domains) => facts.domains.iter().any(|cited| domains.contains(cited)),
            Self::Since(column, moment) => moment_of(document, column) >= *moment,
            Self::Before(column, moment) => moment_of(document, column) < *moment,
            Self::Syndicable(wanted) => document.rights.syndicable == *wanted,
        }
    }

    /// As a condition on the row `a` of the published projection.
    #[must_use]
    pub fn condition(&self) -> Condition {
        match self {
            Self::All(parts) => parts
                .iter()
                .fold(Condition::all(), |all, part| all.add(part.condition())),
            Self::Any(parts) if parts.is_empty() => Condition::all().add(Expr::val(1).eq(0)),
            Self::Any(parts) => parts
                .iter()
                .fold(Condition::any(), |any, part| any.add(part.condition())),
            Self::Not(part) => Condition::all().not().add(part.condition()),
            Self::Kind(codes) => one(Expr::col(("a", "kind")).is_in(codes.iter().copied())),
            Self::Language(tags) => one(Expr::col(("a", "language")).is_in(tags.iter().cloned())),
            Self::Linked(facet, ids) => one(Expr::exists(linked(*facet, ids))),
            Self::SourceKind(codes) => {
                let mut cited = Query::select();
                cited
                    .expr(Expr::val(1))
                    .from("citation")
                    .inner_join(
                        "source",
                        Expr::col(("source", "id")).equals(("citation", "source_id")),
                    )
                    .and_where(Expr::col(("citation", "article_id")).equals(("a", "id")))
                    .and_where(Expr::col(("source", "kind")).is_in(codes.iter().copied()));
                one(Expr::exists(cited))
            }
            Self::Domain(domains) => {
                let mut cited = Query::select();
                cited
                    .expr(Expr::val(1))
                    .from("citation")
                    .and_where(Expr::col(("citation", "article_id")).equals(("a", "id")))
                    .and_where(Expr::col(("citation", "domain")).is_in(domains.iter().cloned()));
                one(Expr::exists(cited))
            }
            Self::Since(column, moment) => one(Expr::col(("a", *column)).gte(*moment)),
            Self::Before(column, moment) => one(Expr::col(("a", *column)).lt(*moment)),
            Self::Syndicable(wanted) => one(Expr::col(("a", "syndicable")).eq(*wanted)),
        }
    }
}

fn moment_of(document: &ArticleDocument, column: &str) -> i64 {
    match column {
        "updated_at" => document.updated_at.0,
        "first_published_at" => document.first_published_at.0,
        _ => document.published_at.0,
    }
}

fn one(expression: Expr) -> Condition {
    Condition::all().add(expression)
}

fn linked(facet: Facet, ids: &[Uuid]) -> SelectStatement {
    let (feed, column) = facet.feed();
    let mut statement = Query::select();
    statement
        .expr(Expr::val(1))
        .from(feed)
        .and_where(Expr::col((feed, column)).is_in(ids.iter().copied()))
        .and_where(Expr::col((feed, "published_at")).equals(("a", "published_at")))
        .and_where(Expr::col((feed, "article_id")).equals(("a", "id")));
    statement
}

/// Checks the size of an argument and gathers what it names.
fn collect(
    argument: &ArticleWhere,
    depth: usize,
    named: &mut HashMap<Facet, Vec<String>>,
) -> Result<(), Error> {
    if depth > DEEPEST {
        return Err(invalid_argument(format!(
            "where is nested deeper than {DEEPEST} levels"
        )));
    }
    for part in argument
        .and
        .iter()
        .flatten()
        .chain(argument.or.iter().flatten())
        .chain(argument.not.as_deref())
    {
        collect(part, depth + 1, named)?;
    }
    let mut sizes = vec![
        argument.and.as_ref().map_or(0, Vec::len),
        argument.or.as_ref().map_or(0, Vec::len),
    ];
    for (facet, criteria) in links(argument) {
        for list in [&criteria.all, &criteria.any, &criteria.none]
            .into_iter()
            .flatten()
        {
            sizes.push(list.len());
            named.entry(facet).or_default().extend(list.iter().cloned());
        }
    }
    for list in [
        argument.language.as_ref().and_then(|c| c.r#in.as_ref()),
        argument.language.as_ref().and_then(|c| c.not_in.as_ref()),
        argument.cited_domains.as_ref().and_then(|c| c.any.as_ref()),
        argument
            .cited_domains
            .as_ref()
            .and_then(|c| c.none.as_ref()),
    ] {
        sizes.push(list.map_or(0, Vec::len));
    }
    match sizes.into_iter().max() {
        Some(size) if size > MOST_VALUES => Err(invalid_argument(format!(
            "a condition of where names {size} values; the maximum is {MOST_VALUES}"
        ))),
        _ => Ok(()),
    }
}

fn links(argument: &ArticleWhere) -> impl Iterator<Item = (Facet, &LinkCriteria)> {
    [
        (Facet::Author, &argument.authors),
        (Facet::Tag, &argument.tags),
        (Facet::Source, &argument.cited_sources),
    ]
    .into_iter()
    .filter_map(|(facet, criteria)| Some((facet, criteria.as_ref()?)))
}

fn build(argument: &ArticleWhere, ids: &HashMap<Facet, HashMap<String, Uuid>>) -> Filter {
    let mut parts = Vec::new();
    parts.extend(argument.and.iter().flatten().map(|part| build(part, ids)));
    if let Some(or) = &argument.or {
        parts.push(Filter::Any(
            or.iter().map(|part| build(part, ids)).collect(),
        ));
    }
    if let Some(not) = &argument.not {
        parts.push(Filter::Not(Box::new(build(not, ids))));
    }
    if let Some(kind) = &argument.kind {
        let codes =
            |kinds: &Vec<Kind>| Filter::Kind(kinds.iter().map(|kind| kind.code()).collect());
        parts.extend(kind.r#in.as_ref().map(codes));
        parts.extend(
            kind.not_in
                .as_ref()
                .map(|kinds| Filter::Not(Box::new(codes(kinds)))),
        );
    }
    if let Some(language) = &argument.language {
        parts.extend(language.r#in.clone().map(Filter::Language));
        parts.extend(
            language
                .not_in
                .clone()
                .map(|tags| Filter::Not(Box::new(Filter::Language(tags)))),
        );
    }
    for (facet, criteria) in links(argument) {
        // What does not exist is linked to nothing: an empty list of ids matches no article.
        let find = |references: &Vec<String>| -> Vec<Uuid> {
            references
                .iter()
                .filter_map(|name| ids.get(&facet)?.get(name).copied())
                .collect()
        };
        for name in criteria.all.iter().flatten() {
            parts.push(Filter::Linked(facet, find(&vec![name.clone()])));
        }
        parts.extend(
            criteria
                .any
                .as_ref()
                .map(|any| Filter::Linked(facet, find(any))),
        );
        parts.extend(
            criteria
                .none
                .as_ref()
                .map(|none| Filter::Not(Box::new(Filter::Linked(facet, find(none))))),
        );
    }
    if let Some(kinds) = &argument.cited_source_kinds {
        let codes = |kinds: &Vec<SourceKind>| {
            Filter::SourceKind(kinds.iter().map(|kind| kind.code()).collect())
        };
        parts.extend(kinds.any.as_ref().map(codes));
        parts.extend(
            kinds
                .none
                .as_ref()
                .map(|kinds| Filter::Not(Box::new(codes(kinds)))),
        );
    }
    if let Some(domains) = &argument.cited_domains {
        let plain = |domains: &Vec<String>| {
            Filter::Domain(domains.iter().map(|domain| plain_domain(domain)).collect())
        };
        parts.extend(domains.any.as_ref().map(&plain));
        parts.extend(
            domains
                .none
                .as_ref()
                .map(|domains| Filter::Not(Box::new(plain(domains)))),
        );
    }
    for (column, criteria) in [
        ("published_at", &argument.published_at),
        ("updated_at", &argument.updated_at),
        ("first_published_at", &argument.first_published_at),
    ] {
        let Some(criteria) = criteria else { continue };
        parts.extend(criteria.gte.map(|moment| Filter::Since(column, moment.0)));
        parts.extend(
            criteria
                .gt
                .map(|moment| Filter::Since(column, moment.0.saturating_add(1))),
        );
        parts.extend(
            criteria
                .lte
                .map(|moment| Filter::Before(column, moment.0.saturating_add(1))),
        );
        parts.extend(criteria.lt.map(|moment| Filter::Before(column, moment.0)));
    }
    parts.extend(argument.syndicable.map(Filter::Syndicable));
    match parts.len() {
        1 => match parts.remove(0) {
            Filter::All(inner) => Filter::All(inner),
            other => Filter::All(vec![other]),
        },
        _ => Filter::All(parts),
    }
}
