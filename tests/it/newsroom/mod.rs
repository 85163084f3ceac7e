//! A newsroom to test with: its own database, a clock that stands still, editors who publish and readers who read.

mod database;
mod desk;
pub mod sdl;
mod served;
pub mod server;
mod story;

use std::{path::Path, sync::Arc, time::Duration};

use async_graphql::{Request, Variables};
use dateline::{
    access::{Actor, keys::Keys},
    cache::{Cache, Figures},
    content::{
        Acting, Outcome,
        article::{
            commands::{self, References, Submission},
            document::ArticleDocument,
            prepared::Prepared,
        },
        author, migrations, noun,
        noun::Directory,
        site, source, tag,
    },
    editorial::moment::Moment,
    http::{DatelineEngine, Engine, Front, Limits, Proxies, Trusted},
    importers::{self, Options, Progress, Report},
    platform::{
        clock::Clock,
        db::{Db, DbOptions},
    },
};
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::sync::Mutex;

pub use self::{
    database::Database,
    desk::{Desk, mutation},
    story::{Story, Writing},
};

/// The moment at which every test begins.
pub const BEGIN: &str = "2026-03-01T09:00:00Z";

/// A newsroom of its own.
pub struct Newsroom {
    pub db: Db,
    pub clock: Clock,
    pub engine: Arc<DatelineEngine>,
    /// The endpoint over the engine that the newsroom began with.
    endpoint: (Arc<DatelineEngine>, Front),
    pub database: Database,
    names: Arc<Mutex<Names>>,
}

/// Who and what the newsroom knows by name.
pub struct Names {
    authors: Directory,
    tags: Directory,
    sources: Directory,
}

impl Names {
    /// The names that a database knows.
    async fn read(db: &Db) -> Self {
        let snapshot = db.snapshot().await.expect("a snapshot");
        let names = Self {
            authors: Directory::read::<author::entity::Model>(&snapshot)
                .await
                .expect("authors"),
            tags: Directory::read::<tag::entity::Model>(&snapshot)
                .await
                .expect("tags"),
            sources: Directory::read::<source::entity::Model>(&snapshot)
                .await
                .expect("sources"),
        };
        snapshot.rollback().await.expect("the snapshot ends");
        names
    }
}

/// Hours, for readability.
pub fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 3_600)
}

impl Newsroom {
    /// Opens a newsroom with an empty database.
    pub async fn open() -> Self {
        Self::on(Database::fresh().await).await
    }

    /// Opens a newsroom on a database.
    pub async fn on(database: Database) -> Self {
        Self::keeping(database, Cache::new(16 << 20, Duration::ZERO)).await
    }

    /// Opens a newsroom on a database, which keeps its answers so.
    pub async fn keeping(database: Database, cache: Cache) -> Self {
        let db = Db::open(&options(&database.url))
            .await
            .expect("the database opens");
        migrations::up(&db).await.expect("the migrations run");
        let clock = Clock::standing_at(Moment::parse(BEGIN).expect("a moment"));
        let engine = Arc::new(
            DatelineEngine::new(
                db.clone(),
                clock.clone(),
                100_000,
                Keys::fresh().expect("keys"),
            )
            .with_cache(Arc::new(cache)),
        );
        let front = Front::new(
            engine.clone(),
            Limits::default(),
            Proxies::default(),
            Trusted::default(),
        );
        let names = Names::read(&db).await;
        Self {
            db,
            clock,
            endpoint: (Arc::clone(&engine), front),
            engine,
            database,
            names: Arc::new(Mutex::new(names)),
        }
    }

    /// Learns the names that were saved behind its back.
    pub async fn knows_again(&self) {
        *self.names.lock().await = Names::read(&self.db).await;
    }

