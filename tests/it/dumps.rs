//! A dump is lossless: what is exported, imported into the other database and exported again is the same, byte for byte.

use std::io::Write;

use dateline::importers::{Options, archive};
use tempfile::NamedTempFile;

use crate::newsroom::{Database, Newsroom, fixture, hours};

fn file(content: &str) -> NamedTempFile {
    let mut file = tempfile::Builder::new()
        .suffix(".ndjson")
        .tempfile()
        .expect("a file");
    file.write_all(content.as_bytes())
        .expect("the file is written");
    file
}

async fn a_lively_newsroom() -> Newsroom {
    let newsroom = Newsroom::open().await;
    newsroom.is_called("The Harbour Gazette").await;
    newsroom.imports(&fixture("markdown/18f")).await;
    newsroom.imports(&fixture("text")).await;
    let story = newsroom
        .editor()
        .publishes("Harbour reopens")
        .published_ago(hours(1))
        .await;
    let mut second = story.document.clone();
    second.headline = "Harbour reopens at last".to_owned();
    second.former_paths = vec![second.path.clone()];
    second.path = "/news/harbour".to_owned();
    newsroom.publish(vec![second]).await;
    let gone = newsroom.editor().publishes("A mistake").await;
    newsroom.editor().withdraws(&gone).await;
    newsroom
        .editor()
        .publishes("Still to come")
        .scheduled_in(hours(5))
        .await;
    newsroom
}

#[tokio::test]
async fn what_goes_out_of_one_database_and_into_the_other_comes_out_the_same() {
    let newsroom = a_lively_newsroom().await;
    let dump = newsroom.dump().await;
    let other = Newsroom::on(Database::other().await).await;
    let report = other.imports(file(&dump).path()).await;
    assert!(!report.has_refusals(), "{report}");
    assert_eq!(other.dump().await, dump);
    let again = other.imports(file(&dump).path()).await;
    assert_eq!(
        (
            again.articles.created,
            again.articles.updated,
            again.others.created,
            again.others.updated
        ),
        (0, 0, 0, 0)
    );
    assert_eq!(other.dump().await, dump);

    let queries = [
        "{ articles(first: 20) { nodes { id headline path formerPaths version body { html } tags { name } authors { name } citations(first: 100) { nodes { id quote speaker via { id } source { name } } } } count { value } } }",
        "{ search(query: \"government\") { nodes { score snippet article { id } } count { value } } }",
        "{ sources(first: 100) { nodes { name kind domains articles { count { value } } citations { count { value } } } } site { name } }",
        "{ tags(first: 100) { nodes { name related(first: 5) { name } } } resolvePath(path: \"/a-mistake\") { __typename } }",
    ];
    for query in queries {
        assert_eq!(other.ask(query).await, newsroom.ask(query).await, "{query}");
    }
}

#[tokio::test]
async fn a_made_up_archive_survives_the_way_through_both_databases() {
    let mut made = Vec::new();
    archive::write(&mut made, 60, 3).expect("an archive");
    let made = String::from_utf8(made).expect("text");
    let newsroom = Newsroom::open().await;
    let report = newsroom.imports(file(&made).path()).await;
    assert_eq!(report.articles.created, 60, "{report}");
    assert_eq!(newsroom.dump().await, made);
}

#[tokio::test]
async fn one_bad_line_is_refused_with_its_number_and_the_others_are_imported() {
    let mut made = Vec::new();
    archive::write(&mut made, 5, 3).expect("an archive");
    let mut lines: Vec<String> = String::from_utf8(made)
        .expect("text")
        .lines()
        .map(str::to_owned)
        .collect();
    let last = lines.len();
    lines[last - 2] = lines[last - 2].replace("\"headline\":", "\"headlime\":");
    lines[last - 4].truncate(200);
    let newsroom = Newsroom::open().await;
    let report = newsroom.imports(file(&lines.join("\n")).path()).await;
    assert_eq!((report.articles.created, report.articles.refused), (3, 2));
    let places: Vec<usize> = report
        .refusals
        .iter()
        .map(|(place, _)| place.line as usize)
        .collect();
    assert_eq!(places, [last - 3, last - 1]);
    assert!(report.refusals[1].1.contains("headlime"), "{report}");
}

