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

pub const PASSWORD: &str = "correct horse battery";

pub async fn staffed() -> Newsroom {
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

pub fn operator(newsroom: &Newsroom) -> Acting {
    Acting {
        who: Arc::new(Actor::operator("operator")),
        ..newsroom.acting()
    }
}

pub async fn known(newsroom: &Newsroom, bearer: &str) -> Option<Actor> {
    let credentials = Credentials {
        bearer: Some(bearer.to_owned()),
        ..Credentials::default()
    };
    newsroom.engine.identify(credentials).await.ok()
}

pub async fn asks(newsroom: &Newsroom, bearer: &str, query: &str, variables: Value) -> Value {
    let who = if bearer.is_empty() {
        Actor::nobody()
    } else {
        known(newsroom, bearer).await.expect("the token holds")
    };
    let request = Request::new(query).variables(Variables::from_json(variables));
    let answer = newsroom.engine.execute(request, who).await;
    serde_json::to_value(answer).expect("an answer is JSON")["data"].clone()
}

pub async fn sign_in(newsroom: &Newsroom, email: &str, password: &str) -> Value {
    let query = "mutation($e: String!, $p: String!) { signIn(email: $e, password: $p) {
        credentials { accessToken refreshToken } errors { code message } } }";
    asks(newsroom, "", query, json!({"e": email, "p": password})).await["signIn"].clone()
}

pub fn access(signed_in: &Value) -> String {
    signed_in["credentials"]["accessToken"]
        .as_str()
        .unwrap_or_else(|| panic!("nobody signed in: {signed_in}"))
        .to_owned()
}

pub async fn refresh(newsroom: &Newsroom, signed_in: &Value) -> Value {
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
    let keys = Keys::of_pem(pem).expect("keys");
    DatelineEngine::new(newsroom.db.clone(), newsroom.clock.clone(), 100_000, keys)
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

/// An admin of this name who has just signed in.
pub async fn admin(newsroom: &Newsroom, name: &str) -> (AccountId, String) {
    let email = format!("{}@example.com", name.to_lowercase());
    let new = NewAccount {
        name: name.to_owned(),
        email: email.clone(),
        role: Role::Admin,
        password: PASSWORD.to_owned(),
    };
    let account = account::create(&operator(newsroom), new)
        .await
        .expect("an account");
    let token = access(&sign_in(newsroom, &email, PASSWORD).await);
    (AccountId(account.id), token)
}

/// Creates an API token and gives its id and secret.
pub async fn makes_token(newsroom: &Newsroom, bearer: &str, scopes: &str) -> (Value, String) {
    let query = format!(
        "mutation {{ apiTokenCreate(input: {{name: \"feed\", scopes: [{scopes}]}}) {{
        apiToken {{ id }} secret errors {{ code message }} }} }}"
    );
    let made = asks(newsroom, bearer, &query, Value::Null).await["apiTokenCreate"].clone();
    let secret = made["secret"]
        .as_str()
        .unwrap_or_else(|| panic!("no token: {made}"));
    (made["apiToken"]["id"].clone(), secret.to_owned())
}

#[tokio::test]
async fn an_api_token_does_not_outlive_the_disabling_of_its_creator() {
    let newsroom = staffed().await;
    let ada = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    let (bob, bobs) = admin(&newsroom, "Bob").await;
    let (_, feed) = makes_token(&newsroom, &bobs, "DRAFTS_READ, TOKENS_MANAGE").await;
    let (_, made_by_feed) = makes_token(&newsroom, &feed, "DRAFTS_READ").await;
    let (_, adas) = makes_token(&newsroom, &ada, "DRAFTS_READ").await;
    account::disable(&operator(&newsroom), bob, 1)
        .await
        .expect("bob is shut out");
    assert!(known(&newsroom, &feed).await.is_none());
    assert!(
        known(&newsroom, &made_by_feed).await.is_none(),
        "what his token made goes with it"
    );
    assert!(known(&newsroom, &adas).await.is_some());
    account::enable(&operator(&newsroom), bob, 2)
        .await
        .expect("bob is let in again");
    assert!(
        known(&newsroom, &feed).await.is_none(),
        "nothing comes back by itself"
    );
}

#[tokio::test]
async fn an_api_token_does_not_outlive_the_demotion_of_its_creator() {
    let newsroom = staffed().await;
    let ada = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    let (bob, bobs) = admin(&newsroom, "Bob").await;
    let (id, feed) = makes_token(&newsroom, &bobs, "ARTICLES_PUBLISH").await;
    let query = "mutation($id: ID!, $v: Int!, $role: Role!) {
        accountRoleSet(id: $id, expectedVersion: $v, role: $role) { apiTokensRevoked errors { code } } }";
    let set = async |version: i64, role: &str| {
        let variables = json!({"id": bob.to_string(), "v": version, "role": role});
        asks(&newsroom, &ada, query, variables).await["accountRoleSet"].clone()
    };
    let done = set(1, "EDITOR").await;
    assert_eq!(done, json!({"apiTokensRevoked": 1, "errors": []}));
    assert!(known(&newsroom, &feed).await.is_none());
    let log = "query($id: ID!) { auditLog(subject: $id) { act actor reason } }";
    let log = asks(&newsroom, &ada, log, json!({ "id": id })).await["auditLog"].clone();
    assert_eq!(
        log[0],
        json!({"act": "apiTokenRevoke", "actor": "Ada", "reason": "accountRoleSet"})
    );
    let back = set(2, "ADMIN").await;
    assert_eq!(back, json!({"apiTokensRevoked": 0, "errors": []}));
    assert!(known(&newsroom, &feed).await.is_none());
}

