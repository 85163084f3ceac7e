//! The roots of the schema, assembled from the nouns. Prints without a database.

mod policy;

use std::sync::Arc;

use async_graphql::{
    Context, EmptySubscription, Error, ID, InputObject, Interface, MergedObject, Object,
    SDLExportOptions, Schema, ValidationMode,
};

use crate::{
    content::{
        account::graphql::{self as staff, AccountMutation},
        article::{
            desk_graphql::mutations::ArticleMutation,
            desk_graphql::{
                ArticleDraft, ArticleDraftConnection, ArticleDraftWhere, RevisionDiff,
                article_draft, article_drafts, article_preview, revision_diff,
            },
            filter::ArticleWhere,
            graphql::{
                Article, ArticleArguments, ArticleBy, ArticleConnection, ArticleOrder, articles,
            },
        },
        author::graphql::{Author, AuthorConnection},
        citation::{self, graphql::Citation},
        keeping::graphql::{AuthorMutation, SourceMutation, TagMutation},
        noun,
        reading::Reading,
        resolve::{self, AuthorBy, Resolution, SourceBy, TagBy, noun_by, noun_of, source_by},
        search::graphql::{SearchConnection, search},
        site::graphql::{Site, site},
        source::graphql::{Source, SourceConnection},
        tag::graphql::{Tag, TagConnection},
    },
    editorial::{
        identity,
        vocabulary::{SourceKind, TagType},
    },
    graphql::{
        connection::{LARGEST_PAGE, PageArguments, weight},
        errors::{fault, invalid, invalid_argument},
    },
};

/// Dateline's schema.
pub type DatelineSchema = Schema<Query, Mutation, EmptySubscription>;

/// Builds the schema. `complexity` bounds what one query may cost: fields, times the sizes of the lists they are in.
#[must_use]
pub fn build(complexity: usize) -> DatelineSchema {
    build_with(ValidationMode::Strict, complexity)
}

/// Builds the schema for documents that the one of [`build`] has validated: it weighs a query anew, as that depends on the
/// variables, and leaves out the rules that only look at the document.
#[must_use]
pub fn build_trusting(complexity: usize) -> DatelineSchema {
    build_with(ValidationMode::Fast, complexity)
}

fn build_with(mode: ValidationMode, complexity: usize) -> DatelineSchema {
    Schema::build(Query, Mutation::default(), EmptySubscription)
        .validation_mode(mode)
        .limit_complexity(complexity)
        .disable_suggestions()
        .finish()
}

/// The schema in GraphQL's own language, as `schema.graphql` keeps it.
#[must_use]
pub fn print() -> String {
    let sdl = build(usize::MAX).sdl_with_options(SDLExportOptions::new().include_specified_by());
    let sdl = policy::written(&sdl);
    let lines: Vec<&str> = sdl.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim_end())
}

/// Anything that has a lasting identity.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Its lasting identity."))]
pub enum Node {
    /// A published article.
    Article(Article),
    /// An author.
    Author(Author),
    /// A tag.
    Tag(Tag),
    /// A source.
    Source(Source),
    /// A citation.
    Citation(Citation),
}

/// Which tags to show.
#[derive(Debug, Clone, Default, InputObject)]
pub struct TagWhere {
    /// What sort of thing they name.
    pub r#type: Option<TagTypeCriteria>,
}

/// A condition on what tags name.
#[derive(Debug, Clone, Default, InputObject)]
pub struct TagTypeCriteria {
    /// It is one of these.
    pub r#in: Option<Vec<TagType>>,
}

/// Which sources to show.
#[derive(Debug, Clone, Default, InputObject)]
pub struct SourceWhere {
    /// What sort of source they are.
    pub kind: Option<SourceKindIn>,
}

/// A condition on the kind of sources.
#[derive(Debug, Clone, Default, InputObject)]
pub struct SourceKindIn {
    /// It is one of these.
    pub r#in: Option<Vec<SourceKind>>,
}

/// Everything that the staff and their programs can do. An answer says in `errors` why nothing was done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    ArticleMutation,
    AuthorMutation,
    TagMutation,
    SourceMutation,
    AccountMutation,
);

/// Everything that can be read.
pub struct Query;

/// Everything that can be read. What you may not see is absent, just as what does not exist.
#[Object]
impl Query {
    /// The publication that this API belongs to.
    async fn site(&self, ctx: &Context<'_>) -> Result<Site, Error> {
        site(Reading::of(ctx)).await
    }

