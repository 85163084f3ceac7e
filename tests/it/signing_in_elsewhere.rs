//! Tokens of another issuer: whom they let in, and in which role.

use std::{sync::Arc, time::Duration};

use data_encoding::BASE64URL_NOPAD;
use dateline::{
    access::{
        Acting, Actor,
        account::{self, Account, NewAccount},
        audit,
        keys::Keys,
        oidc::{Issuer, Settings},
    },
    editorial::{
        identity::AccountId,
        vocabulary::{Role, Scope},
    },
    http::{Credentials, DatelineEngine, Engine, Unidentified},
};
use serde_json::{Value, json};

use crate::{
    issuers::{FakeIssuer, Key, Mood},
    newsroom::Newsroom,
};

const AUDIENCE: &str = "dateline-desk";

fn settings(issuer: &str) -> Settings {
    let values = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Settings {
        issuer: issuer.to_owned(),
        audience: AUDIENCE.to_owned(),
        roles_claim: "realm_access.roles".to_owned(),
        roles: vec![
            (Role::Reporter, values(&["writer", "stringer"])),
            (Role::Editor, values(&["desk"])),
            (Role::Admin, values(&["chief"])),
        ],
    }
}

/// A newsroom that takes the tokens of an issuer.
pub async fn trusting(issuer: &str) -> Newsroom {
    let mut newsroom = Newsroom::open().await;
    let issuer = Issuer::new(settings(issuer)).expect("an issuer");
    let keys = Keys::fresh().expect("keys");
    let (db, clock) = (newsroom.db.clone(), newsroom.clock.clone());
    let engine = DatelineEngine::new(db, clock, 100_000, keys).with_issuer(Some(issuer));
    newsroom.engine = Arc::new(engine);
    newsroom
}

pub async fn opened() -> (Newsroom, FakeIssuer, Key) {
    let key = Key::ed25519("first");
    let issuer = FakeIssuer::open(&[&key]).await;
    let newsroom = trusting(issuer.address()).await;
    (newsroom, issuer, key)
}

pub fn seconds(newsroom: &Newsroom) -> i64 {
    newsroom.clock.now().0 / 1_000_000
}

/// What the issuer says of Ada, who has a role there.
pub fn claims(newsroom: &Newsroom, issuer: &FakeIssuer, role: &str) -> Value {
    let now = seconds(newsroom);
    json!({
        "iss": issuer.address(), "aud": AUDIENCE, "sub": "ada-17",
        "iat": now, "exp": now + 300,
        "name": "Ada Berg", "email": "ada@example.com",
        "realm_access": { "roles": ["offline_access", role] },
    })
}

fn changed(claims: &Value, field: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    claims[field] = value;
    claims
}

pub async fn shows(newsroom: &Newsroom, token: &str) -> Result<Actor, Unidentified> {
    let credentials = Credentials {
        bearer: Some(token.to_owned()),
        address: Some("192.0.2.7".parse().expect("an address")),
        request: "a-request".to_owned(),
        ..Credentials::default()
    };
    newsroom.engine.identify(credentials).await
}

pub async fn refusal(newsroom: &Newsroom, token: &str) -> String {
    match shows(newsroom, token).await {
        Err(Unidentified::Refused(reason)) => reason,
        other => panic!("{token} is not refused: {other:?}"),
    }
}

async fn accounts(newsroom: &Newsroom) -> Vec<Account> {
    account::list(&newsroom.db, 100).await.expect("accounts")
}

/// The acts on record, the newest first.
async fn acts(newsroom: &Newsroom) -> Vec<audit::entity::Model> {
    let wanted = audit::Wanted {
        most: 100,
        ..audit::Wanted::default()
    };
    audit::entries(&newsroom.db, wanted).await.expect("entries")
}

