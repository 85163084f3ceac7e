//! An article as the newsroom is writing it: the same as a published one, with anything still missing.
//!
//! Every revision reads as a draft; a revision that readers got reads as an [`ArticleDocument`] as well.

use async_graphql::MaybeUndefined;
use serde::{Deserialize, Serialize};

use super::document::{
    ArticleDocument, CitationDocument, Contribution, Dateline, HeroImage, Notice, Rights,
};
use crate::{
    access::refusal::{Code, Refusal},
    editorial::{
        identity::{ArticleId, TagId},
        moment::Moment,
        slug::slug_of,
        vocabulary::Kind,
    },
};

/// The whole of a draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftDocument {
    /// Which article this is.
    pub id: ArticleId,
    /// The headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// The summary beneath the headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standfirst: Option<String>,
    /// The readable name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Where the site shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Where the site showed it before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_paths: Vec<String>,
    /// What sort of piece it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// BCP 47 tag of the language it is written in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
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
    #[serde(default)]
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<Rights>,
    /// The picture above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hero: Option<HeroImage>,
    /// When readers first saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_published_at: Option<Moment>,
    /// When readers see it from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Moment>,
    /// When what readers see last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Moment>,
    /// Not before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargoed_until: Option<Moment>,
    /// Since when its body is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retracted_at: Option<Moment>,
}

/// What an editor changes of a draft: absent is unchanged, null clears.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The headline.
    pub headline: MaybeUndefined<String>,
    /// The summary beneath the headline.
    pub standfirst: MaybeUndefined<String>,
    /// The readable name.
    pub slug: MaybeUndefined<String>,
    /// Where the site shows it.
    pub path: MaybeUndefined<String>,
    /// What sort of piece it is.
    pub kind: MaybeUndefined<Kind>,
    /// The language.
    pub language: MaybeUndefined<String>,
    /// The date line.
    pub dateline: MaybeUndefined<Dateline>,
    /// The byline as printed.
    pub byline_text: MaybeUndefined<String>,
    /// Who made it.
    pub authors: MaybeUndefined<Vec<Contribution>>,
    /// The body as Markdown.
    pub body: MaybeUndefined<String>,
    /// What it is about.
    pub tags: MaybeUndefined<Vec<TagId>>,
    /// What it cites.
    pub citations: MaybeUndefined<Vec<CitationDocument>>,
    /// What readers are told beside the text.
    pub notices: MaybeUndefined<Vec<Notice>>,
    /// Rights.
    pub rights: MaybeUndefined<Rights>,
    /// The picture above it.
    pub hero: MaybeUndefined<HeroImage>,
    /// Not before this moment.
    pub embargoed_until: MaybeUndefined<Moment>,
}

/// The longest body, in bytes.
const LONGEST_BODY: usize = 1_000_000;
/// The longest headline, slug or path, in characters.
const LONGEST_LINE: usize = 500;

impl DraftDocument {
    /// A draft with nothing in it.
    #[must_use]
    pub fn empty(id: ArticleId) -> Self {
        Self {
            id,
            headline: None,
            standfirst: None,
            slug: None,
            path: None,
            former_paths: Vec::new(),
            kind: None,
            language: None,
            dateline: None,
            byline_text: None,
            authors: Vec::new(),
            body: String::new(),
            tags: Vec::new(),
            citations: Vec::new(),
            notices: Vec::new(),
            rights: None,
            hero: None,
            first_published_at: None,
            published_at: None,
            updated_at: None,
            embargoed_until: None,
            retracted_at: None,
        }
    }

    /// The draft with changes made to it. A new slug takes the path with it when the path ended in the old one.
    #[must_use]
    pub fn changed(mut self, changes: Changes) -> Self {
        let old_slug = self.slug.clone();
        set(&mut self.headline, changes.headline);
        set(&mut self.standfirst, changes.standfirst);
        set(&mut self.slug, changes.slug);
        if changes.path.is_undefined()
            && let (Some(old), Some(new), Some(path)) = (&old_slug, &self.slug, &self.path)
            && let Some(folder) = path.trim_end_matches('/').strip_suffix(old.as_str())
            && folder.ends_with('/')
        {
            self.path = Some(format!("{folder}{new}"));
        }
        set(&mut self.path, changes.path);
        set(&mut self.kind, changes.kind);
        set(&mut self.language, changes.language);
        set(&mut self.dateline, changes.dateline);
        set(&mut self.byline_text, changes.byline_text);
        set_or_default(&mut self.authors, changes.authors);
        set_or_default(&mut self.body, changes.body);
        set_or_default(&mut self.tags, changes.tags);
        set_or_default(&mut self.citations, changes.citations);
        set_or_default(&mut self.notices, changes.notices);
        set(&mut self.rights, changes.rights);
        set(&mut self.hero, changes.hero);
        set(&mut self.embargoed_until, changes.embargoed_until);
        self
    }

