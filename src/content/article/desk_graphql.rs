//! Drafts and what is done with them, as the newsroom's clients see it.

use std::sync::Arc;

use async_graphql::{
    Context, Error, ErrorExtensions, ID, InputObject, MaybeUndefined, Object, SimpleObject,
};
use uuid::Uuid;

use super::{
    desk::{self, Done, Head, Order},
    difference,
    document::{CitationDocument, Contribution, Dateline, HeroImage, Notice, Rights},
    draft::Changes,
    graphql::{Article, DatelineObject, HeroImageObject, NoticeObject, RightsObject},
    history,
    publishing::{self, Gatekeeping},
    writing,
};
use crate::{
    access::{
        Acting,
        act::Act,
        keys::{Claims, Keys},
        refusal::{Code, Denied, Refusal},
    },
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
        identity::{ArticleId, AuthorId, CitationId, RevisionId, SourceId, TagId},
        moment::Moment,
        vocabulary::{
            AiTerms, ArticleStatus, BlockKind, CitationRole, ContributorRole, DraftStage, Kind,
            LinkHealth, NoticeKind, RevisionAct, Scope,
        },
    },
    graphql::{
        connection::{PageArguments, connection},
        cursor::change_cursor,
        errors::{fault, invalid},
        user_errors::{FieldChange, UserError, outcome, payload, words_of},
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
#[Object]
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

/// What an article says. Absent is unchanged, null clears.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ArticleInput {
    /// The headline.
    pub headline: MaybeUndefined<String>,
    /// The summary beneath the headline.
    pub standfirst: MaybeUndefined<String>,
    /// The readable name; made of the headline at publication when absent.
    pub slug: MaybeUndefined<String>,
    /// Where the site shows it, beginning with a slash; made of the slug at publication when absent.
    pub path: MaybeUndefined<String>,
    /// What sort of piece it is.
    pub kind: MaybeUndefined<Kind>,
    /// BCP 47 tag of the language it is written in.
    pub language: MaybeUndefined<String>,
    /// Where and when it was written, as printed.
    pub dateline: MaybeUndefined<DatelineInput>,
    /// The byline as printed.
    pub byline_text: MaybeUndefined<String>,
    /// Who made it, in order.
    pub authors: MaybeUndefined<Vec<ContributorInput>>,
    /// The body as Markdown: `CommonMark` with tables and footnotes.
    pub body: MaybeUndefined<String>,
    /// The ids of its tags; the first is the main tag.
    pub tags: MaybeUndefined<Vec<ID>>,
    /// The uses it makes of sources and the words it quotes, all of them, in order.
    pub citations: MaybeUndefined<Vec<CitationInput>>,
    /// What readers are told beside the text, all of it.
    pub notices: MaybeUndefined<Vec<NoticeInput>>,
    /// Who owns it and what may be done with it.
    pub rights: MaybeUndefined<RightsInput>,
    /// The picture above it.
    pub hero: MaybeUndefined<HeroImageInput>,
    /// Readers do not see it before this moment.
    pub embargoed_until: MaybeUndefined<Moment>,
}

/// Where and when a report was written.
#[derive(Debug, Clone, InputObject)]
pub struct DatelineInput {
    /// The place.
    pub place: Option<String>,
    /// The date, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// The line as printed.
    pub text: String,
}

/// What somebody did for an article.
#[derive(Debug, Clone, InputObject)]
pub struct ContributorInput {
    /// The id of the author.
    pub author: ID,
    /// What they did.
    #[graphql(default_with = "ContributorRole::Author")]
    pub role: ContributorRole,
}

/// One use of a source.
#[derive(Debug, Clone, InputObject)]
pub struct CitationInput {
    /// Which citation this is; leave it out for a new one.
    pub id: Option<ID>,
    /// The id of the source; none for words whose only source is their speaker.
    pub source: Option<ID>,
    /// How the source is used.
    pub role: CitationRole,
    /// Where the cited work is.
    pub url: Option<String>,
    /// What the cited work is called.
    pub title: Option<String>,
    /// The id of the body's block that it hangs on.
    pub block: Option<String>,
    /// The words that it hangs on, as they stand in the block.
    pub quote: Option<String>,
    /// The text right before these words.
    pub prefix: Option<String>,
    /// The text right after these words.
    pub suffix: Option<String>,
    /// Who says it.
    pub speaker: Option<String>,
    /// What the article calls the speaker there.
    pub speaker_as_printed: Option<String>,
    /// The verb of speech.
    pub verb: Option<String>,
    /// The id of the citation of the same article through which this one reached it.
    pub via: Option<ID>,
}