#[tokio::test]
async fn a_token_is_handed_over_by_giving_it_a_new_secret() {
    let newsroom = staffed().await;
    let ada = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    let (bob, bobs) = admin(&newsroom, "Bob").await;
    let (id, former) = makes_token(&newsroom, &bobs, "DRAFTS_READ").await;
    let query = "mutation($id: ID!) { apiTokenRotate(id: $id, expectedVersion: 1) { secret apiToken { heldBy } } }";
    let rotated = asks(&newsroom, &ada, query, json!({ "id": id })).await["apiTokenRotate"].clone();
    let new = rotated["secret"].as_str().expect("a secret");
    assert!(known(&newsroom, &former).await.is_some(), "the overlap");
    account::disable(&operator(&newsroom), bob, 1)
        .await
        .expect("bob is shut out");
    assert!(
        known(&newsroom, &former).await.is_none(),
        "the secret that he has"
    );
    assert!(
        known(&newsroom, new).await.is_some(),
        "the secret that he never had"
    );
}

#[tokio::test]
async fn a_token_whose_holder_is_gone_opens_nothing_whoever_took_the_account_away() {
    let newsroom = staffed().await;
    let (_, bobs) = admin(&newsroom, "Bob").await;
    let (_, feed) = makes_token(&newsroom, &bobs, "DRAFTS_READ").await;
    newsroom
        .db
        .maintenance()
        .execute_unprepared("DELETE FROM account WHERE login = 'bob@example.com'")
        .await
        .expect("bob is deleted");
    assert!(known(&newsroom, &feed).await.is_none());
}

#[tokio::test]
async fn whoever_was_shut_out_since_the_request_began_makes_no_token() {
    let newsroom = staffed().await;
    let (bob, bobs) = admin(&newsroom, "Bob").await;
    let who = known(&newsroom, &bobs).await.expect("bob is known");
    account::disable(&operator(&newsroom), bob, 1)
        .await
        .expect("bob is shut out");
    let query = "mutation { apiTokenCreate(input: {name: \"feed\", scopes: []}) { secret errors { code } } }";
    let answer = newsroom.ask_as(&who, query, Value::Null).await;
    assert_eq!(
        answer["apiTokenCreate"],
        json!({"secret": null, "errors": [{"code": "WRONG_STATE"}]})
    );
}

#[tokio::test]
async fn an_api_token_expires_and_does_only_what_it_is_for() {
    let newsroom = staffed().await;
    let ada = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    let query = "mutation { apiTokenCreate(input: {name: \"feed\", scopes: [DRAFTS_READ], expiresAt: \"2026-03-01T10:00:00Z\"}) { secret } }";
    let made = asks(&newsroom, &ada, query, Value::Null).await["apiTokenCreate"].clone();
    let secret = made["secret"].as_str().expect("a secret");
    let query = "mutation { articleDraftCreate(input: {}) { article { id } errors { code ... on NotPermitted { missingScope } } } }";
    let refused = asks(&newsroom, secret, query, Value::Null).await;
    assert_eq!(
        refused["articleDraftCreate"]["errors"],
        json!([{"code": "NOT_PERMITTED", "missingScope": "ARTICLES_WRITE"}])
    );
    newsroom.clock.advance(Duration::from_mins(59));
    assert!(known(&newsroom, secret).await.is_some());
    newsroom.clock.advance(Duration::from_mins(1));
    assert!(known(&newsroom, secret).await.is_none());
}

#[tokio::test]
async fn the_audit_log_says_how_much_a_session_was_used_when_it_ends() {
    let newsroom = staffed().await;
    let first = sign_in(&newsroom, "ada@example.com", PASSWORD).await;
    newsroom.clock.advance(Duration::from_mins(9));
    let second = refresh(&newsroom, &first).await;
    let third = refresh(&newsroom, &second).await;
    let query =
        "mutation($t: String!) { signOut(refreshToken: $t) { errors { code } changeCursor } }";
    let token = third["credentials"]["refreshToken"].clone();
    let out = asks(&newsroom, "", query, json!({ "t": token })).await["signOut"].clone();
    assert_eq!(out, json!({"errors": [], "changeCursor": null}));
    let ada = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    let log = "{ auditLog(first: 3) { act before } }";
    let log = asks(&newsroom, &ada, log, Value::Null).await["auditLog"].clone();
    assert_eq!(log[0]["act"], "signIn");
    assert_eq!(log[1]["act"], "signOut");
    assert_eq!(log[2]["act"], "signIn", "exchanges have no entry each");
    let before: Value =
        serde_json::from_str(log[1]["before"].as_str().expect("a record")).expect("JSON");
    assert_eq!(before["exchanges"], 2);
    assert_eq!(before["lastSeenAt"], "2026-03-01T09:09:00Z");
}
