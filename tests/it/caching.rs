//! What is kept is true: whatever happens, in whatever order, a kept answer is the one that would be computed now, and
//! little is given up that would have stayed the same. `DATELINE_SEED` draws one other sequence.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use dateline::{
    content::article::announcement,
    editorial::moment::Moment,
    http::{Engine, Limits, Trusted},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use crate::newsroom::{Database, Desk, Newsroom, hours, mutation};

const CARD: &str =
    "nodes { id headline slug standfirst tags { name } authors { name } hero { url } }";

/// What a site is made of.
pub struct Stock {
    tags: Vec<Value>,
    authors: Vec<Value>,
    sources: Vec<Value>,
    articles: Vec<Value>,
}

impl Stock {
    /// A newsroom that has begun ten articles.
    pub async fn begun(desk: &Desk<'_>, chance: &mut StdRng) -> Self {
        let mut stock = Self {
            tags: Vec::new(),
            authors: Vec::new(),
            sources: Vec::new(),
            articles: Vec::new(),
        };
        for name in ["Harbour", "Ferry", "Port", "Strike"] {
            let tag = created(desk, "tag", json!({ "name": name })).await;
            stock.tags.push(tag);
        }
        for name in ["Ada Quill", "Ben Roe", "Cy Dow"] {
            let author = created(desk, "author", json!({ "name": name })).await;
            stock.authors.push(author);
        }
        for (name, kind) in [
            ("Tass", "AGENCY"),
            ("Port office", "OFFICIAL"),
            ("Union", "OUTLET"),
        ] {
            let input = json!({ "name": name, "kind": kind });
            stock.sources.push(created(desk, "source", input).await);
        }
        for number in 0..10 {
            let input = stock.content(chance, number);
            stock.articles.push(desk.begins(input).await);
        }
        stock
    }

    /// What readers ask, over everything that there is at present.
    pub fn questions(&self) -> Vec<String> {
        questions(&self.tags, &self.authors, &self.sources, &self.articles)
    }

    fn content(&self, chance: &mut StdRng, number: usize) -> Value {
        content(chance, &self.tags, &self.authors, &self.sources, number)
    }
}

/// What readers of a site ask, over everything that it has.
fn questions(
    tags: &[Value],
    authors: &[Value],
    sources: &[Value],
    articles: &[Value],
) -> Vec<String> {
    let mut questions: Vec<String> = [
        "{ site { name } }",
        "{ articles(first: 3) { nodes { headline } pageInfo { hasNextPage } } }",
        "{ articles(first: 3) { nodes { headline updatedAt version } } }",
        "{ articles(last: 2) { nodes { headline } } }",
        "{ articles(first: 2, orderBy: {field: UPDATED}) { nodes { headline } } }",
        "{ articles(first: 2, orderBy: {field: TITLE, direction: ASC}) { nodes { headline } } }",
        "{ articles(first: 100) { count { value } } }",
        "{ articles(first: 2, where: {kind: {in: [OPINION]}}) { nodes { headline } count { value } } }",
        "{ articles(first: 2, where: {not: {kind: {in: [OPINION]}}}) { nodes { headline } } }",
        "{ articles(first: 2, where: {citedSourceKinds: {any: [AGENCY]}}) { nodes { headline } } }",
        "{ articles(first: 2, where: {citedDomains: {any: [\"tass.example\"]}}) { nodes { headline } } }",
        "{ articles(first: 2, where: {publishedAt: {lt: \"2026-03-01T12:00:00Z\"}}) { nodes { headline } } }",
        "{ articles(first: 5) { nodes { headline related(first: 3) { headline } } } }",
        "{ articles(first: 5) { nodes { headline body { html } } } }",
        "{ articles(first: 5) { nodes { headline notices { text } retractedAt } } }",
        "{ articles(first: 5) { nodes { citations { nodes { source { name } url } } } } }",
        "{ tags { nodes { name articles(first: 2) { nodes { headline } count { value } } } } }",
        "{ authors { nodes { name articles(first: 2) { nodes { headline } } } } }",
        "{ sources { nodes { name citations(first: 2) { nodes { url article { headline } } } } } }",
        "{ search(query: \"harbour\") { nodes { score article { headline } } } }",
        "{ search(query: \"ferry OR strike\") { nodes { snippet } count { value } } }",
        "{ search(query: \"harbour -ferry\") { nodes { highlightedHeadline } } }",
        "{ resolvePath(path: \"/nowhere\") { __typename } }",
        "{ article(by: {slug: \"nobody-wrote-this\"}) { headline } }",
    ]
    .map(ToOwned::to_owned)
    .into();
    for (noun, many) in [("tag", tags), ("author", authors), ("source", sources)] {
        for one in many {
            let (id, slug) = (&one["id"], &one["slug"]);
            questions.extend([
                format!("{{ {noun}(by: {{slug: {slug}}}) {{ name articles(first: 2) {{ {CARD} }} }} }}"),
                format!("{{ {noun}(by: {{id: {id}}}) {{ name articles(first: 100) {{ count {{ value }} }} }} }}"),
                format!("{{ node(id: {id}) {{ id ... on Tag {{ name related(first: 3) {{ name }} }} ... on Author {{ name }} }} }}"),
            ]);
        }
    }
    for tag in tags {
        let slug = &tag["slug"];
        questions.extend([
            format!("{{ articles(first: 2, where: {{tags: {{any: [{slug}]}}}}) {{ nodes {{ headline }} }} }}"),
            format!("{{ articles(first: 2, where: {{tags: {{none: [{slug}]}}, kind: {{in: [NEWS]}}}}) {{ nodes {{ headline }} }} }}"),
        ]);
    }
    for (number, article) in articles.iter().enumerate() {
        let id = &article["id"];
        questions.extend([
            format!("{{ article(by: {{id: {id}}}) {{ headline body {{ html }} tags {{ name }} }} }}"),
            format!("{{ article(by: {{slug: \"story-{number}\"}}) {{ headline }} }}"),
            format!("{{ resolvePath(path: \"/story-{number}\") {{ __typename ... on Article {{ headline }} ... on Redirect {{ to }} }} }}"),
            format!("{{ node(id: {id}) {{ ... on Article {{ headline version }} }} }}"),
        ]);
    }
    questions
}