/// Something readers are told beside the text.
#[derive(Debug, Clone, InputObject)]
pub struct NoticeInput {
    /// What it tells.
    pub kind: NoticeKind,
    /// Its words.
    pub text: String,
    /// Since when.
    pub at: Option<Moment>,
}

/// Who owns an article and what may be done with it.
#[derive(Debug, Clone, InputObject)]
pub struct RightsInput {
    /// The copyright line as printed.
    pub copyright_line: Option<String>,
    /// The year it names.
    pub copyright_year: Option<i32>,
    /// The owner it names.
    pub copyright_holder: Option<String>,
    /// The licence: an SPDX identifier, a name or an address.
    pub licence: Option<String>,
    /// The terms of use as printed.
    pub terms: Option<String>,
    /// Whether partners may carry it.
    #[graphql(default = true)]
    pub syndicable: bool,
    /// Whether and how machines may use it.
    #[graphql(default_with = "AiTerms::Unstated")]
    pub ai_terms: AiTerms,
}

/// The picture above an article.
#[derive(Debug, Clone, InputObject)]
pub struct HeroImageInput {
    /// Where it is.
    pub url: String,
    /// What it shows, for those who cannot see it.
    pub alt: Option<String>,
    /// The line beneath it.
    pub caption: Option<String>,
    /// Who made it.
    pub credit: Option<String>,
}

/// What goes with sending a draft back.
#[derive(Debug, Clone, InputObject)]
pub struct ArticleDraftReturnInput {
    /// What to mend.
    pub comment: String,
}

/// What goes with handing a draft in.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ArticleDraftSubmitInput {
    /// What the editor should know.
    pub comment: Option<String>,
}

/// How to publish.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ArticlePublishInput {
    /// Why it is published although a gate is shut; takes the scope `GATES_OVERRIDE` and goes on record.
    pub override_reason: Option<String>,
}

/// When to publish.
#[derive(Debug, Clone, InputObject)]
pub struct ArticleScheduleInput {
    /// Readers see it from then on.
    pub at: Moment,
    /// Why it is scheduled although a gate is shut; takes the scope `GATES_OVERRIDE` and goes on record.
    pub override_reason: Option<String>,
}

/// What a correction says and changes.
#[derive(Debug, Clone, InputObject)]
pub struct ArticleCorrectInput {
    /// What readers are told.
    pub notice: CorrectionInput,
    /// What is changed besides the draft, if anything.
    pub article: Option<ArticleInput>,
    /// Why it is published although a gate is shut; takes the scope `GATES_OVERRIDE` and goes on record.
    pub override_reason: Option<String>,
}

/// What readers are told of a correction.
#[derive(Debug, Clone, InputObject)]
pub struct CorrectionInput {
    /// CORRECTION or CLARIFICATION.
    #[graphql(default_with = "NoticeKind::Correction")]
    pub kind: NoticeKind,
    /// Its words.
    pub text: String,
}

/// What is changed without a notice.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ArticleUpdatePublishedInput {
    /// What is changed besides the draft, if anything.
    pub article: Option<ArticleInput>,
    /// Why it is published although a gate is shut; takes the scope `GATES_OVERRIDE` and goes on record.
    pub override_reason: Option<String>,
}

/// What readers are told of a retraction.
#[derive(Debug, Clone, InputObject)]
pub struct ArticleRetractInput {
    /// Why the body is taken back, in words for readers.
    pub notice: String,
}

/// Why something is done, for the record.
#[derive(Debug, Clone, InputObject)]
pub struct ReasonInput {
    /// Why.
    pub reason: String,
}

macro_rules! payloads {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        payload! {
            $(#[$meta])*
            $name {
                /// The article as the newsroom sees it now; absent when nothing was done.
                article: ArticleDraft,
            }
        }

        impl $name {
            async fn of(ctx: &Context<'_>, result: Result<Done, Denied>) -> Result<Self, Error> {
                let (article, errors, change_cursor) = answered(ctx, result).await?;
                Ok(Self { article, errors, change_cursor })
            }
        }
    )+};
}

