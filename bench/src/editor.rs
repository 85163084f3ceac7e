//! An editor who touches an article on the front page ten times a second, by the API, as an editor would.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

use crate::{
    load::{self, Connection, MARK, Watch},
    process::Server,
    servers::Servers,
};

/// How often an article is touched.
const EVERY: Duration = Duration::from_millis(100);

const EMAIL: &str = "bench@example.org";
const PASSWORD: &str = "a bench is no place for secrets";

const SIGN_IN: &str = "mutation($email: String!, $password: String!) { it: signIn(email: $email, password: $password) { \
    credentials { accessToken } errors { message } } }";
const NEWEST: &str = "{ articles(first: 1) { nodes { id headline version } } }";
const TOUCH: &str = "mutation Touch($id: ID!, $version: Int!, $headline: String!) { it: articleUpdatePublished(\
    id: $id, expectedVersion: $version, input: { article: { headline: $headline } }) { \
    article { version } errors { message } } }";

/// Somebody who changes the newest article.
#[derive(Debug)]
pub struct Editor {
    connection: Connection,
    token: String,
    id: String,
    version: i64,
    /// The headline without a mark.
    headline: String,
    changes: u64,
    /// What the readers' answers are compared with.
    pub watch: Watch,
}

impl Editor {
    /// Signs in, with an account that is made when there is none yet, and changes the newest article once.
    ///
    /// # Errors
    /// When that is refused.
    pub async fn begin(servers: &Servers, server: &Server, url: &str) -> anyhow::Result<Self> {
        let mut connection = Connection::open(server.address).await?;
        let credentials = json!({ "email": EMAIL, "password": PASSWORD });
        let mut answer = ask(&mut connection, None, SIGN_IN, &credentials).await?;
        if answer["it"]["credentials"].is_null() {
            let arguments = [
                "user",
                "create",
                "--email",
                EMAIL,
                "--name",
                "Bench",
                "--role",
                "EDITOR",
                "--database-url",
                url,
            ];
            servers.does(&arguments, PASSWORD)?;
            answer = ask(&mut connection, None, SIGN_IN, &credentials).await?;
        }
        let token = answer["it"]["credentials"]["accessToken"]
            .as_str()
            .with_context(|| format!("the editor cannot sign in: {answer}"))?
            .to_owned();
        let answer = ask(&mut connection, None, NEWEST, &json!({})).await?;
        let newest = &answer["articles"]["nodes"][0];
        let text = |name: &str| {
            let text = newest[name].as_str().map(str::to_owned);
            text.with_context(|| format!("the newest article has no {name}"))
        };
        let headline = text("headline")?;
        let plain = headline.split(MARK).next().unwrap_or_default();
        let mut editor = Self {
            connection,
            token,
            id: text("id")?,
            version: newest["version"].as_i64().context("no version")?,
            headline: plain.trim_end().to_owned(),
            changes: 0,
            watch: Watch::default(),
        };
        editor.touch().await?;
        Ok(editor)
    }

    /// Changes the headline, and then says so.
    async fn touch(&mut self) -> anyhow::Result<()> {
        let number = self.changes + 1;
        self.write(&format!("{} {MARK}{number:08}", self.headline))
            .await?;
        self.changes = number;
        self.watch.acknowledged.store(number, Ordering::Release);
        Ok(())
    }

    async fn write(&mut self, headline: &str) -> anyhow::Result<()> {
        let variables = json!({ "id": self.id, "version": self.version, "headline": headline });
        let answer = ask(&mut self.connection, Some(&self.token), TOUCH, &variables).await?;
        self.version = answer["it"]["article"]["version"]
            .as_i64()
            .with_context(|| format!("a change was refused: {answer}"))?;
        Ok(())
    }

    /// Goes on changing it until told to stop.
    pub fn work(mut self) -> Working {
        let stop = Arc::new(Notify::new());
        let told = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            let mut clock = interval(EVERY);
            clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    biased;
                    () = told.notified() => return Ok(self),
                    _ = clock.tick() => self.touch().await?,
                }
            }
        });
        Working { stop, task }
    }

    /// How many changes there were.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Puts the headline back.
    ///
    /// # Errors
    /// When that is refused.
    pub async fn leave(mut self) -> anyhow::Result<()> {
        let headline = self.headline.clone();
        self.write(&headline).await
    }
}

/// An editor at work.
#[derive(Debug)]
pub struct Working {
    stop: Arc<Notify>,
    task: JoinHandle<anyhow::Result<Editor>>,
}

impl Working {
    /// Lets the change under way be finished, and gives the editor back.
    ///
    /// # Errors
    /// When a change was refused.
    pub async fn rest(self) -> anyhow::Result<Editor> {
        self.stop.notify_one();
        self.task.await?
    }
}

async fn ask(
    connection: &mut Connection,
    token: Option<&str>,
    query: &str,
    variables: &Value,
) -> anyhow::Result<Value> {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let answer = connection
        .ask(&load::request_as(token, "/graphql", body.as_bytes()))
        .await?;
    let mut answer: Value = serde_json::from_slice(&answer)?;
    ensure!(
        answer.get("errors").is_none(),
        "an editor met errors: {answer}"
    );
    Ok(answer["data"].take())
}
