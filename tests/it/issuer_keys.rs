//! The keys of another issuer: when they are fetched, and what becomes of its tokens when it changes them or falls silent.

use std::time::Duration;

use dateline::http::Unidentified;
use serde_json::json;

use crate::{
    issuers::{FakeIssuer, Key, Mood},
    newsroom::Newsroom,
    signing_in_elsewhere::{claims, claims_now, opened, refusal, seconds, shows, trusting},
};

async fn is_unavailable(newsroom: &Newsroom, token: &str) -> bool {
    matches!(shows(newsroom, token).await, Err(Unidentified::Unavailable(reason)) if reason.contains("issuer"))
}

#[tokio::test]
async fn new_keys_of_the_issuer_are_taken_without_a_restart() {
    let (newsroom, issuer, first) = opened().await;
    let claims = claims(&newsroom, &issuer, "writer");
    shows(&newsroom, &first.sign(&claims))
        .await
        .expect("she is let in");
    let second = Key::p256("second");
    issuer.publishes(&[&first, &second]);
    newsroom.clock.advance(Duration::from_secs(31));
    shows(&newsroom, &second.sign(&claims))
        .await
        .expect("the new key is fetched");
    shows(&newsroom, &first.sign(&claims))
        .await
        .expect("both keys hold");
    issuer.publishes(&[&second]);
    newsroom.clock.advance(Duration::from_hours(1));
    let claims = claims_now(&newsroom, &claims);
    // Old keys are used once more while new ones are fetched beside.
    shows(&newsroom, &second.sign(&claims))
        .await
        .expect("she is let in");
    for _ in 0..100 {
        if issuer.asked() == 3 && shows(&newsroom, &first.sign(&claims)).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let reason = refusal(&newsroom, &first.sign(&claims)).await;
    assert!(reason.contains("does not publish"), "{reason}");
    shows(&newsroom, &second.sign(&claims))
        .await
        .expect("the new key holds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn strangers_with_unknown_keys_do_not_make_us_bother_the_issuer() {
    let (newsroom, issuer, key) = opened().await;
    let claims = claims(&newsroom, &issuer, "writer");
    let flood = async || {
        let tokens = (0..60).map(|number| key.called(&format!("stranger-{number}")).sign(&claims));
        let refused = futures_util::future::join_all(tokens.map(|token| {
            let newsroom = &newsroom;
            async move { refusal(newsroom, &token).await }
        }));
        for reason in refused.await {
            assert!(reason.contains("does not publish"), "{reason}");
        }
    };
    flood().await;
    assert_eq!(issuer.asked(), 1);
    newsroom.clock.advance(Duration::from_secs(29));
    flood().await;
    assert_eq!(issuer.asked(), 1);
    newsroom.clock.advance(Duration::from_secs(1));
    flood().await;
    assert_eq!(issuer.asked(), 2);
    shows(&newsroom, &key.sign(&claims))
        .await
        .expect("she is let in all the same");
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_stop_the_keys_from_coming() {
    let (newsroom, issuer, key) = opened().await;
    let token = key.sign(&claims(&newsroom, &issuer, "writer"));
    let gone = tokio::time::timeout(Duration::ZERO, shows(&newsroom, &token)).await;
    assert!(gone.is_err(), "the client waits no longer");
    shows(&newsroom, &token).await.expect("she is let in");
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn an_issuer_that_falls_silent_locks_nobody_out_for_a_day() {
    let (newsroom, issuer, key) = opened().await;
    let claims = claims(&newsroom, &issuer, "writer");
    shows(&newsroom, &key.sign(&claims))
        .await
        .expect("she is let in");
    issuer.is_in(Mood::Hangs);
    for _ in 0..23 {
        newsroom.clock.advance(Duration::from_hours(1));
        let token = key.sign(&claims_now(&newsroom, &claims));
        let begun = std::time::Instant::now();
        shows(&newsroom, &token).await.expect("the keys are known");
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "nobody waits for the issuer"
        );
    }
    newsroom.clock.advance(Duration::from_hours(1));
    assert!(is_unavailable(&newsroom, &key.sign(&claims_now(&newsroom, &claims))).await);
    issuer.is_in(Mood::Answers);
    newsroom.clock.advance(Duration::from_secs(31));
    let token = key.sign(&claims_now(&newsroom, &claims));
    shows(&newsroom, &token).await.expect("the issuer is back");
}

#[tokio::test]
async fn an_issuer_that_cannot_be_asked_is_named_and_nobody_hangs() {
    let key = Key::ed25519("first");
    for mood in [Mood::Hangs, Mood::Fails, Mood::Redirects] {
        let issuer = FakeIssuer::open(&[&key]).await;
        let newsroom = trusting(issuer.address()).await;
        issuer.is_in(mood);
        let token = key.sign(&claims(&newsroom, &issuer, "writer"));
        let begun = std::time::Instant::now();
        assert!(is_unavailable(&newsroom, &token).await, "{mood:?}");
        assert!(is_unavailable(&newsroom, &token).await, "{mood:?}");
        assert!(begun.elapsed() < Duration::from_secs(8), "{mood:?}");
        assert_eq!(issuer.asked(), 1, "{mood:?}");
        issuer.is_in(Mood::Answers);
        newsroom.clock.advance(Duration::from_secs(30));
        shows(&newsroom, &token).await.expect("the issuer is there");
    }
    // Nobody listens at all.
    let newsroom = trusting("http://127.0.0.1:9").await;
    let now = seconds(&newsroom);
    let token = key.sign(&json!({ "iss": "http://127.0.0.1:9", "exp": now + 300 }));
    assert!(is_unavailable(&newsroom, &token).await);
}

#[tokio::test]
async fn an_issuer_of_another_name_or_with_keys_in_the_open_is_not_believed() {
    let key = Key::ed25519("first");
    let issuer = FakeIssuer::open(&[&key]).await;
    let newsroom = trusting(issuer.address()).await;
    let token = key.sign(&claims(&newsroom, &issuer, "chief"));
    issuer.is_called("https://elsewhere.example");
    assert!(is_unavailable(&newsroom, &token).await);
    issuer.is_called(issuer.address());
    for address in [
        "http://192.0.2.1/keys",
        "ftp://127.0.0.1/keys",
        "file:///etc/hostname",
        "no address",
    ] {
        issuer.keeps_keys_at(address);
        newsroom.clock.advance(Duration::from_secs(30));
        let begun = std::time::Instant::now();
        assert!(is_unavailable(&newsroom, &token).await, "{address}");
        assert!(
            begun.elapsed() < Duration::from_secs(1),
            "{address} was not even asked"
        );
    }
    issuer.keeps_keys_at(&format!("{}/keys", issuer.address()));
    newsroom.clock.advance(Duration::from_secs(30));
    shows(&newsroom, &token).await.expect("she is let in");
}
