//! Counts come from counters where there are some, and say how exact they are.

use dateline::editorial::vocabulary::Kind;
use serde_json::json;

use crate::newsroom::{Newsroom, hours};

#[tokio::test]
async fn counters_follow_every_change_of_an_article() {
    let newsroom = Newsroom::open().await;
    let story = newsroom
        .editor()
        .publishes("Harbour reopens")
        .tagged(&["Harbour", "Trade"])
        .citing(&["Tass"])
        .await;
    newsroom
        .editor()
        .publishes("Ferry strike ends")
        .tagged(&["Harbour"])
        .citing(&["Tass"])
        .published_ago(hours(1))
        .await;
    let counts = async || {
        let answer = newsroom
            .ask("{ tags { nodes { slug articles { count { value precision } } } } sources { nodes { articles { count { value } } } } articles { count { value } } }")
            .await;
        (
            answer["tags"]["nodes"][0]["articles"]["count"]["value"].clone(),
            answer["tags"]["nodes"][1]["articles"]["count"]["value"].clone(),
            answer["sources"]["nodes"][0]["articles"]["count"]["value"].clone(),
            answer["articles"]["count"]["value"].clone(),
        )
    };
    assert_eq!(counts().await, (json!(2), json!(1), json!(2), json!(2)));
    let mut changed = story.document.clone();
    changed.tags.remove(0);
    changed.citations.clear();
    newsroom.publish(vec![changed]).await;
    assert_eq!(counts().await, (json!(1), json!(1), json!(1), json!(2)));
    newsroom.editor().withdraws(&story).await;
    assert_eq!(counts().await, (json!(1), json!(0), json!(1), json!(1)));
}

#[tokio::test]
async fn a_filtered_list_is_counted_row_by_row() {
    let newsroom = Newsroom::open().await;
    newsroom
        .editor()
        .publishes("Why the harbour matters")
        .of_kind(Kind::Opinion)
        .await;
    newsroom.editor().publishes("Harbour reopens").await;
    let answer = newsroom
        .ask("{ articles(where: {kind: {in: [OPINION]}}) { count { value precision } nodes { headline } } tag(by: {slug: \"harbour\"}) { articles(where: {kind: {notIn: [OPINION]}}) { count { value precision } } } }")
        .await;
    assert_eq!(
        answer["articles"]["count"],
        json!({"value": 1, "precision": "EXACT"})
    );
    assert_eq!(
        answer["articles"]["nodes"][0]["headline"],
        "Why the harbour matters"
    );
    assert_eq!(
        answer["tag"]["articles"]["count"],
        json!({"value": 1, "precision": "EXACT"})
    );
}
