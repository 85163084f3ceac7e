//! What the newsroom does with articles: a mutation for each act, which parses, calls its command and answers.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Object, SimpleObject};
use uuid::Uuid;

use super::{
    ArticleDraft, PREVIEW, gates,
    inputs::{
        ArticleCorrectInput, ArticleDraftReturnInput, ArticleDraftSubmitInput, ArticleInput,
        ArticlePublishInput, ArticleRetractInput, ArticleScheduleInput,
        ArticleUpdatePublishedInput, ReasonInput,
    },
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
        article::{
            desk::{self, Done, Order},
            publishing::{self, Gatekeeping},
            writing,
        },
        reading::Reading,
        resolve::id_of,
    },
    editorial::{identity::ArticleId, moment::Moment},
    graphql::{
        cursor::change_cursor,
        errors::fault,
        user_errors::{UserError, outcome, payload},
    },
};

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
