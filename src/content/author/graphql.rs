//! Authors as clients see them.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Object, SimpleObject};

use super::{Link, entity};
use crate::{
    content::{
        article::{
            filter::{ArticleWhere, Facet},
            graphql::{ArticleArguments, ArticleConnection, ArticleOrder, articles},
        },
        noun::list,
        reading::Reading,
    },
    editorial::identity::AuthorId,
    graphql::connection::{PageArguments, connection, weight},
};

connection! {
    /// A page of authors.
    AuthorConnection,
    /// An author and its place in the list.
    AuthorEdge, Author, "authors"
}

/// Somebody, or a desk, that articles are by.
#[derive(Clone)]
pub struct Author(pub Arc<entity::Model>);

/// A labelled address.
#[derive(SimpleObject)]
#[graphql(name = "Link")]
pub struct LinkObject {
    /// What is found there.
    label: String,
    /// The address.
    url: String,
}

impl From<Link> for LinkObject {
    fn from(link: Link) -> Self {
        Self {
            label: link.label,
            url: link.url,
        }
    }
}

/// Somebody, or a desk, that articles are by.
#[Object(cache_control(max_age = 3600))]
impl Author {
    /// Its lasting identity.
    pub async fn id(&self) -> ID {
        AuthorId(self.0.id).to_string().into()
    }

    /// The name as printed.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its readable name, unique among authors.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Who this is.
    async fn bio(&self) -> Option<&str> {
        self.0.bio.as_deref()
    }

    /// Where else to find this author.
    async fn links(&self) -> Vec<LinkObject> {
        list::<Link>(&self.0.links)
            .into_iter()
            .map(LinkObject::from)
            .collect()
    }

    /// Counts its changes; give it as expectedVersion to change it.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// The published articles it is credited with.
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
            Some((Facet::Author, self.0.id)),
            arguments,
        )
        .await
    }
}
