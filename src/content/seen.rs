//! What an answer depends on: noted while a query runs, held against what happens afterwards.
//!
//! Every read of public content leaves a note here: what it showed or looked for, which list it read and how far it saw,
//! what it counted. [`Happened`] says what a change did, before and after, so that an answer is given up exactly when
//! the change could have altered it.

mod facts;
mod lists;

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

pub use self::{
    facts::{Facts, Fields, Happened, Leads},
    lists::{CountSeen, LinksSeen, ListSeen, Of, SearchSeen},
};
use super::article::filter::Facet;
use crate::events::SubjectKind;

/// Everything that one answer depends on.
#[derive(Debug, Default)]
pub struct Dependencies {
    /// Articles shown or looked for.
    pub articles: HashSet<Uuid>,
    /// What is shown of articles, all of them together.
    pub fields: Fields,
    /// Authors, tags and sources shown or looked for.
    pub nouns: HashSet<Uuid>,
    /// Authors, tags and sources that a condition names.
    pub named: HashSet<Uuid>,
    /// Slugs that were looked for, and what they led to.
    pub slugs: HashMap<(SubjectKind, String), Option<Uuid>>,
    /// Paths that were looked for.
    pub paths: HashSet<String>,
    /// Pages of lists of articles.
    pub lists: Vec<ListSeen>,
    /// Counts of lists of articles.
    pub counts: Vec<CountSeen>,
    /// What stands beside what on the newest articles of a facet.
    pub links: Vec<LinksSeen>,
    /// Searches.
    pub searches: Vec<SearchSeen>,
    /// Sources whose citations were listed.
    pub cited: HashSet<Uuid>,
    /// Whether a citation was looked for that is not there.
    pub absent_citations: bool,
    /// Kinds of nouns of which a list was read.
    pub noun_lists: HashSet<SubjectKind>,
    /// Whether it says something of the site.
    pub site: bool,
    /// The site's language, if it depends on nothing else of the site.
    pub site_language: Option<String>,
    /// Whether it says something of who asks, or shows what only some may see: such an answer is never kept.
    pub personal: bool,
}

/// Where an index finds the answers that an event may alter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// An article, author, tag or source.
    Thing(Uuid),
    /// Lists that have an author, tag or source in common.
    Facet(Uuid),
    /// Lists that have nothing of the kind in common.
    AllArticles,
    /// Searches.
    Search,
    /// A slug.
    Slug(SubjectKind, String),
    /// A path.
    Path(String),
    /// Lists of authors, tags or sources.
    Nouns(SubjectKind),
    /// The site.
    Site,
}

impl Dependencies {
    /// Notes a slug that was looked for, and what it led to.
    pub fn slug(&mut self, kind: SubjectKind, slug: &str, led_to: Option<Uuid>) {
        self.slugs.insert((kind, slug.to_owned()), led_to);
    }

    /// How many bytes it takes, with its places in an index, estimated.
    #[must_use]
    pub fn weight(&self) -> usize {
        let things = self.articles.len() + self.nouns.len() + self.named.len() + self.cited.len();
        let names = (self.slugs.keys().map(|(_, slug)| slug.len()))
            .chain(self.paths.iter().map(String::len))
            .map(|length| 2 * length + 100)
            .sum::<usize>();
        let lists = self.lists.len() + self.counts.len() + self.links.len() + self.searches.len();
        things * 64 + names + lists * 320
    }

