//! Writing: drafts are begun, saved, handed in, sent back, given up, and taken back to an earlier revision.
//!
//! Nothing here is noticed by readers.

use sea_orm::DbErr;
use uuid::Uuid;

use super::{
    desk::{self, Done, Head, Opened, Order, Readers, Step},
    document::Contribution,
    draft::{Changes, DraftDocument},
};
use crate::{
    access::{
        act::Act,
        refusal::{Code, Denied, Refusal},
    },
    content::Acting,
    editorial::{
        identity::{ArticleId, AuthorId},
        vocabulary::{ContributorRole, DraftStage, RevisionAct},
    },
};

/// Begins an article. Unless it names its authors, it is by the author that the account writes as, if there is one.
///
/// # Errors
/// When the draft is unfit, or the actor may not.
pub async fn create(
    acting: &Acting,
    key: Option<String>,
    input: String,
    changes: Changes,
) -> Result<Done, Denied> {
    let id = ArticleId(Uuid::now_v7());
    acting.who.may(Act::ArticleDraftCreate)?;
    let names_authors = !changes.authors.is_undefined();
    let mut document = desk::changed(&acting.db, DraftDocument::empty(id), changes).await?;
    if !names_authors {
        document.authors = own_byline(acting).await?;
    }
    let faults = document.faults();
    if !faults.is_empty() {
        return Err(Denied::Refused(faults));
    }
    let order = Order {
        act: Act::ArticleDraftCreate,
        id: id.0,
        expected_version: 0,
        key,
        input,
    };
    let step = Step {
        document,
        stage: DraftStage::Writing,
        act: RevisionAct::Created,
        comment: None,
        reason: None,
        readers: Readers::Keep,
    };
    desk::begin(acting, &order, step).await
}

/// The author that the account writes as.
async fn own_byline(acting: &Acting) -> Result<Vec<Contribution>, DbErr> {
    let Some(account) = acting.who.account else {
        return Ok(Vec::new());
    };
    let row = acting
        .db
        .row(
            "SELECT author.id FROM account JOIN author ON author.id = account.author_id WHERE account.id = ?",
            [account.0.into()],
        )
        .await?;
    let Some(row) = row else {
        return Ok(Vec::new());
    };
    Ok(vec![Contribution {
        author: AuthorId(row.try_get("", "id")?),
        role: ContributorRole::Author,
    }])
}

/// Saves a draft. A published article gets a draft beside what readers have; saving what stands there already changes
/// nothing.
///
/// # Errors
/// When the draft is unfit, the version is another one, or the actor may not.
pub async fn update(acting: &Acting, order: &Order, changes: Changes) -> Result<Done, Denied> {
    let head = match desk::open(acting, order).await? {
        Opened::Before(done) => return Ok(done),
        Opened::Now(head) => head,
    };
    refuse_gone(&head)?;
    let document = desk::changed(&acting.db, head.document.clone(), changes).await?;
    let faults = document.faults();
    if !faults.is_empty() {
        return Err(Denied::Refused(faults));
    }
    if document == head.document && head.stage != DraftStage::Discarded {
        return unchanged(acting, &head).await;
    }
    // A draft under review stays there while the editor mends it.
    let stage = match head.stage {
        DraftStage::InReview => DraftStage::InReview,
        _ => DraftStage::Writing,
    };
    let step = Step {
        document,
        stage,
        act: RevisionAct::Saved,
        comment: None,
        reason: None,
        readers: Readers::Keep,
    };
    desk::close(acting, order, &head, step).await
}

async fn unchanged(acting: &Acting, head: &Head) -> Result<Done, Denied> {
    Ok(Done {
        id: head.id.0,
        version: head.version,
        change: crate::events::last_number(&acting.db).await?,
    })
}

/// Hands a draft in for review.
///
/// # Errors
/// When it is not being written, the version is another one, or the actor may not.
pub async fn submit(
    acting: &Acting,
    order: &Order,
    comment: Option<String>,
) -> Result<Done, Denied> {
    let from = [DraftStage::Writing, DraftStage::Returned];
    let to = (DraftStage::InReview, RevisionAct::Submitted);
    move_on(acting, order, &from, to, comment).await
}

