//! Two servers on one database, one of which dies: what falls due is seen at once, and announced exactly once.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use dateline::{
    editorial::moment::Moment,
    events::{self, ChangeKind},
    http::DatelineEngine,
    platform::clock::Clock,
};
use serde_json::{Value, json};

use crate::newsroom::{Database, Desk, Newsroom, server::Server};

/// Schedules articles, one after another, from then on.
async fn schedule(desk: &Desk<'_>, count: usize, from: Duration, apart: Duration) {
    let begin = Clock::system().now();
    for number in 0..count {
        let wait = from + apart * u32::try_from(number).expect("few");
        let at = Moment(begin.0 + i64::try_from(wait.as_micros()).expect("soon"));
        let draft = desk
            .begins(json!({ "headline": format!("Due {number} {}", begin.0) }))
            .await;
        let scheduled = desk
            .does(
                "articleSchedule",
                &draft,
                Some(json!({ "at": at.to_rfc3339() })),
            )
            .await;
        assert_eq!(scheduled["status"], "SCHEDULED");
    }
}

/// How often each article was announced.
async fn announced(newsroom: &Newsroom) -> BTreeMap<uuid::Uuid, usize> {
    let mut times = BTreeMap::new();
    for change in events::after(&newsroom.db, 0, 1_000)
        .await
        .expect("the log")
    {
        if change.news.kind == ChangeKind::Scheduled {
            continue;
        }
        assert_eq!(change.news.kind, ChangeKind::Published);
        *times.entry(change.news.subject).or_default() += 1;
    }
    times
}

/// Waits until so many articles are announced.
async fn wait_for(newsroom: &Newsroom, count: usize) {
    let begun = Instant::now();
    while announced(newsroom).await.len() < count {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{:?}",
            announced(newsroom).await
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn count(server: &Server) -> Value {
    server.ask("{ articles { count { value } } }")["data"]["articles"]["count"]["value"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_one_announces_what_falls_due_and_none_is_needed_to_see_it() {
    let database = Database::fresh().await;
    let mut newsroom = Newsroom::on(Database::at(&database.url)).await;
    newsroom.clock = Clock::system();
    newsroom.engine = Arc::new(DatelineEngine::new(
        newsroom.db.clone(),
        newsroom.clock.clone(),
        100_000,
        dateline::access::keys::Keys::fresh().expect("keys"),
    ));
    let start = || Server::start(&database, &["--sample-site", "false"]);
    let (first, second) = (start(), start());
    let desk = Desk::editor(&newsroom);
    schedule(
        &desk,
        30,
        Duration::from_millis(1_500),
        Duration::from_millis(100),
    )
    .await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    first.dies();
    wait_for(&newsroom, 30).await;
    assert!(announced(&newsroom).await.values().all(|times| *times == 1));
    assert_eq!(count(&second), 30);
    second.dies();

    schedule(&desk, 10, Duration::from_secs(1), Duration::ZERO).await;
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    assert_eq!(
        announced(&newsroom).await.len(),
        30,
        "nobody is there to announce them"
    );
    let (third, fourth) = (start(), start());
    assert_eq!(
        count(&third),
        40,
        "the first look after the pause shows them"
    );
    wait_for(&newsroom, 40).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(announced(&newsroom).await.values().all(|times| *times == 1));
    assert_eq!((count(&third), count(&fourth)), (json!(40), json!(40)));
    let numbers: Vec<i64> = (events::after(&newsroom.db, 0, 1_000)
        .await
        .expect("the log")
        .iter())
    .map(|change| change.number)
    .collect();
    assert_eq!(numbers, (1..=80).collect::<Vec<i64>>());
}