#[tokio::test]
async fn a_token_of_the_issuer_lets_its_holder_in_with_the_role_that_it_gives() {
    let keys = [Key::ed25519("a"), Key::p256("b"), Key::rsa("c")];
    let issuer = FakeIssuer::open(&keys.iter().collect::<Vec<_>>()).await;
    let newsroom = trusting(issuer.address()).await;
    let claims = claims(&newsroom, &issuer, "desk");
    for key in &keys {
        let actor = shows(&newsroom, &key.sign(&claims))
            .await
            .expect("she is let in");
        assert_eq!(actor.name, "Ada Berg");
        assert!(actor.scopes.contains(&Scope::ArticlesPublish));
        assert!(!actor.scopes.contains(&Scope::AccountsManage));
        assert!(actor.account.is_some() && actor.session.is_none());
    }
    for aud in [json!([AUDIENCE, "other"]), json!([AUDIENCE])] {
        let token = keys[1].sign_as("at+jwt", &changed(&claims, "aud", aud));
        shows(&newsroom, &token).await.expect("she is let in");
    }
    assert_eq!(issuer.asked(), 1, "the keys are kept");
    let [account] = &accounts(&newsroom).await[..] else {
        panic!("three keys made more than one account");
    };
    assert_eq!(
        (account.email.as_str(), account.role()),
        ("ada@example.com", Role::Editor)
    );
    let acts = acts(&newsroom).await;
    assert_eq!(acts.len(), 1, "only the first token is on record");
    assert_eq!(
        (acts[0].act.as_str(), acts[0].actor.as_str()),
        ("accountCreate", issuer.address())
    );
    assert_eq!(acts[0].subject_id, account.id);
    assert_eq!(acts[0].address.as_deref(), Some("192.0.2.7"));
    assert!(
        acts[0]
            .after
            .as_deref()
            .is_some_and(|after| after.contains("EDITOR"))
    );
}

#[tokio::test]
async fn whoever_signs_in_elsewhere_works_over_http_and_learns_why_not() {
    let (newsroom, issuer, key) = opened().await;
    let served = newsroom.served_behind("").await;
    let query = "{ viewer { name account { role email } } }";
    let bearer = |token: String| format!("Bearer {token}");
    let claims = claims(&newsroom, &issuer, "chief");
    let good = bearer(key.sign(&claims));
    let (status, answer) = served
        .ask(&[("authorization", &good)], query, Value::Null)
        .await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["data"]["viewer"]["account"]["role"], "ADMIN");
    let roleless = bearer(key.sign(&changed(&claims, "realm_access", json!({}))));
    let (status, answer) = served
        .ask(&[("authorization", &roleless)], query, Value::Null)
        .await;
    assert_eq!(status, 401);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    let message = answer["errors"][0]["message"].as_str().expect("a message");
    assert!(
        message.contains("gives no role") && message.contains("realm_access.roles"),
        "{message}"
    );
    issuer.is_in(Mood::Fails);
    newsroom.clock.advance(Duration::from_hours(25));
    let later = claims_now(&newsroom, &claims);
    let token = bearer(key.sign(&later));
    let (status, answer) = served
        .ask(&[("authorization", &token)], query, Value::Null)
        .await;
    assert_eq!(status, 503, "{answer}");
    let message = answer["errors"][0]["message"].as_str().expect("a message");
    assert!(message.contains(issuer.address()), "{message}");
}

/// The same claims in a token issued now.
pub fn claims_now(newsroom: &Newsroom, claims: &Value) -> Value {
    let now = seconds(newsroom);
    changed(&changed(claims, "iat", json!(now)), "exp", json!(now + 300))
}

