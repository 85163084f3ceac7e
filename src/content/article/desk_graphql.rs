//! Drafts and what is done with them, as the newsroom's clients see it.

pub mod inputs;
pub mod mutations;

use std::sync::Arc;

use async_graphql::{Context, Error, ErrorExtensions, ID, InputObject, Object, SimpleObject};

use super::{
    desk::{self, Head},
    difference,
    document::CitationDocument,
    graphql::{Article, DatelineObject, HeroImageObject, NoticeObject, RightsObject},
    history,
    publishing::{self},
};
use crate::{
    access::{Acting, keys::Keys},
    content::{
        acting,
        author::{self, graphql::Author},
        reading::Reading,
        resolve::id_of,
        source::{self, graphql::Source},
        tag::graphql::Tag,
    },
    editorial::{
        body::{self, Block as BodyBlock},
        gates::Gates,
        identity::{ArticleId, RevisionId},
        moment::Moment,
        vocabulary::{
            ArticleStatus, BlockKind, CitationRole, ContributorRole, DraftStage, Kind, RevisionAct,
            Scope,
        },
    },
    graphql::{
        connection::{PageArguments, connection},
        errors::{fault, invalid},
        user_errors::{FieldChange, UserError, words_of},
    },
};

/// An article as the newsroom is writing it.
#[derive(Clone)]
pub struct ArticleDraft {
    head: Arc<Head>,
    now: Moment,
    /// Whether it is read with a preview token, which shows what is written and not who said what about it.
    by_preview: bool,
}

/// The body of a draft.
#[derive(SimpleObject)]
pub struct DraftBody {
    /// As written: `CommonMark` with tables and footnotes.
    markdown: String,
    /// As sanitised HTML, just as readers would get it.
    html: String,
    /// As plain text.
    text: String,
    /// As blocks, in order.
    blocks: Vec<DraftBlock>,
}

/// A part of a draft's body.
#[derive(SimpleObject)]
pub struct DraftBlock {
    /// Its id within the article; it stays while its words stay.
    id: String,
    /// What sort of block it is.
    kind: BlockKind,
    /// Its HTML.
    html: String,
    /// Its plain text.
    text: String,
}

impl From<BodyBlock> for DraftBlock {
    fn from(block: BodyBlock) -> Self {
        Self {
            id: block.id,
            kind: block.kind,
            html: block.html,
            text: block.text,
        }
    }
}

/// What somebody did for a draft.
#[derive(SimpleObject)]
pub struct DraftContributor {
    /// Who; absent when the author does not exist any more.
    author: Option<Author>,
    /// What.
    role: ContributorRole,
}

/// One use of a source by a draft.
pub struct DraftCitation(CitationDocument);

/// One use of a source by a draft, or words quoted from somebody.
#[Object]
impl DraftCitation {
    /// Its lasting identity; give it back when you edit the citations.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// How the source is used.
    async fn role(&self) -> CitationRole {
        self.0.role
    }

    /// The source; absent for words whose only source is their speaker.
    async fn source(&self, ctx: &Context<'_>) -> Result<Option<Source>, Error> {
        let Some(id) = self.0.source else {
            return Ok(None);
        };
        let mut found = Reading::of(ctx)
            .nouns::<source::entity::Model>(vec![id.0])
            .await?;
        Ok(found.pop().map(Source))
    }

    /// Where the cited work is.
    async fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// What the cited work is called.
    async fn title(&self) -> Option<&str> {
        self.0.title.as_deref()
    }

    /// The id of the body's block that it hangs on.
    async fn block(&self) -> Option<&str> {
        self.0.block.as_deref()
    }

    /// The words that it hangs on.
    async fn quote(&self) -> Option<&str> {
        self.0.quote.as_deref()
    }

    /// The text right before these words.
    async fn prefix(&self) -> Option<&str> {
        self.0.prefix.as_deref()
    }

    /// The text right after these words.
    async fn suffix(&self) -> Option<&str> {
        self.0.suffix.as_deref()
    }

    /// Who says it.
    async fn speaker(&self) -> Option<&str> {
        self.0.speaker.as_deref()
    }

    /// What the article calls the speaker there.
    async fn speaker_as_printed(&self) -> Option<&str> {
        self.0.speaker_as_printed.as_deref()
    }

