//! Publishing: what editors do that readers notice, now or at its time.
//!
//! The clock decides what readers see; an act only says from when. Publish gates are asked before anything gets out.

use std::collections::HashMap;

use sea_orm::DbErr;
use uuid::Uuid;

use super::{
    desk::{self, Done, Head, Opened, Order, Readers, Step},
    document::{ArticleDocument, Notice},
    draft::{Changes, DraftDocument},
    writing::refuse_gone,
};
use crate::{
    access::refusal::{Code, Denied, Refusal},
    content::{Acting, site},
    editorial::{
        gates::{Facts, Gates, independent},
        moment::Moment,
        vocabulary::{ArticleStatus, DraftStage, NoticeKind, RevisionAct, Scope},
    },
    events::ChangeKind,
    platform::db::Db,
};

/// Leave to publish against the gates.
#[derive(Debug, Clone)]
pub struct Gatekeeping<'a> {
    /// The newsroom's gates.
    pub gates: &'a Gates,
    /// Why they are overridden, if they are.
    pub override_reason: Option<String>,
}

/// Publishes a draft: readers see it from now, or from when its embargo lifts.
///
/// # Errors
/// When readers have the article already, the draft was discarded, something is missing, a gate is shut, or the actor may
/// not.
pub async fn publish(
    acting: &Acting,
    order: &Order,
    keeping: &Gatekeeping<'_>,
) -> Result<Done, Denied> {
    let head = match desk::open(acting, order).await? {
        Opened::Before(done) => return Ok(done),
        Opened::Now(head) => head,
    };
    refuse_gone(&head)?;
    refuse_if_seen(&head, acting.now)?;
    let from = head
        .document
        .embargoed_until
        .map_or(acting.now, |embargo| embargo.max(acting.now));
    let act = RevisionAct::Published;
    first_time(acting, order, &head, keeping, from, act).await
}

/// Publishes a draft at a time to come.
///
/// # Errors
/// When the time has passed or lies before the embargo, and as for `publish`.
pub async fn schedule(
    acting: &Acting,
    order: &Order,
    keeping: &Gatekeeping<'_>,
    at: Moment,
) -> Result<Done, Denied> {
    let head = match desk::open(acting, order).await? {
        Opened::Before(done) => return Ok(done),
        Opened::Now(head) => head,
    };
    refuse_gone(&head)?;
    refuse_if_seen(&head, acting.now)?;
    if at <= acting.now {
        return Err(Refusal::invalid(
            Code::Invalid,
            &["input", "at"],
            format!(
                "{} has passed; publish it, or name a time to come",
                at.to_rfc3339()
            ),
        )
        .into());
    }
    if let Some(embargo) = head
        .document
        .embargoed_until
        .filter(|embargo| at < *embargo)
    {
        return Err(Refusal::invalid(
            Code::Invalid,
            &["input", "at"],
            format!(
                "the embargo lifts at {}; schedule it then or later",
                embargo.to_rfc3339()
            ),
        )
        .into());
    }
    first_time(acting, order, &head, keeping, at, RevisionAct::Scheduled).await
}

async fn first_time(
    acting: &Acting,
    order: &Order,
    head: &Head,
    keeping: &Gatekeeping<'_>,
    from: Moment,
    act: RevisionAct,
) -> Result<Done, Denied> {
    refuse_given_up(head)?;
    let draft = DraftDocument {
        published_at: Some(from),
        first_published_at: Some(from),
        ..head.document.clone()
    };
    let reason = pass_gates(acting, &draft, keeping).await?;
    let article = finished(acting, head, &draft, from).await?;
    let step = Step {
        document: article.clone().into(),
        stage: DraftStage::Settled,
        act,
        comment: None,
        reason,
        readers: Readers::Get(Box::new(article), ChangeKind::Published),
    };
    desk::close(acting, order, head, step).await
}

/// Takes the time of a scheduled article back; it is a draft again.
///
/// # Errors
/// When it is not scheduled, or readers see it already.
pub async fn unschedule(acting: &Acting, order: &Order) -> Result<Done, Denied> {
    let head = match desk::open(acting, order).await? {
        Opened::Before(done) => return Ok(done),
        Opened::Now(head) => head,
    };
    if head.status(acting.now) != ArticleStatus::Scheduled {
        return Err(wrong_state(
            &head,
            acting.now,
            "only a scheduled article has a time to take back",
        )
        .into());
    }
    let step = Step {
        document: DraftDocument {
            published_at: None,
            first_published_at: None,
            updated_at: None,
            ..head.document.clone()
        },
        stage: DraftStage::Writing,
        act: RevisionAct::Unscheduled,
        comment: None,
        reason: None,
        readers: Readers::Lose { gone: false },
    };
    desk::close(acting, order, &head, step).await
}

