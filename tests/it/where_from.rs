//! Where requests come from: behind proxies, by which client, and how attempts to sign in are counted by it.

use std::net::IpAddr;

use async_graphql::Request;
use dateline::{
    access::{
        Actor,
        account::{self, NewAccount},
        audit,
    },
    editorial::vocabulary::Role,
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::newsroom::Newsroom;

const PASSWORD: &str = "correct horse battery";
const SIGN_IN: &str =
    "mutation($e: String!, $p: String!) { signIn(email: $e, password: $p) { errors { code } } }";

async fn staffed() -> Newsroom {
    let newsroom = Newsroom::open().await;
    let new = NewAccount {
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        role: Role::Admin,
        password: PASSWORD.to_owned(),
    };
    account::create(&newsroom.acting(), new)
        .await
        .expect("an account");
    newsroom
}

/// The newest act on record.
async fn newest(newsroom: &Newsroom) -> audit::entity::Model {
    let wanted = audit::Wanted {
        most: 1,
        ..audit::Wanted::default()
    };
    audit::entries(&newsroom.db, wanted)
        .await
        .expect("entries")
        .remove(0)
}

/// The address under which somebody who signs in with headers is known.
async fn address(newsroom: &Newsroom, proxies: &str, headers: &[(&str, &str)]) -> String {
    let served = newsroom.served_behind(proxies).await;
    let who = json!({ "e": "ada@example.com", "p": PASSWORD });
    let (status, answer) = served.ask(headers, SIGN_IN, who).await;
    assert_eq!(
        (status, &answer["data"]["signIn"]["errors"]),
        (200, &json!([])),
        "{answer}"
    );
    newest(newsroom).await.address.expect("an address")
}

#[tokio::test]
async fn a_trusted_proxy_says_where_a_request_comes_from() {
    let newsroom = staffed().await;
    let claimed = [("x-forwarded-for", "203.0.113.9, 198.51.100.7, 127.0.0.9")];
    for (proxies, wanted) in [
        ("", "127.0.0.1"),
        ("10.0.0.0/8", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.9"),
        ("127.0.0.0/8", "198.51.100.7"),
        ("::ffff:127.0.0.0/104, 198.51.100.0/24", "203.0.113.9"),
    ] {
        assert_eq!(
            address(&newsroom, proxies, &claimed).await,
            wanted,
            "behind {proxies:?}"
        );
    }
    for (name, value) in [
        ("x-forwarded-for", "nonsense"),
        ("x-forwarded-for", "203.0.113.9, nonsense"),
        ("forwarded", "for=203.0.113.9"),
        ("x-real-ip", "203.0.113.9"),
    ] {
        let address = address(&newsroom, "127.0.0.1", &[(name, value)]).await;
        assert_eq!(address, "127.0.0.1", "{name}: {value}");
    }
}

#[tokio::test]
async fn the_client_is_on_record_where_somebody_signed_in() {
    let newsroom = staffed().await;
    let long = format!("Desk/1.0 (Hélène)\t{}", "x".repeat(300));
    address(&newsroom, "", &[("user-agent", &long)]).await;
    let kept = format!("Desk/1.0 (Hélène){}", "x".repeat(183));
    let row = newsroom
        .db
        .maintenance()
        .query_one_raw(sea_orm::Statement::from_string(
            newsroom.db.maintenance().get_database_backend(),
            "SELECT user_agent FROM session",
        ))
        .await
        .expect("an answer")
        .expect("a session");
    assert_eq!(
        row.try_get::<String>("", "user_agent").expect("a text"),
        kept
    );
    let after = newest(&newsroom).await.after.expect("what it is now");
    let after: Value = serde_json::from_str(&after).expect("JSON");
    assert_eq!(after["userAgent"], kept);
    assert!(
        after["session"]
            .as_str()
            .is_some_and(|id| id.starts_with("session_"))
    );
}

#[tokio::test]
async fn whoever_has_many_addresses_of_one_network_has_no_more_attempts() {
    let newsroom = staffed().await;
    let attempt = async |from: String, email: String, password: &str| {
        let who = Actor {
            address: Some(from.parse::<IpAddr>().expect("an address")),
            ..Actor::nobody()
        };
        let variables = json!({ "e": email, "p": password });
        let request =
            Request::new(SIGN_IN).variables(async_graphql::Variables::from_json(variables));
        let answer = newsroom.engine.execute_as(request, who).await;
        serde_json::to_value(answer).expect("JSON")["data"]["signIn"]["errors"][0]["code"].clone()
    };
    for number in 0..50 {
        let from = format!("2001:db8:1:2:{number}::{number}");
        let code = attempt(
            from,
            format!("nobody-{number}@example.com"),
            "something else",
        )
        .await;
        assert_eq!(code, "BAD_CREDENTIALS", "attempt {number}");
    }
    let ada = || "ada@example.com".to_owned();
    let same = attempt("2001:db8:1:2:ffff::1".to_owned(), ada(), PASSWORD).await;
    assert_eq!(same, "TOO_MANY_ATTEMPTS");
    let other = attempt("2001:db8:1:3::1".to_owned(), ada(), PASSWORD).await;
    assert_eq!(other, Value::Null, "the next network is somebody else");
}