/// The newsroom, another instance over the same database, and what they keep.
struct Instances {
    here: Newsroom,
    there: Newsroom,
    questions: Vec<String>,
    before: BTreeMap<String, Value>,
    given_up: u64,
    in_vain: u64,
}

impl Instances {
    /// Whether an answer is still kept here.
    fn is_kept(&self, question: &str) -> bool {
        let cached = self.here.engine.cached().expect("a cache");
        let request = json!({ "query": question, "variables": null }).to_string();
        cached
            .cache
            .find(request.as_bytes(), self.here.clock.now())
            .is_some()
    }

    /// Asks everything of both, and holds it against what is computed.
    async fn agree(&mut self, story: &[String]) {
        self.there.engine.follow().await;
        let mut looked = Instant::now();
        for question in &self.questions {
            // On a busy machine this takes longer than anything is vouched for.
            if looked.elapsed() > Duration::from_millis(300) {
                self.here.engine.follow().await;
                self.there.engine.follow().await;
                looked = Instant::now();
            }
            let is_kept = self.is_kept(question);
            let fresh = self.here.answer_afresh(question, Value::Null).await;
            assert!(fresh.get("errors").is_none(), "{question}\n{fresh:#}");
            for (place, newsroom) in [("here", &self.here), ("there", &self.there)] {
                let served = newsroom.endpoint_says(question, &Value::Null).await;
                assert_eq!(
                    served["data"], fresh["data"],
                    "{place}: {question}\n{story:#?}"
                );
            }
            let before = self.before.insert(question.clone(), fresh.clone());
            if let Some(before) = before.filter(|_| !is_kept) {
                self.given_up += 1;
                if before == fresh {
                    self.in_vain += 1;
                    println!("in vain: {question}\n    {:?}", story.last());
                }
            }
        }
    }
}

async fn created(desk: &Desk<'_>, noun: &str, input: Value) -> Value {
    let name = format!("{}{}", noun[..1].to_uppercase(), &noun[1..]);
    let query = format!(
        "mutation($input: {name}Input!) {{ {noun}Create(input: $input) {{ {noun} {{ id slug version }} }} }}"
    );
    desk.ask(&query, json!({ "input": input })).await[format!("{noun}Create")][noun].clone()
}

async fn plays(seed: u64, steps: usize) -> (u64, u64) {
    let here = Newsroom::open().await;
    let there = Newsroom::on(Database::at(&here.database.url)).await;
    here.is_called("The Harbour Times").await;
    let desk = Desk::editor(&here);
    let mut chance = StdRng::seed_from_u64(seed);
    let mut stock = Stock::begun(&desk, &mut chance).await;
    let questions = stock.questions();
    let mut instances = Instances {
        questions,
        before: BTreeMap::new(),
        given_up: 0,
        in_vain: 0,
        here,
        there,
    };
    let mut story = Vec::new();
    instances.here.engine.follow().await;
    instances.agree(&story).await;
    for step in 0..steps {
        let both = (&instances.here, &instances.there);
        let done = acts(both, &mut chance, &mut stock).await;
        story.push(format!("{step}: {done}"));
        instances.agree(&story).await;
    }
    (instances.given_up, instances.in_vain)
}

