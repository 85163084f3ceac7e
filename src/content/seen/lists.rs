//! Lists of articles as an answer saw them: which list, how far, and whether a change enters, leaves or reorders that part.

use std::{cmp::Ordering as Order, sync::Arc};

use uuid::Uuid;

use super::facts::Facts;
use crate::{
    content::article::{
        filter::{Facet, Filter},
        store::{Listing, Ordering},
    },
    editorial::{identity::TagId, terms::Query},
    graphql::{
        connection::Window,
        cursor::{Key, Position},
    },
};

/// A list of articles.
#[derive(Debug, Clone)]
pub struct Of {
    listing: Arc<Listing>,
    /// Whose articles, when they are somebody's.
    owner: Option<Uuid>,
}

impl Of {
    /// A list, of an owner if it has one.
    #[must_use]
    pub fn new(listing: Arc<Listing>, owner: Option<Uuid>) -> Self {
        Self { listing, owner }
    }

    /// A facet that every article of the list has.
    #[must_use]
    pub fn facet(&self) -> Option<(Facet, Uuid)> {
        match (self.listing.facet, self.owner) {
            (Some(facet), Some(id)) => Some((facet, id)),
            _ => self.listing.filter.split_facet().map(|(facet, _)| facet),
        }
    }

    /// Whether it is the list of this author, tag or source, or its filter names it.
    #[must_use]
    pub fn names(&self, id: Uuid) -> bool {
        self.owner == Some(id) || self.listing.filter.names(id)
    }

    /// Whether an article is in the list.
    fn has(&self, facts: &Facts) -> bool {
        if let (Some(facet), Some(owner)) = (self.listing.facet, self.owner)
            && !facet.links(facts).any(|id| id == owner)
        {
            return false;
        }
        self.listing.filter.holds(facts)
    }
}

/// Where an article stands in an order.
fn place(ordering: Ordering, facts: &Facts) -> Position {
    let document = &facts.document;
    let key = match ordering.column {
        "updated_at" => Key::Number(document.updated_at.0),
        "first_published_at" => Key::Number(document.first_published_at.0),
        "title_key" => Key::Text(facts.title_key.clone()),
        _ => Key::Number(document.published_at.0),
    };
    Position {
        key,
        id: document.id.0,
    }
}

/// Compares two places as the list runs.
fn compare(ordering: Ordering, a: &Position, b: &Position) -> Order {
    let keys = match (&a.key, &b.key) {
        (Key::Number(a), Key::Number(b)) => a.cmp(b),
        (Key::Text(a), Key::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Key::Number(_), Key::Text(_)) => Order::Less,
        (Key::Text(_), Key::Number(_)) => Order::Greater,
    };
    let order = keys.then_with(|| a.id.cmp(&b.id));
    if ordering.descending {
        order.reverse()
    } else {
        order
    }
}

/// Where a part of a list ends.
#[derive(Debug, Clone)]
enum End {
    /// Where the list ends.
    Open,
    /// At this place, which belongs to the part.
    At(Position),
    /// At this place, which does not belong to it.
    Before(Position),
}

impl End {
    fn of(place: Option<Position>) -> Self {
        place.map_or(Self::Open, Self::Before)
    }
}

/// One page of a list.
#[derive(Debug)]
pub struct ListSeen {
    /// Which list.
    pub of: Of,
    from: End,
    to: End,
    /// The row that only said that there is more.
    witness: Option<Uuid>,
}

impl ListSeen {
    /// The part of a list that a page shows. `places` are those of the rows found, in the order in which they were read,
    /// one more than the page holds when there are more.
    #[must_use]
    pub fn new(of: Of, window: &Window, mut places: Vec<Position>) -> Self {
        let size = usize::try_from(window.size).unwrap_or(usize::MAX);
        let witness = (places.len() > size).then(|| places.pop()).flatten();
        let edge = match (&witness, places.pop()) {
            (None, _) => None,
            (Some(_), Some(last)) => Some(End::At(last)),
            // A page of nothing: only whether there is something at all.
            (Some(witness), None) => Some(End::Before(witness.clone())),
        };
        let (mut from, mut to) = (
            End::of(window.after.clone()),
            End::of(window.before.clone()),
        );
        if let Some(edge) = edge {
            let far = if window.backward { &mut from } else { &mut to };
            *far = edge;
        }
        Self {
            of,
            from,
            to,
            witness: witness.map(|place| place.id),
        }
    }