    /// The verb of speech.
    async fn verb(&self) -> Option<&str> {
        self.0.verb.as_deref()
    }

    /// The id of the citation through which this one reached the article.
    async fn via(&self) -> Option<ID> {
        self.0.via.map(|via| via.to_string().into())
    }
}

/// An article as the newsroom is writing it: shaped like `Article`, with anything still missing.
#[Object(cache_control(private))]
impl ArticleDraft {
    /// The lasting identity of the article.
    async fn id(&self) -> ID {
        self.head.id.to_string().into()
    }

    /// Counts what was done with the article; give it as `expectedVersion` to do the next thing.
    async fn version(&self) -> i64 {
        self.head.version
    }

    /// How far the newest version has come on its way to the readers.
    async fn stage(&self) -> DraftStage {
        self.head.stage
    }

    /// What readers have of it.
    async fn status(&self) -> ArticleStatus {
        self.head.status(self.now)
    }

    /// What readers have, if they have anything.
    async fn published(&self, ctx: &Context<'_>) -> Result<Option<Article>, Error> {
        Article::by_id(Reading::of(ctx), self.head.id.0).await
    }

    /// When readers will see it from, while it is scheduled or embargoed.
    async fn scheduled_at(&self) -> Option<Moment> {
        self.head.visible_at.filter(|at| *at > self.now)
    }

    /// Who saved this version; absent when it was imported, and in a preview.
    async fn saved_by(&self) -> Option<&str> {
        self.head.saved_by.as_deref().filter(|_| !self.by_preview)
    }

    /// When this version was saved.
    async fn saved_at(&self) -> Moment {
        self.head.saved_at
    }

    /// What made this version.
    async fn act(&self) -> RevisionAct {
        self.head.act
    }

    /// What was said with it, such as what to mend; absent in a preview.
    async fn comment(&self) -> Option<&str> {
        self.head.comment.as_deref().filter(|_| !self.by_preview)
    }

    /// Its headline.
    async fn headline(&self) -> Option<&str> {
        self.head.document.headline.as_deref()
    }

    /// The summary beneath the headline.
    async fn standfirst(&self) -> Option<&str> {
        self.head.document.standfirst.as_deref()
    }

    /// Its readable name; made of the headline at publication when absent.
    async fn slug(&self) -> Option<&str> {
        self.head.document.slug.as_deref()
    }

    /// Where the site will show it; made of the slug at publication when absent.
    async fn path(&self) -> Option<&str> {
        self.head.document.path.as_deref()
    }

    /// Where the site showed it before.
    async fn former_paths(&self) -> &[String] {
        &self.head.document.former_paths
    }

    /// What sort of piece it is.
    async fn kind(&self) -> Option<Kind> {
        self.head.document.kind
    }

    /// The language it is written in; the site's when absent.
    async fn language(&self) -> Option<&str> {
        self.head.document.language.as_deref()
    }

    /// Where and when it was written, as printed.
    async fn dateline(&self) -> Option<DatelineObject> {
        self.head.document.dateline.clone().map(Into::into)
    }

    /// The byline as printed.
    async fn byline_text(&self) -> Option<&str> {
        self.head.document.byline_text.as_deref()
    }

    /// Who made it, in order, and what each did.
    #[graphql(complexity = "2 * child_complexity")]
    async fn contributors(&self, ctx: &Context<'_>) -> Result<Vec<DraftContributor>, Error> {
        let contributions = &self.head.document.authors;
        let ids = contributions.iter().map(|c| c.author.0).collect();
        let authors = Reading::of(ctx).nouns::<author::entity::Model>(ids).await?;
        Ok(contributions
            .iter()
            .map(|contribution| DraftContributor {
                author: authors
                    .iter()
                    .find(|author| author.id == contribution.author.0)
                    .map(|author| Author(Arc::clone(author))),
                role: contribution.role,
            })
            .collect())
    }