fn content(
    chance: &mut StdRng,
    tags: &[Value],
    authors: &[Value],
    sources: &[Value],
    number: usize,
) -> Value {
    let words = ["harbour", "ferry", "strike", "port", "sea", "union"];
    let mut word = || words[chance.random_range(0..words.len())];
    let headline = format!("The {} and the {}", word(), word());
    let body = format!(
        "A {} met a {}.\n\nThen the {} went.",
        word(),
        word(),
        word()
    );
    let mut some = |all: &[Value], most: usize| -> Vec<Value> {
        let count = chance.random_range(0..=most);
        let mut ids: Vec<Value> = (0..count)
            .map(|_| all[chance.random_range(0..all.len())]["id"].clone())
            .collect();
        ids.dedup();
        ids
    };
    let mut tags = some(tags, 3);
    tags.sort_by_key(ToString::to_string);
    tags.dedup();
    let authors: Vec<Value> = some(authors, 1)
        .iter()
        .map(|id| json!({ "author": id }))
        .collect();
    let citations: Vec<Value> = some(sources, 2)
        .iter()
        .map(|id| json!({ "source": id, "role": "LISTED", "url": "https://tass.example/x" }))
        .collect();
    let kind = ["NEWS", "OPINION", "REVIEW"][chance.random_range(0..3)];
    json!({
        "headline": headline, "body": body, "slug": format!("story-{number}"), "tags": tags,
        "authors": authors, "citations": citations, "kind": kind,
    })
}

