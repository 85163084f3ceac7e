//! The change log has no gaps, and its order is the order of commits.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use dateline::{
    content::article::{document::ArticleDocument, entity, prepared::unpack},
    editorial::identity::ArticleId,
    events::{self, Change, ChangeKind, News, SubjectKind, Turn},
    platform::db::Db,
};
use proptest::{prelude::*, test_runner::TestRunner};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::newsroom::{Newsroom, options};

/// Follows the log until nothing more comes, and fails at the first number that is not the next one.
async fn follow(db: Db, finished: Arc<AtomicBool>, page: u64) -> Vec<Change> {
    let mut seen: Vec<Change> = Vec::new();
    loop {
        let last_round = finished.load(Ordering::SeqCst);
        let next = seen.last().map_or(0, |change| change.number);
        let changes = events::after(&db, next, page)
            .await
            .expect("the log is read");
        for change in &changes {
            let expected = seen.last().map_or(1, |change| change.number + 1);
            assert_eq!(
                change.number, expected,
                "a follower saw a gap or a step back"
            );
            seen.push(change.clone());
        }
        if changes.is_empty() {
            if last_round {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn news(subject: Uuid) -> News {
    News {
        kind: ChangeKind::Published,
        subject_kind: SubjectKind::Tag,
        subject,
        revision: None,
        previous_revision: None,
    }
}

/// What one writer does: wait, take its turn, record so many entries, wait, and commit or give up.
type Steps = Vec<(u64, usize, u64, bool)>;

#[test]
fn followers_of_slow_and_failing_writers_see_every_number_once_and_in_order() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let newsroom = runtime.block_on(Newsroom::open());
    let writers = prop::collection::vec(
        prop::collection::vec(
            (0_u64..4, 1_usize..4, 0_u64..4, prop::bool::weighted(0.8)),
            1..6,
        ),
        2..9,
    );
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&writers, |writers| {
            runtime.block_on(writes_and_follows(&newsroom, writers));
            Ok(())
        })
        .unwrap();
}

async fn writes_and_follows(newsroom: &Newsroom, writers: Vec<Steps>) {
    let before = events::last_number(&newsroom.db).await.expect("a number");
    let committed: usize = writers
        .iter()
        .flatten()
        .filter(|(_, _, _, commits)| *commits)
        .map(|(_, entries, _, _)| entries)
        .sum();
    let finished = Arc::new(AtomicBool::new(false));
    let followers: Vec<_> = [1, 7, 1_000]
        .into_iter()
        .map(|page| tokio::spawn(follow(newsroom.db.clone(), Arc::clone(&finished), page)))
        .collect();
    let mut tasks = Vec::new();
    for steps in writers {
        // Every writer has a handle of its own, as instances of the server have.
        let db = Db::open(&options(&newsroom.database.url))
            .await
            .expect("the database opens");
        let now = newsroom.clock.now();
        tasks.push(tokio::spawn(async move {
            for (wait, entries, hold, commits) in steps {
                tokio::time::sleep(Duration::from_millis(wait)).await;
                let transaction = db.begin().await.expect("a transaction");
                let mut turn = Turn::take(&transaction).await.expect("a turn");
                let entries = (0..entries).map(|_| news(Uuid::now_v7()));
                turn.record(&transaction, now, entries)
                    .await
                    .expect("the log is written");
                tokio::time::sleep(Duration::from_millis(hold)).await;
                if commits {
                    transaction.commit().await.expect("a commit");
                } else {
                    transaction.rollback().await.expect("a rollback");
                }
            }
            db.close().await;
        }));
    }
    for task in tasks {
        task.await.expect("a writer");
    }
    finished.store(true, Ordering::SeqCst);
    let end = before + i64::try_from(committed).expect("few entries");
    for follower in followers {
        let seen = follower.await.expect("a follower");
        assert_eq!(seen.last().map_or(0, |change| change.number), end);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replaying_the_log_of_concurrent_editors_gives_what_readers_see() {
    let newsroom = Arc::new(Newsroom::open().await);
    let mut documents = Vec::new();
    for number in 0..12 {
        documents.push(
            newsroom
                .editor()
                .publishes(&format!("Story {number}"))
                .document()
                .await,
        );
    }
    let finished = Arc::new(AtomicBool::new(false));
    let follower = tokio::spawn(follow(newsroom.db.clone(), Arc::clone(&finished), 5));
    let mut editors = Vec::new();
    for editor in 0..6_usize {
        let newsroom = Arc::clone(&newsroom);
        let documents = documents.clone();
        editors.push(tokio::spawn(async move {
            for round in 0..8_usize {
                let mut document = documents[(editor * 5 + round * 7) % documents.len()].clone();
                if (editor + round) % 9 == 8 {
                    newsroom
                        .editor()
                        .withdraws(&crate::newsroom::Story { document })
                        .await;
                } else {
                    document.headline = format!(
                        "{} as editor {editor} has it in round {round}",
                        document.headline
                    );
                    document.tags.truncate(round % 2);
                    newsroom.publish(vec![document]).await;
                }
                tokio::time::sleep(Duration::from_millis(
                    (editor as u64 * 3 + round as u64) % 5,
                ))
                .await;
            }
        }));
    }
    for editor in editors {
        editor.await.expect("an editor");
    }
    finished.store(true, Ordering::SeqCst);
    let changes = follower.await.expect("a follower");

    let mut replayed: HashMap<Uuid, Uuid> = HashMap::new();
    for change in changes
        .iter()
        .filter(|change| change.news.subject_kind == SubjectKind::Article)
    {
        let before = replayed.get(&change.news.subject).copied();
        assert_eq!(
            change.news.previous_revision, before,
            "change {} does not follow from the one before",
            change.number
        );
        match change.news.revision {
            Some(revision) => replayed.insert(change.news.subject, revision),
            None => replayed.remove(&change.news.subject),
        };
    }
    let answer = newsroom
        .ask("{ articles(first: 100) { nodes { id headline tags { id } } count { value } } }")
        .await;
    let nodes = answer["articles"]["nodes"].as_array().expect("a list");
    assert_eq!(nodes.len(), replayed.len());
    for node in nodes {
        let id: ArticleId = node["id"].as_str().expect("an id").parse().expect("an id");
        let document = revision(&newsroom, replayed[&id.0]).await;
        assert_eq!(node["headline"], document.headline);
        assert_eq!(
            node["tags"].as_array().expect("tags").len(),
            document.tags.len()
        );
    }
    assert_eq!(answer["articles"]["count"]["value"], nodes.len());
}

async fn revision(newsroom: &Newsroom, id: Uuid) -> ArticleDocument {
    let row = entity::revision::Entity::find()
        .filter(entity::revision::Column::Id.eq(id))
        .one(newsroom.db.maintenance())
        .await
        .expect("the database answers")
        .expect("the revision of a change is kept");
    unpack(&row.document).expect("a revision is readable")
}
