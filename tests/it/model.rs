//! Whatever editors do, in whatever order, readers have exactly what a small model of the newsroom says.
//!
//! The acts are drawn by chance from a seed, without regard to whether they fit; the model says which are refused, and
//! what readers have afterwards at every moment. `DATELINE_SEED` draws one other sequence.

use std::collections::BTreeMap;

use dateline::{
    content::article::announcement,
    editorial::moment::Moment,
    events::{self, ChangeKind},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use crate::{
    newsroom::{Desk, Newsroom},
    tables::rows,
};

const MINUTE: i64 = 60_000_000;

/// What somebody wrote.
#[derive(Clone, Debug, PartialEq)]
struct Words {
    headline: String,
    embargo: Option<i64>,
}

/// What readers have, or will have from then on.
#[derive(Clone, Debug)]
struct Shown {
    words: Words,
    from: i64,
    retracted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Settled,
    Writing,
    InReview,
    Returned,
    Discarded,
}

/// All that matters of an article.
#[derive(Clone, Debug)]
struct Article {
    id: Value,
    slug: String,
    versions: Vec<Words>,
    stage: Stage,
    shown: Option<Shown>,
    withdrawn: bool,
}

impl Article {
    fn newest(&self) -> Words {
        self.versions[self.versions.len() - 1].clone()
    }

    fn is_seen(&self, now: i64) -> bool {
        !self.withdrawn && self.shown.as_ref().is_some_and(|shown| shown.from <= now)
    }

    /// What was given up is taken up again first.
    fn may_go_out(&self, now: i64) -> bool {
        !self.withdrawn && self.stage != Stage::Discarded && !self.is_seen(now)
    }

    fn is_retracted(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.retracted)
    }

    fn waits(&self, now: i64) -> bool {
        !self.withdrawn && self.shown.as_ref().is_some_and(|shown| shown.from > now)
    }

    fn is_open(&self) -> bool {
        matches!(
            self.stage,
            Stage::Writing | Stage::InReview | Stage::Returned
        )
    }

    fn writes(&mut self, words: Words, stage: Stage) -> bool {
        self.versions.push(words);
        self.stage = stage;
        true
    }

    fn shows(&mut self, words: Words, from: i64, retracted: bool) -> bool {
        self.shown = Some(Shown {
            words: words.clone(),
            from,
            retracted,
        });
        self.withdrawn = false;
        self.writes(words, Stage::Settled)
    }

    /// Does an act, or says that it is refused.
    fn does(&mut self, act: &Act, now: i64) -> bool {
        let newest = self.newest();
        match act {
            Act::Update(words) => {
                let stage = if self.stage == Stage::InReview {
                    Stage::InReview
                } else {
                    Stage::Writing
                };
                !self.withdrawn && self.writes(words.clone(), stage)
            }
            Act::Submit => {
                !self.withdrawn
                    && matches!(self.stage, Stage::Writing | Stage::Returned)
                    && self.writes(newest, Stage::InReview)
            }
            Act::Return => {
                !self.withdrawn
                    && self.stage == Stage::InReview
                    && self.writes(newest, Stage::Returned)
            }
            Act::Discard => {
                if self.withdrawn || !self.is_open() {
                    return false;
                }
                match self.shown.clone() {
                    Some(shown) => self.writes(shown.words, Stage::Settled),
                    None => self.writes(newest, Stage::Discarded),
                }
            }
            Act::GoBack(version) => {
                let Some(words) = self.versions.get(*version - 1).cloned() else {
                    return false;
                };
                !self.withdrawn && self.writes(words, Stage::Writing)
            }
            Act::Publish => {
                let from = newest.embargo.map_or(now, |embargo| embargo.max(now));
                self.may_go_out(now) && self.shows(newest, from, false)
            }
            Act::Schedule(at) => {
                let fits = *at > now && newest.embargo.is_none_or(|embargo| *at >= embargo);
                self.may_go_out(now) && fits && self.shows(newest, *at, false)
            }
            Act::Unschedule => {
                if !self.waits(now) {
                    return false;
                }
                self.shown = None;
                self.writes(newest, Stage::Writing)
            }
            Act::Correct(headline) | Act::UpdatePublished(headline) => {
                if !self.is_seen(now)
                    || self.is_retracted()
                    || newest.embargo.is_some_and(|embargo| embargo > now)
                {
                    return false;
                }
                let from = self.shown.as_ref().map_or(now, |shown| shown.from);
                let words = Words {
                    headline: headline.clone(),
                    embargo: newest.embargo,
                };
                self.shows(words, from, false)
            }
            Act::Retract => match self.shown.clone() {
                Some(shown) if self.is_seen(now) && !shown.retracted => {
                    self.shows(shown.words, shown.from, true)
                }
                _ => false,
            },
            Act::Withdraw => match self.shown.clone() {
                Some(shown) if self.is_seen(now) => {
                    self.withdrawn = true;
                    self.writes(shown.words, Stage::Settled)
                }
                _ => false,
            },
            Act::Restore => match self.shown.clone() {
                Some(shown) if self.withdrawn => {
                    self.shows(shown.words, shown.from, shown.retracted)
                }
                Some(shown) if self.is_seen(now) && shown.retracted => {
                    self.shows(shown.words, shown.from, false)
                }
                _ => false,
            },
        }
    }
}