    fn spans(&self, place: &Position) -> bool {
        let ordering = self.of.listing.ordering;
        let is_behind = match &self.from {
            End::Open => true,
            End::At(from) => compare(ordering, place, from).is_ge(),
            End::Before(from) => compare(ordering, place, from).is_gt(),
        };
        is_behind
            && match &self.to {
                End::Open => true,
                End::At(to) => compare(ordering, place, to).is_le(),
                End::Before(to) => compare(ordering, place, to).is_lt(),
            }
    }

    /// Where an article stands within the part.
    fn stands(&self, facts: Option<&Facts>) -> Option<Position> {
        let facts = facts?;
        let place = place(self.of.listing.ordering, facts);
        let is_here = self.spans(&place) || self.witness == Some(place.id);
        (is_here && self.of.has(facts)).then_some(place)
    }

    /// Whether a change enters, leaves or reorders this part of the list.
    #[must_use]
    pub fn changes(&self, before: Option<&Facts>, after: Option<&Facts>) -> bool {
        self.stands(before) != self.stands(after)
    }
}

/// How many articles a list has.
#[derive(Debug)]
pub struct CountSeen {
    /// Which list.
    pub of: Of,
}

impl CountSeen {
    /// Whether a change enters or leaves the list.
    #[must_use]
    pub fn changes(&self, before: Option<&Facts>, after: Option<&Facts>) -> bool {
        let has = |facts: Option<&Facts>| facts.is_some_and(|facts| self.of.has(facts));
        has(before) != has(after)
    }
}

/// The newest articles of a tag, and what stands beside it on them.
#[derive(Debug)]
pub struct LinksSeen {
    /// Which tag.
    pub tag: Uuid,
    /// The oldest article looked at, when there were as many as are looked at.
    pub oldest: Option<(i64, Uuid)>,
    /// Whether it matters which articles they are, and not only which tags they have.
    pub which: bool,
}

/// What an article adds to the newest of a tag: its place, if that matters, and its tags.
type Part<'a> = (Option<(i64, Uuid)>, &'a [TagId]);

impl LinksSeen {
    /// Whether a change enters, leaves or reorders these articles, or alters their tags.
    #[must_use]
    pub fn changes(&self, before: Option<&Facts>, after: Option<&Facts>) -> bool {
        self.part(before) != self.part(after)
    }

    fn part<'a>(&self, facts: Option<&'a Facts>) -> Option<Part<'a>> {
        let document = &facts?.document;
        let place = (document.published_at.0, document.id.0);
        let looked_at = document.tags.iter().any(|tag| tag.0 == self.tag)
            && self.oldest.is_none_or(|oldest| place >= oldest);
        if !looked_at {
            return None;
        }
        // Whoever has all articles in view misses none that has no other tag.
        let place_matters = self.which || self.oldest.is_some();
        if !place_matters && document.tags.len() == 1 {
            return None;
        }
        Some((place_matters.then_some(place), &document.tags))
    }
}

/// A search.
#[derive(Debug)]
pub struct SearchSeen {
    /// What was looked for.
    pub query: Arc<Query>,
    /// The languages in which it was looked for.
    pub languages: Vec<String>,
    /// Among which articles.
    pub filter: Filter,
}

impl SearchSeen {
    /// Whether a change enters or leaves what was found, or may rank it differently.
    #[must_use]
    pub fn changes(&self, before: Option<&Facts>, after: Option<&Facts>) -> bool {
        match (self.finds(before), self.finds(after)) {
            (None, None) => false,
            (Some(before), Some(after)) => {
                let words = |facts: &Facts| {
                    let document = &facts.document;
                    (
                        document.headline.clone(),
                        document.standfirst.clone(),
                        document.body.clone(),
                        document.language.clone(),
                        document.published_at,
                    )
                };
                words(before) != words(after)
            }
            _ => true,
        }
    }

    fn finds<'a>(&self, facts: Option<&'a Facts>) -> Option<&'a Facts> {
        let languages: Vec<&str> = self.languages.iter().map(String::as_str).collect();
        facts.filter(|facts| {
            self.filter.holds(facts) && self.query.matches(facts.terms(), &languages)
        })
    }
}
