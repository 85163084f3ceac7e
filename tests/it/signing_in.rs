//! Signing in, staying signed in, and being shut out.

use std::{sync::Arc, time::Duration};

use async_graphql::{Request, Variables};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use dateline::{
    access::{
        Acting, Actor,
        account::{self, NewAccount},
        keys::{self, Keys},
    },
    editorial::{identity::AccountId, vocabulary::Role},
    http::{Credentials, DatelineEngine, Engine},
};
use sea_orm::ConnectionTrait;
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

/// A newsroom whose signing keys the test holds, and an access token that holds there.
async fn with_keys() -> (Newsroom, String, String) {
    let mut newsroom = staffed().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.pem");
    Keys::of_file(&path).expect("keys");
    let pem = std::fs::read_to_string(&path).expect("the file");
    newsroom.engine = Arc::new(engine_with(&newsroom, &pem));
    let token = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    (newsroom, pem, token)
}

fn engine_with(newsroom: &Newsroom, pem: &str) -> DatelineEngine {
    DatelineEngine::new(newsroom.db.clone(), newsroom.clock.clone(), 100_000)
        .with_keys(Keys::of_pem(pem).expect("keys"))
}

/// The public half of the key in a PEM file.
fn public_half(pem: &str) -> Vec<u8> {
    let text: String = pem.lines().filter(|line| !line.starts_with("--")).collect();
    let pkcs8 = BASE64.decode(text.as_bytes()).expect("base64");
    let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).expect("a key");
    pair.public_key().as_ref().to_vec()
}

/// A part of a token, read.
fn part(token: &str, index: usize) -> Value {
    let text = token.split('.').nth(index).expect("three parts");
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).expect("base64");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn encoded(part: &Value) -> String {
    BASE64URL_NOPAD.encode(part.to_string().as_bytes())
}

#[tokio::test]
async fn a_token_of_another_algorithm_or_key_opens_nothing() {
    let (newsroom, pem, token) = with_keys().await;
    assert!(known(&newsroom, &token).await.is_some());
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let signature = token.rsplit('.').next().expect("a signature");
    let headed = |change: &dyn Fn(&mut Value)| {
        let mut header = header.clone();
        change(&mut header);
        header
    };
    let unsigned = headed(&|header| header["alg"] = json!("none"));
    let forged_kid = headed(&|header| header["kid"] = json!("AAAAAAAAAAAAAAAA"));
    let without_kid = headed(&|header| {
        header.as_object_mut().expect("an object").remove("kid");
    });
    let mut forged = vec![
        format!("{}.{}.", encoded(&unsigned), encoded(&claims)),
        format!("{}.{}.{signature}", encoded(&unsigned), encoded(&claims)),
        format!("{}.{}.{signature}", encoded(&forged_kid), encoded(&claims)),
        format!("{}.{}.{signature}", encoded(&without_kid), encoded(&claims)),
        format!("{}.{}.", encoded(&header), encoded(&claims)),
        format!("{token}x"),
        String::new(),
        "no token".to_owned(),
    ];
    // The public half of a key as the secret of a symmetric one, under its own kid.
    for secret in [public_half(&pem), b"secret".to_vec()] {
        let symmetric = headed(&|header| header["alg"] = json!("HS256"));
        let message = format!("{}.{}", encoded(&symmetric), encoded(&claims));
        let tag = jsonwebtoken::crypto::sign(
            message.as_bytes(),
            &jsonwebtoken::EncodingKey::from_secret(&secret),
            jsonwebtoken::Algorithm::HS256,
        )
        .expect("a tag");
        forged.push(format!("{message}.{tag}"));
    }
    let mut other = claims.clone();
    other["sub"] = json!("account_01h455vb4pex5vsknk084sn02q");
    forged.push(format!(
        "{}.{}.{signature}",
        encoded(&header),
        encoded(&other)
    ));
    let stranger = Keys::fresh().expect("keys");
    forged.push(stranger.sign(&claims).expect("a token"));
    for token in forged {
        assert!(known(&newsroom, &token).await.is_none(), "{token}");
    }
}

#[tokio::test]
async fn well_signed_claims_that_do_not_fit_open_nothing() {
    let (newsroom, pem, token) = with_keys().await;
    let keys = Keys::of_pem(&pem).expect("keys");
    let claims = part(&token, 1);
    let again = keys.sign(&claims).expect("a token");
    assert!(
        known(&newsroom, &again).await.is_some(),
        "unchanged claims hold"
    );
    let soon = claims["iat"].as_i64().expect("a number") + 3_600;
    for (field, value) in [
        ("iss", json!("somebody-else")),
        ("aud", json!("dateline-preview")),
        ("nbf", json!(soon)),
        ("exp", json!(claims["iat"].as_i64().expect("a number") - 60)),
        ("sub", json!("account_01h455vb4pex5vsknk084sn02q")),
        ("sub", json!("nobody")),
        ("sid", json!("session_01h455vb4pex5vsknk084sn02q")),
        ("sid", Value::Null),
        ("exp", Value::Null),
    ] {
        let mut changed = claims.clone();
        changed[field] = value;
        let token = keys.sign(&changed).expect("a token");
        assert!(
            known(&newsroom, &token).await.is_none(),
            "{field}: {changed}"
        );
    }
}

#[tokio::test]
async fn whoever_is_shut_out_or_deleted_is_out_at_once() {
    let (newsroom, _, token) = with_keys().await;
    let operator = operator(&newsroom);
    let new = NewAccount {
        name: "Bob".to_owned(),
        email: "bob@example.com".to_owned(),
        role: Role::Admin,
        password: PASSWORD.to_owned(),
    };
    let bob = account::create(&operator, new).await.expect("an account");
    let bobs = access(&sign_in(&newsroom, "bob@example.com", PASSWORD).await);
    assert!(known(&newsroom, &bobs).await.is_some());
    account::disable(&operator, AccountId(bob.id), 1)
        .await
        .expect("bob is shut out");
    assert!(known(&newsroom, &bobs).await.is_none());
    assert!(known(&newsroom, &token).await.is_some());
    newsroom
        .db
        .maintenance()
        .execute_unprepared("DELETE FROM account WHERE login = 'ada@example.com'")
        .await
        .expect("ada is deleted");
    assert!(known(&newsroom, &token).await.is_none());
}

#[tokio::test]
async fn new_signing_keys_log_nobody_out() {
    let mut newsroom = staffed().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.pem");
    Keys::of_file(&path).expect("keys");
    let read = || std::fs::read_to_string(&path).expect("the file");
    newsroom.engine = Arc::new(engine_with(&newsroom, &read()));
    let first = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    keys::rotate(&path).expect("a new key");
    newsroom.engine = Arc::new(engine_with(&newsroom, &read()));
    let second = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    assert_ne!(part(&first, 0)["kid"], part(&second, 0)["kid"]);
    assert!(
        known(&newsroom, &first).await.is_some(),
        "the former key still verifies"
    );
    assert!(known(&newsroom, &second).await.is_some());
    keys::rotate(&path).expect("a new key");
    newsroom.engine = Arc::new(engine_with(&newsroom, &read()));
    assert!(
        known(&newsroom, &first).await.is_none(),
        "two keys live, not three"
    );
    assert!(known(&newsroom, &second).await.is_some());
}
