//! Everything with an identity is found by it, and bad input is told what is wrong with it.

use serde_json::json;

use crate::newsroom::Newsroom;

#[tokio::test]
async fn every_node_is_found_by_its_id() {
    let newsroom = Newsroom::open().await;
    let story = newsroom.editor().publishes("Harbour reopens").await;
    let document = &story.document;
    let ids = [
        story.id(),
        document.authors[0].author.to_string(),
        document.tags[0].to_string(),
        document.citations[0].source.expect("a source").to_string(),
        document.citations[0].id.to_string(),
        "tag_00000000000000000000000001".to_owned(),
    ];
    let answer = newsroom
        .ask_with(
            "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }",
            json!({ "ids": ids }),
        )
        .await;
    let kinds = ["Article", "Author", "Tag", "Source", "Citation"];
    for (index, kind) in kinds.into_iter().enumerate() {
        assert_eq!(
            answer["nodes"][index],
            json!({"__typename": kind, "id": ids[index]})
        );
    }
    assert_eq!(answer["nodes"][5], json!(null));
}

#[tokio::test]
async fn bad_arguments_are_named_with_the_way_to_mend_them() {
    let newsroom = Newsroom::open().await;
    newsroom.editor().publishes("Harbour reopens").await;
    for (query, code, words) in [
        (
            "{ articles(first: 101) { nodes { id } } }",
            "INVALID_ARGUMENT",
            "the maximum is 100",
        ),
        (
            "{ articles(first: -1) { nodes { id } } }",
            "INVALID_ARGUMENT",
            "negative",
        ),
        (
            "{ articles(first: 1, last: 1) { nodes { id } } }",
            "INVALID_ARGUMENT",
            "not both",
        ),
        (
            "{ articles(after: \"nonsense\") { nodes { id } } }",
            "INVALID_CURSOR",
            "not a cursor",
        ),
        (
            "{ node(id: \"nonsense\") { id } }",
            "INVALID_ID",
            "ids look like",
        ),
        (
            "{ node(id: \"revision_01h455vb4pex5vsknk084sn02q\") { id } }",
            "INVALID_ID",
            "names no kind of node",
        ),
        (
            "{ article(by: {id: \"tag_01h455vb4pex5vsknk084sn02q\"}) { id } }",
            "INVALID_ID",
            "tag",
        ),
        (
            "{ articles(where: {tags: {any: [\"author_01h455vb4pex5vsknk084sn02q\"]}}) { nodes { id } } }",
            "INVALID_ID",
            "author",
        ),
        (
            "{ articles { nodes { related(first: 21) { id } } } }",
            "INVALID_ARGUMENT",
            "the maximum is 20",
        ),
        (
            "{ search(query: \"a b c d e f g h i j k l m n o p q r s t u v w x y z 1 2 3 4 5 6 7 8\") { nodes { score } } }",
            "INVALID_ARGUMENT",
            "at most 32 words",
        ),
    ] {
        let (found, message) = newsroom.refusal(query).await;
        assert_eq!(found, code, "{query}: {message}");
        assert!(message.contains(words), "{query}: {message}");
    }
}

#[tokio::test]
async fn the_cost_of_nested_lists_multiplies_and_is_bounded() {
    let newsroom = Newsroom::open().await;
    let answer = newsroom
        .answer(
            "{ tags(first: 100) { nodes { articles(first: 100) { nodes { citations(first: 100) { nodes { id } } } } } } }",
            json!(null),
        )
        .await;
    assert!(
        answer["errors"][0]["message"]
            .as_str()
            .is_some_and(|text| text.contains("cost more than")),
        "{answer}"
    );
    newsroom
        .ask("{ articles(first: 100) { nodes { headline authors { name } tags { name } } } }")
        .await;
}

#[tokio::test]
async fn an_article_shows_all_that_was_written() {
    use dateline::{
        content::article::document::{Dateline, HeroImage, Notice},
        editorial::vocabulary::{AiTerms, NoticeKind},
    };
    let newsroom = Newsroom::open().await;
    newsroom
        .editor()
        .publishes("Harbour reopens")
        .saying("Ships *sail* again.\n\n> At last.")
        .with(|document| {
            document.standfirst = Some("After a month.".to_owned());
            document.byline_text = Some("By Ada Quill in Port".to_owned());
            document.dateline = Some(Dateline {
                place: Some("PORT".to_owned()),
                date: None,
                text: "PORT, March 1 —".to_owned(),
            });
            document.notices = vec![Notice {
                kind: NoticeKind::Correction,
                text: "A name was misspelt.".to_owned(),
                at: None,
            }];
            document.rights.licence = Some("CC-BY-4.0".to_owned());
            document.rights.ai_terms = AiTerms::RetrievalOnly;
            document.hero = Some(HeroImage {
                url: "https://images.example/port.jpg".to_owned(),
                alt: Some("Ships".to_owned()),
                caption: None,
                credit: None,
            });
        })
        .await;
    let answer = newsroom
        .ask(
            r#"{ article(by: {slug: "harbour-reopens"}) {
                headline standfirst bylineText dateline { place date text } notices { kind text at }
                rights { licence aiTerms syndicable } hero { url alt } wordCount version language kind
                body { markdown html text blocks { id kind text } }
                contributors { role author { name } } sources { name } } }"#,
        )
        .await;
    let article = &answer["article"];
    assert_eq!(
        article["dateline"],
        json!({"place": "PORT", "date": null, "text": "PORT, March 1 —"})
    );
    assert_eq!(
        article["notices"],
        json!([{"kind": "CORRECTION", "text": "A name was misspelt.", "at": null}])
    );
    assert_eq!(
        article["rights"],
        json!({"licence": "CC-BY-4.0", "aiTerms": "RETRIEVAL_ONLY", "syndicable": true})
    );
    assert_eq!(
        article["hero"],
        json!({"url": "https://images.example/port.jpg", "alt": "Ships"})
    );
    assert_eq!(
        article["contributors"],
        json!([{"role": "AUTHOR", "author": {"name": "Ada Quill"}}])
    );
    assert_eq!(article["sources"], json!([{"name": "Port Authority"}]));
    assert_eq!(article["wordCount"], 5);
    assert_eq!(article["body"]["text"], "Ships sail again.\n\nAt last.");
    assert!(
        article["body"]["html"]
            .as_str()
            .is_some_and(|html| html.contains("<em>sail</em>"))
    );
    assert_eq!(article["body"]["blocks"][1]["kind"], "QUOTATION");
}
