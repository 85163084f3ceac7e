//! Guessing passwords: it is slowed down for whoever guesses, and stops nobody else.

use std::{net::IpAddr, sync::Arc, time::Duration};

use async_graphql::{Request, Variables};
use dateline::{
    access::{Acting, Actor, throttle},
    http::Engine,
};
use serde_json::{Value, json};

use crate::{
    newsroom::Newsroom,
    signing_in::{PASSWORD, staffed},
};

fn at(address: &str) -> Actor {
    Actor {
        address: Some(address.parse::<IpAddr>().expect("an address")),
        ..Actor::nobody()
    }
}

/// The code that an attempt to sign in is refused with; nothing when it succeeds.
async fn tries(newsroom: &Newsroom, address: &str, email: &str, password: &str) -> Option<String> {
    let query = "mutation($e: String!, $p: String!) { signIn(email: $e, password: $p) { errors { code } } }";
    let variables = Variables::from_json(json!({"e": email, "p": password}));
    let request = Request::new(query).variables(variables);
    let answer = newsroom.engine.execute(request, at(address)).await;
    let answer: Value = serde_json::to_value(answer).expect("an answer is JSON");
    let errors = answer["data"]["signIn"]["errors"].as_array();
    errors
        .unwrap_or_else(|| panic!("{answer}"))
        .first()
        .map(|error| error["code"].as_str().unwrap_or_default().to_owned())
}

/// Guesses so often, without the work on the passwords, and says how often that was let through.
async fn guesses(newsroom: &Newsroom, addresses: &[String], email: &str, times: usize) -> usize {
    let mut through = 0;
    for address in addresses {
        let acting = Acting {
            who: Arc::new(at(address)),
            ..newsroom.acting()
        };
        for _ in 0..times {
            through += usize::from(throttle::attempt(&acting, email).await.is_ok());
        }
    }
    through
}

fn botnet() -> Vec<String> {
    (1..=40).map(|host| format!("203.0.113.{host}")).collect()
}

#[tokio::test]
async fn a_stranger_who_guesses_does_not_shut_the_owner_out() {
    let newsroom = staffed().await;
    let stranger = "203.0.113.1";
    for _ in 0..5 {
        let refused = tries(&newsroom, stranger, "ada@example.com", "a wrong guess").await;
        assert_eq!(refused.as_deref(), Some("BAD_CREDENTIALS"));
    }
    guesses(&newsroom, &[stranger.to_owned()], "ada@example.com", 1000).await;
    let refused = tries(&newsroom, stranger, "ada@example.com", PASSWORD).await;
    assert_eq!(refused.as_deref(), Some("TOO_MANY_ATTEMPTS"));
    let owner = tries(&newsroom, "198.51.100.7", "ada@example.com", PASSWORD).await;
    assert_eq!(owner, None, "the owner was never seen here, and gets in");
    newsroom.clock.advance(Duration::from_mins(16));
    let later = tries(&newsroom, stranger, "ada@example.com", PASSWORD).await;
    assert_eq!(later, None);
}

#[tokio::test]
async fn guessing_from_many_addresses_is_bounded_and_still_lets_a_known_address_in() {
    let newsroom = staffed().await;
    let home = "198.51.100.7";
    assert_eq!(
        tries(&newsroom, home, "ada@example.com", PASSWORD).await,
        None
    );
    let through = guesses(&newsroom, &botnet(), "ada@example.com", 5).await;
    assert_eq!(through, 100, "of 200 guesses");
    let away = tries(&newsroom, "192.0.2.9", "ada@example.com", PASSWORD).await;
    assert_eq!(away.as_deref(), Some("TOO_MANY_ATTEMPTS"));
    let owner = tries(&newsroom, home, "ada@example.com", PASSWORD).await;
    assert_eq!(owner, None, "where the owner has signed in before");
}

#[tokio::test]
async fn an_account_that_nobody_has_is_guarded_like_any_other() {
    let newsroom = staffed().await;
    for email in ["ada@example.com", "nobody@example.com"] {
        let one = vec!["203.0.113.99".to_owned()];
        assert_eq!(guesses(&newsroom, &one, email, 20).await, 5, "{email}");
        let rest = guesses(&newsroom, &botnet(), email, 5).await;
        assert_eq!(rest, 95, "{email}");
        let refused = tries(&newsroom, "192.0.2.9", email, PASSWORD).await;
        assert_eq!(refused.as_deref(), Some("TOO_MANY_ATTEMPTS"), "{email}");
    }
}

#[tokio::test]
async fn one_address_does_not_guess_at_all_accounts_in_turn() {
    let newsroom = staffed().await;
    let one = vec!["203.0.113.1".to_owned()];
    let mut through = 0;
    for number in 0..30 {
        let email = format!("reporter{number}@example.com");
        through += guesses(&newsroom, &one, &email, 3).await;
    }
    assert_eq!(through, 50);
}

#[tokio::test]
async fn a_guest_with_a_whole_network_of_addresses_counts_as_one() {
    let newsroom = staffed().await;
    let network: Vec<String> = (0..50)
        .map(|host| format!("2001:db8:0:7::{host:x}"))
        .collect();
    let through = guesses(&newsroom, &network, "ada@example.com", 1).await;
    assert_eq!(through, 5);
    let neighbour = vec!["2001:db8:0:8::1".to_owned()];
    assert_eq!(
        guesses(&newsroom, &neighbour, "ada@example.com", 1).await,
        1
    );
}