#[tokio::test]
async fn claims_that_do_not_fit_open_nothing() {
    let (newsroom, issuer, key) = opened().await;
    let claims = claims(&newsroom, &issuer, "desk");
    let now = seconds(&newsroom);
    for (field, value, reason) in [
        ("iss", json!("https://elsewhere.example"), ""),
        ("iss", json!(format!("{}/", issuer.address())), ""),
        ("aud", json!("somebody-else"), "not meant for"),
        ("aud", json!(["somebody-else", "dateline"]), "not meant for"),
        ("aud", Value::Null, "not meant for"),
        ("exp", json!(now - 30), "expired"),
        ("exp", Value::Null, "exp"),
        ("exp", json!("tomorrow"), "exp"),
        ("nbf", json!(now + 31), "does not hold yet"),
        ("iat", json!(now + 31), "in the future"),
        ("iat", Value::Null, "iat"),
        ("sub", Value::Null, "sub"),
        ("sub", json!(""), "sub"),
        ("sub", json!("s".repeat(256)), "subject"),
        (
            "realm_access",
            json!({ "roles": ["reader"] }),
            "gives no role",
        ),
        (
            "realm_access",
            json!({ "roles": [["desk"]] }),
            "gives no role",
        ),
        ("realm_access", json!("desk"), "gives no role"),
    ] {
        let told = refusal(
            &newsroom,
            &key.sign(&changed(&claims, field, value.clone())),
        )
        .await;
        assert!(told.contains(reason), "{field} {value}: {told}");
    }
    assert!(accounts(&newsroom).await.is_empty(), "nobody was let in");
    for (field, value) in [
        ("exp", json!(now - 29)),
        ("nbf", json!(now + 30)),
        ("iat", json!(now + 30)),
    ] {
        let token = key.sign(&changed(&claims, field, value));
        shows(&newsroom, &token)
            .await
            .expect("clocks may differ a little");
    }
}

#[tokio::test]
async fn a_token_of_another_algorithm_key_or_type_opens_nothing() {
    let key = Key::rsa("first");
    let issuer = FakeIssuer::open(&[&key]).await;
    let newsroom = trusting(issuer.address()).await;
    let claims = claims(&newsroom, &issuer, "chief");
    let token = key.sign(&claims);
    let signature = token.rsplit('.').next().expect("a signature");
    let encoded = |part: &Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": "first" });
    let unsigned = changed(&header, "alg", json!("none"));
    let symmetric = changed(&header, "alg", json!("HS256"));
    let mut forged = vec![
        format!("{}.{}.", encoded(&unsigned), encoded(&claims)),
        format!("{}.{}.{signature}", encoded(&unsigned), encoded(&claims)),
        format!("{}.{}.", encoded(&header), encoded(&claims)),
        format!(
            "{}.{}.{signature}",
            encoded(&header),
            encoded(&changed(&claims, "sub", json!("eve")))
        ),
        format!(
            "{}.{}.{signature}",
            encoded(&changed(&header, "alg", json!("PS256"))),
            encoded(&claims)
        ),
        format!(
            "{}.{}.{signature}",
            encoded(&json!({ "alg": "RS256" })),
            encoded(&claims)
        ),
        format!("{token}x"),
        Key::ed25519("first").sign(&claims),
        Key::rsa("first").sign(&claims),
        key.called("second").sign(&claims),
        key.sign_as("logout+jwt", &claims),
    ];
    let published = key.published();
    let public = published["n"].as_str().expect("a modulus");
    for secret in [
        public.as_bytes().to_vec(),
        BASE64URL_NOPAD.decode(public.as_bytes()).expect("base64"),
        published.to_string().into_bytes(),
    ] {
        let message = format!("{}.{}", encoded(&symmetric), encoded(&claims));
        let tag = jsonwebtoken::crypto::sign(
            message.as_bytes(),
            &jsonwebtoken::EncodingKey::from_secret(&secret),
            jsonwebtoken::Algorithm::HS256,
        )
        .expect("a tag");
        forged.push(format!("{message}.{tag}"));
    }
    for token in forged {
        refusal(&newsroom, &token).await;
    }
    assert!(accounts(&newsroom).await.is_empty(), "nobody was let in");
    shows(&newsroom, &token)
        .await
        .expect("the token itself holds");
}

