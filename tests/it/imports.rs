//! Foreign documents come in, twice without a change, and one bad item does not spoil the others.

use std::fs;

use dateline::{content::article::document::ArticleDocument, importers::Options};
use serde_json::{Value, json};

use crate::newsroom::{Newsroom, fixture};

const ARTICLE: &str = "{ articles(first: 20) { nodes { headline slug path formerPaths publishedAt language bylineText
    dateline { text } authors { name slug } tags { name } notices { kind text } standfirst
    rights { copyrightLine copyrightYear copyrightHolder terms } body { text blocks { id } }
    citations(first: 60) { nodes { role quote speaker verb block url source { name slug kind note } via { source { name } } } } } } }";

/// The one article of a newsroom.
async fn only_article(newsroom: &Newsroom) -> Value {
    let answer = newsroom.ask(ARTICLE).await;
    let nodes = answer["articles"]["nodes"].as_array().expect("a list");
    assert_eq!(nodes.len(), 1);
    nodes[0].clone()
}

#[tokio::test]
async fn a_scraped_page_becomes_an_article_with_its_sources_as_data() {
    let newsroom = Newsroom::open().await;
    let report = newsroom.imports(&fixture("text/harbour.txt")).await;
    assert_eq!(report.articles.created, 1, "{report}");
    let expected: Value = serde_json::from_str(
        &fs::read_to_string(fixture("text/harbour.expected.json")).expect("a file"),
    )
    .expect("JSON");
    let article = only_article(&newsroom).await;
    let names = |list: &Value| -> Vec<Value> {
        list.as_array()
            .expect("a list")
            .iter()
            .map(|item| item["name"].clone())
            .collect()
    };
    assert_eq!(json!(names(&article["authors"])), expected["authors"]);
    assert_eq!(json!(names(&article["tags"])), expected["tags"]);
    assert_eq!(article["language"], expected["language"]);
    assert!(
        article["publishedAt"]
            .as_str()
            .expect("a moment")
            .starts_with(expected["published_at"].as_str().expect("a date"))
    );
    assert_eq!(
        article["body"]["blocks"].as_array().map(Vec::len),
        expected["body_paragraphs"]
            .as_u64()
            .and_then(|count| usize::try_from(count).ok())
    );
    let citations = article["citations"]["nodes"].as_array().expect("a list");
    for source in expected["sources"].as_array().expect("a list") {
        let found = citations.iter().any(|citation| {
            citation["source"]["name"] == source["name"]
                && citation["block"]
                    == article["body"]["blocks"][usize::try_from(
                        source["paragraph"].as_u64().expect("a paragraph"),
                    )
                    .expect("few")
                        - 1]["id"]
        });
        assert!(found, "{source} is not cited");
    }
    for quotation in expected["quotations"].as_array().expect("a list") {
        let found = citations
            .iter()
            .find(|citation| citation["role"] == "QUOTE" && citation["quote"] == quotation["text"]);
        let found = found.unwrap_or_else(|| panic!("{quotation} is not quoted"));
        assert_eq!(found["speaker"], quotation["speaker"], "{quotation}");
        assert_eq!(
            found["via"]["source"]["name"], quotation["attributed_via"],
            "{quotation}"
        );
    }
}

#[tokio::test]
async fn a_blog_becomes_articles_with_their_authors_tags_and_links() {
    let newsroom = Newsroom::open().await;
    let report = newsroom.imports(&fixture("markdown/18f")).await;
    assert!(!report.has_refusals(), "{report}");
    assert_eq!(report.articles.created, 9, "{report}");
    let answer = newsroom.ask(ARTICLE).await;
    let nodes = answer["articles"]["nodes"].as_array().expect("a list");
    let debt = nodes
        .iter()
        .find(|node| {
            node["headline"]
                .as_str()
                .is_some_and(|text| text.starts_with("Content debt"))
        })
        .expect("the post");
    assert_eq!(
        debt["authors"],
        json!([{"name": "melody", "slug": "melody"}])
    );
    assert_eq!(debt["publishedAt"], "2016-05-19T00:00:00Z");
    assert!(
        nodes
            .iter()
            .flat_map(|node| node["citations"]["nodes"].as_array().expect("a list"))
            .any(|citation| {
                citation["role"] == "BACKGROUND"
                    && citation["source"]["kind"] == "OFFICIAL"
                    && citation["url"].is_string()
            })
    );
}

#[tokio::test]
async fn importing_twice_changes_nothing() {
    let newsroom = Newsroom::open().await;
    for folder in ["markdown/18f", "markdown/rust-blog", "text"] {
        let first = newsroom.imports(&fixture(folder)).await;
        newsroom.clock.advance(crate::newsroom::hours(24));
        let dump = newsroom.dump().await;
        let last = dateline::events::last_number(&newsroom.db)
            .await
            .expect("a number");
        let second = newsroom.imports(&fixture(folder)).await;
        assert_eq!(
            second.articles.unchanged, first.articles.created,
            "{folder}: {second}"
        );
        assert_eq!(newsroom.dump().await, dump, "{folder}");
        assert_eq!(
            dateline::events::last_number(&newsroom.db)
                .await
                .expect("a number"),
            last,
            "{folder}"
        );
    }
}

