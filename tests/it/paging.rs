//! Paging any list, forward or backward, at any page size, with new items coming in between, yields every item that was
//! there at the start exactly once and in order.

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};

use crate::newsroom::{Newsroom, hours};

/// A list: how it is asked for, with `$ARGS` for its arguments, and where it stands in the answer.
struct List {
    query: &'static str,
    at: &'static [&'static str],
}

const LISTS: &[List] = &[
    List {
        query: "{ list: articles($ARGS) { $PAGE } }",
        at: &["list"],
    },
    List {
        query: "{ list: articles($ARGS, orderBy: {field: PUBLISHED, direction: ASC}) { $PAGE } }",
        at: &["list"],
    },
    List {
        query: "{ list: articles($ARGS, orderBy: {field: UPDATED}) { $PAGE } }",
        at: &["list"],
    },
    List {
        query: "{ list: articles($ARGS, orderBy: {field: FIRST_PUBLISHED, direction: ASC}) { $PAGE } }",
        at: &["list"],
    },
    List {
        query: "{ list: articles($ARGS, orderBy: {field: TITLE, direction: ASC}) { $PAGE } }",
        at: &["list"],
    },
    List {
        query: "{ list: articles($ARGS, where: {tags: {any: [\"harbour\"]}}) { $PAGE } }",
        at: &["list"],
    },
    List {
        query: "{ list: articles($ARGS, where: {kind: {in: [NEWS]}, tags: {all: [\"harbour\"]}}) { $PAGE } }",
        at: &["list"],
    },
    List {
        query: "{ of: tag(by: {slug: \"harbour\"}) { list: articles($ARGS) { $PAGE } } }",
        at: &["of", "list"],
    },
    List {
        query: "{ of: tag(by: {slug: \"harbour\"}) { list: articles($ARGS, orderBy: {field: TITLE}) { $PAGE } } }",
        at: &["of", "list"],
    },
    List {
        query: "{ of: author(by: {slug: \"ada-quill\"}) { list: articles($ARGS) { $PAGE } } }",
        at: &["of", "list"],
    },
    List {
        query: "{ of: source(by: {slug: \"port-authority\"}) { list: articles($ARGS) { $PAGE } } }",
        at: &["of", "list"],
    },
    List {
        query: "{ of: source(by: {slug: \"port-authority\"}) { list: citations($ARGS) { $PAGE } } }",
        at: &["of", "list"],
    },
    List {
        query: "{ list: authors($ARGS) { $PAGE } }",
        at: &["list"],
    },
    List {
        query: "{ list: tags($ARGS) { $PAGE } }",
        at: &["list"],
    },
    List {
        query: "{ list: sources($ARGS) { $PAGE } }",
        at: &["list"],
    },
    List {
        query: "{ list: search(query: \"story\", $ARGS) { $HITS } }",
        at: &["list"],
    },
];

const PAGE: &str =
    "edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
const HITS: &str = "edges { cursor node { id: article { id } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

impl List {
    async fn page(&self, newsroom: &Newsroom, arguments: &str) -> (Vec<Value>, Value) {
        let query = self
            .query
            .replace("$ARGS", arguments)
            .replace("$PAGE", PAGE)
            .replace("$HITS", HITS);
        let answer = newsroom.ask(&query).await;
        let list = self.at.iter().fold(&answer, |value, name| &value[*name]);
        let edges = list["edges"]
            .as_array()
            .unwrap_or_else(|| panic!("{query}: {answer}"));
        (
            edges
                .iter()
                .map(|edge| edge["node"]["id"].clone())
                .collect(),
            list["pageInfo"].clone(),
        )
    }

    /// Pages through the whole list; `between` happens after every page.
    async fn walk(
        &self,
        newsroom: &Newsroom,
        size: usize,
        backward: bool,
        between: impl AsyncFn(),
    ) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = Value::Null;
        for _ in 0..200 {
            let place = if cursor.is_null() {
                String::new()
            } else if backward {
                format!(", before: {cursor}")
            } else {
                format!(", after: {cursor}")
            };
            let size_argument = if backward { "last" } else { "first" };
            let (page, info) = self
                .page(newsroom, &format!("{size_argument}: {size}{place}"))
                .await;
            assert!(page.len() <= size);
            let (more, next) = if backward {
                ("hasPreviousPage", "startCursor")
            } else {
                ("hasNextPage", "endCursor")
            };
            if backward {
                items.splice(0..0, page);
            } else {
                items.extend(page);
            }
            if info[more] == json!(false) {
                return items;
            }
            cursor = info[next].clone();
            between().await;
        }
        panic!("the list does not end");
    }
}

