//! What has had its time is taken away, and nothing else.

use std::time::Duration;

use dateline::access::{pruning, throttle};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};

use crate::{
    newsroom::{Newsroom, hours},
    signing_in::{PASSWORD, access, asks, refresh, sign_in, staffed},
};

async fn rows(newsroom: &Newsroom, table: &str) -> i64 {
    let db = newsroom.db.maintenance();
    let text = format!("SELECT COUNT(*) AS counted FROM {table}");
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), text))
        .await
        .expect("the database answers")
        .expect("a row");
    row.try_get("", "counted").expect("a number")
}

async fn prune(newsroom: &Newsroom) -> u64 {
    pruning::prune(&newsroom.db, newsroom.clock.now())
        .await
        .expect("the database writes")
}

fn days(count: u64) -> Duration {
    hours(24 * count)
}

#[tokio::test]
async fn ended_sessions_go_with_their_refresh_tokens_a_day_later() {
    let newsroom = staffed().await;
    let ended = sign_in(&newsroom, "ada@example.com", PASSWORD).await;
    let ended = refresh(&newsroom, &ended).await;
    let query = "mutation($t: String!) { signOut(refreshToken: $t) { errors { code } } }";
    let token = ended["credentials"]["refreshToken"].clone();
    asks(&newsroom, "", query, json!({ "t": token })).await;
    let forgotten = sign_in(&newsroom, "ada@example.com", PASSWORD).await;
    assert_eq!(prune(&newsroom).await, 0, "nothing has had its time yet");
    assert_eq!(rows(&newsroom, "refresh_token").await, 3);
    newsroom.clock.advance(days(1));
    assert_eq!(
        prune(&newsroom).await,
        5,
        "two tokens, their session, and the counts of attempts"
    );
    assert_eq!(rows(&newsroom, "refresh_token").await, 1);
    assert_eq!(rows(&newsroom, "session").await, 1);
    newsroom.clock.advance(days(30));
    prune(&newsroom).await;
    assert_eq!(rows(&newsroom, "session").await, 0, "it expired a day ago");
    let refused = refresh(&newsroom, &forgotten).await;
    assert_eq!(refused["errors"][0]["code"], "BAD_CREDENTIALS");
}

#[tokio::test]
async fn a_used_refresh_token_is_kept_while_its_session_lives_and_still_ends_it() {
    let newsroom = staffed().await;
    let first = sign_in(&newsroom, "ada@example.com", PASSWORD).await;
    let mut newest = first.clone();
    for _ in 0..4 {
        newsroom.clock.advance(days(20));
        newest = refresh(&newsroom, &newest).await;
        prune(&newsroom).await;
    }
    access(&newest);
    assert_eq!(rows(&newsroom, "refresh_token").await, 5);
    let again = refresh(&newsroom, &first).await;
    assert_eq!(again["errors"][0]["code"], "BAD_CREDENTIALS");
    let ended = refresh(&newsroom, &newest).await;
    assert_eq!(ended["errors"][0]["code"], "BAD_CREDENTIALS");
}

#[tokio::test]
async fn counts_of_attempts_go_when_they_count_no_more() {
    let newsroom = Newsroom::open().await;
    throttle::attempt(&newsroom.acting(), "ada@example.com")
        .await
        .expect("the first attempt");
    assert_eq!(rows(&newsroom, "sign_in_throttle").await, 3);
    newsroom.clock.advance(Duration::from_mins(15));
    assert_eq!(prune(&newsroom).await, 0);
    newsroom.clock.advance(Duration::from_secs(1));
    assert_eq!(prune(&newsroom).await, 3);
}

#[tokio::test]
async fn the_answer_of_an_idempotency_key_is_kept_for_a_day() {
    let newsroom = staffed().await;
    let ada = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    let begin = "mutation { articleDraftCreate(idempotencyKey: \"k\", input: {headline: \"Harbour\"}) { article { id } } }";
    let id = async |bearer: &str| {
        let answer = asks(&newsroom, bearer, begin, Value::Null).await;
        answer["articleDraftCreate"]["article"]["id"].clone()
    };
    let first = id(&ada).await;
    newsroom.clock.advance(hours(23));
    prune(&newsroom).await;
    let ada = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    assert_eq!(id(&ada).await, first);
    newsroom.clock.advance(hours(1) + Duration::from_secs(1));
    prune(&newsroom).await;
    let ada = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    assert_ne!(id(&ada).await, first, "the key is as good as new");
}

#[tokio::test]
async fn a_large_heap_goes_in_batches_while_two_servers_prune_at_once() {
    let newsroom = Newsroom::open().await;
    let db = newsroom.db.maintenance();
    let numbers = match db.get_database_backend() {
        DbBackend::Postgres => "generate_series(1, 1700) AS n(x)",
        _ => {
            "(WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1700) SELECT x FROM n) AS n"
        }
    };
    db.execute_unprepared(&format!(
        "INSERT INTO sign_in_throttle (name, failures, failed_at) SELECT 'guess ' || n.x, 1, n.x FROM {numbers}"
    ))
    .await
    .expect("a heap");
    let (one, other) = tokio::join!(prune(&newsroom), prune(&newsroom));
    assert_eq!(one + other, 1700);
    assert_eq!(rows(&newsroom, "sign_in_throttle").await, 0);
}