    /// Every topic under which it must be found.
    #[must_use]
    pub fn topics(&self) -> HashSet<Topic> {
        let things = self.articles.iter().chain(&self.nouns).chain(&self.named);
        let mut topics: HashSet<Topic> = things.map(|id| Topic::Thing(*id)).collect();
        topics.extend(
            self.slugs
                .keys()
                .map(|(kind, slug)| Topic::Slug(*kind, slug.clone())),
        );
        topics.extend(self.paths.iter().map(|path| Topic::Path(path.clone())));
        let driving = |facet: Option<(Facet, Uuid)>| match facet {
            Some((_, id)) => Topic::Facet(id),
            None => Topic::AllArticles,
        };
        topics.extend(self.lists.iter().map(|seen| driving(seen.of.facet())));
        topics.extend(self.counts.iter().map(|seen| driving(seen.of.facet())));
        topics.extend(self.links.iter().map(|seen| Topic::Facet(seen.tag)));
        topics.extend(self.cited.iter().map(|source| Topic::Facet(*source)));
        topics.extend(self.noun_lists.iter().map(|kind| Topic::Nouns(*kind)));
        if self.absent_citations {
            topics.insert(Topic::AllArticles);
        }
        if !self.searches.is_empty() {
            topics.insert(Topic::Search);
        }
        if self.site || self.site_language.is_some() {
            topics.insert(Topic::Site);
        }
        topics
    }

    /// Whether what happened could have altered the answer.
    #[must_use]
    pub fn are_touched_by(&self, happened: &Happened) -> bool {
        match happened {
            Happened::Site { language } => {
                self.site
                    || self
                        .site_language
                        .as_ref()
                        .is_some_and(|known| known != language)
            }
            Happened::Noun {
                kind,
                id,
                slugs,
                merged,
                gone,
            } => {
                self.nouns.contains(id)
                    || ((*gone || merged.is_some()) && self.named.contains(id))
                    || self.noun_lists.contains(kind)
                    || slugs.iter().any(|slug| {
                        let led = self.slugs.get(&(*kind, slug.clone()));
                        led.is_some_and(|led| *led != Some(*id))
                    })
                    || merged.is_some_and(|into| self.reads_facet(*id) || self.reads_facet(into))
            }
            Happened::Article {
                id,
                before,
                after,
                altered,
            } => {
                let (before, after) = (before.as_deref(), after.as_deref());
                self.shows_of(*id, before.is_some() != after.is_some(), *altered)
                    || self.leads_elsewhere(before, after)
                    || self.lists.iter().any(|seen| seen.changes(before, after))
                    || self.counts.iter().any(|seen| seen.changes(before, after))
                    || self.links.iter().any(|seen| seen.changes(before, after))
                    || self.searches.iter().any(|seen| seen.changes(before, after))
                    || self.lists_citations_of(before, after, *altered)
                    || (self.absent_citations && altered.meet(Fields::CITATIONS))
            }
        }
    }

    fn shows_of(&self, id: Uuid, comes_or_goes: bool, altered: Fields) -> bool {
        (comes_or_goes || self.fields.meet(altered)) && self.articles.contains(&id)
    }

    fn leads_elsewhere(&self, before: Option<&Facts>, after: Option<&Facts>) -> bool {
        let [old, new] = [before, after].map(|facts| facts.map(|facts| &facts.document.slug));
        if old != new
            && [old, new].into_iter().flatten().any(|slug| {
                self.slugs
                    .contains_key(&(SubjectKind::Article, slug.clone()))
            })
        {
            return true;
        }
        self.paths
            .iter()
            .any(|path| Leads::of(before, path) != Leads::of(after, path))
    }

    fn lists_citations_of(
        &self,
        before: Option<&Facts>,
        after: Option<&Facts>,
        altered: Fields,
    ) -> bool {
        if self.cited.is_empty() {
            return false;
        }
        let moved = before.map(|facts| facts.document.published_at)
            != after.map(|facts| facts.document.published_at);
        (moved || altered.meet(Fields::CITATIONS))
            && [before, after]
                .into_iter()
                .flatten()
                .flat_map(|facts| &facts.sources)
                .any(|source| self.cited.contains(source))
    }

    fn reads_facet(&self, id: Uuid) -> bool {
        self.named.contains(&id)
            || self.cited.contains(&id)
            || self.lists.iter().any(|seen| seen.of.names(id))
            || self.counts.iter().any(|seen| seen.of.names(id))
            || self.links.iter().any(|seen| seen.tag == id)
            || self.searches.iter().any(|seen| seen.filter.names(id))
    }
}