async fn a_newsroom_with_stories(count: u64) -> Newsroom {
    let newsroom = Newsroom::open().await;
    for number in 0..count {
        newsroom
            .editor()
            // Some stories share their moment, some their headline's order key.
            .publishes(&format!(
                "Story {}{}",
                number % 5,
                "!".repeat(usize::try_from(number / 5).expect("few"))
            ))
            .with(|document| {
                document.slug = format!("story-{number}");
                document.path = format!("/story-{number}");
            })
            .by(&["Ada Quill", &format!("Writer {number}")])
            .tagged(&["Harbour", &format!("Tag {number}")])
            .published_ago(hours(10 + number / 3))
            .await;
        newsroom
            .source(
                &format!("Source {number}"),
                dateline::editorial::vocabulary::SourceKind::Outlet,
            )
            .await;
    }
    newsroom
}

#[test]
fn every_list_is_paged_without_a_skip_or_a_repeat_while_new_items_come_in() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let newsroom = runtime.block_on(a_newsroom_with_stories(17));
    let inserted = std::cell::Cell::new(0_u64);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let strategy = (
        0..LISTS.len(),
        1_usize..9,
        any::<bool>(),
        prop::collection::vec(0_u64..40, 0..3),
    );
    runner
        .run(&strategy, |(list, size, backward, ages)| {
            runtime.block_on(async {
                let list = &LISTS[list];
                let at_the_start = list.walk(&newsroom, 100, false, async || {}).await;
                let ages = std::cell::RefCell::new(ages);
                let walked = list
                    .walk(&newsroom, size, backward, async || {
                        let age = ages.borrow_mut().pop();
                        if let Some(age) = age {
                            inserted.set(inserted.get() + 1);
                            let number = inserted.get();
                            newsroom
                                .editor()
                                .publishes(&format!("Story inserted {number}"))
                                .published_ago(hours(age))
                                .by(&["Ada Quill", &format!("Late Writer {number}")])
                                .tagged(&["Harbour", &format!("Late Tag {number}")])
                                .await;
                        }
                    })
                    .await;
                let mut once = walked.clone();
                once.sort_by_key(Value::to_string);
                once.dedup();
                assert_eq!(
                    once.len(),
                    walked.len(),
                    "{}: an item came twice",
                    list.query
                );
                let still: Vec<Value> = walked
                    .into_iter()
                    .filter(|item| at_the_start.contains(item))
                    .collect();
                assert_eq!(still, at_the_start, "{}", list.query);
            });
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn a_cursor_of_another_list_filter_or_order_is_refused() {
    let newsroom = a_newsroom_with_stories(4).await;
    let (_, info) = LISTS[0].page(&newsroom, "first: 2").await;
    let cursor = info["endCursor"].to_string();
    for list in &LISTS[1..] {
        let arguments = format!("first: 2, after: {cursor}");
        let query = list
            .query
            .replace("$ARGS", &arguments)
            .replace("$PAGE", PAGE)
            .replace("$HITS", HITS);
        let (code, message) = newsroom.refusal(&query).await;
        assert_eq!(code, "INVALID_CURSOR", "{query}");
        assert!(message.contains("another filter or order"), "{message}");
    }
}

#[tokio::test]
async fn a_page_says_what_lies_around_it() {
    let newsroom = a_newsroom_with_stories(5).await;
    let (all, info) = LISTS[0].page(&newsroom, "first: 5").await;
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(false), &json!(false))
    );
    let (first, info) = LISTS[0].page(&newsroom, "first: 2").await;
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(true), &json!(false))
    );
    let (second, info) = LISTS[0]
        .page(
            &newsroom,
            &format!("first: 2, after: {}", info["endCursor"]),
        )
        .await;
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(true), &json!(true))
    );
    let (back, info) = LISTS[0]
        .page(
            &newsroom,
            &format!("last: 2, before: {}", info["startCursor"]),
        )
        .await;
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        (&first[..], &second[..], back),
        (&all[..2], &all[2..4], first.clone())
    );
    let (none, info) = LISTS[0].page(&newsroom, "first: 0").await;
    assert_eq!(
        (none.len(), &info["startCursor"], &info["hasNextPage"]),
        (0, &json!(null), &json!(true))
    );
}
