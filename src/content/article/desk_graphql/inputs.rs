//! What the newsroom's clients send, and how it becomes what commands take.

use async_graphql::{Error, ID, InputObject, MaybeUndefined};
use uuid::Uuid;

use crate::{
    content::{
        article::{
            document::{CitationDocument, Contribution, Dateline, HeroImage, Notice, Rights},
            draft::Changes,
        },
        resolve::id_of,
    },
    editorial::{
        identity::{AuthorId, CitationId, SourceId, TagId},
        moment::Moment,
        vocabulary::{AiTerms, CitationRole, ContributorRole, Kind, LinkHealth, NoticeKind},
    },
};

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

impl ArticleInput {
    /// What is changed, with its ids read.
    ///
    /// # Errors
    /// `INVALID_ID`.
    pub fn changes(self) -> Result<Changes, Error> {
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
