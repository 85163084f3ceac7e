//! An article as the newsroom wrote it: what a revision keeps and a dump carries.
//!
//! The order of the fields is the order of the dump; it never changes, and a new field is added with a default.

use serde::{Deserialize, Serialize};

use crate::editorial::{
    identity::{ArticleId, AuthorId, CitationId, SourceId, TagId},
    moment::Moment,
    vocabulary::{AiTerms, CitationRole, ContributorRole, Kind, LinkHealth, NoticeKind},
};

/// The whole of an article, with identities for everything it points to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArticleDocument {
    /// Which article this is.
    pub id: ArticleId,
    /// The headline.
    pub headline: String,
    /// The summary beneath the headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standfirst: Option<String>,
    /// The readable name, unique among articles.
    pub slug: String,
    /// Where the site shows it, beginning with `/`.
    pub path: String,
    /// Where the site showed it before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_paths: Vec<String>,
    /// What sort of piece it is.
    pub kind: Kind,
    /// BCP 47 tag of the language it is written in.
    pub language: String,
    /// Where and when it was written, as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dateline: Option<Dateline>,
    /// The byline as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byline_text: Option<String>,
    /// Who made it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<Contribution>,
    /// The body as Markdown.
    pub body: String,
    /// What it is about; the first is the main tag.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagId>,
    /// The sources it cites and the words it quotes, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<CitationDocument>,
    /// What readers are told beside the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// Who owns it and what may be done with it.
    #[serde(default, skip_serializing_if = "Rights::is_unstated")]
    pub rights: Rights,
    /// The picture above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hero: Option<HeroImage>,
    /// When readers first saw it.
    pub first_published_at: Moment,
    /// When readers see it from; the order of every news list.
    pub published_at: Moment,
    /// When what readers see last changed.
    pub updated_at: Moment,
    /// Not before this moment; readers see it from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargoed_until: Option<Moment>,
    /// Since when its body is taken back; readers still find it, with the notice that says why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retracted_at: Option<Moment>,
}

impl ArticleDocument {
    /// What readers get of a retracted article: all but the body and what is taken from it.
    #[must_use]
    pub fn without_body(&self) -> Self {
        Self {
            standfirst: None,
            body: String::new(),
            citations: Vec::new(),
            hero: None,
            ..self.clone()
        }
    }
}

/// The line that says where and when a report was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dateline {
    /// The place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The date, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The line as printed.
    pub text: String,
}

/// What somebody did for an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contribution {
    /// Who.
    pub author: AuthorId,
    /// What.
    pub role: ContributorRole,
}

/// One use of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CitationDocument {
    /// Which citation this is, whatever its position.
    pub id: CitationId,
    /// The source cited; none for words whose only source is their speaker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    /// How the source is used.
    pub role: CitationRole,
    /// Where the cited work is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What the cited work is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The block of the body that it hangs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// The words that it hangs on, exactly as they stand in the block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// The text right before these words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The text right after these words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    /// Who says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// What the article calls the speaker there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker_as_printed: Option<String>,
    /// The verb of speech.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
    /// The citation of the same article through which this one reached us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<CitationId>,
    /// Whether the address still answers.
    #[serde(default, skip_serializing_if = "is_unchecked")]
    pub link_health: LinkHealth,
    /// Where a copy of the cited page is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_url: Option<String>,
}

/// Something readers are told beside the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// What it tells.
    pub kind: NoticeKind,
    /// Its words.
    pub text: String,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
}

/// Who owns an article and what may be done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rights {
    /// The copyright line as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copyright_line: Option<String>,
    /// The year it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copyright_year: Option<i32>,
    /// The owner it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copyright_holder: Option<String>,
    /// The licence: an SPDX identifier, a name or an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// The terms of use as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    /// Whether partners may carry it.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub syndicable: bool,
    /// Whether and how machines may use it.
    #[serde(default, skip_serializing_if = "is_unstated")]
    pub ai_terms: AiTerms,
}

impl Default for Rights {
    fn default() -> Self {
        Self {
            copyright_line: None,
            copyright_year: None,
            copyright_holder: None,
            licence: None,
            terms: None,
            syndicable: true,
            ai_terms: AiTerms::default(),
        }
    }
}

impl Rights {
    fn is_unstated(&self) -> bool {
        *self == Self::default()
    }
}

/// The picture above an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeroImage {
    /// Where it is.
    pub url: String,
    /// What it shows, for those who cannot see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// The line beneath it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
}

fn yes() -> bool {
    true
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_yes(value: &bool) -> bool {
    *value
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_unchecked(health: &LinkHealth) -> bool {
    *health == LinkHealth::Unchecked
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_unstated(terms: &AiTerms) -> bool {
    *terms == AiTerms::Unstated
}