#[derive(Debug)]
enum Act {
    Update(Words),
    Submit,
    Return,
    Discard,
    GoBack(usize),
    Publish,
    Schedule(i64),
    Unschedule,
    Correct(String),
    UpdatePublished(String),
    Retract,
    Withdraw,
    Restore,
}

impl Act {
    fn drawn(chance: &mut StdRng, article: &Article, now: i64, step: usize) -> Self {
        let soon = |chance: &mut StdRng| now + chance.random_range(-60..240) * MINUTE;
        let headline = format!("{} words{step}", article.slug);
        match chance.random_range(0..20) {
            0..4 => {
                let embargo = chance.random_bool(0.2).then(|| soon(chance));
                Self::Update(Words { headline, embargo })
            }
            4 => Self::Submit,
            5 => Self::Return,
            6 => Self::Discard,
            7 => Self::GoBack(chance.random_range(1..article.versions.len() + 2)),
            8..11 => Self::Publish,
            11 | 12 => Self::Schedule(soon(chance)),
            13 => Self::Unschedule,
            14 => Self::Correct(headline),
            15 => Self::UpdatePublished(headline),
            16 => Self::Retract,
            17 => Self::Withdraw,
            _ => Self::Restore,
        }
    }

    fn request(&self) -> (&'static str, Option<Value>) {
        let moment = |at: &i64| Moment(*at).to_rfc3339();
        match self {
            Self::Update(words) => {
                let embargo = words.embargo.as_ref().map(moment);
                (
                    "articleDraftUpdate",
                    Some(json!({ "headline": words.headline, "embargoedUntil": embargo })),
                )
            }
            Self::Submit => ("articleDraftSubmit", None),
            Self::Return => (
                "articleDraftReturn",
                Some(json!({ "comment": "Who says so?" })),
            ),
            Self::Discard => ("articleDraftDiscard", None),
            Self::GoBack(_) => ("articleRevisionRestore", None),
            Self::Publish => ("articlePublish", None),
            Self::Schedule(at) => ("articleSchedule", Some(json!({ "at": moment(at) }))),
            Self::Unschedule => ("articleUnschedule", None),
            Self::Correct(headline) => (
                "articleCorrect",
                Some(
                    json!({ "notice": { "text": "It was June." }, "article": { "headline": headline } }),
                ),
            ),
            Self::UpdatePublished(headline) => (
                "articleUpdatePublished",
                Some(json!({ "article": { "headline": headline } })),
            ),
            Self::Retract => (
                "articleRetract",
                Some(json!({ "notice": "It was made up." })),
            ),
            Self::Withdraw => ("articleWithdraw", Some(json!({ "reason": "Court order" }))),
            Self::Restore => ("articleRestore", Some(json!({ "reason": "Order lifted" }))),
        }
    }

    async fn is_done(&self, desk: &Desk<'_>, article: &Article) -> Value {
        let known = json!({ "id": article.id, "version": article.versions.len() });
        if let Self::GoBack(version) = self {
            let query = "mutation($id: ID!, $expected: Int!, $version: Int!) { it: articleRevisionRestore(id: $id, \
                         expectedVersion: $expected, version: $version) { errors { code message } } }";
            let variables =
                json!({ "id": article.id, "expected": article.versions.len(), "version": version });
            return desk.ask(query, variables).await["it"].clone();
        }
        let (act, input) = self.request();
        desk.tries(act, &known, input).await
    }
}