    /// Its body.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn body(&self) -> DraftBody {
        let rendered = body::render(&self.head.document.body);
        DraftBody {
            markdown: self.head.document.body.clone(),
            blocks: body::blocks_of(&rendered.html)
                .into_iter()
                .map(DraftBlock::from)
                .collect(),
            html: rendered.html,
            text: rendered.text,
        }
    }

    /// What it is about, in order; the first is the main tag.
    #[graphql(complexity = "10 * child_complexity")]
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<Tag>, Error> {
        let ids = self.head.document.tags.iter().map(|tag| tag.0).collect();
        Ok(Reading::of(ctx)
            .nouns(ids)
            .await?
            .into_iter()
            .map(Tag)
            .collect())
    }

    /// The uses it makes of sources and the words it quotes, in order.
    #[graphql(complexity = "20 * child_complexity")]
    async fn citations(&self) -> Vec<DraftCitation> {
        self.head
            .document
            .citations
            .iter()
            .cloned()
            .map(DraftCitation)
            .collect()
    }

    /// What readers are told beside the text.
    async fn notices(&self) -> Vec<NoticeObject> {
        self.head
            .document
            .notices
            .iter()
            .cloned()
            .map(Into::into)
            .collect()
    }

    /// Who owns it and what may be done with it; absent when nothing is stated.
    async fn rights(&self) -> Option<RightsObject> {
        self.head.document.rights.clone().map(Into::into)
    }

    /// The picture above it.
    async fn hero(&self) -> Option<HeroImageObject> {
        self.head.document.hero.clone().map(Into::into)
    }

    /// Readers do not see it before this moment.
    async fn embargoed_until(&self) -> Option<Moment> {
        self.head.document.embargoed_until
    }

    /// The publish gates that are shut for it.
    #[graphql(complexity = "10 + child_complexity")]
    async fn gate_violations(&self, ctx: &Context<'_>) -> Result<Vec<UserError>, Error> {
        let db = &acting(ctx).db;
        Ok(publishing::violations(db, &self.head.document, gates(ctx))
            .await
            .map_err(|error| fault(&error))?
            .into_iter()
            .map(UserError::from)
            .collect())
    }

    /// Everything that was done with the article, the newest first; nothing in a preview.
    #[graphql(complexity = "1 + 20 * child_complexity")]
    async fn revisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many; 20 unless given, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only versions below this one.")] before_version: Option<i64>,
    ) -> Result<Vec<Revision>, Error> {
        let most = super::graphql::most_of(first.unwrap_or(20), 100)?;
        if self.by_preview {
            return Ok(Vec::new());
        }
        let db = &acting(ctx).db;
        history::of(db, self.head.id.0, before_version, most)
            .await
            .map(|rows| rows.into_iter().map(Revision::from).collect())
            .map_err(|error| fault(&error))
    }
}

/// One thing that was done with an article.
#[derive(SimpleObject)]
#[graphql(cache_control(private))]
pub struct Revision {
    /// Its lasting identity.
    id: ID,
    /// Its number.
    version: i64,
    /// What made it.
    act: RevisionAct,
    /// When.
    saved_at: Moment,
    /// Who made it; absent when it was imported.
    saved_by: Option<String>,
    /// What was said with it.
    comment: Option<String>,
}

impl From<history::Row> for Revision {
    fn from(row: history::Row) -> Self {
        Self {
            id: RevisionId(row.id).to_string().into(),
            version: row.version,
            act: RevisionAct::of_code(row.act).unwrap_or(RevisionAct::Imported),
            saved_at: Moment(row.saved_at),
            saved_by: (!row.saved_by_name.is_empty()).then_some(row.saved_by_name),
            comment: row.comment,
        }
    }
}

/// What reads differently between two versions of an article.
#[derive(SimpleObject)]
#[graphql(cache_control(private))]
pub struct RevisionDiff {
    /// The fields that read differently; the body is among them when it does.
    fields: Vec<FieldChange>,
    /// The blocks of the body that read differently, in their order.
    blocks: Vec<BlockChange>,
}

/// A block of the body that reads differently.
#[derive(SimpleObject)]
pub struct BlockChange {
    /// The block as it was; absent when it is new.
    before: Option<DraftBlock>,
    /// The block as it is; absent when it is gone.
    after: Option<DraftBlock>,
}

connection! {
    /// A page of drafts.
    ArticleDraftConnection,
    /// A draft and its place in the list.
    ArticleDraftEdge, ArticleDraft, "articleDrafts"
}

/// Which drafts to show.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ArticleDraftWhere {
    /// How far they have come.
    pub stage: Option<DraftStageCriteria>,
}

/// A condition on how far a draft has come.
#[derive(Debug, Clone, Default, InputObject)]
pub struct DraftStageCriteria {
    /// It is at one of these.
    pub r#in: Option<Vec<DraftStage>>,
}

