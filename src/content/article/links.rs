//! What an article links to: its authors, its tags and the sources that it cites.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{
    document::{ArticleDocument, CitationDocument, Contribution},
    draft::DraftDocument,
};
use crate::editorial::identity::{AuthorId, SourceId, TagId};

/// Something that links to authors, tags and sources.
pub trait Linked {
    /// Its authors, tags and citations.
    fn links(&self) -> (&[Contribution], &[TagId], &[CitationDocument]);
    /// The same, to be changed.
    fn links_mut(
        &mut self,
    ) -> (
        &mut Vec<Contribution>,
        &mut Vec<TagId>,
        &mut Vec<CitationDocument>,
    );

    /// The ids of everything that it links to.
    fn linked(&self) -> Vec<Uuid> {
        let (authors, tags, citations) = self.links();
        (authors.iter().map(|c| c.author.0))
            .chain(tags.iter().map(|tag| tag.0))
            .chain(citations.iter().filter_map(|c| c.source.map(|s| s.0)))
            .collect()
    }

    /// Links to what others were merged into instead; says whether that changed anything.
    fn relink(&mut self, went: &HashMap<Uuid, Uuid>) -> bool {
        if !self.linked().iter().any(|id| went.contains_key(id)) {
            return false;
        }
        let now = |id: Uuid| went.get(&id).copied().unwrap_or(id);
        let (authors, tags, citations) = self.links_mut();
        let mut seen = HashSet::new();
        for contribution in authors.iter_mut() {
            contribution.author = AuthorId(now(contribution.author.0));
        }
        authors.retain(|contribution| seen.insert((contribution.author.0, contribution.role)));
        let mut seen = HashSet::new();
        for tag in tags.iter_mut() {
            *tag = TagId(now(tag.0));
        }
        tags.retain(|tag| seen.insert(tag.0));
        for citation in citations {
            citation.source = citation.source.map(|source| SourceId(now(source.0)));
        }
        true
    }
}

macro_rules! linked {
    ($document:ty) => {
        impl Linked for $document {
            fn links(&self) -> (&[Contribution], &[TagId], &[CitationDocument]) {
                (&self.authors, &self.tags, &self.citations)
            }
            fn links_mut(
                &mut self,
            ) -> (
                &mut Vec<Contribution>,
                &mut Vec<TagId>,
                &mut Vec<CitationDocument>,
            ) {
                (&mut self.authors, &mut self.tags, &mut self.citations)
            }
        }
    };
}

linked!(ArticleDocument);
linked!(DraftDocument);