/// Replaces what readers have by the newest version and tells them why.
///
/// # Errors
/// When the notice has no words or is of another kind, readers do not have the article, and as for `publish`.
pub async fn correct(
    acting: &Acting,
    order: &Order,
    keeping: &Gatekeeping<'_>,
    notice: (NoticeKind, String),
    changes: Changes,
) -> Result<Done, Denied> {
    let head = match desk::open(acting, order).await? {
        Opened::Before(done) => return Ok(done),
        Opened::Now(head) => head,
    };
    let (kind, text) = notice;
    if !matches!(kind, NoticeKind::Correction | NoticeKind::Clarification) {
        return Err(Refusal::invalid(
            Code::Invalid,
            &["input", "notice", "kind"],
            "a correction carries a notice of the kind CORRECTION or CLARIFICATION",
        )
        .into());
    }
    require_words(&text, &["input", "notice", "text"])?;
    let mut draft = desk::changed(&acting.db, head.document.clone(), changes).await?;
    draft.notices.push(Notice {
        kind,
        text,
        at: Some(acting.now),
    });
    let how = (RevisionAct::Corrected, ChangeKind::Corrected);
    again(acting, order, &head, keeping, draft, how).await
}

/// Replaces what readers have by the newest version, without a notice; the history says so.
///
/// # Errors
/// When readers do not have the article, and as for `publish`.
pub async fn update_published(
    acting: &Acting,
    order: &Order,
    keeping: &Gatekeeping<'_>,
    changes: Changes,
) -> Result<Done, Denied> {
    let head = match desk::open(acting, order).await? {
        Opened::Before(done) => return Ok(done),
        Opened::Now(head) => head,
    };
    let draft = desk::changed(&acting.db, head.document.clone(), changes).await?;
    let how = (RevisionAct::UpdatedSilently, ChangeKind::Updated);
    again(acting, order, &head, keeping, draft, how).await
}

async fn again(
    acting: &Acting,
    order: &Order,
    head: &Head,
    keeping: &Gatekeeping<'_>,
    draft: DraftDocument,
    (act, kind): (RevisionAct, ChangeKind),
) -> Result<Done, Denied> {
    if head.status(acting.now) != ArticleStatus::Published {
        return Err(wrong_state(
            head,
            acting.now,
            "this replaces what readers of a published article have",
        )
        .into());
    }
    if let Some(embargo) = draft
        .embargoed_until
        .filter(|embargo| *embargo > acting.now)
    {
        return Err(Refusal::invalid(
            Code::Invalid,
            &["input", "embargoedUntil"],
            format!(
                "readers have the article already and cannot be made to wait until {}; clear the embargo, or keep the \
                 change as a draft until then",
                embargo.to_rfc3339()
            ),
        )
        .into());
    }
    let reason = pass_gates(acting, &draft, keeping).await?;
    let article = finished(acting, head, &draft, acting.now).await?;
    let step = Step {
        document: article.clone().into(),
        stage: DraftStage::Settled,
        act,
        comment: None,
        reason,
        readers: Readers::Get(Box::new(article), kind),
    };
    desk::close(acting, order, head, step).await
}

/// Takes the body of a published article back. Readers still find it, with a notice that says why. A draft in the making
/// stays in the history.
///
/// # Errors
/// When the notice has no words, or readers do not have the article.
pub async fn retract(acting: &Acting, order: &Order, notice: String) -> Result<Done, Denied> {
    let head = match desk::open(acting, order).await? {
        Opened::Before(done) => return Ok(done),
        Opened::Now(head) => head,
    };
    require_words(&notice, &["input", "notice"])?;
    if head.status(acting.now) != ArticleStatus::Published {
        return Err(
            wrong_state(&head, acting.now, "only what readers have can be retracted").into(),
        );
    }
    let mut draft = as_published(acting, &head).await?;
    draft.retracted_at = Some(acting.now);
    draft.notices.push(Notice {
        kind: NoticeKind::Retraction,
        text: notice.clone(),
        at: Some(acting.now),
    });
    let article = finished(acting, &head, &draft, acting.now).await?;
    let step = Step {
        document: article.clone().into(),
        stage: DraftStage::Settled,
        act: RevisionAct::Retracted,
        comment: Some(notice.clone()),
        reason: Some(notice),
        readers: Readers::Get(Box::new(article), ChangeKind::Retracted),
    };
    desk::close(acting, order, &head, step).await
}

