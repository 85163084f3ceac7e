//! Every path that ever led somewhere still does, or says why not.

use serde_json::json;

use crate::newsroom::Newsroom;

const QUERY: &str = "query($path: String!) { resolvePath(path: $path) { __typename
    ... on Article { headline } ... on Author { name } ... on Tag { name } ... on Source { name }
    ... on Redirect { from to } } }";

#[tokio::test]
async fn a_moved_article_is_redirected_from_its_former_paths() {
    let newsroom = Newsroom::open().await;
    let story = newsroom
        .editor()
        .publishes("Harbour reopens")
        .at_path("/2026/harbour")
        .await;
    let mut moved = story.document.clone();
    moved.former_paths = vec!["/2026/harbour".to_owned()];
    moved.path = "/news/harbour".to_owned();
    newsroom.publish(vec![moved]).await;
    let led = async |path: &str| {
        newsroom.ask_with(QUERY, json!({ "path": path })).await["resolvePath"].clone()
    };
    assert_eq!(
        led("/news/harbour").await,
        json!({"__typename": "Article", "headline": "Harbour reopens"})
    );
    assert_eq!(
        led("https://site.example/news/harbour?utm=1#top").await["__typename"],
        "Article"
    );
    assert_eq!(
        led("/2026/harbour").await,
        json!({"__typename": "Redirect", "from": "/2026/harbour", "to": "/news/harbour"})
    );
    assert_eq!(led("/news/harbour/").await["to"], "/news/harbour");
    newsroom
        .editor()
        .publishes("Straße gesperrt")
        .at_path("/straße/")
        .await;
    for form in [
        "/straße/",
        "/straße",
        "/stra%C3%9Fe/",
        "https://site.example/straße/",
    ] {
        assert!(
            ["Article", "Redirect"]
                .contains(&led(form).await["__typename"].as_str().expect("found")),
            "{form}"
        );
    }
    assert_eq!(led("/nowhere").await, json!(null));
    let found = newsroom
        .ask(r#"{ article(by: {path: "/2026/harbour"}) { path formerPaths } }"#)
        .await;
    assert_eq!(
        found["article"],
        json!({"path": "/news/harbour", "formerPaths": ["/2026/harbour"]})
    );
}

#[tokio::test]
async fn authors_tags_and_sources_have_paths_and_keep_their_former_slugs() {
    use dateline::{
        content::{noun, tag},
        editorial::slug::slug_of,
    };
    let newsroom = Newsroom::open().await;
    newsroom
        .editor()
        .publishes("Harbour reopens")
        .by(&["Ada Quill"])
        .tagged(&["Trade"])
        .citing(&["Tass"])
        .await;
    let led = async |path: &str| {
        newsroom.ask_with(QUERY, json!({ "path": path })).await["resolvePath"].clone()
    };
    assert_eq!(
        led("/authors/ada-quill").await,
        json!({"__typename": "Author", "name": "Ada Quill"})
    );
    assert_eq!(
        led("/tags/trade").await,
        json!({"__typename": "Tag", "name": "Trade"})
    );
    assert_eq!(
        led("/sources/tass").await,
        json!({"__typename": "Source", "name": "Tass"})
    );

    let snapshot = newsroom.db.snapshot().await.expect("a snapshot");
    let tags = noun::documents_of::<tag::entity::Model>(&snapshot, None)
        .await
        .expect("tags");
    snapshot.rollback().await.expect("the snapshot ends");
    let mut renamed = tags.into_values().next().expect("a tag");
    renamed.name = "Commerce".to_owned();
    renamed.slug = slug_of("Commerce");
    newsroom.saves::<tag::entity::Model>(&[renamed]).await;
    assert_eq!(
        led("/tags/trade").await,
        json!({"__typename": "Redirect", "from": "/tags/trade", "to": "/tags/commerce"})
    );
    let answer = newsroom.ask(r#"{ tag(by: {slug: "trade"}) { slug } articles(where: {tags: {any: ["trade"]}}) { nodes { slug } } }"#).await;
    assert_eq!(
        answer,
        json!({"tag": {"slug": "commerce"}, "articles": {"nodes": [{"slug": "harbour-reopens"}]}})
    );
}