#[tokio::test]
async fn a_dry_run_reports_and_changes_nothing() {
    let newsroom = Newsroom::open().await;
    let dump = newsroom.dump().await;
    let options = Options {
        dry_run: true,
        ..Options::default()
    };
    let rehearsed = newsroom.imports_with(&fixture("markdown"), &options).await;
    assert_eq!(newsroom.dump().await, dump);
    let imported = newsroom.imports(&fixture("markdown")).await;
    assert_eq!(
        (rehearsed.articles, rehearsed.others),
        (imported.articles, imported.others)
    );
}

#[tokio::test]
async fn a_changed_document_updates_its_article_and_keeps_what_was_known() {
    let newsroom = Newsroom::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let post = folder.path().join("2026-01-05-harbour.md");
    let write = |title: &str, link: &str| {
        fs::write(&post, format!("---\ntitle: {title}\nauthors: [ada]\ntags: [Harbour]\n---\nShips sail, [says the port](https://port.example/{link}).\n")).expect("a file");
    };
    write("Harbour reopens", "a");
    newsroom.imports(folder.path()).await;
    let before = newsroom
        .ask("{ articles { nodes { id slug version updatedAt citations { nodes { id } } } } }")
        .await;
    newsroom.clock.advance(crate::newsroom::hours(1));
    write("Harbour reopens at last", "a");
    let report = newsroom.imports(folder.path()).await;
    assert_eq!(report.articles.updated, 1, "{report}");
    let after = newsroom.ask("{ articles { nodes { id slug version updatedAt headline citations { nodes { id } } } } }").await;
    let (before, after) = (
        &before["articles"]["nodes"][0],
        &after["articles"]["nodes"][0],
    );
    assert_eq!(
        (&after["id"], &after["citations"]),
        (&before["id"], &before["citations"])
    );
    assert_eq!(
        (&after["version"], &after["headline"]),
        (&json!(2), &json!("Harbour reopens at last"))
    );
    assert_eq!(after["updatedAt"], "2026-03-01T10:00:00Z");
}

#[tokio::test]
async fn one_bad_file_is_refused_with_its_place_and_the_others_are_imported() {
    let newsroom = Newsroom::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(
        folder.path().join("2026-01-05-good.md"),
        "---\ntitle: Good\n---\nText.\n",
    )
    .expect("a file");
    fs::write(
        folder.path().join("2026-01-06-bad.md"),
        "---\ntitle: [unclosed\n---\nText.\n",
    )
    .expect("a file");
    fs::write(
        folder.path().join("2026-01-07-draft.md"),
        "---\ntitle: Draft\ndraft: true\n---\nText.\n",
    )
    .expect("a file");
    fs::write(folder.path().join("page.txt"), [0xff, 0xfe, 0x00, 0x01]).expect("a file");
    let report = newsroom.imports(folder.path()).await;
    assert_eq!(
        (
            report.articles.created,
            report.articles.refused,
            report.left_out
        ),
        (1, 2, 1),
        "{report}"
    );
    assert!(
        report
            .refusals
            .iter()
            .any(|(place, _)| place.file == "2026-01-06-bad.md"),
        "{report}"
    );
    assert_eq!(newsroom.reader().headlines("").await, ["Good"]);
}

type Change = fn(&mut ArticleDocument);

#[tokio::test]
async fn what_cannot_be_published_is_refused_with_the_way_to_mend_it() {
    let newsroom = Newsroom::open().await;
    newsroom
        .editor()
        .publishes("Harbour reopens")
        .at_path("/taken")
        .await;
    let changes: [(&str, Change); 5] = [
        ("needs a headline", |document| {
            document.headline = " ".to_owned();
        }),
        ("belongs to another article", |document| {
            document.slug = "harbour-reopens".to_owned();
        }),
        ("leads to another article", |document| {
            document.path = "/taken".to_owned();
        }),
        ("must begin with a slash", |document| {
            document.path = "taken".to_owned();
        }),
        ("does not exist", |document| {
            document.tags[0].0 = uuid::Uuid::from_u128(1);
        }),
    ];
    for (words, change) in changes {
        let mut document = newsroom
            .editor()
            .publishes("Another story")
            .document()
            .await;
        change(&mut document);
        let outcomes = newsroom.publish(vec![document]).await;
        let dateline::content::Outcome::Refused(reason) = &outcomes[0] else {
            panic!("{outcomes:?}")
        };
        assert!(reason.contains(words), "{reason}");
    }
}
