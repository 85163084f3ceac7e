//! Acts that are broken off, between any two steps or by the death of the server: they happened altogether or not at all.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};

use dateline::{
    access::Actor,
    content::article::announcement,
    editorial::moment::Moment,
    platform::{clock::Clock, db::Db},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use crate::{
    newsroom::{Database, Desk, Newsroom, hours, mutation, options, server::Server},
    tables::{contradictions, number, snapshot},
};

/// What a future gives when it is looked at so often, or nothing when it is dropped by then.
async fn broken_off<F: Future>(future: F, looks: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = looks;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Waits until what was under way in the database has ended.
async fn settled(db: &Db) {
    let transaction = db.begin().await.expect("a transaction");
    tokio::time::sleep(Duration::from_millis(10)).await;
    transaction.rollback().await.expect("it ends");
}

/// The life of an article, with everything that can be done to it; `round` makes its words its own.
fn life(round: usize, tag: &str) -> Vec<(&'static str, Option<Value>)> {
    let headline = |what: &str| json!({ "headline": format!("Harbour{round} {what}") });
    vec![
        (
            "articleDraftUpdate",
            Some(json!({
                "headline": format!("Harbour{round} saved"), "tags": [tag], "body": "It opened.", "slug": format!("harbour-{round}"),
            })),
        ),
        (
            "articleDraftSubmit",
            Some(json!({ "comment": "Please look." })),
        ),
        (
            "articleDraftReturn",
            Some(json!({ "comment": "Who says so?" })),
        ),
        ("articlePublish", None),
        (
            "articleCorrect",
            Some(json!({ "notice": { "text": "It was June." }, "article": headline("corrected") })),
        ),
        (
            "articleUpdatePublished",
            Some(json!({ "article": headline("updated") })),
        ),
        ("articleDraftUpdate", Some(headline("unseen"))),
        ("articleDraftDiscard", None),
        (
            "articleRetract",
            Some(json!({ "notice": "It was made up." })),
        ),
        ("articleRestore", Some(json!({ "reason": "It was true." }))),
        ("articleWithdraw", Some(json!({ "reason": "Court order" }))),
        ("articleRestore", Some(json!({ "reason": "Order lifted" }))),
    ]
}

/// The headline that readers have after so many acts of a life.
fn seen_after(acts: usize) -> Option<&'static str> {
    match acts {
        4 => Some("saved"),
        5 => Some("corrected"),
        6..=10 | 12 => Some("updated"),
        _ => None,
    }
}

/// Does an act again and again, each time broken off a step later, until it is done; gives the article, and how often it
/// was broken off before and after it had happened.
async fn done_in_spite(
    desk: &Desk<'_>,
    article: &Value,
    (act, input): (&str, Option<Value>),
    key: &str,
) -> (Value, usize, usize) {
    let db = &desk.newsroom.db;
    let before = snapshot(db).await;
    for looks in 0.. {
        let doing = desk.tries_with_key(act, article, input.clone(), Some(key));
        if let Some(payload) = broken_off(doing, looks).await {
            assert_eq!(payload["errors"], json!([]), "{act}: {payload:#}");
            return (payload["article"].clone(), looks, 0);
        }
        settled(db).await;
        let after = snapshot(db).await;
        if after == before {
            continue;
        }
        assert_eq!(
            contradictions(db).await,
            [""; 0],
            "{act}, broken off at step {looks}"
        );
        for table in ["revision", "audit", "idempotency"] {
            let more = after[table].len() - before[table].len();
            assert_eq!(more, 1, "{act} broken off at step {looks}, {table}");
        }
        let again = desk
            .tries_with_key(act, article, input.clone(), Some(key))
            .await;
        assert_eq!(again["errors"], json!([]), "{act}: {again:#}");
        assert_eq!(snapshot(db).await, after, "{act} happened again");
        return (again["article"].clone(), looks, 1);
    }
    unreachable!("an act ends")
}

// A statement that is answered at once is no place to break off, so there is more than one life to look at.
#[tokio::test(flavor = "multi_thread")]
async fn an_act_broken_off_at_any_step_has_happened_altogether_or_not_at_all() {
    let newsroom = Newsroom::open().await;
    let tag = newsroom.tag("Harbour").await;
    let tag = dateline::editorial::identity::printed("tag", tag);
    let desk = Desk::editor(&newsroom);
    let (mut before_it_happened, mut afterwards) = (0, 0);
    for round in 1..=3 {
        let mut article = begun(&desk, round).await;
        for (place, (act, input)) in life(round, &tag).into_iter().enumerate() {
            let key = format!("key {round} {place}");
            let (now, before, after) = done_in_spite(&desk, &article, (act, input), &key).await;
            article = now;
            before_it_happened += before;
            afterwards += after;
            assert_eq!(contradictions(&newsroom.db).await, [""; 0], "{act}");
            let seen = newsroom
                .ask(&format!(
                    "{{ article(by: {{id: {}}}) {{ headline }} }}",
                    article["id"]
                ))
                .await["article"]["headline"]
                .clone();
            let expected = seen_after(place + 1).map(|what| format!("Harbour{round} {what}"));
            assert_eq!(seen.as_str(), expected.as_deref(), "{act}");
        }
    }
    println!(
        "broken off {before_it_happened} times before an act had happened, {afterwards} times after it"
    );
    assert!(
        before_it_happened > 50 && afterwards > 0,
        "{before_it_happened} {afterwards}"
    );
}

async fn begun(desk: &Desk<'_>, round: usize) -> Value {
    let input = json!({ "headline": format!("Harbour {round}") });
    let key = format!("begin {round}");
    let payload = desk
        .tries_with_key("articleDraftCreate", &Value::Null, Some(input), Some(&key))
        .await;
    payload["article"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_broken_off_at_any_step_is_made_once() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let mut broken = 0;
    for round in 1..=5 {
        let draft = begun(&desk, round).await;
        let at = Moment(newsroom.clock.now().0 + 60_000_000).to_rfc3339();
        let key = format!("schedule {round}");
        desk.tries_with_key(
            "articleSchedule",
            &draft,
            Some(json!({ "at": at })),
            Some(&key),
        )
        .await;
        newsroom.clock.advance(hours(1));
        let told_before = number(&newsroom.db, "SELECT COUNT(*) FROM change").await;
        let mut looks = 0;
        while broken_off(announcement::announce_due(&newsroom.acting()), looks)
            .await
            .is_none()
        {
            settled(&newsroom.db).await;
            let waiting = number(&newsroom.db, "SELECT COUNT(*) FROM announcement").await;
            let told = number(&newsroom.db, "SELECT COUNT(*) FROM change").await - told_before;
            assert_eq!(waiting + told, 1, "{waiting} wait, {told} told");
            looks += 1;
        }
        broken += looks;
        assert_eq!(contradictions(&newsroom.db).await, [""; 0]);
    }
    assert!(broken > 3, "{broken}");
    assert_eq!(
        number(&newsroom.db, "SELECT COUNT(*) FROM change").await,
        10
    );
}

/// An act on its way to the server.
#[derive(Clone)]
struct Sent {
    act: &'static str,
    key: String,
    article: Value,
    input: Option<Value>,
}

impl Sent {
    fn to(&self, server: &Server, token: &str) -> Option<Value> {
        let payload = "{ article { id version } changeCursor errors { message code path } }";
        let query = mutation(self.act, self.input.is_some(), payload);
        let variables = json!({
            "id": self.article["id"], "version": self.article["version"], "input": self.input, "key": self.key,
        });
        let answer = server.tries(token, &query, &variables)?;
        assert!(answer.get("errors").is_none(), "{}: {answer:#}", self.act);
        Some(answer["data"]["it"].clone())
    }

    fn is_done(&self, payload: &Value) {
        assert_eq!(
            payload["errors"],
            json!([]),
            "{} under {}: {payload:#}",
            self.act,
            self.key
        );
        let version = self.article["version"].as_i64().unwrap_or_default() + 1;
        assert_eq!(
            payload["article"]["version"], version,
            "{} under {}",
            self.act, self.key
        );
    }
}

/// A client that takes one article after another through its life, and goes on where the server died.
struct Client {
    name: usize,
    token: String,
    tag: String,
    lives: usize,
    place: usize,
    article: Value,
    pending: Option<Sent>,
    answered: Vec<(Sent, Value)>,
    sent: usize,
}

impl Client {
    fn round(&self) -> usize {
        self.name * 100_000 + self.lives
    }

    fn next(&mut self) -> Sent {
        if let Some(sent) = self.pending.take() {
            return sent;
        }
        self.sent += 1;
        let key = format!("client {} act {}", self.name, self.sent);
        let soon = |milliseconds: i64| {
            let at = Moment(Clock::system().now().0 + milliseconds * 1_000).to_rfc3339();
            Some(json!({ "at": at }))
        };
        let scheduled = self.lives % 3 == 2;
        let (act, input) = match (self.place, scheduled) {
            (0, _) => {
                let begun = json!({ "headline": format!("Harbour{} begun", self.round()), "tags": [self.tag] });
                ("articleDraftCreate", Some(begun))
            }
            (1, true) => ("articleSchedule", soon(3_600_000)),
            (2, true) => ("articleUnschedule", None),
            (3, true) => ("articleSchedule", soon(250)),
            (place, _) => life(self.round(), &self.tag).swap_remove(place - 1),
        };
        Sent {
            act,
            key,
            article: self.article.clone(),
            input,
        }
    }

    /// Sends acts until the server dies.
    fn works(&mut self, server: &Server, stop: &AtomicBool) {
        while !stop.load(Ordering::SeqCst) {
            let sent = self.next();
            let Some(payload) = sent.to(server, &self.token) else {
                self.pending = Some(sent);
                return;
            };
            self.hears(sent, payload);
        }
    }

    fn hears(&mut self, sent: Sent, payload: Value) {
        // Its time has passed while the server was down; then nothing has happened, and it is asked anew.
        if sent.act == "articleSchedule" && payload["errors"][0]["path"] == json!(["input", "at"]) {
            return;
        }
        sent.is_done(&payload);
        self.article = payload["article"].clone();
        self.answered.push((sent, payload));
        self.place += 1;
        let acts = if self.lives % 3 == 2 { 4 } else { 13 };
        if self.place == acts {
            (self.lives, self.place, self.article) = (self.lives + 1, 0, Value::Null);
        }
    }

    /// Repeats the acts that were answered before the server died, and the one that was not.
    fn asks_again(&mut self, server: &Server) {
        for (sent, payload) in self.answered.drain(..).rev().take(8) {
            let again = sent.to(server, &self.token).expect("the server lives");
            assert_eq!(again, payload, "{} under {}", sent.act, sent.key);
        }
        if let Some(sent) = self.pending.take() {
            let payload = sent.to(server, &self.token).expect("the server lives");
            self.hears(sent, payload);
        }
    }

    /// What readers have of its article is what its last act made of it.
    fn looks(&self, server: &Server) {
        if self.article.is_null() || self.lives % 3 == 2 {
            return;
        }
        let answer = server.ask(&format!(
            "{{ article(by: {{id: {}}}) {{ headline }} search(query: \"Harbour{}\") {{ nodes {{ article {{ headline }} }} }} }}",
            self.article["id"],
            self.round()
        ));
        let expected =
            seen_after(self.place - 1).map(|what| format!("Harbour{} {what}", self.round()));
        assert_eq!(
            answer["data"]["article"]["headline"].as_str(),
            expected.as_deref(),
            "{}",
            self.place
        );
        let found = &answer["data"]["search"]["nodes"][0]["article"]["headline"];
        assert_eq!(found.as_str(), expected.as_deref(), "{answer}");
    }
}

/// A token with which a program may do everything to articles.
pub async fn token_of_a_program(newsroom: &Newsroom) -> String {
    let query = "mutation { apiTokenCreate(input: {name: \"wire\", \
                 scopes: [DRAFTS_READ, ARTICLES_WRITE, ARTICLES_PUBLISH, ARTICLES_WITHDRAW]}) { secret errors { message } } }";
    let made = newsroom
        .ask_as(&Actor::operator("the newsroom"), query, Value::Null)
        .await;
    let secret = &made["apiTokenCreate"]["secret"];
    secret
        .as_str()
        .unwrap_or_else(|| panic!("no token: {made:#}"))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_again_and_again_does_every_act_once_or_not_at_all() {
    let database = Database::fresh().await;
    let newsroom = Newsroom::on(Database::at(&database.url)).await;
    let token = token_of_a_program(&newsroom).await;
    let tag = dateline::editorial::identity::printed("tag", newsroom.tag("Harbour").await);
    newsroom.db.close().await;
    let clients: Vec<Mutex<Client>> = (1..=3)
        .map(|name| {
            Mutex::new(Client {
                name,
                token: token.clone(),
                tag: tag.clone(),
                lives: 0,
                place: 0,
                article: Value::Null,
                pending: None,
                answered: Vec::new(),
                sent: 0,
            })
        })
        .collect();
    let mut chance = StdRng::seed_from_u64(7);
    let begun = Instant::now();
    let (mut kills, mut unanswered) = (0, 0);
    while kills < 25 && begun.elapsed() < Duration::from_secs(40) {
        let server = Server::start(&database, &["--sample-site", "false"]);
        let stop = AtomicBool::new(false);
        let each = |act: &(dyn Fn(&mut Client) + Sync)| {
            std::thread::scope(|scope| {
                for client in &clients {
                    scope.spawn(move || act(&mut client.lock().expect("a client")));
                }
            });
        };
        each(&|client| {
            client.asks_again(&server);
            client.looks(&server);
        });
        let pause = Duration::from_millis(chance.random_range(15..350));
        let process = server.process.id().to_string();
        std::thread::scope(|scope| {
            for client in &clients {
                let (server, stop) = (&server, &stop);
                scope.spawn(move || client.lock().expect("a client").works(server, stop));
            }
            std::thread::sleep(pause);
            let killed = std::process::Command::new("kill")
                .args(["-9", &process])
                .status();
            assert!(killed.expect("a signal").success());
            stop.store(true, Ordering::SeqCst);
        });
        server.dies();
        kills += 1;
        unanswered += clients
            .iter()
            .filter(|client| client.lock().expect("a client").pending.is_some())
            .count();
        let db = Db::open(&options(&database.url))
            .await
            .expect("the database opens");
        let waiting = contradictions(&db).await;
        assert_eq!(waiting, [""; 0], "after {kills} kills");
        db.close().await;
    }
    let sent: usize = clients
        .iter()
        .map(|client| client.lock().expect("a client").sent)
        .sum();
    println!(
        "{kills} kills, {sent} acts, {unanswered} of them without an answer, in {:?}",
        begun.elapsed()
    );
    assert!(
        kills >= 10 && sent > 100 && unanswered > 0,
        "{kills} {sent} {unanswered}"
    );
}
