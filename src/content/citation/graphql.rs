//! Citations as clients see them.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, InputObject, Object};
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::{CitationRow, Owner, Roles};
use crate::{
    content::{
        article::{
            graphql::{Article, shape_of},
            store::Counted,
        },
        reading::Reading,
        source::graphql::Source,
    },
    editorial::{
        identity::CitationId,
        vocabulary::{CitationRole, LinkHealth},
    },
    graphql::{
        connection::{Count, Counter, PageArguments, connection},
        cursor::{Fingerprint, Key, Position},
        errors::fault,
    },
};

connection! {
    /// A page of citations.
    CitationConnection,
    /// A citation and its place in the list.
    CitationEdge, Citation, "citations"
}

/// Which citations to show.
#[derive(Debug, Clone, Default, InputObject)]
pub struct CitationWhere {
    /// How the source is used.
    pub role: Option<CitationRoleCriteria>,
}

/// A condition on how a source is used.
#[derive(Debug, Clone, Default, InputObject)]
pub struct CitationRoleCriteria {
    /// It is used in one of these ways.
    pub r#in: Option<Vec<CitationRole>>,
}

/// One use of a source by an article.
#[derive(Clone)]
pub struct Citation(pub Arc<CitationRow>);

/// One use of a source by an article, or words quoted from somebody.
#[Object]
impl Citation {
    /// Its lasting identity.
    pub async fn id(&self) -> ID {
        CitationId(self.0.id).to_string().into()
    }

    /// How the source is used.
    async fn role(&self) -> CitationRole {
        CitationRole::of_code(self.0.role).unwrap_or_default()
    }

    /// The source; absent for words whose only source is their speaker.
    async fn source(&self, ctx: &Context<'_>) -> Result<Option<Source>, Error> {
        let Some(id) = self.0.source_id else {
            return Ok(None);
        };
        Ok(Reading::of(ctx).nouns(vec![id]).await?.pop().map(Source))
    }

    /// The article that cites.
    async fn article(&self, ctx: &Context<'_>) -> Result<Article, Error> {
        Article::by_id(Reading::of(ctx), self.0.article_id)
            .await?
            .ok_or_else(|| {
                fault(&sea_orm::DbErr::Custom(format!(
                    "citation {} has no visible article",
                    self.0.id
                )))
            })
    }

    /// Where it stands among the article's citations, counted from 1.
    async fn position(&self) -> i32 {
        self.0.position.saturating_add(1)
    }

    /// Where the cited work is.
    async fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// The domain of that address, in lower case without `www.`.
    async fn domain(&self) -> Option<&str> {
        self.0.domain.as_deref()
    }

    /// What the cited work is called.
    async fn title(&self) -> Option<&str> {
        self.0.title.as_deref()
    }

    /// The id of the body's block that it hangs on.
    async fn block(&self) -> Option<&str> {
        self.0.block.as_deref()
    }

    /// The words that it hangs on, as they stand in the block.
    async fn quote(&self) -> Option<&str> {
        self.0.quote.as_deref()
    }

    /// The text right before these words, to find them again in a changed body.
    async fn prefix(&self) -> Option<&str> {
        self.0.prefix.as_deref()
    }

    /// The text right after these words, to find them again in a changed body.
    async fn suffix(&self) -> Option<&str> {
        self.0.suffix.as_deref()
    }

    /// Who says it.
    async fn speaker(&self) -> Option<&str> {
        self.0.speaker.as_deref()
    }

    /// What the article calls the speaker there, when that is not the name: "the Chinese diplomat".
    async fn speaker_as_printed(&self) -> Option<&str> {
        self.0.speaker_as_printed.as_deref()
    }

    /// The verb of speech, as printed.
    async fn verb(&self) -> Option<&str> {
        self.0.verb.as_deref()
    }

    /// The citation through which this one reached the article: "Tass, via Zero Hedge".
    async fn via(&self, ctx: &Context<'_>) -> Result<Option<Citation>, Error> {
        let Some(id) = self.0.via_id else {
            return Ok(None);
        };
        Box::pin(self.beside(Reading::of(ctx), id)).await
    }

