//! A NUL, which PostgreSQL keeps in no text: it is refused by name, on either database, and fails nothing.

use serde_json::json;

use crate::newsroom::Newsroom;

#[tokio::test]
async fn a_text_with_a_nul_is_refused_wherever_it_stands() {
    let newsroom = Newsroom::open().await;
    let site = newsroom.served_behind("").await;
    let by_variable = "query($t: String!) { tag(by: {slug: $t}) { id } }";
    let by_list = "query($t: [String!]) { articles(where: {tags: {any: $t}}) { nodes { id } } }";
    let begins = "mutation($input: ArticleInput!) { articleDraftCreate(input: $input) { errors { message } } }";
    let signs_in = "mutation($t: String!) { signIn(email: $t, password: $t) { errors { code } } }";
    for (query, variables, place) in [
        (by_variable, json!({ "t": "a\0b" }), "variable $t"),
        (by_list, json!({ "t": ["a", "\0"] }), "variable $t"),
        (
            begins,
            json!({ "input": { "headline": "a\0" } }),
            "variable $input",
        ),
        (signs_in, json!({ "t": "\0" }), "variable $t"),
        (
            "{ tag(by: {slug: \"a\\u0000b\"}) { id } }",
            json!({}),
            "argument \"by\"",
        ),
        (
            "query($t: String = \"\\u0000\") { resolvePath(path: $t) { __typename } }",
            json!({}),
            "default of the variable $t",
        ),
        (
            "{ ...Inner } fragment Inner on Query { search(query: \"\\u0000\") { nodes { snippet } } }",
            json!({}),
            "argument \"query\"",
        ),
    ] {
        let (_, answer) = site.ask(&[], query, variables).await;
        let error = &answer["errors"][0];
        assert_eq!(
            error["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED",
            "{query}: {answer:#}"
        );
        let message = error["message"].as_str().unwrap_or_default();
        assert!(
            message.contains("NUL") && message.contains(place),
            "{message}"
        );
    }
    // Six characters that only look like one.
    let looks = "{ search(query: \"\\\\u0000\") { nodes { snippet } } }";
    let (_, answer) = site.ask(&[], looks, json!({})).await;
    assert!(answer.get("errors").is_none(), "{answer:#}");
}

#[tokio::test]
async fn an_item_with_a_nul_is_refused_and_its_neighbours_are_imported() {
    let newsroom = Newsroom::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let post = |name: &str, title: &str, body: &str| {
        let text = format!("---\ntitle: \"{title}\"\ndate: 2020-01-01\n---\n{body}\n");
        std::fs::write(folder.path().join(name), text).expect("a file");
    };
    post("a.md", "Harbour reopens", "It opened.");
    post("b.md", "Escaped \\0 title", "It opened.");
    post("c.md", "Raw", "It \0 opened.");
    let report = newsroom.imports(folder.path()).await;
    let places: Vec<_> = report
        .refusals
        .iter()
        .map(|(place, _)| (place.file.as_str(), place.line))
        .collect();
    assert_eq!(places, [("b.md", 2), ("c.md", 5)]);
    assert_eq!(newsroom.reader().headlines("").await, ["Harbour reopens"]);

    let dump = newsroom
        .dump()
        .await
        .replace("Harbour reopens", "Harbour \\u0000 reopens");
    let file = folder.path().join("site.ndjson");
    std::fs::write(&file, dump).expect("a file");
    let elsewhere = Newsroom::open().await;
    let report = elsewhere.imports(&file).await;
    assert!(report.refusals[0].1.contains("NUL"), "{report:?}");
    assert_eq!(report.refusals.len(), 1);
}
