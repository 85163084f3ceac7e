//! The clock decides what readers see; no job has to run.

use crate::newsroom::{Newsroom, hours};

#[tokio::test]
async fn a_scheduled_story_is_absent_everywhere_until_its_time() {
    let newsroom = Newsroom::open().await;
    newsroom
        .editor()
        .publishes("Ferry strike ends")
        .published_ago(hours(3))
        .await;
    let story = newsroom
        .editor()
        .publishes("Harbour reopens")
        .scheduled_in(hours(2))
        .await;
    newsroom.reader().cannot_see(&story).await;
    newsroom.clock.advance(hours(2));
    newsroom.reader().sees(&story).await;
}

#[tokio::test]
async fn a_scheduled_story_is_in_no_count_until_its_time() {
    let newsroom = Newsroom::open().await;
    newsroom
        .editor()
        .publishes("Ferry strike ends")
        .published_ago(hours(3))
        .await;
    newsroom
        .editor()
        .publishes("Harbour reopens")
        .scheduled_in(hours(2))
        .await;
    let counts = r#"{
        articles { count { value precision } }
        filtered: articles(where: {syndicable: true}) { count { value } }
        tag(by: {slug: "harbour"}) { articles { count { value } } }
        author(by: {slug: "ada-quill"}) { articles { count { value } } }
        source(by: {slug: "port-authority"}) { articles { count { value } citations: count { value } } citations { count { value } } }
        search(query: "story") { count { value } }
    }"#;
    let count = async |newsroom: &Newsroom| {
        let answer = newsroom.ask(counts).await.to_string();
        (
            answer.matches(r#""value":1"#).count(),
            answer.matches(r#""value":2"#).count(),
        )
    };
    assert_eq!(count(&newsroom).await, (8, 0));
    newsroom.clock.advance(hours(2));
    assert_eq!(count(&newsroom).await, (0, 8));
}

#[tokio::test]
async fn a_withdrawn_story_is_gone_and_its_path_says_so() {
    let newsroom = Newsroom::open().await;
    let story = newsroom.editor().publishes("Harbour reopens").await;
    newsroom.reader().sees(&story).await;
    newsroom.editor().withdraws(&story).await;
    newsroom.reader().cannot_see(&story).await;
    let answer = newsroom.ask(r#"{ resolvePath(path: "/harbour-reopens") { __typename ... on Gone { withdrawnAt } } }"#).await;
    assert_eq!(answer["resolvePath"]["__typename"], "Gone");
    assert_eq!(answer["resolvePath"]["withdrawnAt"], crate::newsroom::BEGIN);
    assert_eq!(
        newsroom.ask("{ articles { count { value } } }").await["articles"]["count"]["value"],
        0
    );
}