payloads! {
    /// What came of beginning an article.
    ArticleDraftCreatePayload;
    /// What came of writing on.
    ArticleDraftUpdatePayload;
    /// What came of giving a draft up.
    ArticleDraftDiscardPayload;
    /// What came of handing a draft in.
    ArticleDraftSubmitPayload;
    /// What came of sending a draft back.
    ArticleDraftReturnPayload;
    /// What came of going back to an earlier version.
    ArticleRevisionRestorePayload;
    /// What came of publishing.
    ArticlePublishPayload;
    /// What came of scheduling.
    ArticleSchedulePayload;
    /// What came of taking the time back.
    ArticleUnschedulePayload;
    /// What came of a correction.
    ArticleCorrectPayload;
    /// What came of a silent update.
    ArticleUpdatePublishedPayload;
    /// What came of a retraction.
    ArticleRetractPayload;
    /// What came of a withdrawal.
    ArticleWithdrawPayload;
    /// What came of bringing an article back.
    ArticleRestorePayload;
}

async fn answered(
    ctx: &Context<'_>,
    result: Result<Done, Denied>,
) -> Result<(Option<ArticleDraft>, Vec<UserError>, Option<String>), Error> {
    let (done, errors) = outcome(result)?;
    let Some(done) = done else {
        return Ok((None, errors, None));
    };
    let acting = acting(ctx);
    Reading::of(ctx).forget().await;
    let head = desk::load(&acting.db, done.id, Some(done.version))
        .await
        .map_err(|error| fault(&error))?;
    Ok((
        head.map(|head| ArticleDraft {
            head: Arc::new(head),
            now: acting.now,
            by_preview: false,
        }),
        errors,
        Some(change_cursor(done.change)),
    ))
}

fn gates<'a>(ctx: &Context<'a>) -> &'a Gates {
    ctx.data_unchecked::<Arc<Gates>>()
}

fn order(
    act: Act,
    id: &ID,
    expected_version: i64,
    key: Option<String>,
    input: &impl std::fmt::Debug,
) -> Result<Order, Error> {
    Ok(Order {
        act,
        id: id_of(id, ArticleId::PREFIX)?,
        expected_version,
        key,
        input: format!("{input:?}"),
    })
}

/// What the newsroom does with articles.
#[derive(Default)]
pub struct ArticleMutation;

