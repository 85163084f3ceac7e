//! What content delivery networks keep is true as well: each answer is purged when it would not be given any more, and
//! what is somebody's own never reaches them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use async_graphql::parser::{
    parse_schema,
    types::{TypeKind, TypeSystemDefinition},
};
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Request, StatusCode, response::Parts},
    routing::post,
};
use dateline::{
    cache::{COMMON_TAG, Cache, Cdn, PurgeFigures, Purges, Webhook},
    http::Engine,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    caching::{Stock, acts},
    newsroom::{Database, Desk, Newsroom, hours, server::Server},
    signing_in::{PASSWORD, access, sign_in, staffed},
};

/// An answer that the network keeps.
struct Held {
    data: Value,
    tags: Vec<String>,
}

/// What a content delivery network has, as far as it is one: it keeps by address, purges by tag, and may be out of order.
#[derive(Default)]
struct Network {
    held: BTreeMap<String, Held>,
    purged: usize,
    everything: usize,
    is_down: bool,
    secrets: BTreeSet<String>,
}

/// A content delivery network that listens for purges.
struct Edge {
    network: Arc<Mutex<Network>>,
    address: String,
    _server: Aborting,
}

/// A task that ends with the test.
struct Aborting(JoinHandle<()>);

impl Drop for Aborting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn purge(
    State(network): State<Arc<Mutex<Network>>>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let mut network = network.lock().expect("the network");
    if network.is_down {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(secret) = text("authorization") {
        network.secrets.insert(secret.to_owned());
    }
    let body: Value = serde_json::from_str(&body).expect("a purge is JSON");
    let tags: Vec<&str> = body["tags"]
        .as_array()
        .expect("tags")
        .iter()
        .map(|tag| tag.as_str().expect("a tag"))
        .collect();
    assert_eq!(text("surrogate-key"), Some(tags.join(" ").as_str()));
    if body["everything"] == json!(true) {
        assert_eq!(tags, [COMMON_TAG]);
        network.everything += 1;
    }
    let before = network.held.len();
    network
        .held
        .retain(|_, held| !held.tags.iter().any(|tag| tags.contains(&tag.as_str())));
    network.purged += before - network.held.len();
    StatusCode::OK
}

impl Edge {
    async fn open() -> Self {
        let network = Arc::new(Mutex::new(Network::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/purge", listener.local_addr().expect("it"));
        let router = Router::new()
            .route("/purge", post(purge))
            .with_state(Arc::clone(&network));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("it serves");
        });
        Self {
            network,
            address,
            _server: Aborting(server),
        }
    }

    /// What the network has and has seen.
    fn sees<T>(&self, look: impl FnOnce(&mut Network) -> T) -> T {
        look(&mut self.network.lock().expect("the network"))
    }

    /// What a reader gets who asks the network, which asks the newsroom for what it has not.
    async fn gives(&self, origin: &Origin, question: &str) -> Value {
        if let Some(data) = self.sees(|edge| edge.held.get(question).map(|held| held.data.clone()))
        {
            return data;
        }
        let (head, body) = origin.get(question, None).await;
        if says(&head, "cache-control").contains("s-maxage=") {
            let held = Held {
                data: body["data"].clone(),
                tags: tags_of(&head),
            };
            assert_eq!(held.tags.len(), 2, "{question}");
            self.sees(|edge| edge.held.insert(question.to_owned(), held));
        }
        body["data"].clone()
    }

    /// Waits until the network looks so.
    async fn comes_to(&self, wanted: impl Fn(&Network) -> bool) {
        let begun = Instant::now();
        while !self.sees(|network| wanted(network)) {
            assert!(begun.elapsed() < Duration::from_secs(20), "it does not");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn says(head: &Parts, name: &str) -> String {
    let value = head.headers.get(name).map(|value| value.to_str());
    value.map_or_else(String::new, |text| text.expect("text").to_owned())
}

fn tags_of(head: &Parts) -> Vec<String> {
    let written = says(head, "surrogate-key");
    assert_eq!(says(head, "cache-tag"), written.replace(' ', ","));
    written.split_whitespace().map(ToOwned::to_owned).collect()
}

/// A newsroom behind a network.
struct Origin {
    newsroom: Newsroom,
    purges: Arc<Purges>,
    _sender: Aborting,
}

impl Origin {
    /// Opens one that keeps so many bytes of answers, and is ready to be asked.
    async fn behind(edge: &Edge, database: Database, bytes: u64) -> Self {
        let purges = Arc::new(Purges::new().repeating_after(Duration::from_hours(1)));
        let cdn = Cdn {
            max_age: Duration::from_mins(10),
            purges: Some(Arc::clone(&purges)),
        };
        let cache = Cache::new(bytes, Duration::ZERO).with_cdn(cdn);
        let webhook = Webhook::new(&edge.address, "Authorization: Bearer purge").expect("it");
        let sender = tokio::spawn(webhook.keep_sending(Arc::clone(&purges)));
        let origin = Self {
            newsroom: Newsroom::keeping(database, cache).await,
            purges,
            _sender: Aborting(sender),
        };
        origin.settles().await;
        origin
    }

    /// Looks at the log and the clock, and waits until whatever is to be purged is.
    async fn settles(&self) {
        self.newsroom.engine.follow().await;
        let settled = tokio::time::timeout(Duration::from_secs(20), self.purges.settle());
        settled.await.expect("purges are taken");
    }

    fn figures(&self) -> PurgeFigures {
        let cached = self.newsroom.engine.cached().expect("a cache");
        cached.cache.purge_figures().expect("purges")
    }

    /// How often its cache was emptied.
    fn cleared(&self) -> u64 {
        let cached = self.newsroom.engine.cached().expect("a cache");
        cached.cache.figures().cleared
    }

    async fn get(&self, question: &str, bearer: Option<&str>) -> (Parts, Value) {
        get(&self.newsroom, question, bearer).await
    }
}

async fn get(newsroom: &Newsroom, question: &str, bearer: Option<&str>) -> (Parts, Value) {
    let address = reqwest::Url::parse_with_params("http://here/graphql", [("query", question)]);
    let address = address.expect("an address");
    let path = format!("/graphql?{}", address.query().expect("a query"));
    let mut request = Request::get(path);
    if let Some(bearer) = bearer {
        request = request.header("authorization", format!("Bearer {bearer}"));
    }
    newsroom
        .endpoint_answers(request.body(Body::empty()).expect("a request"))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn once_purges_are_taken_a_network_holds_nothing_that_differs_from_a_fresh_answer() {
    let edge = Edge::open().await;
    let here = Origin::behind(&edge, Database::fresh().await, 16 << 20).await;
    // The other has room for little, so that it forgets what it gave out.
    let database = Database::at(&here.newsroom.database.url);
    let there = Origin::behind(&edge, database, 20_000).await;
    let seed = std::env::var("DATELINE_SEED").map_or(3, |seed| seed.parse().expect("a number"));
    let mut chance = StdRng::seed_from_u64(seed);
    here.newsroom.is_called("The Harbour Times").await;
    let mut stock = Stock::begun(&Desk::editor(&here.newsroom), &mut chance).await;
    let questions = stock.questions();
    let (mut story, mut kept_on) = (Vec::new(), 0);
    let begun = Instant::now();
    for step in 0..30 {
        let both = (&here.newsroom, &there.newsroom);
        let done = acts(both, &mut chance, &mut stock).await;
        story.push(format!("{step}: {done}"));
        here.settles().await;
        there.settles().await;
        kept_on += edge.sees(|network| network.held.len());
        for question in &questions {
            let fresh = here.newsroom.answer_afresh(question, Value::Null).await;
            let origin = if chance.random_bool(0.5) {
                &here
            } else {
                &there
            };
            // Looks at the log within a second go before whatever goes out.
            origin.newsroom.engine.follow().await;
            let given = edge.gives(origin, question).await;
            assert_eq!(given, fresh["data"], "{question}\n{story:#?}");
        }
        // The little one has forgotten some while it was asked.
        there.settles().await;
        if begun.elapsed() > Duration::from_mins(2) {
            break;
        }
    }
    let purged = edge.sees(|network| network.purged);
    println!("{kept_on} answers stayed over an act, {purged} were purged");
    assert!(kept_on > purged && purged > 100, "{kept_on} {purged}");
    assert!(there.figures().sent > here.figures().sent);
    assert_eq!(here.figures().failed + there.figures().failed, 0);
    // Each server begins with everything; a cache that is emptied has to.
    let cleared = here.cleared() + there.cleared();
    let everything = edge.sees(|network| network.everything) as u64;
    assert!((2..=2 + cleared).contains(&everything), "{everything}");
    let secrets = edge.sees(|network| network.secrets.clone());
    assert_eq!(secrets, BTreeSet::from(["Bearer purge".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_hundred_articles_with_everything_has_short_tags() {
    let edge = Edge::open().await;
    let origin = Origin::behind(&edge, Database::fresh().await, 16 << 20).await;
    for number in 0..100 {
        let editor = origin.newsroom.editor();
        editor
            .publishes(&format!("Harbour story {number}"))
            .by(&[&format!("Author {number}")])
            .tagged(&[&format!("Tag {number}"), "Harbour"])
            .await;
    }
    origin.settles().await;
    let card = "id headline standfirst slug path body { html } authors { name } tags { name slug } sources { name } \
                citations(first: 5) { nodes { url } } related(first: 3) { headline } hero { url }";
    for (more, seconds) in [("", 300), ("notices { text }", 60), ("retractedAt", 60)] {
        let question =
            format!("{{ articles(first: 100) {{ nodes {{ {card} {more} }} count {{ value }} }} }}");
        // What nobody vouches for at this moment would not go out.
        origin.settles().await;
        let (head, body) = origin.get(&question, None).await;
        assert_eq!(
            body["data"]["articles"]["nodes"].as_array().map(Vec::len),
            Some(100)
        );
        assert_eq!(
            says(&head, "cache-control"),
            format!("public, max-age=0, s-maxage={seconds}, must-revalidate")
        );
        let tags = tags_of(&head);
        assert_eq!((tags.len(), tags[0].as_str()), (2, COMMON_TAG));
        assert!(says(&head, "surrogate-key").len() <= 2_000);
        // A client that has it already gets the same heads.
        let (again, _) = origin.get(&question, None).await;
        assert_eq!(tags_of(&again), tags);
    }
    origin.settles().await;
    let (head, _) = origin.get("{ site { name } }", None).await;
    assert!(says(&head, "cache-control").contains("s-maxage=600"));
    let (head, _) = origin
        .get("{ search(query: \"harbour\") { nodes { score } } }", None)
        .await;
    assert!(says(&head, "cache-control").contains("s-maxage=60,"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_posted_bears_no_tags() {
    let edge = Edge::open().await;
    let origin = Origin::behind(&edge, Database::fresh().await, 16 << 20).await;
    let body = json!({ "query": "{ site { name } }" }).to_string();
    let request = Request::post("/graphql").header("content-type", "application/json");
    let request = request.body(Body::from(body)).expect("a request");
    let (head, _) = origin.newsroom.endpoint_answers(request).await;
    assert_eq!(
        says(&head, "cache-control"),
        "public, max-age=0, must-revalidate"
    );
    assert!(tags_of(&head).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_out_while_purges_are_not_taken_and_none_is_lost() {
    let edge = Edge::open().await;
    let origin = Origin::behind(&edge, Database::fresh().await, 16 << 20).await;
    let list = "{ articles { nodes { headline } } }";
    let site = "{ site { name } }";
    for question in [list, site] {
        edge.gives(&origin, question).await;
    }
    assert_eq!(edge.sees(|network| network.held.len()), 2);
    edge.sees(|network| network.is_down = true);
    origin.newsroom.editor().publishes("Harbour reopens").await;
    origin.newsroom.engine.follow().await;
    let begun = Instant::now();
    while origin.figures().failed < 2 {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is not tried");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (head, _) = origin.get(list, None).await;
    assert_eq!(
        says(&head, "cache-control"),
        "public, max-age=0, must-revalidate"
    );
    assert!(tags_of(&head).is_empty() && origin.figures().waiting > 0);
    let metrics = origin.newsroom.endpoint_text("/metrics").await;
    for name in ["tags_total", "everything_total", "failed_total", "waiting"] {
        assert!(
            metrics.contains(&format!("\ndateline_purge_{name} ")),
            "{metrics}"
        );
    }

    edge.sees(|network| network.is_down = false);
    edge.comes_to(|network| !network.held.contains_key(list))
        .await;
    assert!(edge.sees(|network| network.held.contains_key(site)));
    origin.settles().await;
    let given = edge.gives(&origin, list).await;
    assert!(given.to_string().contains("Harbour reopens"));
    assert!(edge.sees(|network| network.held.contains_key(list)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_purges_without_anybody_asking_and_no_header_tells_when() {
    let edge = Edge::open().await;
    let origin = Origin::behind(&edge, Database::fresh().await, 16 << 20).await;
    let list = "{ articles { nodes { headline } } }";
    let (before, _) = origin.get(list, None).await;
    let editor = origin.newsroom.editor();
    editor
        .publishes("Harbour reopens")
        .scheduled_in(hours(1))
        .await;
    origin.settles().await;
    edge.gives(&origin, list).await;
    let (scheduled, _) = origin.get(list, None).await;
    for name in ["cache-control", "surrogate-key", "etag"] {
        assert_eq!(says(&before, name), says(&scheduled, name));
    }
    assert_eq!(edge.sees(|network| network.held.len()), 1);
    origin.newsroom.clock.advance(hours(2));
    origin.settles().await;
    assert_eq!(edge.sees(|network| network.held.len()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_lost_has_everything_purged() {
    let edge = Edge::open().await;
    let origin = Origin::behind(&edge, Database::fresh().await, 16 << 20).await;
    edge.gives(&origin, "{ site { name } }").await;
    origin.newsroom.db.clone().close().await;
    let everything = edge.sees(|network| network.everything);
    origin.newsroom.engine.follow().await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    for _ in 0..3 {
        origin.newsroom.engine.follow().await;
    }
    edge.comes_to(|network| network.held.is_empty()).await;
    origin.settles().await;
    assert_eq!(edge.sees(|network| network.everything), everything + 1);
}

/// A question to each root field, and whether anybody gets the same answer.
fn root_questions(draft: &Value, preview: &str) -> Vec<(&'static str, bool, String)> {
    let id = draft["id"].as_str().expect("an id");
    let of = |arguments: &str| arguments.replace("ID", id).replace("TOKEN", preview);
    [
        ("site", true, "{ name }"),
        ("viewer", false, "{ kind: __typename }"),
        ("accounts", false, "{ nodes { id } }"),
        ("apiTokens", false, "{ nodes { id } }"),
        ("auditLog", false, "{ id }"),
        ("article", true, "(by: {slug: \"x\"}) { headline }"),
        ("articles", true, "{ nodes { headline } }"),
        ("authors", true, "{ nodes { name } }"),
        ("author", true, "(by: {slug: \"x\"}) { name }"),
        ("tags", true, "{ nodes { name } }"),
        ("tag", true, "(by: {slug: \"x\"}) { name }"),
        ("sources", true, "{ nodes { name } }"),
        ("source", true, "(by: {slug: \"x\"}) { name }"),
        ("search", true, "(query: \"x\") { nodes { score } }"),
        ("resolvePath", true, "(path: \"/x\") { __typename }"),
        ("articleDraft", false, "(id: \"ID\") { headline }"),
        ("articlePreview", false, "(token: \"TOKEN\") { headline }"),
        ("articleDrafts", false, "{ nodes { headline } }"),
        (
            "revisionDiff",
            false,
            "(article: \"ID\", from: 1, to: 1) { __typename }",
        ),
        ("node", true, "(id: \"ID\") { id }"),
        ("nodes", true, "(ids: [\"ID\"]) { id }"),
    ]
    .map(|(field, is_public, rest)| (field, is_public, format!("{{ {field}{} }}", of(rest))))
    .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_and_previews_reach_no_shared_cache_by_any_root_field() {
    let edge = Edge::open().await;
    let newsroom = staffed().await;
    let origin = Origin::behind(&edge, Database::at(&newsroom.database.url), 16 << 20).await;
    let bearer = access(&sign_in(&origin.newsroom, "ada@example.com", PASSWORD).await);
    let desk = Desk::editor(&origin.newsroom);
    let draft = desk.begins(json!({ "headline": "Secret harbour" })).await;
    let made = desk
        .ask(
            "mutation($id: ID!) { articlePreviewCreate(id: $id, minutes: 60) { token } }",
            json!({ "id": draft["id"] }),
        )
        .await;
    let preview = made["articlePreviewCreate"]["token"].as_str();
    let questions = root_questions(&draft, preview.expect("a token"));
    origin.settles().await;

    let sdl = parse_schema(dateline::schema::print()).expect("the schema is readable");
    let fields: BTreeSet<String> = sdl
        .definitions
        .iter()
        .find_map(|definition| match definition {
            TypeSystemDefinition::Type(ty) if ty.node.name.node == "Query" => match &ty.node.kind {
                TypeKind::Object(object) => Some(&object.fields),
                _ => None,
            },
            _ => None,
        })
        .expect("a query type")
        .iter()
        .map(|field| field.node.name.node.to_string())
        .collect();
    let asked: BTreeSet<String> = questions
        .iter()
        .map(|(name, ..)| (*name).to_owned())
        .collect();
    assert_eq!(asked, fields);

    for (field, is_public, question) in &questions {
        let (head, body) = origin.get(question, Some(&bearer)).await;
        assert_eq!(head.status, StatusCode::OK, "{field}: {body}");
        assert!(body.get("errors").is_none(), "{field}: {body}");
        assert_eq!(says(&head, "cache-control"), "private, no-store", "{field}");
        assert!(tags_of(&head).is_empty(), "{field}");
        if *is_public {
            origin.settles().await;
            let (head, body) = origin.get(question, None).await;
            let tags = tags_of(&head);
            assert!(
                says(&head, "cache-control").contains("s-maxage="),
                "{field}: {body}"
            );
            assert_eq!(tags.len(), 2, "{field}");
            // One field of somebody's own makes the whole answer theirs.
            let both = format!("{{ viewer {{ __typename }} {}", &question[1..]);
            let (head, _) = origin.get(&both, None).await;
            assert_eq!(says(&head, "cache-control"), "private, no-store", "{both}");
            assert!(tags_of(&head).is_empty());
        } else {
            let (head, _) = origin.get(question, None).await;
            assert_eq!(says(&head, "cache-control"), "private, no-store", "{field}");
            assert!(tags_of(&head).is_empty(), "{field}");
        }
    }
    let (head, _) = origin.get("{ site { name } }", Some("false")).await;
    assert!(says(&head, "cache-control").contains("no-store") && tags_of(&head).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_purges_everything_when_it_begins_and_when_it_ends() {
    let edge = Edge::open().await;
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    let header = folder.path().join("header");
    std::fs::write(&header, "Authorization: Bearer s3cret\n").expect("a file");
    let file = header.to_str().expect("a path");
    let mut server = Server::start(
        &database,
        &[
            "--purge-url",
            &edge.address,
            "--purge-header-file",
            file,
            "--cdn-max-age-s",
            "120",
        ],
    );
    edge.comes_to(|network| network.everything == 1).await;
    let begun = Instant::now();
    let answer = loop {
        let answer = server.get("/graphql?query=%7Bsite%7Bname%7D%7D");
        if answer.contains("s-maxage=120") || begun.elapsed() > Duration::from_secs(10) {
            break answer;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(
        answer.contains("s-maxage=120") && answer.contains("surrogate-key: dateline "),
        "{answer}"
    );
    server.signal("-TERM");
    let status = server.stopped_within(Duration::from_secs(10));
    assert!(status.expect("it stops").success());
    assert_eq!(edge.sees(|network| network.everything), 2);
    let secrets = edge.sees(|network| network.secrets.clone());
    assert_eq!(secrets, BTreeSet::from(["Bearer s3cret".to_owned()]));
}