/// Takes an article from the readers altogether, as a court may order. Its paths say that it is gone; one that nobody has
/// seen leaves no trace.
///
/// # Errors
/// When there is no reason, or readers have nothing to lose.
pub async fn withdraw(acting: &Acting, order: &Order, reason: String) -> Result<Done, Denied> {
    let head = match desk::open(acting, order).await? {
        Opened::Before(done) => return Ok(done),
        Opened::Now(head) => head,
    };
    refuse_gone(&head)?;
    require_words(&reason, &["input", "reason"])?;
    match head.status(acting.now) {
        ArticleStatus::Published | ArticleStatus::Retracted => {}
        ArticleStatus::Scheduled => {
            return Err(wrong_state(
                &head,
                acting.now,
                "nobody has seen it yet; take its time back with articleUnschedule",
            )
            .into());
        }
        _ => {
            return Err(wrong_state(
                &head,
                acting.now,
                "readers have nothing of it; discard the draft instead",
            )
            .into());
        }
    }
    let step = Step {
        document: as_published(acting, &head).await?,
        stage: DraftStage::Settled,
        act: RevisionAct::Withdrawn,
        comment: Some(reason.clone()),
        reason: Some(reason),
        readers: Readers::Lose { gone: true },
    };
    desk::close(acting, order, &head, step).await
}

/// Brings a withdrawn article back as it was, or gives a retracted one its body again.
///
/// # Errors
/// When there is no reason, or it is neither withdrawn nor retracted.
pub async fn restore(acting: &Acting, order: &Order, reason: String) -> Result<Done, Denied> {
    let head = match desk::open(acting, order).await? {
        Opened::Before(done) => return Ok(done),
        Opened::Now(head) => head,
    };
    require_words(&reason, &["input", "reason"])?;
    let status = head.status(acting.now);
    let mut draft = as_published(acting, &head).await?;
    match status {
        ArticleStatus::Withdrawn => {}
        ArticleStatus::Retracted => {
            draft.retracted_at = None;
            draft
                .notices
                .retain(|notice| notice.kind != NoticeKind::Retraction);
        }
        _ => {
            return Err(wrong_state(
                &head,
                acting.now,
                "only a withdrawn or retracted article can be brought back",
            )
            .into());
        }
    }
    let article = finished(acting, &head, &draft, acting.now).await?;
    let step = Step {
        document: article.clone().into(),
        stage: DraftStage::Settled,
        act: RevisionAct::Reinstated,
        comment: Some(reason.clone()),
        reason: Some(reason),
        readers: Readers::Get(Box::new(article), ChangeKind::Updated),
    };
    desk::close(acting, order, &head, step).await
}

/// What readers have, as a draft.
async fn as_published(acting: &Acting, head: &Head) -> Result<DraftDocument, Denied> {
    let version = head.published_version.unwrap_or(head.version);
    let published = desk::load(&acting.db, head.id.0, Some(version)).await?;
    Ok(published.map_or_else(|| head.document.clone(), |head| head.document))
}

/// The article of a draft, with the paths that readers knew.
async fn finished(
    acting: &Acting,
    head: &Head,
    draft: &DraftDocument,
    from: Moment,
) -> Result<ArticleDocument, Denied> {
    let site = acting
        .db
        .one::<site::entity::Model>(&site::select())
        .await?
        .map(site::SiteDocument::from)
        .unwrap_or_default();
    let mut article = draft
        .finished(from, acting.now, &site.language)
        .map_err(Denied::Refused)?;
    let was_seen = head.visible_at.is_some_and(|at| at <= acting.now);
    if let Some(left) = head
        .published_path
        .as_ref()
        .filter(|path| was_seen && **path != article.path)
        && !article.former_paths.contains(left)
    {
        article.former_paths.push(left.clone());
    }
    let path = article.path.clone();
    article.former_paths.retain(|former| *former != path);
    Ok(article)
}