    /// Whether the address answered when it was last looked at.
    async fn link_health(&self) -> LinkHealth {
        LinkHealth::of_code(self.0.link_health).unwrap_or_default()
    }

    /// Where a copy of the cited page is kept.
    async fn snapshot_url(&self) -> Option<&str> {
        self.0.snapshot_url.as_deref()
    }
}

impl Citation {
    /// Another citation of the same article.
    async fn beside(&self, reading: &Reading, id: Uuid) -> Result<Option<Self>, Error> {
        let whole = PageArguments {
            first: Some(100),
            ..PageArguments::default()
        };
        let window = whole.window(Fingerprint::of(&Owner::Article))?;
        let rows = page_of(
            reading,
            Owner::Article,
            self.0.article_id,
            &Roles::default(),
            &window,
        )
        .await?;
        if let Some(row) = rows.into_iter().find(|row| row.id == id) {
            return Ok(Some(Self(Arc::new(row))));
        }
        Ok(super::by_id(reading, id)
            .await
            .map_err(|error| fault(&error))?
            .map(Self))
    }
}

/// A page of the citations of an article or a source.
///
/// # Errors
/// When the arguments cannot be used, or the database fails.
pub fn citations(
    reading: &Arc<Reading>,
    owner: Owner,
    of: Uuid,
    filter: Option<CitationWhere>,
    arguments: PageArguments,
) -> BoxFuture<'_, Result<CitationConnection, Error>> {
    // In a box, as every field of whatever has such a list would take the room for resolving it.
    Box::pin(connection_of(reading, owner, of, filter, arguments))
}

async fn connection_of(
    reading: &Arc<Reading>,
    owner: Owner,
    of: Uuid,
    filter: Option<CitationWhere>,
    arguments: PageArguments,
) -> Result<CitationConnection, Error> {
    let wanted = filter.and_then(|filter| filter.role?.r#in);
    let roles = Roles(wanted.map(|roles| roles.into_iter().map(CitationRole::code).collect()));
    let list = Fingerprint::of(&(owner, of, &roles));
    let window = arguments.window(list)?;
    let rows = page_of(reading, owner, of, &roles, &window).await?;
    let shared = Arc::clone(reading);
    let counter = Counter::new(move || {
        let (reading, roles) = (Arc::clone(&shared), roles.clone());
        async move {
            let counts = reading.citation_counts.of(shape_of(&(owner, &roles)));
            let counted = counts
                .load(of, |ids| {
                    let (reading, roles) = (&reading, &roles);
                    async move {
                        let counted = reading
                            .lists::<Counted>(ids, |id| super::count(reading, owner, id, roles))
                            .await?;
                        Ok(counted
                            .into_iter()
                            .map(|(id, rows)| (id, rows.first().map_or(0, |row| row.counted)))
                            .collect())
                    }
                })
                .await
                .map_err(|error| fault(&error))?;
            Ok(Count::capped(counted.unwrap_or_default()))
        }
    });
    Ok(CitationConnection::new(window.cut(rows), counter, |row| {
        let key = match owner {
            Owner::Article => i64::from(row.position),
            Owner::Source => row.published_at,
        };
        (
            Position {
                key: Key::Number(key),
                id: row.id,
            }
            .to_cursor(list),
            Citation(Arc::new(row)),
        )
    }))
}

async fn page_of(
    reading: &Reading,
    owner: Owner,
    of: Uuid,
    roles: &Roles,
    window: &crate::graphql::connection::Window,
) -> Result<Vec<CitationRow>, Error> {
    reading.note(|seen| match owner {
        Owner::Article => {
            seen.articles.insert(of);
        }
        Owner::Source => {
            seen.cited.insert(of);
        }
    });
    let batch = reading.citation_pages.of(shape_of(&(owner, roles, window)));
    let rows = batch
        .load(of, |ids| async move {
            reading
                .lists(ids, |id| super::page(reading, owner, id, roles, window))
                .await
        })
        .await
        .map_err(|error| fault(&error))?;
    Ok(rows.unwrap_or_default())
}