/// Sends a draft back with a comment.
///
/// # Errors
/// When it is not under review, there is no comment, the version is another one, or the actor may not.
pub async fn send_back(acting: &Acting, order: &Order, comment: String) -> Result<Done, Denied> {
    acting.who.may(order.act)?;
    if comment.trim().is_empty() {
        return Err(Refusal::invalid(
            Code::Required,
            &["input", "comment"],
            "a draft is sent back with a comment; say what to mend",
        )
        .into());
    }
    let to = (DraftStage::Returned, RevisionAct::Returned);
    move_on(acting, order, &[DraftStage::InReview], to, Some(comment)).await
}

/// Gives a draft up. A published article keeps what readers have; its draft stays in the history.
///
/// # Errors
/// When there is no draft, the version is another one, or the actor may not.
pub async fn discard(acting: &Acting, order: &Order) -> Result<Done, Denied> {
    let head = match desk::open(acting, order).await? {
        Opened::Before(done) => return Ok(done),
        Opened::Now(head) => head,
    };
    refuse_gone(&head)?;
    refuse_unless(
        &head,
        &[
            DraftStage::Writing,
            DraftStage::InReview,
            DraftStage::Returned,
        ],
    )?;
    let published = match head.published_version {
        Some(version) => desk::load(&acting.db, order.id, Some(version)).await?,
        None => None,
    };
    let (document, stage) = match published {
        Some(published) => (published.document, DraftStage::Settled),
        None => (head.document.clone(), DraftStage::Discarded),
    };
    let step = Step {
        document,
        stage,
        act: RevisionAct::Discarded,
        comment: None,
        reason: None,
        readers: Readers::Keep,
    };
    desk::close(acting, order, &head, step).await
}

/// Makes an earlier revision the draft.
///
/// # Errors
/// When there is no such version, the version expected is another one, or the actor may not.
pub async fn restore_revision(
    acting: &Acting,
    order: &Order,
    version: i64,
) -> Result<Done, Denied> {
    let head = match desk::open(acting, order).await? {
        Opened::Before(done) => return Ok(done),
        Opened::Now(head) => head,
    };
    refuse_gone(&head)?;
    let earlier = desk::load(&acting.db, order.id, Some(version))
        .await?
        .ok_or_else(|| {
            Refusal::invalid(
                Code::Invalid,
                &["version"],
                format!(
                    "{} has no version {version}; it has 1 to {}",
                    head.id, head.newest
                ),
            )
        })?;
    // The moments and former paths are facts about the article, not words of a revision.
    let document = DraftDocument {
        former_paths: head.document.former_paths.clone(),
        first_published_at: head.document.first_published_at,
        published_at: head.document.published_at,
        updated_at: head.document.updated_at,
        retracted_at: head.document.retracted_at,
        ..earlier.document
    };
    let step = Step {
        document,
        stage: DraftStage::Writing,
        act: RevisionAct::Restored,
        comment: Some(format!("version {version}")),
        reason: None,
        readers: Readers::Keep,
    };
    desk::close(acting, order, &head, step).await
}

async fn move_on(
    acting: &Acting,
    order: &Order,
    from: &[DraftStage],
    (stage, act): (DraftStage, RevisionAct),
    comment: Option<String>,
) -> Result<Done, Denied> {
    let head = match desk::open(acting, order).await? {
        Opened::Before(done) => return Ok(done),
        Opened::Now(head) => head,
    };
    refuse_gone(&head)?;
    refuse_unless(&head, from)?;
    let step = Step {
        document: head.document.clone(),
        stage,
        act,
        comment,
        reason: None,
        readers: Readers::Keep,
    };
    desk::close(acting, order, &head, step).await
}

fn refuse_unless(head: &Head, stages: &[DraftStage]) -> Result<(), Refusal> {
    if stages.contains(&head.stage) {
        return Ok(());
    }
    let wanted: Vec<&str> = stages.iter().map(|stage| stage.as_str()).collect();
    Err(Refusal::invalid(
        Code::WrongState,
        &["id"],
        format!(
            "{} is {}; this can be done with a draft that is {}",
            head.id,
            head.stage.as_str(),
            wanted.join(" or ")
        ),
    ))
}

/// Refuses to work on what was withdrawn.
pub(super) fn refuse_gone(head: &Head) -> Result<(), Refusal> {
    match head.withdrawn_at {
        None => Ok(()),
        Some(at) => Err(Refusal::invalid(
            Code::WrongState,
            &["id"],
            format!(
                "{} was withdrawn at {}; bring it back with articleRestore first",
                head.id,
                at.to_rfc3339()
            ),
        )),
    }
}
