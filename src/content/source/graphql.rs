//! Sources as clients see them.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Object};

use super::entity;
use crate::{
    content::{
        article::{
            filter::{ArticleWhere, Facet},
            graphql::{ArticleArguments, ArticleConnection, ArticleOrder, articles},
        },
        citation::{
            Owner,
            graphql::{CitationConnection, CitationWhere, citations},
        },
        noun::list,
        reading::Reading,
    },
    editorial::{identity::SourceId, vocabulary::SourceKind},
    graphql::connection::{PageArguments, connection, weight},
};

connection! {
    /// A page of sources.
    SourceConnection,
    /// A source and its place in the list.
    SourceEdge, Source, "sources"
}

/// An outlet, agency, office, person, document or dataset that articles cite.
#[derive(Clone)]
pub struct Source(pub Arc<entity::Model>);

/// An outlet, agency, office, person, document or dataset that articles cite.
#[Object(cache_control(max_age = 3600))]
impl Source {
    /// Its lasting identity.
    pub async fn id(&self) -> ID {
        SourceId(self.0.id).to_string().into()
    }

    /// The name as printed.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its readable name, unique among sources.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// What sort of source it is.
    async fn kind(&self) -> SourceKind {
        SourceKind::of_code(self.0.kind).unwrap_or_default()
    }

    /// The domains it publishes on, in lower case without `www.`.
    async fn domains(&self) -> Vec<String> {
        list(&self.0.domains)
    }

    /// The source it belongs to.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Source>, Error> {
        let Some(id) = self.0.parent_id else {
            return Ok(None);
        };
        Ok(Reading::of(ctx).nouns(vec![id]).await?.pop().map(Source))
    }

    /// What readers should know of it, such as "Russian state media".
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Counts its changes; give it as expectedVersion to change it.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// The published articles that cite it.
    #[graphql(complexity = "1 + weight(first, last) * child_complexity")]
    #[expect(
        clippy::too_many_arguments,
        reason = "a list takes the same arguments at every level of the schema"
    )]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front; 20 unless given, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which articles; all of them unless given.")]
        filter: Option<Box<ArticleWhere>>,
        #[graphql(desc = "In which order; the newest first unless given.")] order_by: Option<
            ArticleOrder,
        >,
    ) -> Result<ArticleConnection, Error> {
        let arguments = ArticleArguments {
            page: PageArguments {
                first,
                after,
                last,
                before,
            },
            filter,
            order_by,
        };
        articles(
            Reading::of(ctx),
            Some((Facet::Source, self.0.id)),
            arguments,
        )
        .await
    }

    /// Every use that published articles make of it, the newest article first.
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
            Owner::Source,
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
}