    /// What makes it unfit to be kept at all; a draft may lack anything, but not be absurd.
    #[must_use]
    pub fn faults(&self) -> Vec<Refusal> {
        let mut faults = Vec::new();
        if self.body.len() > LONGEST_BODY {
            faults.push(Refusal::invalid(
                Code::TooLong,
                &["input", "body"],
                format!(
                    "the body has {} bytes; at most {LONGEST_BODY} are kept, so split the article",
                    self.body.len()
                ),
            ));
        }
        for (field, text) in [
            ("headline", &self.headline),
            ("slug", &self.slug),
            ("path", &self.path),
        ] {
            if let Some(text) = text
                && text.chars().count() > LONGEST_LINE
            {
                faults.push(Refusal::invalid(
                    Code::TooLong,
                    &["input", field],
                    format!("the {field} is longer than {LONGEST_LINE} characters; shorten it"),
                ));
            }
        }
        if let Some(slug) = &self.slug
            && (slug.is_empty() || slug.contains(['/', '?', '#', ' ']))
        {
            faults.push(Refusal::invalid(
                Code::Invalid,
                &["input", "slug"],
                format!("\"{slug}\" is no slug; a slug has at least one character and no /, ?, # or blank"),
            ));
        }
        if let Some(path) = &self.path
            && (!path.starts_with('/') || path.contains(['?', '#']))
        {
            faults.push(Refusal::invalid(
                Code::Invalid,
                &["input", "path"],
                format!("the path \"{path}\" must begin with a slash and have no ? or #"),
            ));
        }
        faults
    }

    /// The article that readers would get at `visible_at`.
    ///
    /// # Errors
    /// Everything that is missing, at once.
    pub fn finished(
        &self,
        visible_at: Moment,
        now: Moment,
        site_language: &str,
    ) -> Result<ArticleDocument, Vec<Refusal>> {
        let mut missing = self.faults();
        let headline = self.headline.clone().unwrap_or_default();
        if headline.trim().is_empty() {
            missing.push(Refusal::invalid(
                Code::Required,
                &["headline"],
                "an article needs a headline before it can be published",
            ));
        }
        let slug = self.slug.clone().unwrap_or_else(|| slug_of(&headline));
        if slug.is_empty() && !headline.trim().is_empty() {
            missing.push(Refusal::invalid(
                Code::Required,
                &["slug"],
                "no slug can be made of this headline; give the article one",
            ));
        }
        if !missing.is_empty() {
            return Err(missing);
        }
        let published_at = self.published_at.unwrap_or(visible_at);
        Ok(ArticleDocument {
            id: self.id,
            headline,
            standfirst: self.standfirst.clone(),
            path: self.path.clone().unwrap_or_else(|| format!("/{slug}")),
            slug,
            former_paths: self.former_paths.clone(),
            kind: self.kind.unwrap_or_default(),
            language: self
                .language
                .clone()
                .unwrap_or_else(|| site_language.to_owned()),
            dateline: self.dateline.clone(),
            byline_text: self.byline_text.clone(),
            authors: self.authors.clone(),
            body: self.body.clone(),
            tags: self.tags.clone(),
            citations: self.citations.clone(),
            notices: self.notices.clone(),
            rights: self.rights.clone().unwrap_or_default(),
            hero: self.hero.clone(),
            first_published_at: self.first_published_at.unwrap_or(published_at),
            published_at,
            updated_at: now.max(published_at),
            embargoed_until: self.embargoed_until,
            retracted_at: self.retracted_at,
        })
    }
}

impl From<ArticleDocument> for DraftDocument {
    fn from(article: ArticleDocument) -> Self {
        Self {
            id: article.id,
            headline: Some(article.headline),
            standfirst: article.standfirst,
            slug: Some(article.slug),
            path: Some(article.path),
            former_paths: article.former_paths,
            kind: Some(article.kind),
            language: Some(article.language),
            dateline: article.dateline,
            byline_text: article.byline_text,
            authors: article.authors,
            body: article.body,
            tags: article.tags,
            citations: article.citations,
            notices: article.notices,
            rights: (article.rights != Rights::default()).then_some(article.rights),
            hero: article.hero,
            first_published_at: Some(article.first_published_at),
            published_at: Some(article.published_at),
            updated_at: Some(article.updated_at),
            embargoed_until: article.embargoed_until,
            retracted_at: article.retracted_at,
        }
    }
}

fn set<T>(field: &mut Option<T>, change: MaybeUndefined<T>) {
    match change {
        MaybeUndefined::Undefined => {}
        MaybeUndefined::Null => *field = None,
        MaybeUndefined::Value(value) => *field = Some(value),
    }
}

fn set_or_default<T: Default>(field: &mut T, change: MaybeUndefined<T>) {
    match change {
        MaybeUndefined::Undefined => {}
        MaybeUndefined::Null => *field = T::default(),
        MaybeUndefined::Value(value) => *field = value,
    }
}
