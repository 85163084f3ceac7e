//! Full-text search: ranked, with snippets, the same on both databases, and unimpressed by hostile input.

use serde_json::json;

use crate::newsroom::{Newsroom, hours, texts};

async fn found(newsroom: &Newsroom, query: &str) -> Vec<String> {
    let answer = newsroom
        .ask_with(
            "query($q: String!) { search(query: $q, first: 100) { nodes { article { slug } } } }",
            json!({ "q": query }),
        )
        .await;
    answer["search"]["nodes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|hit| hit["article"]["slug"].as_str().expect("a slug").to_owned())
        .collect()
}

async fn archive() -> Newsroom {
    let newsroom = Newsroom::open().await;
    for (age, headline, body) in [
        (
            1,
            "Harbour reopens",
            "Ferries and policies return. Hélène Straßen said the sea level rose.",
        ),
        (
            2,
            "Ferry strike ends",
            "The harbour is mentioned once, and the level of the sea.",
        ),
        (
            3,
            "Budget passes",
            "Nothing about ships: a policy of thrift.",
        ),
    ] {
        newsroom
            .editor()
            .publishes(headline)
            .saying(body)
            .published_ago(hours(age))
            .await;
    }
    newsroom
}

#[tokio::test]
async fn words_phrases_alternatives_and_exclusions_are_understood() {
    let newsroom = archive().await;
    for (query, wanted) in [
        ("harbour", vec!["harbour-reopens", "ferry-strike-ends"]),
        ("HARBOURS", vec!["harbour-reopens", "ferry-strike-ends"]),
        ("policy", vec!["harbour-reopens", "budget-passes"]),
        ("harbour -strike", vec!["harbour-reopens"]),
        ("harbour NOT strike", vec!["harbour-reopens"]),
        ("\"sea level\"", vec!["harbour-reopens"]),
        (
            "strike OR thrift",
            vec!["ferry-strike-ends", "budget-passes"],
        ),
        ("helene strassen", vec!["harbour-reopens"]),
        ("harbour thrift", vec![]),
        ("", vec![]),
        ("-harbour", vec![]),
    ] {
        let mut slugs = found(&newsroom, query).await;
        let mut wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
        slugs.sort();
        wanted.sort();
        assert_eq!(slugs, wanted, "{query}");
    }
}

#[tokio::test]
async fn a_match_in_the_headline_ranks_first_and_matches_are_marked() {
    let newsroom = archive().await;
    let answer = newsroom.ask("{ search(query: \"harbour\") { nodes { highlightedHeadline snippet score } count { value precision } } }").await;
    let hits = &answer["search"]["nodes"];
    assert_eq!(
        hits[0]["highlightedHeadline"],
        "<mark>Harbour</mark> reopens"
    );
    assert_eq!(
        hits[1]["snippet"],
        "The <mark>harbour</mark> is mentioned once, and the level of the sea."
    );
    assert!(hits[0]["score"].as_f64() > hits[1]["score"].as_f64());
    assert_eq!(
        answer["search"]["count"],
        json!({"value": 2, "precision": "EXACT"})
    );
}

#[tokio::test]
async fn hostile_input_is_text() {
    let newsroom = archive().await;
    for hostile in [
        "'; DROP TABLE article; --",
        "\"",
        "\"\"\"",
        "((((",
        "a:* & !b | c",
        "NEAR(harbour reopens)",
        "headline:x",
        "^harbour",
        "harbour*",
        "\\",
        "%",
        "_",
        "\u{0}",
        "🚢",
        "\u{202e}harbour",
        "-\"",
        "- -",
        "OR OR OR",
        "x'41'",
        "$1 ?1 :a @b",
        "harbour AND",
        "{harbour}",
        "harbour + reopens",
        "'harbour'",
        "<script>alert(1)</script>",
    ] {
        found(&newsroom, hostile).await;
    }
    assert_eq!(found(&newsroom, "harbour*").await.len(), 2);
    assert_eq!(found(&newsroom, "'harbour'").await.len(), 2);
}

#[tokio::test]
async fn a_search_can_be_filtered_and_paged_both_ways() {
    let newsroom = Newsroom::open().await;
    for number in 0..7 {
        newsroom
            .editor()
            .publishes(&format!("Harbour story {number}"))
            .tagged(&[if number % 2 == 0 { "Even" } else { "Odd" }])
            .published_ago(hours(number))
            .await;
    }
    let filtered = newsroom.ask("{ search(query: \"harbour\", where: {tags: {any: [\"odd\"]}}) { nodes { article { slug } } } }").await;
    assert_eq!(
        filtered["search"]["nodes"].as_array().map(Vec::len),
        Some(3)
    );
    let page = "edges { cursor node { article { slug } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
    let mut forward = Vec::new();
    let mut after = json!(null);
    loop {
        let answer = newsroom.ask_with(&format!("query($after: String) {{ search(query: \"harbour\", first: 3, after: $after) {{ {page} }} }}"), json!({ "after": after })).await;
        let edges = answer["search"]["edges"].as_array().expect("edges").clone();
        forward.extend(edges.iter().map(|edge| edge["node"]["article"].clone()));
        after = answer["search"]["pageInfo"]["endCursor"].clone();
        if answer["search"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(forward.len(), 7);
    let back = newsroom.ask_with(&format!("query($before: String) {{ search(query: \"harbour\", last: 6, before: $before) {{ {page} nodes {{ article {{ slug }} }} }} }}"), json!({ "before": after })).await;
    let articles: Vec<_> = back["search"]["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .map(|hit| hit["article"].clone())
        .collect();
    assert_eq!(articles, forward[..6]);
    assert_eq!(texts(&json!(forward), "slug").len(), 7);
}
