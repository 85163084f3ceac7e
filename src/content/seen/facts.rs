//! What is known of an article before and after a change, as far as readers could notice it.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use uuid::Uuid;

use crate::{
    content::article::{document::ArticleDocument, prepared::Prepared, projection},
    editorial::{moment::Moment, slug::sort_key},
    events::SubjectKind,
};

/// A visible article as lists, filters and searches see it.
#[derive(Debug)]
pub struct Facts {
    /// What readers get.
    pub document: ArticleDocument,
    /// Orders articles by title.
    pub title_key: String,
    /// The sources that it cites, each once.
    pub sources: Vec<Uuid>,
    /// What sort of sources these are.
    pub source_kinds: Vec<i16>,
    /// The domains that it cites.
    pub domains: Vec<String>,
    terms: OnceLock<String>,
}

impl Facts {
    /// What readers see of a document, given what sort of source each is.
    #[must_use]
    pub fn of(written: ArticleDocument, kinds: &HashMap<Uuid, i16>) -> Self {
        let document = if written.retracted_at.is_some() {
            written.without_body()
        } else {
            written
        };
        let mut sources: Vec<Uuid> = Vec::new();
        for id in document.citations.iter().filter_map(|c| c.source) {
            if !sources.contains(&id.0) {
                sources.push(id.0);
            }
        }
        let domains = document
            .citations
            .iter()
            .filter_map(|citation| citation.url.as_deref().and_then(projection::domain_of))
            .collect();
        Self {
            title_key: sort_key(&document.headline),
            source_kinds: sources
                .iter()
                .filter_map(|id| kinds.get(id))
                .copied()
                .collect(),
            sources,
            domains,
            document,
            terms: OnceLock::new(),
        }
    }

    /// Since when readers see it.
    #[must_use]
    pub fn visible_at(&self) -> Moment {
        self.document.published_at
    }

    /// What full-text search finds, joined by blanks.
    pub fn terms(&self) -> &str {
        self.terms.get_or_init(|| {
            Prepared::of(self.document.clone()).map_or_else(|_| String::new(), |p| p.terms)
        })
    }
}

/// What a path leads to, as far as one article is concerned.
#[derive(Debug, PartialEq, Eq)]
pub enum Leads<'a> {
    /// Nowhere.
    Nowhere,
    /// To the article.
    Here,
    /// To where the article is now.
    On(&'a str),
}

impl<'a> Leads<'a> {
    /// What a path leads to.
    #[must_use]
    pub fn of(facts: Option<&'a Facts>, path: &str) -> Self {
        match facts {
            Some(facts) if facts.document.path == path => Self::Here,
            Some(facts) if facts.document.former_paths.iter().any(|old| old == path) => {
                Self::On(&facts.document.path)
            }
            _ => Self::Nowhere,
        }
    }
}

/// A set of an article's fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fields(u32);

/// Whether something reads differently in two documents.
type Differs = fn(&ArticleDocument, &ArticleDocument) -> bool;

/// Each field of the schema's article that comes from the article itself, and what of two documents it differs by.
const NAMED: &[(&[&str], Differs)] = &[
    (&["headline"], |a, b| a.headline != b.headline),
    (&["standfirst"], |a, b| a.standfirst != b.standfirst),
    (&["slug"], |a, b| a.slug != b.slug),
    (&["path"], |a, b| a.path != b.path),
    (&["formerPaths"], |a, b| a.former_paths != b.former_paths),
    (&["kind"], |a, b| a.kind != b.kind),
    (&["language"], |a, b| a.language != b.language),
    (&["dateline"], |a, b| a.dateline != b.dateline),
    (&["bylineText"], |a, b| a.byline_text != b.byline_text),
    (&["authors", "contributors"], |a, b| a.authors != b.authors),
    (&["body", "wordCount", "snippet"], |a, b| a.body != b.body),
    (&["tags", "related"], |a, b| a.tags != b.tags),
    (&["sources", "citations"], |a, b| a.citations != b.citations),
    (&["notices"], |a, b| a.notices != b.notices),
    (&["rights"], |a, b| a.rights != b.rights),
    (&["hero"], |a, b| a.hero != b.hero),
    (&["firstPublishedAt"], |a, b| {
        a.first_published_at != b.first_published_at
    }),
    (&["publishedAt"], |a, b| a.published_at != b.published_at),
    (&["updatedAt"], |a, b| a.updated_at != b.updated_at),
    (&["retractedAt"], |a, b| a.retracted_at != b.retracted_at),
    (&["version"], |_, _| true),
];

impl Fields {
    /// All of them.
    pub const ALL: Self = Self(u32::MAX);
    /// Citations.
    pub const CITATIONS: Self = Self(1 << 12);

    /// The fields among these names of the schema.
    #[must_use]
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut fields = 0;
        for name in names {
            for (index, (known, _)) in NAMED.iter().enumerate() {
                if known.contains(&name) {
                    fields |= 1 << index;
                }
            }
        }
        Self(fields)
    }

    /// What reads differently. What comes or goes differs in everything.
    #[must_use]
    pub fn altered(before: Option<&Facts>, after: Option<&Facts>) -> Self {
        let (Some(before), Some(after)) = (before, after) else {
            return Self::ALL;
        };
        let mut fields = 0;
        for (index, (_, differ)) in NAMED.iter().enumerate() {
            if differ(&before.document, &after.document) {
                fields |= 1 << index;
            }
        }
        Self(fields)
    }

    /// Adds fields.
    pub fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether they have a field in common.
    #[must_use]
    pub fn meet(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What a change did to what readers see.
#[derive(Debug, Clone)]
pub enum Happened {
    /// To an article: how it was visible before and how it is now.
    Article {
        /// Which one.
        id: Uuid,
        /// Before; absent when readers did not see it.
        before: Option<Arc<Facts>>,
        /// After; absent when readers do not see it.
        after: Option<Arc<Facts>>,
        /// What reads differently.
        altered: Fields,
    },
    /// To an author, tag or source.
    Noun {
        /// Of which kind.
        kind: SubjectKind,
        /// Which one.
        id: Uuid,
        /// Every slug that leads to it now.
        slugs: Vec<String>,
        /// What it was merged into.
        merged: Option<Uuid>,
        /// Whether it is gone.
        gone: bool,
    },
    /// To the site.
    Site {
        /// The language that it mostly writes in now.
        language: String,
    },
}

impl Happened {
    /// What happened to an article.
    #[must_use]
    pub fn to_article(id: Uuid, before: Option<Arc<Facts>>, after: Option<Arc<Facts>>) -> Self {
        Self::Article {
            id,
            altered: Fields::altered(before.as_deref(), after.as_deref()),
            before,
            after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_are_the_field_that_their_bit_says() {
        assert_eq!(Fields::named(["citations"]), Fields::CITATIONS);
        assert!(!Fields::named(["id", "cursor"]).meet(Fields::ALL));
    }
}