#[tokio::test]
async fn whoever_is_shut_out_here_stays_out_whatever_the_issuer_says() {
    let (newsroom, issuer, key) = opened().await;
    let claims = claims(&newsroom, &issuer, "desk");
    let actor = shows(&newsroom, &key.sign(&claims))
        .await
        .expect("she is let in");
    let id: AccountId = actor.account.expect("an account");
    account::disable(&newsroom.acting(), id, 1)
        .await
        .expect("she is shut out");
    newsroom.clock.advance(Duration::from_hours(2));
    let promoted = changed(
        &claims_now(&newsroom, &claims),
        "realm_access",
        json!({ "roles": ["chief"] }),
    );
    let reason = refusal(&newsroom, &key.sign(&promoted)).await;
    assert!(reason.contains("shut out"), "{reason}");
    let account = &accounts(&newsroom).await[0];
    assert_eq!((account.role(), account.version), (Role::Editor, 2));
    account::enable(&newsroom.acting(), id, 2)
        .await
        .expect("she may come back");
    shows(&newsroom, &key.sign(&promoted))
        .await
        .expect("she is let in");
}

#[tokio::test]
async fn the_role_follows_the_token_and_is_written_down_once() {
    let (newsroom, issuer, key) = opened().await;
    let first = claims(&newsroom, &issuer, "writer");
    let may_publish = async |claims: &Value| {
        let actor = shows(&newsroom, &key.sign(claims))
            .await
            .expect("she is let in");
        actor.scopes.contains(&Scope::ArticlesPublish)
    };
    assert!(!may_publish(&first).await);
    newsroom.clock.advance(Duration::from_mins(1));
    let second = changed(
        &claims_now(&newsroom, &first),
        "realm_access",
        json!({ "roles": ["desk", "writer"] }),
    );
    // Both tokens hold for a while, and each gives what it says.
    for _ in 0..3 {
        assert!(may_publish(&second).await);
        assert!(!may_publish(&first).await);
    }
    let account = &accounts(&newsroom).await[0];
    assert_eq!((account.role(), account.version), (Role::Editor, 2));
    let names: Vec<String> = acts(&newsroom)
        .await
        .into_iter()
        .map(|entry| entry.act)
        .collect();
    assert_eq!(names, ["accountRoleSet", "accountCreate"]);
    newsroom.clock.advance(Duration::from_hours(2));
    let third = claims_now(&newsroom, &second);
    assert!(may_publish(&third).await);
    let account = &accounts(&newsroom).await[0];
    assert_eq!(account.last_sign_in_at, Some(newsroom.clock.now().0));
    assert_eq!(acts(&newsroom).await.len(), 2, "nothing else has changed");
    let mut nameless = claims_now(&newsroom, &third);
    nameless.as_object_mut().expect("an object").remove("name");
    nameless["email"] = json!("new@example.com");
    newsroom.clock.advance(Duration::from_secs(1));
    assert!(may_publish(&claims_now(&newsroom, &nameless)).await);
    let account = &accounts(&newsroom).await[0];
    assert_eq!(
        (account.name.as_str(), account.email.as_str()),
        ("Ada Berg", "new@example.com")
    );
}

