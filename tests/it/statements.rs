//! The number of statements depends on the shape of a query, never on the size of a page.

use dateline::{
    access::Actor,
    editorial::{identity::AccountId, vocabulary::Role},
};
use serde_json::Value;
use uuid::Uuid;

use crate::newsroom::{Database, Newsroom, hours};

/// Every operation of the schema, with `$N` for the size of its lists.
const SHAPES: &[&str] = &[
    "{ articles(first: $N) { nodes { id headline authors { name } tags { name } sources { name } } } }",
    "{ articles(first: $N) { nodes { body { text } rights { licence } notices { text } citations(first: $N) { nodes { source { name } via { id } } count { value } } } } }",
    "{ articles(first: $N) { nodes { related(first: $N) { headline authors { name } } } count { value } } }",
    "{ articles(first: $N, where: {tags: {any: [\"harbour\"]}, authors: {none: [\"nobody\"]}}) { nodes { id } count { value } } }",
    "{ tags(first: $N) { nodes { name articles(first: $N) { nodes { headline tags { name } } count { value } } related(first: $N) { name } } count { value } } }",
    "{ authors(first: $N) { nodes { articles(first: $N, where: {kind: {in: [NEWS]}}) { nodes { headline } count { value } } } } }",
    "{ sources(first: $N) { nodes { parent { name } articles(first: $N) { nodes { headline } } citations(first: $N) { nodes { quote article { headline } } count { value } } } } }",
    "{ search(query: \"story\", first: $N) { nodes { highlightedHeadline snippet article { authors { name } } } count { value } } }",
    "{ tag(by: {slug: \"harbour\"}) { articles(first: $N) { nodes { authors { articles(first: $N) { nodes { tags { name } } } } } } } }",
];

#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_the_page() {
    let newsroom = Newsroom::open().await;
    for number in 0..18 {
        newsroom
            .editor()
            .publishes(&format!("Story {number}"))
            .by(&[&format!("Writer {}", number % 7)])
            .tagged(&["Harbour", &format!("Tag {}", number % 9)])
            .citing(&[&format!("Source {}", number % 8)])
            .published_ago(hours(number))
            .await;
    }
    for shape in SHAPES {
        let few = shape.replace("$N", "2");
        let many = shape.replace("$N", "15");
        // A server that has just started, and one that has seen the nouns before.
        let fresh = async || Newsroom::on(Database::at(&newsroom.database.url)).await;
        assert_eq!(
            fresh().await.statements_of(&few).await,
            fresh().await.statements_of(&many).await,
            "{shape}"
        );
        newsroom.ask(&many).await;
        assert_eq!(
            newsroom.statements_of(&few).await,
            newsroom.statements_of(&many).await,
            "{shape}"
        );
    }
}

#[tokio::test]
async fn nodes_of_one_kind_are_found_by_one_statement() {
    let newsroom = Newsroom::open().await;
    let mut ids = Vec::new();
    for number in 0..10 {
        let story = newsroom
            .editor()
            .publishes(&format!("Story {number}"))
            .await;
        ids.push(story.document.citations[0].id.to_string());
    }
    let nodes = |count: usize| format!("{{ nodes(ids: {:?}) {{ id }} }}", &ids[..count]);
    assert_eq!(
        (
            newsroom.statements_of(&nodes(1)).await,
            newsroom.statements_of(&nodes(10)).await
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn a_front_page_needs_one_statement_for_its_list_and_one_for_the_change_log() {
    let newsroom = Newsroom::open().await;
    newsroom.editor().publishes("Harbour reopens").await;
    let front_page = "{ articles(first: 20) { nodes { id slug headline standfirst publishedAt authors { name slug } tags { name slug } } } }";
    // The authors and the tags are read once.
    assert_eq!(newsroom.statements_of(front_page).await, 4);
    assert_eq!(newsroom.statements_of(front_page).await, 2);
}

#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_a_page_of_drafts() {
    let newsroom = Newsroom::open().await;
    let editor = Actor::staff(AccountId(Uuid::now_v7()), "Edda Stone", Role::Editor);
    for number in 0..12 {
        let begin = format!(
            "mutation {{ articleDraftCreate(input: {{headline: \"Story {number}\"}}) {{ article {{ id }} errors {{ message }} }} }}"
        );
        newsroom.ask_as(&editor, &begin, Value::Null).await;
    }
    let mut sent = Vec::new();
    for size in [2, 10] {
        let query = format!(
            "{{ articleDrafts(first: {size}) {{ nodes {{ headline stage published {{ id }} tags {{ name }} }} count {{ value }} }} }}"
        );
        let before = newsroom.db.statements();
        let drafts = newsroom.ask_as(&editor, &query, Value::Null).await;
        assert_eq!(
            drafts["articleDrafts"]["nodes"].as_array().map(Vec::len),
            Some(size)
        );
        sent.push(newsroom.db.statements() - before);
    }
    assert_eq!(sent[0], sent[1]);
}