/// One thing that happens at the first of two instances; says what it was.
pub async fn acts(
    (here, there): (&Newsroom, &Newsroom),
    chance: &mut StdRng,
    stock: &mut Stock,
) -> String {
    let desk = Desk::editor(here);
    let clocks = |by: Duration| {
        here.clock.advance(by);
        there.clock.advance(by);
    };
    // Time goes on, so that no two acts fall on one moment.
    clocks(Duration::from_secs(7));
    let number = chance.random_range(0..stock.articles.len());
    let article = stock.articles[number].clone();
    let at = |minutes: i64| Moment(here.clock.now().0 + minutes * 60_000_000).to_rfc3339();
    let (act, input) = match chance.random_range(0..20) {
        0..=4 => ("articlePublish", None),
        5..=6 => (
            "articleSchedule",
            Some(json!({ "at": at(chance.random_range(1..240)) })),
        ),
        7 => ("articleUnschedule", None),
        8..=10 => {
            let changes = stock.content(chance, number);
            (
                "articleUpdatePublished",
                Some(json!({ "article": changes })),
            )
        }
        11 => {
            let changes = stock.content(chance, number);
            let mut small = json!({});
            let fields = ["headline", "body", "tags", "kind", "citations", "authors"];
            let field = fields[chance.random_range(0..fields.len())];
            small[field] = changes[field].clone();
            ("articleUpdatePublished", Some(json!({ "article": small })))
        }
        12 => (
            "articleCorrect",
            Some(json!({ "notice": { "text": "It was another ferry." } })),
        ),
        13 => (
            "articleRetract",
            Some(json!({ "notice": "It was not so." })),
        ),
        14 => ("articleWithdraw", Some(json!({ "reason": "The court." }))),
        15 => (
            "articleRestore",
            Some(json!({ "reason": "The other court." })),
        ),
        16 => {
            let changes = stock.content(chance, number);
            ("articleDraftUpdate", Some(changes))
        }
        17 => {
            clocks(hours(chance.random_range(1..3)));
            if chance.random_bool(0.5) {
                announcement::announce_due(&here.acting())
                    .await
                    .expect("a look");
                here.engine.follow().await;
                return "time passes and is told".to_owned();
            }
            return "time passes".to_owned();
        }
        18 => {
            let tag = chance.random_range(0..stock.tags.len());
            let query = "mutation($id: ID!, $version: Int!, $name: String!) { tagUpdate(id: $id, expectedVersion: $version, \
                         input: {name: $name}) { tag { id slug version } errors { message } } }";
            let variables = json!({
                "id": stock.tags[tag]["id"], "version": stock.tags[tag]["version"],
                "name": format!("Name {}", chance.random_range(0..1_000)),
            });
            let payload = desk.ask(query, variables).await["tagUpdate"].clone();
            assert_eq!(payload["errors"], json!([]));
            stock.tags[tag] = payload["tag"].clone();
            return format!("renames tag {tag}");
        }
        _ if chance.random_bool(0.25) && stock.tags.len() > 2 => {
            let going = stock.tags.remove(chance.random_range(0..stock.tags.len()));
            let staying = chance.random_range(0..stock.tags.len());
            let query = "mutation($id: ID!, $version: Int!, $into: ID!) { tagMerge(id: $id, expectedVersion: $version, \
                         into: $into) { tag { id slug version } errors { message } } }";
            let variables = json!({
                "id": going["id"], "version": going["version"], "into": stock.tags[staying]["id"],
            });
            let payload = desk.ask(query, variables).await["tagMerge"].clone();
            assert_eq!(payload["errors"], json!([]));
            stock.tags[staying] = payload["tag"].clone();
            return format!("merges {going} into {}", stock.tags[staying]);
        }
        _ => {
            here.is_called(&format!("The Times {}", chance.random_range(0..1_000)))
                .await;
            here.engine.follow().await;
            return "renames the site".to_owned();
        }
    };
    let query = mutation(
        act,
        input.is_some(),
        "{ article { id version } errors { message } }",
    );
    let variables = json!({ "id": article["id"], "version": article["version"], "input": input });
    let payload = desk.ask(&query, variables).await["it"].clone();
    if payload["article"].is_object() {
        stock.articles[number] = payload["article"].clone();
    }
    format!("{act} of story {number}: {input:?} {}", payload["errors"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_answer_is_the_one_that_would_be_computed_whatever_happens() {
    let seeds: Vec<u64> = match std::env::var("DATELINE_SEED") {
        Ok(seed) => vec![seed.parse().expect("a number")],
        Err(_) => vec![1, 2],
    };
    let (mut given_up, mut in_vain) = (0, 0);
    for seed in seeds {
        let (up, vain) = plays(seed, 40).await;
        given_up += up;
        in_vain += vain;
    }
    println!("{given_up} answers given up, {in_vain} of them in vain");
    assert!(given_up > 100, "{given_up}");
    assert!(in_vain * 20 <= given_up, "{in_vain} of {given_up} in vain");
}

#[tokio::test]
async fn nothing_is_given_that_nobody_vouches_for() {
    let newsroom = Newsroom::open().await;
    newsroom.editor().publishes("Harbour reopens").await;
    let question = "{ articles { nodes { headline } } }";
    newsroom.ask(question).await;
    let cached = newsroom.engine.cached().expect("a cache");
    let (request, now) = (
        json!({ "query": question, "variables": null }).to_string(),
        newsroom.clock.now(),
    );
    assert!(cached.cache.find(request.as_bytes(), now).is_some());
    newsroom.db.clone().close().await;
    assert!(cached.cache.follow(&newsroom.db, now).await.is_err());
    assert!(cached.cache.find(request.as_bytes(), now).is_none());
    let figures = cached.cache.figures();
    assert!(!figures.is_following && figures.unvouched > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_at_once_have_it_computed_once() {
    let newsroom = Newsroom::open().await;
    newsroom.editor().publishes("Harbour reopens").await;
    newsroom.engine.follow().await;
    let before = newsroom.figures();
    let question = "{ articles { nodes { headline body { html } } } }";
    let asked = (0..50).map(|_| newsroom.endpoint_says(question, &Value::Null));
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let after = newsroom.figures();
    assert_eq!(after.kept - before.kept, 1);
}

#[tokio::test]
async fn the_cache_stays_within_its_bound() {
    let newsroom = Newsroom::open().await;
    newsroom.editor().publishes("Harbour reopens").await;
    for number in 0..3_000 {
        let question =
            format!("{{ a{number}: articles {{ nodes {{ headline body {{ html }} }} }} }}");
        if number % 200 == 0 {
            newsroom.engine.follow().await;
        }
        newsroom
            .endpoint_says(&question, &json!({ "x": "y".repeat(20_000) }))
            .await;
    }
    let figures = newsroom.figures();
    assert!(figures.kept > 2_000, "{figures:?}");
    assert!(figures.bytes <= 16 << 20, "{figures:?}");
}

#[tokio::test]
async fn a_kept_answer_has_the_head_of_a_computed_one() {
    let newsroom = Newsroom::open().await;
    newsroom.engine.follow().await;
    let served = newsroom
        .served_with(Limits::default(), Trusted::default())
        .await;
    let body = json!({ "query": "{ articles(first: 3) { nodes { headline } } site { name } }" });
    let hits = || newsroom.figures().hits;
    let computed = served.head(&body).await;
    let before = hits();
    let kept = served.head(&body).await;
    assert_eq!(hits(), before + 1, "the second is given from what is kept");
    assert_eq!(computed, kept);
    assert_eq!(kept.0, 200);
    for name in [
        "etag",
        "vary",
        "cache-control",
        "x-request-id",
        "access-control-allow-origin",
    ] {
        assert!(kept.1.contains_key(name), "{name}\n{:#?}", kept.1);
    }
}