#[tokio::test]
async fn an_address_at_the_issuer_never_opens_an_account_that_has_it_here() {
    let (newsroom, issuer, key) = opened().await;
    let new = NewAccount {
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        role: Role::Admin,
        password: "correct horse battery".to_owned(),
    };
    let own = account::create(&newsroom.acting(), new)
        .await
        .expect("an account");
    let token = key.sign(&claims(&newsroom, &issuer, "writer"));
    let actor = shows(&newsroom, &token).await.expect("she is let in");
    assert_ne!(actor.account, Some(AccountId(own.id)));
    assert!(!actor.scopes.contains(&Scope::AccountsManage));
    assert_eq!(accounts(&newsroom).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_first_requests_at_once_make_one_account() {
    let (newsroom, issuer, key) = opened().await;
    let token = key.sign(&claims(&newsroom, &issuer, "writer"));
    let many = futures_util::future::join_all((0..8).map(|_| shows(&newsroom, &token))).await;
    let ids: std::collections::BTreeSet<_> = many
        .into_iter()
        .map(|actor| {
            actor
                .expect("she is let in")
                .account
                .expect("an account")
                .to_string()
        })
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(acts(&newsroom).await.len(), 1);
}

#[tokio::test]
async fn our_own_tokens_hold_beside_those_of_the_issuer() {
    let (newsroom, issuer, _) = opened().await;
    let new = NewAccount {
        name: "Bob".to_owned(),
        email: "bob@example.com".to_owned(),
        role: Role::Reporter,
        password: "correct horse battery".to_owned(),
    };
    account::create(&newsroom.acting(), new)
        .await
        .expect("an account");
    let query = "mutation { signIn(email: \"bob@example.com\", password: \"correct horse battery\") { credentials { accessToken } } }";
    let answer = newsroom.engine.execute(query.into(), Actor::nobody()).await;
    let answer = serde_json::to_value(answer).expect("JSON");
    let token = answer["data"]["signIn"]["credentials"]["accessToken"]
        .as_str()
        .expect("a token");
    assert_eq!(
        shows(&newsroom, token).await.expect("he is let in").name,
        "Bob"
    );
    assert_eq!(issuer.asked(), 0, "the issuer has nothing to do with it");
}

#[test]
fn a_setting_that_cannot_be_used_is_named() {
    let good = settings("https://id.example.org");
    assert!(Issuer::new(good.clone()).is_ok());
    for (change, name) in [
        (
            Settings {
                issuer: "id.example.org".to_owned(),
                ..good.clone()
            },
            "oidc_issuer",
        ),
        (
            Settings {
                issuer: "http://id.example.org".to_owned(),
                ..good.clone()
            },
            "oidc_issuer",
        ),
        (
            Settings {
                issuer: "http://localhost.example.org".to_owned(),
                ..good.clone()
            },
            "oidc_issuer",
        ),
        (
            Settings {
                issuer: "ftp://localhost".to_owned(),
                ..good.clone()
            },
            "oidc_issuer",
        ),
        (
            Settings {
                issuer: "https://id.example.org/?a=b".to_owned(),
                ..good.clone()
            },
            "oidc_issuer",
        ),
        (
            Settings {
                audience: String::new(),
                ..good.clone()
            },
            "oidc_audience",
        ),
        (
            Settings {
                roles_claim: String::new(),
                ..good.clone()
            },
            "oidc_roles_claim",
        ),
        (
            Settings {
                roles: vec![(Role::Admin, Vec::new())],
                ..good.clone()
            },
            "oidc_admin",
        ),
    ] {
        let error = Issuer::new(change.clone()).err().unwrap_or_default();
        assert!(error.contains(name), "{change:?}: {error}");
    }
}

#[tokio::test]
async fn changes_by_hand_last_until_the_next_token() {
    let (newsroom, issuer, key) = opened().await;
    let claims = claims(&newsroom, &issuer, "writer");
    let actor = shows(&newsroom, &key.sign(&claims))
        .await
        .expect("she is let in");
    let acting: Acting = newsroom.acting();
    account::set_role(&acting, actor.account.expect("an account"), 1, Role::Admin)
        .await
        .expect("a role");
    newsroom.clock.advance(Duration::from_secs(1));
    let actor = shows(&newsroom, &key.sign(&claims_now(&newsroom, &claims)))
        .await
        .expect("she is let in");
    assert!(!actor.scopes.contains(&Scope::AccountsManage));
    assert_eq!(accounts(&newsroom).await[0].role(), Role::Reporter);
}
