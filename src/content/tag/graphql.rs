//! Tags as clients see them.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Object, SimpleObject};

use super::{ExternalId, entity, related};
use crate::{
    content::{
        article::{
            filter::{ArticleWhere, Facet},
            graphql::{ArticleArguments, ArticleConnection, ArticleOrder, articles, most_of},
        },
        noun::list,
        reading::Reading,
    },
    editorial::{identity::TagId, vocabulary::TagType},
    graphql::{
        connection::{PageArguments, connection, weight},
        errors::fault,
    },
};

connection! {
    /// A page of tags.
    TagConnection,
    /// A tag and its place in the list.
    TagEdge, Tag, "tags"
}

/// What articles are about.
#[derive(Clone)]
pub struct Tag(pub Arc<entity::Model>);

/// The name of a thing in somebody else's list.
#[derive(SimpleObject)]
#[graphql(name = "ExternalId")]
pub struct ExternalIdObject {
    /// Whose list: `wikidata`, `iptc`.
    scheme: String,
    /// The name there: `Q148`, `medtop:20000065`.
    value: String,
}

/// What articles are about.
#[Object(cache_control(max_age = 3600))]
impl Tag {
    /// Its lasting identity.
    pub async fn id(&self) -> ID {
        TagId(self.0.id).to_string().into()
    }

    /// The name as printed.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its readable name, unique among tags.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// What sort of thing it names.
    #[graphql(name = "type")]
    async fn tag_type(&self) -> TagType {
        TagType::of_code(self.0.tag_type).unwrap_or_default()
    }

    /// What it covers.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// What others call it.
    async fn external_ids(&self) -> Vec<ExternalIdObject> {
        list::<ExternalId>(&self.0.external_ids)
            .into_iter()
            .map(|id| ExternalIdObject {
                scheme: id.scheme,
                value: id.value,
            })
            .collect()
    }

    /// Other names for the same thing.
    async fn aliases(&self) -> Vec<String> {
        list(&self.0.aliases)
    }

    /// Counts its changes; give it as expectedVersion to change it.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// The published articles that carry it.
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
        articles(Reading::of(ctx), Some((Facet::Tag, self.0.id)), arguments).await
    }

    /// Tags that stand most often beside it on its newest 200 articles, the most frequent first.
    #[graphql(complexity = "10 + usize::try_from(first).unwrap_or(0) * child_complexity")]
    async fn related(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many; at most 50.", default = 10)] first: i32,
    ) -> Result<Vec<Tag>, Error> {
        let most = most_of(first, 50)?;
        let reading = Reading::of(ctx);
        let mut ids = related::of_tag(reading, self.0.id)
            .await
            .map_err(|error| fault(&error))?;
        ids.truncate(most);
        Ok(reading.nouns(ids).await?.into_iter().map(Tag).collect())
    }
}
