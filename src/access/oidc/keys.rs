//! The keys that an issuer publishes, kept in memory.
//!
//! They are fetched again when they are old, or when a token names one that is not among them; never twice at once, and
//! never more often than once in a while, whatever strangers send. While the issuer is down the keys that are known go on
//! being used, for a day.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::OwnedMutexGuard;
use url::Url;

use crate::{editorial::moment::Moment, platform::fetch::Fetcher};

const SECOND: i64 = 1_000_000;
/// How much lies between two fetches at least.
const PAUSE: i64 = 30 * SECOND;
/// After how long the keys are fetched again though nothing is amiss.
const OLD: i64 = 3_600 * SECOND;
/// For how long the keys of an issuer that does not answer are used.
const TOO_OLD: i64 = 24 * 3_600 * SECOND;
/// How long each of the issuer's two documents may take.
const WITHIN: std::time::Duration = std::time::Duration::from_millis(2_500);
/// How large each may be, in bytes.
const LONGEST: usize = 256 * 1024;

/// A key.
pub struct Key {
    kid: String,
    /// The one algorithm with which it verifies.
    pub algorithm: Algorithm,
    /// The key itself.
    pub verifies: DecodingKey,
}

/// What is not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The issuer does not publish the key.
    Key,
    /// The issuer has given no keys, or none for too long.
    Issuer,
}

#[derive(Default)]
struct State {
    keys: Vec<Arc<Key>>,
    fetched: Option<Moment>,
    tried: Option<Moment>,
}

/// The keys of an issuer.
pub struct PublishedKeys {
    issuer: String,
    fetcher: Fetcher,
    state: Mutex<State>,
    /// Whoever holds it may fetch.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl PublishedKeys {
    /// The keys of an issuer, none of them fetched yet.
    ///
    /// # Errors
    /// When nothing can be fetched from here.
    pub fn new(issuer: &str, loopback: bool) -> Result<Self, String> {
        Ok(Self {
            issuer: issuer.to_owned(),
            fetcher: Fetcher::new(WITHIN, LONGEST, loopback)?,
            state: Mutex::default(),
            turn: Arc::default(),
        })
    }

    /// A key by its name, fetched if need be.
    ///
    /// # Errors
    /// What is missing.
    pub async fn find(self: &Arc<Self>, kid: &str, now: Moment) -> Result<Arc<Key>, Missing> {
        if let Ok(key) = self.kept(kid, now) {
            let is_old = self
                .state()
                .fetched
                .is_none_or(|fetched| now.0 - fetched.0 >= OLD);
            if is_old && let Ok(turn) = Arc::clone(&self.turn).try_lock_owned() {
                self.begin(turn, now);
            }
            return Ok(key);
        }
        let turn = Arc::clone(&self.turn).lock_owned().await;
        if let Some(fetching) = self.begin(turn, now) {
            let _ = fetching.await;
        }
        self.kept(kid, now)
    }

    fn kept(&self, kid: &str, now: Moment) -> Result<Arc<Key>, Missing> {
        let state = self.state();
        if state
            .fetched
            .is_none_or(|fetched| now.0 - fetched.0 >= TOO_OLD)
        {
            return Err(Missing::Issuer);
        }
        let key = state.keys.iter().find(|key| key.kid == kid);
        key.cloned().ok_or(Missing::Key)
    }

    /// Begins to fetch, unless that was done a moment ago. It is a task of its own, so a client that goes away does not
    /// stop it halfway.
    fn begin(
        self: &Arc<Self>,
        turn: OwnedMutexGuard<()>,
        now: Moment,
    ) -> Option<tokio::task::JoinHandle<()>> {
        {
            let mut state = self.state();
            // A clock that was set back must not stop us for as long.
            if state
                .tried
                .is_some_and(|tried| (0..PAUSE).contains(&(now.0 - tried.0)))
            {
                return None;
            }
            state.tried = Some(now);
        }
        let this = Arc::clone(self);
        Some(tokio::spawn(async move {
            let fetched = this.fetch().await;
            let mut state = this.state();
            match fetched {
                Ok(keys) => {
                    state.keys = keys;
                    state.fetched = Some(now);
                }
                Err(error) => tracing::warn!(error, "the issuer's keys stay as they were"),
            }
            drop(state);
            drop(turn);
        }))
    }