    /// An editor at work.
    pub fn editor(&self) -> Editor<'_> {
        Editor { newsroom: self }
    }

    /// Somebody who reads what is published.
    pub fn reader(&self) -> Reader<'_> {
        Reader { newsroom: self }
    }

    /// Who acts here and now.
    pub fn acting(&self) -> Acting {
        Acting {
            db: self.db.clone(),
            now: self.clock.now(),
            who: Arc::new(Actor::operator("the newsroom")),
        }
    }

    /// The answer to a query, which must have no errors.
    pub async fn ask(&self, query: &str) -> Value {
        let answer = self.answer(query, Value::Null).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].clone()
    }

    /// The answer to a query with variables, which must have no errors.
    pub async fn ask_with(&self, query: &str, variables: Value) -> Value {
        let answer = self.answer(query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].clone()
    }

    /// The code and the message of the first error of a query.
    pub async fn refusal(&self, query: &str) -> (String, String) {
        let answer = self.answer(query, Value::Null).await;
        let error = &answer["errors"][0];
        let text = |value: &Value| {
            value
                .as_str()
                .unwrap_or_else(|| panic!("no error: {answer:#}"))
                .to_owned()
        };
        (text(&error["extensions"]["code"]), text(&error["message"]))
    }

    /// The whole answer to a query. Whatever anybody asks is asked three times: of the database, of the endpoint, and of
    /// what the endpoint has kept; the answers must be the same.
    pub async fn answer(&self, query: &str, variables: Value) -> Value {
        let fresh = self.answer_afresh(query, variables.clone()).await;
        if fresh.get("errors").is_none() && Arc::ptr_eq(&self.engine, &self.endpoint.0) {
            self.engine.follow().await;
            for _ in 0..2 {
                let served = self.endpoint_says(query, &variables).await;
                if served.get("errors").is_none() {
                    assert_eq!(served["data"], fresh["data"], "{query}");
                }
            }
        }
        fresh
    }

    /// The whole answer to a query, computed.
    pub async fn answer_afresh(&self, query: &str, variables: Value) -> Value {
        let request = Request::new(query).variables(Variables::from_json(variables));
        let answer = self.engine.execute(request, Actor::nobody()).await;
        let text = serde_json::to_string(&answer).expect("an answer is JSON");
        serde_json::from_str(&text).expect("JSON")
    }

    /// What its kept answers have done.
    pub fn figures(&self) -> Figures {
        self.engine.cached().expect("a cache").cache.figures()
    }

    /// The answer of the endpoint, from what it has kept if it can.
    pub async fn endpoint_says(&self, query: &str, variables: &Value) -> Value {
        let body = serde_json::json!({ "query": query, "variables": variables }).to_string();
        let request = axum::http::Request::post("/graphql")
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body))
            .expect("a request");
        self.endpoint_answers(request).await.1
    }

    /// The head and the body of the endpoint's answer to a request.
    pub async fn endpoint_answers(
        &self,
        request: axum::http::Request<axum::body::Body>,
    ) -> (axum::http::response::Parts, Value) {
        let (head, body) = self.endpoint_sends(request).await;
        let body = serde_json::from_str(&body).expect("JSON");
        (head, body)
    }

    /// What the endpoint shows at a path.
    pub async fn endpoint_text(&self, path: &str) -> String {
        let request = axum::http::Request::get(path).body(axum::body::Body::empty());
        self.endpoint_sends(request.expect("a request")).await.1
    }

    async fn endpoint_sends(
        &self,
        request: axum::http::Request<axum::body::Body>,
    ) -> (axum::http::response::Parts, String) {
        let answer = self.endpoint.1.answer(request, None).await;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        (head, String::from_utf8(body.into()).expect("text"))
    }

    /// The answer to what a member of the staff asks, which must have no errors.
    pub async fn ask_as(&self, who: &Actor, query: &str, variables: Value) -> Value {
        let request = Request::new(query).variables(Variables::from_json(variables));
        let answer = serde_json::to_value(self.engine.execute_as(request, who.clone()).await)
            .expect("an answer is JSON");
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].clone()
    }

    /// How many statements a query sends.
    pub async fn statements_of(&self, query: &str) -> u64 {
        let before = self.db.statements();
        let answer = self.answer_afresh(query, Value::Null).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        self.db.statements() - before
    }

    /// Imports files or folders.
    pub async fn imports(&self, path: &Path) -> Report {
        self.imports_with(path, &Options::default()).await
    }

    /// Imports files or folders in a given way.
    pub async fn imports_with(&self, path: &Path, options: &Options) -> Report {
        importers::run(
            &self.db,
            self.clock.now(),
            &[path.to_owned()],
            options,
            &Silent,
        )
        .await
        .expect("the import runs to its end")
    }

    /// A dump of everything.
    pub async fn dump(&self) -> String {
        let mut out = Vec::new();
        importers::dump::export(&self.db, &mut out, |_| ())
            .await
            .expect("a dump");
        String::from_utf8(out).expect("a dump is text")
    }

    /// Describes the site.
    pub async fn is_called(&self, name: &str) {
        let site = site::SiteDocument {
            name: name.to_owned(),
            updated_at: self.clock.now(),
            ..site::SiteDocument::default()
        };
        site::save(&self.acting(), &site)
            .await
            .expect("the site is saved");
    }

    /// Publishes documents as they are.
    pub async fn publish(&self, documents: Vec<ArticleDocument>) -> Vec<Outcome> {
        let submissions: Vec<Submission> = documents
            .into_iter()
            .map(|document| Submission {
                article: Prepared::of(document).expect("a document is JSON"),
                origin: None,
                history: None,
            })
            .collect();
        let names = self.names.lock().await;
        let references = References {
            authors: &names.authors,
            tags: &names.tags,
            sources: &names.sources,
        };
        commands::publish(&self.acting(), &submissions, references)
            .await
            .expect("the database writes")
    }

    /// Saves authors, tags or sources.
    pub async fn saves<N: noun::Noun>(&self, documents: &[N::Document]) -> Vec<Outcome> {
        noun::save::<N>(&self.acting(), documents)
            .await
            .expect("the database writes")
    }
}

