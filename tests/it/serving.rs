//! The running server: it answers, it stops in good order, and it loses nothing when it is killed.

use std::{
    io::Write,
    net::TcpStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::newsroom::{
    Database, Newsroom, fixture,
    server::{Server, answer, dateline, run},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_server_has_something_worth_reading() {
    let database = Database::fresh().await;
    let server = Server::start(&database, &[]);
    let answer = server.ask("{ site { name } articles(first: 3) { count { value } nodes { headline authors { name } sources { name kind } } } }");
    assert!(
        answer["data"]["articles"]["count"]["value"].as_i64() > Some(10),
        "{answer}"
    );
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    assert!(
        server
            .get("/schema.graphql")
            .contains("type Article implements Node")
    );
    let page = server.get("/");
    assert!(
        page.contains("<!doctype html>") || page.contains("<!DOCTYPE html>"),
        "{page}"
    );
    assert!(
        !page.contains("https://unpkg") && !page.contains("cdn."),
        "the page must work offline"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_on_one_database_agree() {
    let database = Database::fresh().await;
    let first = Server::start(&database, &["--sample-site", "false"]);
    let second = Server::start(&database, &["--sample-site", "false"]);
    let (succeeded, text) = run(dateline(&database)
        .arg("import")
        .arg(fixture("markdown/18f")));
    assert!(succeeded, "{text}");
    let query = "{ articles(first: 100) { nodes { id headline } count { value } } }";
    let answer = first.ask(query);
    assert_eq!(answer["data"]["articles"]["count"]["value"], 9);
    assert_eq!(second.ask(query), answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_told_to_stop_finishes_what_is_in_flight() {
    let database = Database::fresh().await;
    let mut server = Server::start(&database, &[]);
    let body = json!({ "query": "{ articles(first: 100) { nodes { headline related(first: 20) { headline } } } }" }).to_string();
    // The request has begun but is not complete when the signal comes.
    let (head, tail) = body.split_at(20);
    let mut stream = server.send(&format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{head}",
        body.len()
    ));
    std::thread::sleep(Duration::from_millis(200));
    server.signal("-TERM");
    std::thread::sleep(Duration::from_millis(200));
    stream.write_all(tail.as_bytes()).expect("the rest is sent");
    assert!(answer(stream).starts_with("HTTP/1.1 200"));
    let status = server
        .stopped_within(Duration::from_secs(10))
        .expect("the server stops");
    assert!(status.success());
    assert!(
        TcpStream::connect(&server.address).is_err(),
        "nobody listens any more"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_leaves_whole_articles_and_goes_on_from_there() {
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("archive.ndjson");
    let (made, text) = run(dateline(&database)
        .args(["generate", "--articles", "3000", "--out"])
        .arg(&archive));
    assert!(made, "{text}");
    for wait in [400, 900, 1_700] {
        let mut import = dateline(&database)
            .arg("import")
            .arg(&archive)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("an import");
        std::thread::sleep(Duration::from_millis(wait));
        import.kill().expect("it is killed");
        import.wait().expect("it ends");
        let newsroom = Newsroom::on(Database::at(&database.url)).await;
        let answer = newsroom.ask("{ articles(first: 100) { count { value } nodes { body { text } tags { id } citations { nodes { id } } } } tags(first: 100) { nodes { articles { count { value } } } } }").await;
        let count = answer["articles"]["count"]["value"]
            .as_u64()
            .expect("a count");
        // The header, the site, 2,700 other nouns and the articles come in batches of 500 lines.
        let lines = 2 + 2_700 + count;
        assert!(
            count == 0 || lines % 500 == 0 || count == 3_000,
            "a batch is written whole or not at all, not {count} articles"
        );
        let articles = dateline::events::after(&newsroom.db, 0, 10_000)
            .await
            .expect("the log")
            .iter()
            .filter(|change| change.news.revision.is_some())
            .count();
        assert_eq!(articles as u64, count, "every article is in the log once");
    }
    let (finished, text) = run(dateline(&database).arg("import").arg(&archive));
    assert!(finished, "{text}");
    let (exported, text) = run(dateline(&database)
        .arg("export")
        .arg(folder.path().join("again.ndjson")));
    assert!(exported, "{text}");
    let same = std::fs::read(&archive).expect("a file")
        == std::fs::read(folder.path().join("again.ndjson")).expect("a file");
    assert!(same, "the archive is complete");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_takes_too_long_is_stopped_in_the_database_as_well() {
    let database = Database::fresh().await;
    let newsroom = Newsroom::on(Database::at(&database.url)).await;
    let mut options = crate::newsroom::options(&database.url);
    options.statement_timeout = Duration::from_millis(200);
    let db = dateline::platform::db::Db::open(&options)
        .await
        .expect("the database opens");
    let endless = match newsroom.db.backend() {
        sea_orm::DbBackend::Postgres => {
            "SELECT COUNT(*) AS counted FROM generate_series(1, 100000000000)"
        }
        _ => {
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) AS counted FROM n WHERE x < 0"
        }
    };
    let begin = Instant::now();
    let statement = sea_orm::sea_query::Query::select()
        .expr_as(
            sea_orm::sea_query::Expr::cust(format!("({endless})")),
            "counted",
        )
        .to_owned();
    let result = db
        .one::<dateline::content::article::store::Counted>(&statement)
        .await;
    assert!(result.is_err());
    assert!(
        begin.elapsed() < Duration::from_secs(10),
        "the statement was stopped after {:?}",
        begin.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_database_has_closed_cost_one_answer_at_most() {
    let newsroom = Newsroom::open().await;
    let db = &newsroom.db;
    let ask = || db.row("SELECT 1 AS one", []);
    // Four at once, on four connections.
    let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
    for answer in [a, b, c, d] {
        answer.expect("the database answers");
    }
    if db.backend() == sea_orm::DbBackend::Postgres {
        db.maintenance()
            .execute_unprepared(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .await
            .expect("the connections are closed");
    }
    let mut failed = 0;
    for _ in 0..8 {
        failed += usize::from(ask().await.is_err());
    }
    assert!(failed <= 1, "{failed} of 8 statements failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_setting_names_itself_and_stops_the_start() {
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("dateline.toml");
    for (content, words) in [
        ("listen = \"nowhere\"", "listen"),
        ("colour = \"red\"", "colour"),
        ("max_depth = [1]", "max_depth"),
        ("listen = ", "no TOML"),
    ] {
        std::fs::write(&file, content).expect("a file");
        let (succeeded, text) = run(dateline(&database).arg("serve").arg("--config").arg(&file));
        assert!(!succeeded && text.contains(words), "{content}: {text}");
    }
    for (name, value) in [
        ("DATELINE_LISTEN", "8080"),
        ("DATELINE_MAX_DEPTH", "deep"),
        ("DATELINE_LOG", "a=b=c"),
    ] {
        let (succeeded, text) = run(dateline(&database).arg("serve").env(name, value));
        assert!(!succeeded && text.contains(value), "{name}: {text}");
    }
    let (succeeded, text) = run(dateline(&database)
        .arg("serve")
        .env("DATELINE_DATABASE_URL", "mysql://x"));
    assert!(!succeeded && text.contains("mysql://x"), "{text}");
}

#[test]
fn every_setting_is_in_the_default_configuration_file() {
    let file = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config.default.toml"),
    )
    .expect("the file");
    let help = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_dateline"))
            .args(arguments)
            .output()
            .expect("help");
        String::from_utf8(output.stdout).expect("text")
    };
    let text = help(&["serve", "--help"]);
    let settings: Vec<&str> = text
        .split("[env: DATELINE_")
        .skip(1)
        .filter_map(|rest| rest.split(['=', ']']).next())
        .collect();
    assert!(settings.len() > 15, "{text}");
    for setting in settings.into_iter().filter(|name| *name != "CONFIG") {
        assert!(
            file.contains(&format!("\n{} = ", setting.to_lowercase())),
            "{setting} is missing"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_at_the_same_time_share_the_names_they_both_make() {
    let database = Database::fresh().await;
    drop(Newsroom::on(Database::at(&database.url)).await);
    let folders: Vec<_> = (0..3)
        .map(|importer| {
            let folder = tempfile::tempdir().expect("a folder");
            for number in 0..40 {
                let text = format!(
                    "---\ntitle: Story {importer} {number}\nauthors: [Ada {}]\ntags: [Tag {}, Tag {number}]\n---\nText.\n",
                    number % 7,
                    number % 11
                );
                std::fs::write(folder.path().join(format!("2026-01-05-story-{importer}-{number}.md")), text).expect("a file");
            }
            folder
        })
        .collect();
    let imports: Vec<_> = folders
        .iter()
        .map(|folder| {
            dateline(&database)
                .arg("import")
                .arg(folder.path())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("an import")
        })
        .collect();
    for import in imports {
        let output = import.wait_with_output().expect("it ends");
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let newsroom = Newsroom::on(Database::at(&database.url)).await;
    let mut after = json!(null);
    let mut articles = 0;
    loop {
        let page = newsroom
            .ask_with("query($after: String) { articles(first: 100, after: $after) { nodes { tags { name } authors { name } } pageInfo { hasNextPage endCursor } } }", json!({ "after": after }))
            .await;
        for node in page["articles"]["nodes"].as_array().expect("a list") {
            articles += 1;
            assert!(
                !node["tags"].as_array().expect("tags").is_empty()
                    && node["authors"].as_array().map(Vec::len) == Some(1),
                "{node}"
            );
        }
        if page["articles"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["articles"]["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(articles, 120);
    assert_eq!(
        newsroom
            .ask("{ tags(first: 100) { nodes { name } } }")
            .await["tags"]["nodes"]
            .as_array()
            .map(Vec::len),
        Some(40)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_report_nobody_reads_to_its_end_is_still_a_success() {
    let database = Database::fresh().await;
    let mut import = dateline(&database)
        .arg("import")
        .arg(fixture("markdown/18f"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("an import");
    drop(import.stdout.take());
    let output = import.wait_with_output().expect("it ends");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