/// Asks the gates; the reason of an override, if that was needed, goes on record with their names.
async fn pass_gates(
    acting: &Acting,
    draft: &DraftDocument,
    keeping: &Gatekeeping<'_>,
) -> Result<Option<String>, Denied> {
    let violations = violations(&acting.db, draft, keeping.gates).await?;
    if violations.is_empty() {
        return Ok(None);
    }
    let Some(reason) = &keeping.override_reason else {
        return Err(Denied::Refused(violations));
    };
    acting.who.has(Scope::GatesOverride)?;
    require_words(reason, &["input", "overrideReason"])?;
    let names: Vec<&str> = violations
        .iter()
        .filter_map(|violation| match violation {
            Refusal::Gate { rule, .. } => Some(rule.as_str()),
            _ => None,
        })
        .collect();
    Ok(Some(format!("{reason} (overrides {})", names.join(", "))))
}

/// Every gate that is shut for a draft.
///
/// # Errors
/// When the database fails.
pub async fn violations(
    db: &Db,
    draft: &DraftDocument,
    gates: &Gates,
) -> Result<Vec<Refusal>, DbErr> {
    let owners = owners(db, draft).await?;
    let notices: Vec<NoticeKind> = draft.notices.iter().map(|notice| notice.kind).collect();
    let facts = Facts {
        kind: draft.kind,
        has_standfirst: is_written(draft.standfirst.as_deref()),
        authors: draft.authors.len(),
        tags: draft.tags.len(),
        has_rights: draft.rights.is_some(),
        has_silent_picture: draft
            .hero
            .as_ref()
            .is_some_and(|hero| !is_written(hero.alt.as_deref())),
        notices: &notices,
        independent_sources: independent(draft.citations.iter().filter_map(|citation| {
            let source = citation.source?.0;
            let owner = owners.get(&source).copied().unwrap_or(source);
            Some((owner, citation.via.is_some()))
        })),
    };
    Ok(gates
        .violations(facts)
        .into_iter()
        .map(|violation| Refusal::Gate {
            rule: violation.rule,
            message: violation.message,
            path: vec![violation.field.to_owned()],
        })
        .collect())
}

fn is_written(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

/// How many owners above a source are looked for.
const MOST_OWNERS: usize = 10;

/// The owner at the top of each source that a draft cites.
async fn owners(db: &Db, draft: &DraftDocument) -> Result<HashMap<Uuid, Uuid>, DbErr> {
    let mut owners: HashMap<Uuid, Uuid> = draft
        .citations
        .iter()
        .filter_map(|citation| citation.source.map(|source| (source.0, source.0)))
        .collect();
    for _ in 0..MOST_OWNERS {
        let tops: Vec<Uuid> = owners.values().copied().collect();
        if tops.is_empty() {
            break;
        }
        let places = vec!["?"; tops.len()].join(", ");
        let text = format!(
            "SELECT id, parent_id FROM source WHERE parent_id IS NOT NULL AND id IN ({places})"
        );
        let mut parents: HashMap<Uuid, Uuid> = HashMap::new();
        for row in db.rows(&text, tops.into_iter().map(Into::into)).await? {
            parents.insert(row.try_get("", "id")?, row.try_get("", "parent_id")?);
        }
        if parents.is_empty() {
            break;
        }
        for top in owners.values_mut() {
            if let Some(parent) = parents.get(top) {
                *top = *parent;
            }
        }
    }
    Ok(owners)
}

fn require_words(text: &str, path: &[&str]) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::invalid(
            Code::Required,
            path,
            "this needs words; write what happened and why",
        ));
    }
    Ok(())
}

fn refuse_if_seen(head: &Head, now: Moment) -> Result<(), Refusal> {
    match head.status(now) {
        ArticleStatus::Unpublished | ArticleStatus::Scheduled => Ok(()),
        _ => Err(wrong_state(
            head,
            now,
            "readers have it already; replace it with articleCorrect, or with articleUpdatePublished",
        )),
    }
}

/// Refuses to let out what somebody has thrown away; whoever wants it after all says so first.
fn refuse_given_up(head: &Head) -> Result<(), Refusal> {
    if head.stage != DraftStage::Discarded {
        return Ok(());
    }
    Err(Refusal::invalid(
        Code::WrongState,
        &["id"],
        format!(
            "{} was discarded; take it up again with articleDraftUpdate first",
            head.id
        ),
    ))
}

fn wrong_state(head: &Head, now: Moment, what: &str) -> Refusal {
    Refusal::invalid(
        Code::WrongState,
        &["id"],
        format!("{} is {}: {what}", head.id, head.status(now).as_str()),
    )
}
