//! An issuer to test with: it publishes keys, changes them, counts who asks, and can fall silent.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What an issuer does when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It answers.
    Answers,
    /// It answers with a fault.
    Fails,
    /// It never answers.
    Hangs,
    /// It sends whoever asks elsewhere.
    Redirects,
}

/// A key of an issuer.
#[derive(Clone)]
pub struct Key {
    kid: String,
    algorithm: Algorithm,
    signs: EncodingKey,
}

impl Key {
    pub fn ed25519(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate().expect("a key");
        let der = pair.to_pkcs8v1().expect("its form");
        Self::of(
            kid,
            Algorithm::EdDSA,
            EncodingKey::from_ed_der(der.as_ref()),
        )
    }

    pub fn p256(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let der = pair.to_pkcs8v1().expect("its form");
        Self::of(
            kid,
            Algorithm::ES256,
            EncodingKey::from_ec_der(der.as_ref()),
        )
    }

    pub fn rsa(kid: &str) -> Self {
        let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).expect("a key");
        let der: Pkcs8V1Der = pair.as_der().expect("its form");
        // The key itself lies behind 26 bytes that say what it is.
        let bare = EncodingKey::from_rsa_der(&der.as_ref()[26..]);
        Self::of(kid, Algorithm::RS256, bare)
    }

    fn of(kid: &str, algorithm: Algorithm, signs: EncodingKey) -> Self {
        Self {
            kid: kid.to_owned(),
            algorithm,
            signs,
        }
    }

    /// The same key under another name.
    pub fn called(&self, kid: &str) -> Self {
        Self::of(kid, self.algorithm, self.signs.clone())
    }

    /// What the issuer publishes of it.
    pub fn published(&self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.signs, self.algorithm).expect("a public half");
        let mut jwk = serde_json::to_value(jwk).expect("JSON");
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        // Some issuers do not say it.
        jwk.as_object_mut().expect("an object").remove("alg");
        jwk
    }

    /// A token, signed.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as("JWT", claims)
    }

    /// A token of a type, signed.
    pub fn sign_as(&self, typ: &str, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.kid.clone());
        header.typ = Some(typ.to_owned());
        jsonwebtoken::encode(&header, claims, &self.signs).expect("a token")
    }
}

struct Inner {
    address: String,
    named: Mutex<String>,
    keys_at: Mutex<String>,
    keys: Mutex<Vec<Value>>,
    mood: Mutex<Mood>,
    asked: AtomicUsize,
}

/// The issuer.
pub struct FakeIssuer(Arc<Inner>, tokio::task::JoinHandle<()>);

impl Drop for FakeIssuer {
    fn drop(&mut self) {
        self.1.abort();
    }
}

impl FakeIssuer {
    /// An issuer that publishes keys.
    pub async fn open(keys: &[&Key]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let address = format!("http://127.0.0.1:{port}/realms/news");
        let inner = Arc::new(Inner {
            named: Mutex::new(address.clone()),
            keys_at: Mutex::new(format!("{address}/keys")),
            address,
            keys: Mutex::default(),
            mood: Mutex::new(Mood::Answers),
            asked: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route(
                "/realms/news/.well-known/openid-configuration",
                get(discovery),
            )
            .route("/realms/news/keys", get(published))
            .with_state(Arc::clone(&inner));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("it serves");
        });
        let issuer = Self(inner, server);
        issuer.publishes(keys);
        issuer
    }

    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// Publishes these keys from now on.
    pub fn publishes(&self, keys: &[&Key]) {
        *self.0.keys.lock().expect("keys") = keys.iter().map(|key| key.published()).collect();
    }

    pub fn is_in(&self, mood: Mood) {
        *self.0.mood.lock().expect("a mood") = mood;
    }

    /// Calls itself something from now on.
    pub fn is_called(&self, name: &str) {
        name.clone_into(&mut self.0.named.lock().expect("a name"));
    }

    /// Says that its keys are somewhere else.
    pub fn keeps_keys_at(&self, address: &str) {
        address.clone_into(&mut self.0.keys_at.lock().expect("an address"));
    }

    /// How often it was asked for its discovery document.
    pub fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }
}

async fn discovery(State(issuer): State<Arc<Inner>>) -> Response {
    issuer.asked.fetch_add(1, Ordering::SeqCst);
    let mood = *issuer.mood.lock().expect("a mood");
    match mood {
        Mood::Fails => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::Hangs => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            StatusCode::OK.into_response()
        }
        Mood::Redirects => Redirect::temporary("/realms/news/elsewhere").into_response(),
        Mood::Answers => json!({
            "issuer": *issuer.named.lock().expect("a name"),
            "jwks_uri": *issuer.keys_at.lock().expect("an address"),
        })
        .to_string()
        .into_response(),
    }
}

async fn published(State(issuer): State<Arc<Inner>>) -> String {
    json!({ "keys": *issuer.keys.lock().expect("keys") }).to_string()
}
