//! What is said to content delivery networks: how long they may keep an answer, and under which tag it is purged.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use aws_lc_rs::digest;
use axum::http::HeaderValue;
use data_encoding::BASE32_NOPAD;

use super::{grounds::Grounds, purges::Purges};

/// The tag that every answer bears beside its own: whoever purges it purges everything.
pub const COMMON_TAG: &str = "dateline";

/// After so many answers, what holds no longer is forgotten.
const SWEEP: u64 = 4_096;

/// What content delivery networks may have.
#[derive(Clone, Default)]
pub struct Cdn {
    /// How long they may keep an answer; zero says nothing to them.
    pub max_age: Duration,
    /// Where they are told to purge, if they are.
    pub purges: Option<Arc<Purges>>,
}

/// The tag of one answer to one question: short, and saying nothing of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag(u64);

impl Tag {
    /// The tag of an answer, by what the request means and a hash of the answer. It is the same on every instance, and
    /// an answer that reads differently has another, so that a late purge never meets what came after it.
    pub fn of(meaning: &[u8], answer: u128) -> Self {
        let mut digest = digest::Context::new(&digest::SHA256);
        digest.update(meaning);
        digest.update(&answer.to_be_bytes());
        let digest = digest.finish();
        let mut first = [0; 8];
        for (to, from) in first.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
        Self(u64::from_be_bytes(first))
    }

    /// The tag as it is written: 12 digits and small letters, as some networks do not tell capitals from them.
    pub fn written(self) -> String {
        let mut text = BASE32_NOPAD.encode(&self.0.to_be_bytes());
        text.truncate(12);
        text.make_ascii_lowercase();
        text
    }
}

/// The headers of one answer for content delivery networks.
#[derive(Debug)]
pub struct Headers {
    /// `Cache-Control`, where they may keep the answer by it.
    pub cache_control: Option<HeaderValue>,
    /// `Surrogate-Key`, tags with blanks between them, and `Cache-Tag`, tags with commas between them.
    pub tags: Option<(HeaderValue, HeaderValue)>,
}

impl Cdn {
    /// What goes out with an answer that its fields let be kept for so long at most; nothing when there is nothing to say.
    #[must_use]
    pub fn headers(&self, tag: Option<Tag>, at_most: Option<Duration>) -> Option<Headers> {
        let seconds = at_most.map_or(self.max_age, |most| most.min(self.max_age));
        let seconds = seconds.as_secs();
        let cache_control = (seconds > 0)
            .then(|| format!("public, max-age=0, s-maxage={seconds}, must-revalidate"))
            .and_then(|text| HeaderValue::try_from(text).ok());
        let tags = tag.and_then(|tag| {
            let written = tag.written();
            let joined = |by| HeaderValue::try_from(format!("{COMMON_TAG}{by}{written}"));
            Some((joined(' ').ok()?, joined(',').ok()?))
        });
        (cache_control.is_some() || tags.is_some()).then_some(Headers {
            cache_control,
            tags,
        })
    }
}

/// The grounds of answers that went out, the oldest forgotten first. They take less room than the answers, so that a
/// content delivery network may hold many more of these than this server.
#[derive(Default)]
pub struct Outstanding {
    most: usize,
    weight: usize,
    added: u64,
    by_tag: HashMap<Tag, (u64, Arc<Grounds>)>,
    order: VecDeque<(u64, Tag)>,
}

impl Outstanding {
    /// Holds so many bytes, about.
    pub fn holding(most: usize) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    /// Remembers grounds; those that bore the same tag before give way to them.
    pub fn add(&mut self, grounds: &Arc<Grounds>) {
        let Some(tag) = grounds.tag() else { return };
        self.added += 1;
        if self.added.is_multiple_of(SWEEP) {
            self.sweep();
        }
        self.weight += weight(grounds);
        self.order.push_back((self.added, tag));
        if let Some((_, former)) = self.by_tag.insert(tag, (self.added, Arc::clone(grounds))) {
            self.weight -= weight(&former);
            former.give_way_to(grounds);
        }
        while self.weight > self.most {
            let Some((number, tag)) = self.order.pop_front() else {
                break;
            };
            self.forget(number, tag);
        }
    }