#[tokio::test]
async fn a_file_that_is_no_dump_or_a_later_one_changes_nothing() {
    let newsroom = Newsroom::open().await;
    for (content, words) in [
        ("", "empty"),
        ("hello\n", "does not name the format"),
        ("{\"type\":\"dateline\",\"version\":99}\n", "version 99"),
    ] {
        let file = file(content);
        let failed = dateline::importers::run(
            &newsroom.db,
            newsroom.clock.now(),
            &[file.path().to_owned()],
            &Options::default(),
            &crate::newsroom::Silent,
        )
        .await
        .expect_err("no dump");
        assert!(failed.to_string().contains(words), "{failed}");
    }
    assert_eq!(
        newsroom.ask("{ articles { count { value } } }").await["articles"]["count"]["value"],
        0
    );
}

#[tokio::test]
async fn a_dump_with_history_catches_a_database_up_and_an_older_one_does_not_turn_it_back() {
    let newsroom = Newsroom::open().await;
    let story = newsroom.editor().publishes("First words").await;
    let first = newsroom.dump().await;
    let mut document = story.document.clone();
    document.headline = "Second words".to_owned();
    newsroom.publish(vec![document]).await;
    // The third version reads as the first did.
    newsroom.publish(vec![story.document.clone()]).await;
    let third = newsroom.dump().await;

    let follower = Newsroom::open().await;
    follower.imports(file(&first).path()).await;
    let report = follower.imports(file(&third).path()).await;
    assert_eq!(
        (report.articles.updated, report.articles.refused),
        (1, 0),
        "{report}"
    );
    assert_eq!(follower.dump().await, third);
    let report = follower.imports(file(&first).path()).await;
    assert_eq!(
        (report.articles.unchanged, report.articles.refused),
        (1, 0),
        "{report}"
    );
    let mut document = story.document.clone();
    document.headline = "Fourth words".to_owned();
    // A newsroom learns the names in its database when it opens.
    let late = Newsroom::on(Database::at(&follower.database.url)).await;
    assert_eq!(
        late.publish(vec![document]).await,
        [dateline::content::Outcome::Updated]
    );
    let fourth = follower.dump().await;
    let report = follower.imports(file(&third).path()).await;
    assert_eq!(report.articles.refused, 1, "{report}");
    assert_eq!(follower.dump().await, fourth);
}

#[tokio::test]
async fn former_slugs_in_any_order_change_nothing_and_a_domain_that_left_is_free() {
    let newsroom = Newsroom::open().await;
    let dump = r#"{"type":"dateline","version":1}
{"type":"tag","id":"tag_01h455vb4pex5vsknk084sn02q","slug":"trade","former_slugs":["zz","aa"],"name":"Trade","tag_type":"TOPIC","updated_at":"2026-01-01T00:00:00Z"}
{"type":"source","id":"source_01h455vb4pex5vsknk084sn02q","slug":"gazette","name":"Gazette","kind":"OUTLET","domains":["old.example"],"updated_at":"2026-01-01T00:00:00Z"}
"#;
    assert_eq!(newsroom.imports(file(dump).path()).await.others.created, 2);
    assert_eq!(
        newsroom.imports(file(dump).path()).await.others.unchanged,
        2
    );
    let shorter = dump.replace(r#""former_slugs":["zz","aa"],"#, "");
    assert_eq!(
        newsroom
            .imports(file(&shorter).path())
            .await
            .others
            .unchanged,
        2
    );
    let moved = dump.replace("old.example", "new.example");
    assert_eq!(
        newsroom.imports(file(&moved).path()).await.others.updated,
        1
    );
    let answer = newsroom
        .ask(r#"{ old: source(by: {domain: "old.example"}) { name } new: source(by: {domain: "https://www.new.example/x"}) { name } }"#)
        .await;
    assert_eq!(
        answer,
        serde_json::json!({"old": null, "new": {"name": "Gazette"}})
    );
}