/// The newsroom's view of one article, for those who may read drafts.
///
/// # Errors
/// `NOT_PERMITTED`, `INVALID_ID`; when the database fails.
pub async fn article_draft(
    ctx: &Context<'_>,
    id: &ID,
    version: Option<i64>,
) -> Result<Option<ArticleDraft>, Error> {
    let acting = reader(ctx)?;
    let id = id_of(id, ArticleId::PREFIX)?;
    let head = desk::load(&acting.db, id, version)
        .await
        .map_err(|error| fault(&error))?;
    Ok(head.map(|head| ArticleDraft {
        head: Arc::new(head),
        now: acting.now,
        by_preview: false,
    }))
}

/// A page of the articles that the newsroom is working on, the last saved first.
///
/// # Errors
/// `NOT_PERMITTED`; when the arguments cannot be used, or the database fails.
pub async fn article_drafts(
    ctx: &Context<'_>,
    page: PageArguments,
    filter: Option<ArticleDraftWhere>,
) -> Result<ArticleDraftConnection, Error> {
    let acting = reader(ctx)?;
    let now = acting.now;
    let stages = filter.and_then(|filter| filter.stage?.r#in);
    let codes = stages.map(|stages| stages.into_iter().map(DraftStage::code).collect());
    let (page, counter, list) = history::drafts(acting, page, codes).await?;
    Ok(ArticleDraftConnection::new(page, counter, |draft| {
        (
            draft.cursor(list),
            ArticleDraft {
                head: Arc::new(draft.head),
                now,
                by_preview: false,
            },
        )
    }))
}

/// The draft that a preview token leads to.
///
/// # Errors
/// When the database fails.
pub async fn article_preview(
    ctx: &Context<'_>,
    token: &str,
) -> Result<Option<ArticleDraft>, Error> {
    let acting = acting(ctx);
    let keys = ctx.data_unchecked::<Arc<Keys>>();
    let Ok(claims) = keys.verify(token, PREVIEW, acting.now) else {
        return Ok(None);
    };
    let id = id_of(&claims.sub, ArticleId::PREFIX)?;
    let head = desk::load(&acting.db, id, None)
        .await
        .map_err(|error| fault(&error))?;
    Ok(head
        .filter(|head| head.withdrawn_at.is_none() && head.stage != DraftStage::Discarded)
        .map(|head| ArticleDraft {
            head: Arc::new(head),
            now: acting.now,
            by_preview: true,
        }))
}

/// What reads differently between two versions of an article.
///
/// # Errors
/// `NOT_PERMITTED`, `INVALID_ID`; when the database fails.
pub async fn revision_diff(
    ctx: &Context<'_>,
    id: &ID,
    from: i64,
    to: i64,
) -> Result<Option<RevisionDiff>, Error> {
    let db = &reader(ctx)?.db;
    let id = id_of(id, ArticleId::PREFIX)?;
    let load = |version| async move {
        desk::load(db, id, Some(version))
            .await
            .map_err(|error| fault(&error))
    };
    let (Some(before), Some(after)) = (load(from).await?, load(to).await?) else {
        return Ok(None);
    };
    Ok(Some(RevisionDiff {
        fields: difference::of_fields(&before.document, &after.document)
            .into_iter()
            .map(FieldChange::from)
            .collect(),
        blocks: difference::of_blocks(&before.document, &after.document)
            .into_iter()
            .map(|change| BlockChange {
                before: change.before.map(DraftBlock::from),
                after: change.after.map(DraftBlock::from),
            })
            .collect(),
    }))
}

/// Who reads drafts, if they may.
fn reader<'a>(ctx: &Context<'a>) -> Result<&'a Arc<Acting>, Error> {
    let acting = acting(ctx);
    acting.who.has(Scope::DraftsRead).map_err(|missing| {
        invalid("NOT_PERMITTED", words_of(missing)).extend_with(|_, extensions| {
            extensions.set("missingScope", Scope::DraftsRead.as_str());
        })
    })?;
    Ok(acting)
}

fn gates<'a>(ctx: &Context<'a>) -> &'a Gates {
    ctx.data_unchecked::<Arc<Gates>>()
}

/// What a preview token is for, as its signature says.
const PREVIEW: &str = "dateline-preview";