    /// Who asks.
    #[graphql(cache_control(private))]
    async fn viewer(&self, ctx: &Context<'_>) -> Result<staff::Actor, Error> {
        staff::viewer(ctx).await
    }

    /// The staff, in the order in which they came. Takes the scope `ACCOUNTS_MANAGE`.
    #[graphql(
        complexity = "1 + weight(first, last) * child_complexity",
        cache_control(private)
    )]
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front; 20 unless given, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<staff::AccountConnection, Error> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        staff::accounts(ctx, page).await
    }

    /// The API tokens, the newest first. Takes the scope `TOKENS_MANAGE`.
    #[graphql(
        complexity = "1 + weight(first, last) * child_complexity",
        cache_control(private)
    )]
    async fn api_tokens(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front; 20 unless given, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<staff::ApiTokenConnection, Error> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        staff::api_tokens(ctx, page).await
    }

    /// What was done, the newest first; takes the scope `AUDIT_READ`.
    #[graphql(
        complexity = "1 + usize::try_from(first).unwrap_or(0) * child_complexity",
        cache_control(private)
    )]
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many; at most 100.", default = 20)] first: i32,
        #[graphql(desc = "Only those older than the entry with this id.")] after: Option<ID>,
        #[graphql(desc = "Only what was done to this.")] subject: Option<ID>,
        #[graphql(desc = "Only what this account or API token did.")] actor: Option<ID>,
    ) -> Result<Vec<staff::AuditEntry>, Error> {
        staff::audit_log(ctx, first, after, subject, actor).await
    }

    /// One published article.
    async fn article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] by: ArticleBy,
    ) -> Result<Option<Article>, Error> {
        Article::by(ctx, by).await
    }

    /// Published articles, the newest first unless ordered otherwise.
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
        articles(Reading::of(ctx), None, arguments).await
    }

    /// Every author, ordered by name.
    #[graphql(complexity = "1 + weight(first, last) * child_complexity")]
    async fn authors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front; 20 unless given, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<AuthorConnection, Error> {
        let codes = None;
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let (page, counter, list) = noun::listed(Reading::of(ctx), page, codes).await?;
        Ok(AuthorConnection::new(page, counter, |row| {
            (noun::cursor_of(&row, list), Author(Arc::new(row)))
        }))
    }

    /// One author; a former slug finds it as well.
    async fn author(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which author.")] by: AuthorBy,
    ) -> Result<Option<Author>, Error> {
        Ok(noun_by(Reading::of(ctx), by.into()).await?.map(Author))
    }

    /// Every tag, ordered by name.
    #[graphql(complexity = "1 + weight(first, last) * child_complexity")]
    async fn tags(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front; 20 unless given, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which tags; all of them unless given.")] filter: Option<
            TagWhere,
        >,
    ) -> Result<TagConnection, Error> {
        let types = filter.and_then(|filter| filter.r#type?.r#in);
        let codes = types.map(|types| ("tag_type", types.into_iter().map(TagType::code).collect()));
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let (page, counter, list) = noun::listed(Reading::of(ctx), page, codes).await?;
        Ok(TagConnection::new(page, counter, |row| {
            (noun::cursor_of(&row, list), Tag(Arc::new(row)))
        }))
    }

    /// One tag; a former slug finds it as well.
    async fn tag(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tag.")] by: TagBy,
    ) -> Result<Option<Tag>, Error> {
        Ok(noun_by(Reading::of(ctx), by.into()).await?.map(Tag))
    }

    /// Every source, ordered by name.
    #[graphql(complexity = "1 + weight(first, last) * child_complexity")]
    async fn sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front; 20 unless given, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which sources; all of them unless given.")]
        filter: Option<SourceWhere>,
    ) -> Result<SourceConnection, Error> {
        let kinds = filter.and_then(|filter| filter.kind?.r#in);
        let codes = kinds.map(|kinds| ("kind", kinds.into_iter().map(SourceKind::code).collect()));
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let (page, counter, list) = noun::listed(Reading::of(ctx), page, codes).await?;
        Ok(SourceConnection::new(page, counter, |row| {
            (noun::cursor_of(&row, list), Source(Arc::new(row)))
        }))
    }

    /// One source; a former slug finds it as well.
    async fn source(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which source.")] by: SourceBy,
    ) -> Result<Option<Source>, Error> {
        Ok(source_by(Reading::of(ctx), by).await?.map(Source))
    }

    /// The published articles that answer a query, best first: the best 100 among the newest 500 that match.
    ///
    /// Words must all be there; `OR` between two of them lets either do; `"…"` wants words side by side; a leading `-`
    /// or `NOT` excludes. Case, accents and endings do not count. Anything else is taken as text.
    #[graphql(
        complexity = "100 + weight(first, last) * child_complexity",
        cache_control(max_age = 60)
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "a list takes the same arguments at every level of the schema"
    )]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to look for; at most 32 words.")] query: String,
        #[graphql(desc = "How many from the front; 20 unless given, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which articles; all of them unless given.")]
        filter: Option<ArticleWhere>,
    ) -> Result<SearchConnection, Error> {
        search(
            Reading::of(ctx),
            &query,
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

    /// What a path of the site leads to, or nothing. Articles live at their own paths, authors at `/authors/SLUG`, tags
    /// at `/tags/SLUG`, sources at `/sources/SLUG`.
    async fn resolve_path(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A path beginning with a slash, or a whole address.")] path: String,
    ) -> Result<Option<Resolution>, Error> {
        resolve::path(Reading::of(ctx), &path).await
    }

    /// One article as the newsroom is writing it. Takes the scope `DRAFTS_READ`.
    #[graphql(cache_control(private))]
    async fn article_draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(desc = "Which version; the newest unless given.")] version: Option<i64>,
    ) -> Result<Option<ArticleDraft>, Error> {
        article_draft(ctx, &id, version).await
    }

    /// The draft that a preview token leads to, for the preview mode of a frontend: whoever has the token may read it.
    /// Nothing when the token has expired, or was made for an article that is not worked on any more.
    #[graphql(cache_control(private))]
    async fn article_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A token of `articlePreviewCreate`.")] token: String,
    ) -> Result<Option<ArticleDraft>, Error> {
        article_preview(ctx, &token).await
    }

    /// The articles that the newsroom is working on, the last saved first. Takes the scope `DRAFTS_READ`.
    #[graphql(
        complexity = "1 + weight(first, last) * child_complexity",
        cache_control(private)
    )]
    async fn article_drafts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front; 20 unless given, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which drafts; all of them unless given.")] filter: Option<
            ArticleDraftWhere,
        >,
    ) -> Result<ArticleDraftConnection, Error> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        article_drafts(ctx, page, filter).await
    }

    /// What reads differently between two versions of an article, by field and by block; nothing when one of them does
    /// not exist. Takes the scope `DRAFTS_READ`.
    #[graphql(cache_control(private))]
    async fn revision_diff(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] article: ID,
        #[graphql(desc = "The earlier version.")] from: i64,
        #[graphql(desc = "The later version.")] to: i64,
    ) -> Result<Option<RevisionDiff>, Error> {
        revision_diff(ctx, &article, from, to).await
    }

    /// Whatever has this id.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of an article, author, tag, source or citation.")] id: ID,
    ) -> Result<Option<Node>, Error> {
        node(Reading::of(ctx), &id).await
    }

    /// Whatever has these ids, in their order; null where there is nothing.
    #[graphql(complexity = "1 + ids.len() * child_complexity")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most 100 ids.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>, Error> {
        if ids.len() as u64 > LARGEST_PAGE {
            return Err(invalid_argument(format!(
                "ids: {} are too many; the maximum is {LARGEST_PAGE}",
                ids.len()
            )));
        }
        let reading = Reading::of(ctx);
        futures_util::future::try_join_all(ids.iter().map(|id| node(reading, id))).await
    }
}

async fn node(reading: &Arc<Reading>, id: &str) -> Result<Option<Node>, Error> {
    let (prefix, uuid) = identity::parse(id).map_err(|message| invalid("INVALID_ID", message))?;
    Ok(match prefix {
        identity::ArticleId::PREFIX => Article::by_id(reading, uuid).await?.map(Node::Article),
        identity::AuthorId::PREFIX => noun_of(reading, uuid)
            .await?
            .map(|row| Node::Author(Author(row))),
        identity::TagId::PREFIX => noun_of(reading, uuid).await?.map(|row| Node::Tag(Tag(row))),
        identity::SourceId::PREFIX => noun_of(reading, uuid)
            .await?
            .map(|row| Node::Source(Source(row))),
        identity::CitationId::PREFIX => citation::by_id(reading, uuid)
            .await
            .map_err(|error| fault(&error))?
            .map(|row| Node::Citation(Citation(row))),
        _ => {
            return Err(invalid(
                "INVALID_ID",
                format!(
                    "\"{id}\" names no kind of node; ids begin with article_, author_, tag_, source_ or citation_"
                ),
            ));
        }
    })
}