/// What the newsroom does with articles.
#[Object]
impl ArticleMutation {
    /// Begins an article.
    async fn article_draft_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it says; anything may be missing.")] input: ArticleInput,
        #[graphql(desc = "Repeating the call with the same key creates nothing more.")]
        idempotency_key: Option<String>,
    ) -> Result<ArticleDraftCreatePayload, Error> {
        let words = format!("{input:?}");
        let changes = input.changes()?;
        let result = writing::create(acting(ctx), idempotency_key, words, changes).await;
        ArticleDraftCreatePayload::of(ctx, result).await
    }

    /// Saves what is given and leaves the rest; made to be called often. A published article gets a draft beside what
    /// readers have.
    async fn article_draft_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "What is changed.")] input: ArticleInput,
        #[graphql(desc = "Repeating the call with the same key does nothing more.")]
        idempotency_key: Option<String>,
    ) -> Result<ArticleDraftUpdatePayload, Error> {
        let order = order(
            Act::ArticleDraftUpdate,
            &id,
            expected_version,
            idempotency_key,
            &input,
        )?;
        let result = writing::update(acting(ctx), &order, input.changes()?).await;
        ArticleDraftUpdatePayload::of(ctx, result).await
    }

    /// Gives a draft up. A published article keeps what readers have.
    async fn article_draft_discard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "Repeating the call with the same key does nothing more.")]
        idempotency_key: Option<String>,
    ) -> Result<ArticleDraftDiscardPayload, Error> {
        let order = order(
            Act::ArticleDraftDiscard,
            &id,
            expected_version,
            idempotency_key,
            &(),
        )?;
        let result = writing::discard(acting(ctx), &order).await;
        ArticleDraftDiscardPayload::of(ctx, result).await
    }

    /// Hands a draft in for review.
    async fn article_draft_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "What goes with it.")] input: Option<ArticleDraftSubmitInput>,
        #[graphql(desc = "Repeating the call with the same key does nothing more.")]
        idempotency_key: Option<String>,
    ) -> Result<ArticleDraftSubmitPayload, Error> {
        let order = order(
            Act::ArticleDraftSubmit,
            &id,
            expected_version,
            idempotency_key,
            &input,
        )?;
        let comment = input.and_then(|input| input.comment);
        let result = writing::submit(acting(ctx), &order, comment).await;
        ArticleDraftSubmitPayload::of(ctx, result).await
    }

    /// Sends a draft back with a comment.
    async fn article_draft_return(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "What to mend.")] input: ArticleDraftReturnInput,
        #[graphql(desc = "Repeating the call with the same key does nothing more.")]
        idempotency_key: Option<String>,
    ) -> Result<ArticleDraftReturnPayload, Error> {
        let order = order(
            Act::ArticleDraftReturn,
            &id,
            expected_version,
            idempotency_key,
            &input,
        )?;
        let result = writing::send_back(acting(ctx), &order, input.comment).await;
        ArticleDraftReturnPayload::of(ctx, result).await
    }

    /// Makes an earlier version the draft.
    async fn article_revision_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "The version to go back to.")] version: i64,
        #[graphql(desc = "Repeating the call with the same key does nothing more.")]
        idempotency_key: Option<String>,
    ) -> Result<ArticleRevisionRestorePayload, Error> {
        let order = order(
            Act::ArticleRevisionRestore,
            &id,
            expected_version,
            idempotency_key,
            &version,
        )?;
        let result = writing::restore_revision(acting(ctx), &order, version).await;
        ArticleRevisionRestorePayload::of(ctx, result).await
    }

    /// Signs a token with which a frontend can show the newest draft of an article in its preview mode, to whoever has it.
    async fn article_preview_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(
            desc = "How many minutes it is good for; at most 43,200, which are 30 days.",
            default = 1440
        )]
        minutes: i32,
    ) -> Result<ArticlePreviewCreatePayload, Error> {
        let acting = acting(ctx);
        let id = id_of(&id, ArticleId::PREFIX)?;
        let (preview, errors) = outcome(preview_of(ctx, acting, id, minutes).await)?;
        let (token, expires_at) = preview.unzip();
        Ok(ArticlePreviewCreatePayload {
            token,
            expires_at,
            errors,
        })
    }

    /// Publishes a draft: readers see it from now, or from when its embargo lifts.
    async fn article_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "How.")] input: Option<ArticlePublishInput>,
        #[graphql(desc = "Repeating the call with the same key does nothing more.")]
        idempotency_key: Option<String>,
    ) -> Result<ArticlePublishPayload, Error> {
        let order = order(
            Act::ArticlePublish,
            &id,
            expected_version,
            idempotency_key,
            &input,
        )?;
        let keeping = Gatekeeping {
            gates: gates(ctx),
            override_reason: input.and_then(|input| input.override_reason),
        };
        let result = publishing::publish(acting(ctx), &order, &keeping).await;
        ArticlePublishPayload::of(ctx, result).await
    }

    /// Publishes a draft at a time to come.
    async fn article_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "When.")] input: ArticleScheduleInput,
        #[graphql(desc = "Repeating the call with the same key does nothing more.")]
        idempotency_key: Option<String>,
    ) -> Result<ArticleSchedulePayload, Error> {
        let order = order(
            Act::ArticleSchedule,
            &id,
            expected_version,
            idempotency_key,
            &input,
        )?;
        let keeping = Gatekeeping {
            gates: gates(ctx),
            override_reason: input.override_reason,
        };
        let result = publishing::schedule(acting(ctx), &order, &keeping, input.at).await;
        ArticleSchedulePayload::of(ctx, result).await
    }

    /// Takes the time of a scheduled article back; it is a draft again.
    async fn article_unschedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "Repeating the call with the same key does nothing more.")]
        idempotency_key: Option<String>,
    ) -> Result<ArticleUnschedulePayload, Error> {
        let order = order(
            Act::ArticleUnschedule,
            &id,
            expected_version,
            idempotency_key,
            &(),
        )?;
        let result = publishing::unschedule(acting(ctx), &order).await;
        ArticleUnschedulePayload::of(ctx, result).await
    }

    /// Replaces what readers have by the newest version, and tells them why.
    async fn article_correct(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "What was wrong, and what is changed.")] input: ArticleCorrectInput,
        #[graphql(desc = "Repeating the call with the same key does nothing more.")]
        idempotency_key: Option<String>,
    ) -> Result<ArticleCorrectPayload, Error> {
        let order = order(
            Act::ArticleCorrect,
            &id,
            expected_version,
            idempotency_key,
            &input,
        )?;
        let keeping = Gatekeeping {
            gates: gates(ctx),
            override_reason: input.override_reason,
        };
        let changes = input.article.unwrap_or_default().changes()?;
        let notice = (input.notice.kind, input.notice.text);
        let result = publishing::correct(acting(ctx), &order, &keeping, notice, changes).await;
        ArticleCorrectPayload::of(ctx, result).await
    }

    /// Replaces what readers have by the newest version, without a notice; the history says that it was silent.
    async fn article_update_published(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "What is changed.")] input: Option<ArticleUpdatePublishedInput>,
        #[graphql(desc = "Repeating the call with the same key does nothing more.")]
        idempotency_key: Option<String>,
    ) -> Result<ArticleUpdatePublishedPayload, Error> {
        let order = order(
            Act::ArticleUpdatePublished,
            &id,
            expected_version,
            idempotency_key,
            &input,
        )?;
        let input = input.unwrap_or_default();
        let keeping = Gatekeeping {
            gates: gates(ctx),
            override_reason: input.override_reason,
        };
        let changes = input.article.unwrap_or_default().changes()?;
        let result = publishing::update_published(acting(ctx), &order, &keeping, changes).await;
        ArticleUpdatePublishedPayload::of(ctx, result).await
    }

    /// Takes the body of a published article back. Readers still find it, with a notice that says why.
    async fn article_retract(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "What readers are told.")] input: ArticleRetractInput,
        #[graphql(desc = "Repeating the call with the same key does nothing more.")]
        idempotency_key: Option<String>,
    ) -> Result<ArticleRetractPayload, Error> {
        let order = order(
            Act::ArticleRetract,
            &id,
            expected_version,
            idempotency_key,
            &input,
        )?;
        let result = publishing::retract(acting(ctx), &order, input.notice).await;
        ArticleRetractPayload::of(ctx, result).await
    }

    /// Takes an article from the readers altogether, as a court may order; its paths say that it is gone.
    async fn article_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "Why.")] input: ReasonInput,
        #[graphql(desc = "Repeating the call with the same key does nothing more.")]
        idempotency_key: Option<String>,
    ) -> Result<ArticleWithdrawPayload, Error> {
        let order = order(
            Act::ArticleWithdraw,
            &id,
            expected_version,
            idempotency_key,
            &input,
        )?;
        let result = publishing::withdraw(acting(ctx), &order, input.reason).await;
        ArticleWithdrawPayload::of(ctx, result).await
    }

    /// Brings a withdrawn article back as it was, or gives a retracted one its body again.
    async fn article_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which article.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "Why.")] input: ReasonInput,
        #[graphql(desc = "Repeating the call with the same key does nothing more.")]
        idempotency_key: Option<String>,
    ) -> Result<ArticleRestorePayload, Error> {
        let order = order(
            Act::ArticleRestore,
            &id,
            expected_version,
            idempotency_key,
            &input,
        )?;
        let result = publishing::restore(acting(ctx), &order, input.reason).await;
        ArticleRestorePayload::of(ctx, result).await
    }
}