    fn forget(&mut self, number: u64, tag: Tag) {
        if self.by_tag.get(&tag).is_some_and(|(at, _)| *at == number)
            && let Some((_, grounds)) = self.by_tag.remove(&tag)
        {
            self.weight -= weight(&grounds);
        }
    }

    /// Forgets what holds no longer.
    fn sweep(&mut self) {
        let mut weight_left = 0;
        self.by_tag.retain(|_, (_, grounds)| {
            let hold = grounds.hold();
            weight_left += if hold { weight(grounds) } else { 0 };
            hold
        });
        self.weight = weight_left;
        let by_tag = &self.by_tag;
        self.order
            .retain(|(number, tag)| by_tag.get(tag).is_some_and(|(at, _)| at == number));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::holding(self.most);
    }

    /// How many bytes it takes, estimated.
    pub fn weight(&self) -> usize {
        self.weight
    }
}

fn weight(grounds: &Grounds) -> usize {
    grounds.dependencies().weight() + 512
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::seen::Dependencies;

    fn out(purges: &Arc<Purges>, number: u128) -> Arc<Grounds> {
        let purging = Some((Tag::of(b"question", number), Arc::clone(purges)));
        let grounds = Arc::new(Grounds::new(Dependencies::default(), purging));
        assert!(grounds.let_out());
        grounds
    }

    fn open() -> Arc<Purges> {
        let purges = Arc::new(Purges::new());
        purges.delivered(purges.next().expect("everything at first"));
        purges
    }

    #[test]
    fn tags_are_short_and_tell_answers_apart() {
        let tag = Tag::of(b"{ site { name } }", 7).written();
        assert_eq!(tag.len(), 12);
        assert!(
            tag.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        );
        assert_eq!(tag, Tag::of(b"{ site { name } }", 7).written());
        assert_ne!(tag, Tag::of(b"{ site { name } }", 8).written());
        assert_ne!(tag, Tag::of(b"{ site { language } }", 7).written());
    }

    #[test]
    fn the_shortest_time_wins_and_none_says_nothing() {
        let cdn = Cdn {
            max_age: Duration::from_mins(5),
            purges: None,
        };
        let said = |at_most: Option<u64>| {
            let headers = cdn.headers(None, at_most.map(Duration::from_secs))?;
            assert!(headers.tags.is_none());
            Some(headers.cache_control?.to_str().ok()?.to_owned())
        };
        let of = |seconds: u64| format!("public, max-age=0, s-maxage={seconds}, must-revalidate");
        assert_eq!(said(None), Some(of(300)));
        assert_eq!(said(Some(60)), Some(of(60)));
        assert_eq!(said(Some(3_600)), Some(of(300)));
        assert_eq!(said(Some(0)), None);
        assert!(Cdn::default().headers(None, None).is_none());
    }

    #[test]
    fn what_is_forgotten_is_purged_and_what_is_followed_by_its_like_is_not() {
        let purges = open();
        let mut outstanding = Outstanding::holding(1_100);
        let first = out(&purges, 1);
        outstanding.add(&first);
        outstanding.add(&out(&purges, 1));
        drop(first);
        assert_eq!(purges.next(), None);
        outstanding.add(&out(&purges, 2));
        assert_eq!(purges.next(), None);
        outstanding.add(&out(&purges, 3));
        let batch = purges.next().expect("a purge");
        assert_eq!(batch.tags(), [Tag::of(b"question", 1).written()]);
        assert!(outstanding.weight() <= 1_100);
    }

    #[test]
    fn nothing_goes_out_that_holds_no_longer_or_while_purges_are_not_taken() {
        let purges = open();
        let grounds = out(&purges, 1);
        grounds.end();
        assert!(!grounds.let_out());
        let batch = purges.next().expect("a purge");
        purges.failed(batch);
        let tag = Tag::of(b"question", 2);
        let other = Grounds::new(Dependencies::default(), Some((tag, Arc::clone(&purges))));
        assert!(!other.let_out());
    }
}
