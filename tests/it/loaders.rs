//! A cached plan, a cached statement or a shared load never changes an answer.

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::Value;

use crate::newsroom::{Newsroom, hours, texts};

async fn an_archive() -> Newsroom {
    let newsroom = Newsroom::open().await;
    for number in 0..40_u64 {
        newsroom
            .editor()
            .publishes(&format!("Story {number}"))
            .by(&[&format!("Writer {}", number % 5)])
            // The first tag is on every story, the last on few: plans for the one are bad for the other.
            .tagged(&[
                "Everywhere",
                &format!("Tag {}", number % 7),
                &format!("Rare {}", number / 13),
            ])
            .citing(&[&format!("Source {}", number % 4)])
            .published_ago(hours(number))
            .await;
    }
    newsroom
}

#[test]
fn the_same_query_gives_the_same_answer_however_often_it_was_planned_before() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let newsroom = runtime.block_on(an_archive());
    let tags = prop::sample::select(vec![
        "everywhere",
        "tag-1",
        "tag-6",
        "rare-0",
        "rare-3",
        "nowhere",
    ]);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 20,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&(prop::collection::vec(tags, 3..12), 1_usize..30), |(tags, first)| {
            runtime.block_on(async {
                // PostgreSQL makes a plan for any argument after five executions on one connection.
                for tag in tags {
                    let filtered = format!(
                        "{{ articles(first: {first}, where: {{tags: {{all: [\"{tag}\"]}}, kind: {{in: [NEWS]}}}}) {{ nodes {{ slug }} count {{ value }} }} }}"
                    );
                    let fresh = Newsroom::on(crate::newsroom::Database::at(&newsroom.database.url)).await;
                    assert_eq!(newsroom.ask(&filtered).await, fresh.ask(&filtered).await, "{filtered}");
                    fresh.db.clone().close().await;
                }
            });
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn what_is_loaded_together_is_what_is_loaded_one_by_one() {
    let newsroom = an_archive().await;
    let fields = "name articles(first: 3) { nodes { headline authors { name } tags { name } citations { nodes { source { name } } } related(first: 3) { headline } } count { value } pageInfo { endCursor hasNextPage } } related(first: 4) { name articles(first: 1) { nodes { headline } } }";
    let together = newsroom
        .ask(&format!(
            "{{ tags(first: 100) {{ nodes {{ slug {fields} }} }} }}"
        ))
        .await;
    let tags = together["tags"]["nodes"].as_array().expect("tags");
    assert_eq!(tags.len(), 12);
    for tag in tags {
        let alone = newsroom
            .ask(&format!(
                "{{ tag(by: {{slug: {}}}) {{ slug {fields} }} }}",
                tag["slug"]
            ))
            .await;
        assert_eq!(&alone["tag"], tag);
    }
}

#[tokio::test]
async fn related_are_those_that_share_the_most_and_the_newest_of_them() {
    let newsroom = Newsroom::open().await;
    for (age, headline, tags) in [
        (1, "One tag, new", vec!["Harbour"]),
        (2, "Two tags", vec!["Harbour", "Trade"]),
        (3, "Only the second", vec!["Trade"]),
        (4, "Three tags", vec!["Harbour", "Trade", "Ferries"]),
        (5, "Nothing shared", vec!["Weather"]),
    ] {
        newsroom
            .editor()
            .publishes(headline)
            .tagged(&tags)
            .published_ago(hours(age))
            .await;
    }
    newsroom
        .editor()
        .publishes("The story")
        .tagged(&["Harbour", "Trade", "Ferries"])
        .await;
    let answer = newsroom
        .ask("{ article(by: {slug: \"the-story\"}) { related { headline } } tag(by: {slug: \"harbour\"}) { related { name } } }")
        .await;
    let related: &Value = &answer["article"]["related"];
    assert_eq!(
        texts(related, "headline"),
        ["Three tags", "Two tags", "One tag, new", "Only the second"]
    );
    assert_eq!(
        texts(&answer["tag"]["related"], "name"),
        ["Trade", "Ferries"]
    );
}

#[test]
fn shared_nouns_are_never_stale_on_any_instance() {
    use dateline::{
        content::{
            author::{self, AuthorDocument},
            tag::{self, TagDocument},
        },
        editorial::{
            identity::{AuthorId, TagId},
            vocabulary::TagType,
        },
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (newsroom, other, story) = runtime.block_on(async {
        let newsroom = Newsroom::open().await;
        let story = newsroom
            .editor()
            .publishes("Harbour reopens")
            .tagged(&["A", "B", "C"])
            .by(&["D", "E"])
            .await;
        let other = Newsroom::on(crate::newsroom::Database::at(&newsroom.database.url)).await;
        (newsroom, other, story)
    });
    let query = "{ articles { nodes { authors { name } tags { name } } } }";
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    // What happens: a tag or an author gets another name, or one of two instances is asked.
    let steps = prop::collection::vec((0_usize..7, 0_u32..1_000), 1..14);
    runner
        .run(&steps, |steps| {
            runtime.block_on(async {
                for (what, name) in steps {
                    let now = newsroom.clock.now();
                    match what {
                        tag @ 0..=2 => {
                            let renamed = TagDocument {
                                id: TagId(story.document.tags[tag].0),
                                slug: format!("tag-{tag}"),
                                former_slugs: Vec::new(),
                                former_ids: Vec::new(),
                                name: format!("Tag {name}"),
                                tag_type: TagType::Topic,
                                description: None,
                                external_ids: Vec::new(),
                                aliases: Vec::new(),
                                updated_at: now,
                            };
                            newsroom.saves::<tag::entity::Model>(&[renamed]).await;
                        }
                        author @ 3..=4 => {
                            let renamed = AuthorDocument {
                                id: AuthorId(story.document.authors[author - 3].author.0),
                                slug: format!("author-{author}"),
                                former_slugs: Vec::new(),
                                former_ids: Vec::new(),
                                name: format!("Author {name}"),
                                bio: None,
                                links: Vec::new(),
                                updated_at: now,
                            };
                            other.saves::<author::entity::Model>(&[renamed]).await;
                        }
                        asked => {
                            let instance = if asked == 5 { &newsroom } else { &other };
                            let fresh =
                                Newsroom::on(crate::newsroom::Database::at(&newsroom.database.url))
                                    .await;
                            assert_eq!(instance.ask(query).await, fresh.ask(query).await);
                            fresh.db.clone().close().await;
                        }
                    }
                }
            });
            Ok(())
        })
        .unwrap();
}