/// Opens a database with the limits of a test.
pub fn options(url: &str) -> DbOptions {
    DbOptions {
        url: url.to_owned(),
        connections: 8,
        statement_timeout: Duration::from_secs(30),
        create: true,
        relaxed_durability: false,
    }
}

/// An import that nobody watches.
pub struct Silent;

impl Progress for Silent {
    fn expect(&self, _bytes: u64) {}
    fn done(&self, _bytes: u64, _report: &Report) {}
}

/// Somebody who publishes.
pub struct Editor<'a> {
    newsroom: &'a Newsroom,
}

impl<'a> Editor<'a> {
    /// Begins a story; awaiting it publishes it.
    pub fn publishes(&self, headline: &str) -> Writing<'a> {
        Writing::new(self.newsroom, headline)
    }

    /// Takes a story down for good.
    pub async fn withdraws(&self, story: &Story) {
        let withdrawal = commands::Withdrawal {
            article: story.document.id.0,
            paths: Vec::new(),
            at: self.newsroom.clock.now(),
            version: 1,
            revision: uuid::Uuid::nil(),
            origin: None,
            created_at: self.newsroom.clock.now(),
        };
        commands::withdraw(&self.newsroom.acting(), &[withdrawal])
            .await
            .expect("the database writes");
    }
}

/// Somebody who reads.
pub struct Reader<'a> {
    newsroom: &'a Newsroom,
}

impl Reader<'_> {
    /// Every place at which a story could show, and whether it does.
    pub async fn places_of(&self, story: &Story) -> Vec<(String, bool)> {
        let id = story.id();
        let document = &story.document;
        let mut places = Vec::new();
        for (place, query) in [
            ("article by id", format!(r#"{{ article(by: {{id: "{id}"}}) {{ id }} }}"#)),
            ("article by slug", format!(r#"{{ article(by: {{slug: "{}"}}) {{ id }} }}"#, document.slug)),
            ("article by path", format!(r#"{{ article(by: {{path: "{}"}}) {{ id }} }}"#, document.path)),
            ("path", format!(r#"{{ resolvePath(path: "{}") {{ ... on Article {{ id }} }} }}"#, document.path)),
            ("node", format!(r#"{{ node(id: "{id}") {{ id }} }}"#)),
            ("nodes", format!(r#"{{ nodes(ids: ["{id}"]) {{ id }} }}"#)),
            ("list", "{ articles(first: 100) { nodes { id } } }".to_owned()),
            ("list from the back", "{ articles(last: 100) { nodes { id } } }".to_owned()),
            ("list by update", "{ articles(first: 100, orderBy: {field: UPDATED}) { nodes { id } } }".to_owned()),
            ("list by title", "{ articles(first: 100, orderBy: {field: TITLE}) { nodes { id } } }".to_owned()),
            ("authors", "{ authors { nodes { articles(first: 100) { nodes { id } } } } }".to_owned()),
            ("tags", "{ tags { nodes { articles(first: 100) { nodes { id } } } } }".to_owned()),
            ("sources", "{ sources { nodes { articles(first: 100) { nodes { id } } } } }".to_owned()),
            ("citations", "{ sources { nodes { citations(first: 100) { nodes { article { id } } } } } }".to_owned()),
            ("related", "{ articles(first: 20) { nodes { related(first: 10) { related(first: 10) { id } } } } }".to_owned()),
            ("search", format!(r#"{{ search(query: "{}") {{ nodes {{ article {{ id }} }} }} }}"#, story.search_words())),
        ] {
            let answer = self.newsroom.ask(&query).await;
            places.push((place.to_owned(), answer.to_string().contains(&id)));
        }
        places
    }

    /// The story shows wherever a story shows.
    pub async fn sees(&self, story: &Story) {
        for (place, shows) in self.places_of(story).await {
            let lonely = place == "related";
            assert!(
                shows || lonely,
                "\"{}\" does not show in {place}",
                story.document.headline
            );
        }
    }

    /// The story shows nowhere.
    pub async fn cannot_see(&self, story: &Story) {
        for (place, shows) in self.places_of(story).await {
            assert!(!shows, "\"{}\" shows in {place}", story.document.headline);
        }
    }

    /// The headlines of a list of articles, in its order.
    pub async fn headlines(&self, arguments: &str) -> Vec<String> {
        let list = if arguments.is_empty() {
            String::new()
        } else {
            format!("({arguments})")
        };
        let answer = self
            .newsroom
            .ask(&format!("{{ articles{list} {{ nodes {{ headline }} }} }}"))
            .await;
        texts(&answer["articles"]["nodes"], "headline")
    }
}

/// One text of every item of a list.
pub fn texts(list: &Value, field: &str) -> Vec<String> {
    list.as_array()
        .unwrap_or_else(|| panic!("no list: {list}"))
        .iter()
        .map(|item| item[field].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// A file or folder of the fixtures.
pub fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}