/// Readers have what the model says, wherever they look.
async fn readers_agree(newsroom: &Newsroom, articles: &[Article], story: &dyn Fn() -> String) {
    let now = newsroom.clock.now().0;
    let mut headlines = Vec::new();
    for article in articles {
        let answer = newsroom
            .ask(&format!(
                "{{ article(by: {{id: {}}}) {{ headline retractedAt body {{ markdown }} }} resolvePath(path: \"/{}\") {{ __typename }} }}",
                article.id, article.slug
            ))
            .await;
        let (found, path) = (&answer["article"], &answer["resolvePath"]["__typename"]);
        let Some(shown) = article.shown.as_ref().filter(|_| article.is_seen(now)) else {
            assert!(found.is_null(), "{found}\n{}", story());
            assert_eq!(
                path,
                &json!(article.withdrawn.then_some("Gone")),
                "{}",
                story()
            );
            continue;
        };
        assert_eq!(found["headline"], shown.words.headline, "{}", story());
        assert_eq!(
            found["retractedAt"].is_null(),
            !shown.retracted,
            "{}",
            story()
        );
        let body = if shown.retracted { "" } else { "Text." };
        assert_eq!(found["body"]["markdown"], body, "{}", story());
        assert_eq!(path, "Article", "{}", story());
        headlines.push(shown.words.headline.clone());
    }
    let lists = newsroom
        .ask(
            "{ articles(first: 100) { count { value } nodes { headline } }
               tag(by: {slug: \"harbour\"}) { articles(first: 100) { count { value } nodes { headline } } }
               search(query: \"harbour\", first: 100) { nodes { article { headline } } } }",
        )
        .await;
    let texts = |list: &Value, of: &dyn Fn(&Value) -> Value| {
        let mut texts: Vec<String> = (list.as_array().expect("a list").iter())
            .map(|item| of(item).as_str().expect("a text").to_owned())
            .collect();
        texts.sort();
        texts
    };
    headlines.sort();
    for list in [&lists["articles"], &lists["tag"]["articles"]] {
        assert_eq!(list["count"]["value"], headlines.len(), "{}", story());
        assert_eq!(
            texts(&list["nodes"], &|item| item["headline"].clone()),
            headlines,
            "{}",
            story()
        );
    }
    let found = texts(&lists["search"]["nodes"], &|item| {
        item["article"]["headline"].clone()
    });
    assert_eq!(found, headlines, "{}", story());
}

/// Who follows the change log ends up with the same as who reads.
async fn followers_agree(newsroom: &Newsroom, articles: &[Article], story: &dyn Fn() -> String) {
    announcement::announce_due(&newsroom.acting())
        .await
        .expect("a look");
    let now = newsroom.clock.now().0;
    let mut last = BTreeMap::new();
    for (index, change) in events::after(&newsroom.db, 0, 10_000)
        .await
        .expect("the log")
        .into_iter()
        .enumerate()
    {
        assert_eq!(
            change.number,
            i64::try_from(index).expect("few") + 1,
            "{}",
            story()
        );
        if change.news.kind != ChangeKind::Scheduled {
            last.insert(change.news.subject, change.news);
        }
    }
    let mut revisions = BTreeMap::new();
    for row in rows(
        &newsroom.db,
        "SELECT id, published_revision_id FROM article",
    )
    .await
    {
        let id: uuid::Uuid = row.try_get("", "id").expect("an id");
        let revision: Option<uuid::Uuid> = row
            .try_get("", "published_revision_id")
            .expect("a revision");
        revisions.insert(id, revision);
    }
    for article in articles {
        let printed = article.id.as_str().expect("an id");
        let (_, id) = dateline::editorial::identity::parse(printed).expect("an id");
        let news = last.get(&id);
        if article.withdrawn {
            assert_eq!(
                news.map(|news| news.kind),
                Some(ChangeKind::Withdrawn),
                "{}",
                story()
            );
        } else if article.is_seen(now) {
            assert_eq!(
                news.map(|news| news.revision),
                Some(revisions[&id]),
                "{}",
                story()
            );
        } else {
            assert!(news.is_none(), "{news:?}\n{}", story());
        }
    }
}

async fn plays(seed: u64) -> (usize, usize) {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let tag = dateline::editorial::identity::printed("tag", newsroom.tag("Harbour").await);
    let mut chance = StdRng::seed_from_u64(seed);
    let mut articles: Vec<Article> = Vec::new();
    for number in 0..3 {
        let words = Words {
            headline: format!("harbour-{number} words"),
            embargo: None,
        };
        let slug = format!("harbour-{number}");
        let input =
            json!({ "headline": words.headline, "slug": slug, "body": "Text.", "tags": [tag] });
        let begun = desk.begins(input).await;
        articles.push(Article {
            id: begun["id"].clone(),
            slug,
            versions: vec![words],
            stage: Stage::Writing,
            shown: None,
            withdrawn: false,
        });
    }
    let mut history: Vec<String> = Vec::new();
    let (mut done, mut refused) = (0, 0);
    for step in 0..60 {
        newsroom.clock.advance(std::time::Duration::from_secs(
            60 * chance.random_range(0..45),
        ));
        let now = newsroom.clock.now().0;
        let chosen = chance.random_range(0..articles.len());
        let act = Act::drawn(&mut chance, &articles[chosen], now, step);
        history.push(format!(
            "{} {:?} on {}",
            Moment(now).to_rfc3339(),
            act,
            articles[chosen].slug
        ));
        let payload = act.is_done(&desk, &articles[chosen]).await;
        let fits = articles[chosen].does(&act, now);
        let story = || format!("seed {seed}\n{}\n{payload:#}", history.join("\n"));
        assert_eq!(payload["errors"] == json!([]), fits, "{}", story());
        done += usize::from(fits);
        refused += usize::from(!fits);
        readers_agree(&newsroom, &articles, &story).await;
        if chance.random_bool(0.3) {
            followers_agree(&newsroom, &articles, &story).await;
        }
    }
    (done, refused)
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_have_what_the_model_says_whatever_editors_do() {
    let seeds: Vec<u64> = match std::env::var("DATELINE_SEED") {
        Ok(seed) => vec![seed.parse().expect("DATELINE_SEED is a number")],
        Err(_) => (1..=10).collect(),
    };
    let (mut done, mut refused) = (0, 0);
    for seed in seeds {
        let (more_done, more_refused) = plays(seed).await;
        done += more_done;
        refused += more_refused;
    }
    println!("{done} acts were done and {refused} refused");
    assert!(done > 5 && refused > 5, "{done} {refused}");
}