/// What came of signing a preview token.
#[derive(SimpleObject)]
pub struct ArticlePreviewCreatePayload {
    /// The token; give it to `articlePreview`.
    token: Option<String>,
    /// Until when it is good.
    expires_at: Option<Moment>,
    /// Why nothing was done; empty when it was done.
    errors: Vec<UserError>,
}

/// What a preview token is for, as its signature says.
const PREVIEW: &str = "dateline-preview";
/// Thirty days.
const MOST_MINUTES: i32 = 43_200;

async fn preview_of(
    ctx: &Context<'_>,
    acting: &Acting,
    id: Uuid,
    minutes: i32,
) -> Result<(String, Moment), Denied> {
    acting.who.may(Act::ArticlePreviewCreate)?;
    if !(1..=MOST_MINUTES).contains(&minutes) {
        return Err(Refusal::invalid(
            Code::Invalid,
            &["minutes"],
            format!("a preview is good for 1 to {MOST_MINUTES} minutes"),
        )
        .into());
    }
    let id = ArticleId(id);
    desk::load(&acting.db, id.0, None)
        .await?
        .ok_or_else(|| Refusal::not_found("id", id))?;
    let seconds = i64::from(minutes) * 60;
    let claims = Claims::new(PREVIEW, id.to_string(), acting.now, seconds);
    let token = ctx
        .data_unchecked::<Arc<Keys>>()
        .sign(&claims)
        .map_err(sea_orm::DbErr::Custom)?;
    Ok((token, Moment(acting.now.0 + seconds * 1_000_000)))
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

impl ArticleInput {
    /// What is changed, with its ids read.
    ///
    /// # Errors
    /// `INVALID_ID`.
    fn changes(self) -> Result<Changes, Error> {
        Ok(Changes {
            headline: self.headline,
            standfirst: self.standfirst,
            slug: self.slug,
            path: self.path,
            kind: self.kind,
            language: self.language,
            dateline: self.dateline.map_value(|line| Dateline {
                place: line.place,
                date: line.date,
                text: line.text,
            }),
            byline_text: self.byline_text,
            authors: each(self.authors, |contributor| {
                Ok(Contribution {
                    author: AuthorId(id_of(&contributor.author, AuthorId::PREFIX)?),
                    role: contributor.role,
                })
            })?,
            body: self.body,
            tags: each(self.tags, |tag| Ok(TagId(id_of(&tag, TagId::PREFIX)?)))?,
            citations: each(self.citations, CitationInput::citation)?,
            notices: each(self.notices, |notice| {
                Ok(Notice {
                    kind: notice.kind,
                    text: notice.text,
                    at: notice.at,
                })
            })?,
            rights: self.rights.map_value(|rights| Rights {
                copyright_line: rights.copyright_line,
                copyright_year: rights.copyright_year,
                copyright_holder: rights.copyright_holder,
                licence: rights.licence,
                terms: rights.terms,
                syndicable: rights.syndicable,
                ai_terms: rights.ai_terms,
            }),
            hero: self.hero.map_value(|hero| HeroImage {
                url: hero.url,
                alt: hero.alt,
                caption: hero.caption,
                credit: hero.credit,
            }),
            embargoed_until: self.embargoed_until,
        })
    }
}

fn each<A, B>(
    list: MaybeUndefined<Vec<A>>,
    read: impl Fn(A) -> Result<B, Error>,
) -> Result<MaybeUndefined<Vec<B>>, Error> {
    Ok(match list {
        MaybeUndefined::Undefined => MaybeUndefined::Undefined,
        MaybeUndefined::Null => MaybeUndefined::Null,
        MaybeUndefined::Value(items) => {
            MaybeUndefined::Value(items.into_iter().map(read).collect::<Result<_, _>>()?)
        }
    })
}

impl CitationInput {
    fn citation(self) -> Result<CitationDocument, Error> {
        let citation_id = |id: ID| id_of(&id, CitationId::PREFIX).map(CitationId);
        Ok(CitationDocument {
            id: self
                .id
                .map(citation_id)
                .transpose()?
                .unwrap_or_else(|| CitationId(Uuid::now_v7())),
            source: self
                .source
                .map(|id| id_of(&id, SourceId::PREFIX).map(SourceId))
                .transpose()?,
            role: self.role,
            url: self.url,
            title: self.title,
            block: self.block,
            quote: self.quote,
            prefix: self.prefix,
            suffix: self.suffix,
            speaker: self.speaker,
            speaker_as_printed: self.speaker_as_printed,
            verb: self.verb,
            via: self.via.map(citation_id).transpose()?,
            link_health: LinkHealth::Unchecked,
            snapshot_url: None,
        })
    }
}