    async fn fetch(&self) -> Result<Vec<Arc<Key>>, String> {
        #[derive(Deserialize)]
        struct Discovery {
            issuer: String,
            jwks_uri: String,
        }
        #[derive(Deserialize)]
        struct Published {
            keys: Vec<Value>,
        }
        let base = self.issuer.trim_end_matches('/');
        let address = Url::parse(&format!("{base}/.well-known/openid-configuration"))
            .map_err(|error| error.to_string())?;
        let discovery: Discovery = self.fetcher.json(&address).await?;
        if discovery.issuer != self.issuer {
            return Err(format!(
                "{address}: names the issuer \"{}\", and oidc_issuer is \"{}\"; they must be the same to the letter",
                discovery.issuer, self.issuer
            ));
        }
        let address = Url::parse(&discovery.jwks_uri)
            .map_err(|error| format!("{address}: jwks_uri is no address: {error}"))?;
        let published: Published = self.fetcher.json(&address).await?;
        let keys: Vec<_> = published.keys.iter().filter_map(key_of).collect();
        if keys.is_empty() {
            return Err(format!("{address}: holds no key that can be used"));
        }
        Ok(keys)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A published key, if it is one with which a signature can be verified and nobody else can sign.
fn key_of(published: &Value) -> Option<Arc<Key>> {
    let field = |name| published.get(name).and_then(Value::as_str);
    if field("use").is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let (algorithm, verifies) = match (field("kty")?, field("crv"), field("alg")) {
        ("RSA", _, named) => {
            let algorithm = match named.unwrap_or("RS256") {
                "RS256" => Algorithm::RS256,
                "RS384" => Algorithm::RS384,
                "RS512" => Algorithm::RS512,
                "PS256" => Algorithm::PS256,
                "PS384" => Algorithm::PS384,
                "PS512" => Algorithm::PS512,
                _ => return None,
            };
            (
                algorithm,
                DecodingKey::from_rsa_components(field("n")?, field("e")?),
            )
        }
        ("EC", Some("P-256"), None | Some("ES256")) => (
            Algorithm::ES256,
            DecodingKey::from_ec_components(field("x")?, field("y")?),
        ),
        ("EC", Some("P-384"), None | Some("ES384")) => (
            Algorithm::ES384,
            DecodingKey::from_ec_components(field("x")?, field("y")?),
        ),
        ("OKP", Some("Ed25519"), None | Some("EdDSA" | "Ed25519")) => (
            Algorithm::EdDSA,
            DecodingKey::from_ed_components(field("x")?),
        ),
        _ => return None,
    };
    Some(Arc::new(Key {
        kid: field("kid")?.to_owned(),
        algorithm,
        verifies: verifies.ok()?,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_published_key_fixes_its_algorithm_and_is_left_out_when_it_cannot_be_trusted() {
        let point = json!({ "kid": "a", "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
        let algorithm = |change: Value| {
            let mut key = point.clone();
            for (name, value) in change.as_object().cloned().unwrap_or_default() {
                key[name] = value;
            }
            key_of(&key).map(|key| key.algorithm)
        };
        assert_eq!(algorithm(json!({})), Some(Algorithm::EdDSA));
        assert_eq!(algorithm(json!({ "use": "sig" })), Some(Algorithm::EdDSA));
        let rsa = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" });
        assert_eq!(algorithm(rsa), Some(Algorithm::RS256));
        for change in [
            json!({ "use": "enc" }),
            json!({ "alg": "HS256" }),
            json!({ "alg": "ES256" }),
            json!({ "crv": "X25519" }),
            json!({ "kty": "EC" }),
            json!({ "kty": "oct", "k": "c2VjcmV0" }),
            json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "HS256" }),
            json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "none" }),
            json!({ "kid": null }),
            json!({ "x": null }),
        ] {
            assert_eq!(algorithm(change.clone()), None, "{change}");
        }
    }
}
