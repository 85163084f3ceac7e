//! Signing in, staying signed in, and being shut out.

use std::{sync::Arc, time::Duration};

use async_graphql::{Request, Variables};
use dateline::{
    access::{
        Acting, Actor,
        account::{self, NewAccount},
    },
    editorial::vocabulary::Role,
    http::{Credentials, Engine},
};
use serde_json::{Value, json};

use crate::newsroom::Newsroom;

const PASSWORD: &str = "correct horse battery";

async fn staffed() -> Newsroom {
    let newsroom = Newsroom::open().await;
    let new = NewAccount {
        name: "Ada".to_owned(),
        email: "Ada@example.com".to_owned(),
        role: Role::Admin,
        password: PASSWORD.to_owned(),
    };
    account::create(&operator(&newsroom), new)
        .await
        .expect("an account");
    newsroom
}

fn operator(newsroom: &Newsroom) -> Acting {
    Acting {
        who: Arc::new(Actor::operator("operator")),
        ..newsroom.acting()
    }
}

async fn known(newsroom: &Newsroom, bearer: &str) -> Option<Actor> {
    let credentials = Credentials {
        bearer: Some(bearer.to_owned()),
        ..Credentials::default()
    };
    newsroom.engine.identify(credentials).await.ok()
}

async fn asks(newsroom: &Newsroom, bearer: &str, query: &str, variables: Value) -> Value {
    let who = if bearer.is_empty() {
        Actor::nobody()
    } else {
        known(newsroom, bearer).await.expect("the token holds")
    };
    let request = Request::new(query).variables(Variables::from_json(variables));
    let answer = newsroom.engine.execute(request, who).await;
    serde_json::to_value(answer).expect("an answer is JSON")["data"].clone()
}

async fn sign_in(newsroom: &Newsroom, email: &str, password: &str) -> Value {
    let query = "mutation($e: String!, $p: String!) { signIn(email: $e, password: $p) {
        credentials { accessToken refreshToken } errors { code message } } }";
    asks(newsroom, "", query, json!({"e": email, "p": password})).await["signIn"].clone()
}

fn access(signed_in: &Value) -> String {
    signed_in["credentials"]["accessToken"]
        .as_str()
        .unwrap_or_else(|| panic!("nobody signed in: {signed_in}"))
        .to_owned()
}

async fn refresh(newsroom: &Newsroom, signed_in: &Value) -> Value {
    let query = "mutation($t: String!) { sessionRefresh(refreshToken: $t) {
        credentials { accessToken refreshToken } errors { code } } }";
    let token = signed_in["credentials"]["refreshToken"].clone();
    asks(newsroom, "", query, json!({"t": token})).await["sessionRefresh"].clone()
}

#[tokio::test]
async fn whoever_signs_in_may_act() {
    let newsroom = staffed().await;
    let token = access(&sign_in(&newsroom, "ada@EXAMPLE.com", PASSWORD).await);
    let answer = asks(
        &newsroom,
        &token,
        "{ viewer { name account { role } } }",
        Value::Null,
    )
    .await;
    assert_eq!(answer["viewer"]["name"], "Ada");
    assert_eq!(answer["viewer"]["account"]["role"], "ADMIN");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_are_answered_alike() {
    let newsroom = staffed().await;
    let wrong = sign_in(&newsroom, "ada@example.com", "something else").await;
    let unknown = sign_in(&newsroom, "bob@example.com", PASSWORD).await;
    assert_eq!(wrong, unknown);
    assert_eq!(wrong["errors"][0]["code"], "BAD_CREDENTIALS");
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let newsroom = staffed().await;
    for _ in 0..10 {
        sign_in(&newsroom, "ada@example.com", "something else").await;
    }
    let refused = sign_in(&newsroom, "ada@example.com", PASSWORD).await;
    assert_eq!(refused["errors"][0]["code"], "TOO_MANY_ATTEMPTS");
    newsroom.clock.advance(Duration::from_mins(16));
    access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_its_session() {
    let newsroom = staffed().await;
    let first = sign_in(&newsroom, "ada@example.com", PASSWORD).await;
    let second = refresh(&newsroom, &first).await;
    assert!(known(&newsroom, &access(&second)).await.is_some());
    let again = refresh(&newsroom, &first).await;
    assert_eq!(again["errors"][0]["code"], "BAD_CREDENTIALS");
    assert!(known(&newsroom, &access(&second)).await.is_none());
    let third = refresh(&newsroom, &second).await;
    assert_eq!(third["errors"][0]["code"], "BAD_CREDENTIALS");
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session() {
    let newsroom = staffed().await;
    let one = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    let other = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    asks(
        &newsroom,
        &one,
        "mutation { signOutEverywhere { errors { code } } }",
        Value::Null,
    )
    .await;
    assert!(known(&newsroom, &one).await.is_none());
    assert!(known(&newsroom, &other).await.is_none());
}

#[tokio::test]
async fn an_access_token_expires() {
    let newsroom = staffed().await;
    let token = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    newsroom.clock.advance(Duration::from_secs(606));
    assert!(known(&newsroom, &token).await.is_none());
}

#[tokio::test]
async fn the_last_admin_stays() {
    let newsroom = staffed().await;
    let token = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    let id =
        asks(&newsroom, &token, "{ viewer { id } }", Value::Null).await["viewer"]["id"].clone();
    let query =
        "mutation($id: ID!) { accountDisable(id: $id, expectedVersion: 1) { errors { code } } }";
    let answer = asks(&newsroom, &token, query, json!({ "id": id })).await;
    assert_eq!(answer["accountDisable"]["errors"][0]["code"], "WRONG_STATE");
}

#[tokio::test]
async fn a_former_secret_holds_during_the_overlap() {
    let newsroom = staffed().await;
    let token = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    let query = "mutation { apiTokenCreate(input: {name: \"feed\", scopes: [DRAFTS_READ]}) {
        apiToken { id } secret } }";
    let made = asks(&newsroom, &token, query, Value::Null).await["apiTokenCreate"].clone();
    let former = made["secret"].as_str().expect("a secret").to_owned();
    let actor = known(&newsroom, &former).await.expect("it holds");
    assert_eq!(actor.scopes.len(), 1);
    let query = "mutation($id: ID!) { apiTokenRotate(id: $id, expectedVersion: 1, overlapMinutes: 5) { secret } }";
    let id = made["apiToken"]["id"].clone();
    let new =
        asks(&newsroom, &token, query, json!({"id": id.clone()})).await["apiTokenRotate"]["secret"]
            .clone();
    let new = new.as_str().expect("a secret").to_owned();
    assert!(known(&newsroom, &former).await.is_some());
    newsroom.clock.advance(Duration::from_secs(301));
    assert!(known(&newsroom, &former).await.is_none());
    assert!(known(&newsroom, &new).await.is_some());
    let query =
        "mutation($id: ID!) { apiTokenRevoke(id: $id, expectedVersion: 2) { errors { code } } }";
    asks(&newsroom, &token, query, json!({ "id": id })).await;
    assert!(known(&newsroom, &new).await.is_none());
}
