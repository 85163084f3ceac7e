//! Which kept answers an event may touch.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Weak},
};

use super::grounds::Grounds;
use crate::content::{
    article::filter::Facet,
    seen::{Facts, Happened, Topic},
};
use crate::events::SubjectKind;

/// After so many answers, what is gone is swept out of the index.
const SWEEP: usize = 4_096;

/// The grounds of kept answers by topic.
#[derive(Default)]
pub struct Index {
    by_topic: HashMap<Topic, Vec<Weak<Grounds>>>,
    added: usize,
}

impl Index {
    /// Adds an answer under every topic that it depends on.
    pub fn add(&mut self, grounds: &Arc<Grounds>) {
        for topic in grounds.dependencies().topics() {
            self.by_topic
                .entry(topic)
                .or_default()
                .push(Arc::downgrade(grounds));
        }
        self.added += 1;
        if self.added >= SWEEP {
            self.sweep();
        }
    }

    fn sweep(&mut self) {
        self.added = 0;
        self.by_topic.retain(|_, answers| {
            answers.retain(|grounds| grounds.upgrade().is_some_and(|grounds| grounds.hold()));
            !answers.is_empty()
        });
    }

    /// Gives up every answer that one of these events touches; says how many.
    pub fn give_up(&mut self, happened: &[Happened]) -> usize {
        let mut given_up = 0;
        for event in happened {
            for topic in topics_of(event) {
                let Some(answers) = self.by_topic.get_mut(&topic) else {
                    continue;
                };
                answers.retain(|grounds| {
                    let Some(grounds) = grounds.upgrade().filter(|grounds| grounds.hold()) else {
                        return false;
                    };
                    if !grounds.dependencies().are_touched_by(event) {
                        return true;
                    }
                    grounds.end();
                    given_up += 1;
                    false
                });
            }
        }
        given_up
    }

    /// Gives up everything.
    pub fn clear(&mut self) {
        for grounds in self.by_topic.drain().flat_map(|(_, answers)| answers) {
            if let Some(grounds) = grounds.upgrade() {
                grounds.end();
            }
        }
        self.added = 0;
    }
}

/// The topics under which answers are found that an event may touch.
fn topics_of(event: &Happened) -> HashSet<Topic> {
    let mut topics = HashSet::new();
    match event {
        Happened::Site { .. } => {
            topics.insert(Topic::Site);
        }
        Happened::Noun {
            kind,
            id,
            slugs,
            merged,
            ..
        } => {
            topics.extend([Topic::Thing(*id), Topic::Nouns(*kind)]);
            topics.extend(slugs.iter().map(|slug| Topic::Slug(*kind, slug.clone())));
            if let Some(into) = merged {
                topics.extend([Topic::Facet(*id), Topic::Facet(*into), Topic::Thing(*into)]);
            }
        }
        Happened::Article {
            id, before, after, ..
        } => {
            topics.extend([Topic::Thing(*id), Topic::AllArticles, Topic::Search]);
            for facts in [before, after].into_iter().flatten() {
                topics.extend(topics_of_article(facts));
            }
        }
    }
    topics
}

fn topics_of_article(facts: &Facts) -> impl Iterator<Item = Topic> + '_ {
    let document = &facts.document;
    [Facet::Author, Facet::Tag, Facet::Source]
        .into_iter()
        .flat_map(|facet| facet.links(facts).map(Topic::Facet))
        .chain([
            Topic::Slug(SubjectKind::Article, document.slug.clone()),
            Topic::Path(document.path.clone()),
        ])
        .chain(document.former_paths.iter().cloned().map(Topic::Path))
}
