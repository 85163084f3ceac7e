//! The keys that sign access tokens: one or two Ed25519 keys, of which the first signs and all verify.
//!
//! A token's header only says which key to look up; the algorithm is the key's own.

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use aws_lc_rs::{
    digest,
    signature::{Ed25519KeyPair, KeyPair},
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::editorial::moment::Moment;

/// Who signs.
pub const ISSUER: &str = "dateline";
/// Whom access tokens are for.
pub const ACCESS: &str = "dateline";
/// How far clocks may differ, in seconds.
const LEEWAY: i64 = 5;
/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who signed it.
    pub iss: String,
    /// What it is for.
    pub aud: String,
    /// Whom or what it is about.
    pub sub: String,
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// When it was signed, in seconds since 1970.
    pub iat: i64,
    /// From when it holds.
    pub nbf: i64,
    /// Until when it holds.
    pub exp: i64,
}

impl Claims {
    /// Claims that hold from now on for some seconds.
    #[must_use]
    pub fn new(audience: &str, subject: String, now: Moment, seconds: i64) -> Self {
        let now = now.0.div_euclid(1_000_000);
        Self {
            iss: ISSUER.to_owned(),
            aud: audience.to_owned(),
            sub: subject,
            sid: None,
            iat: now,
            nbf: now,
            exp: now + seconds,
        }
    }
}

struct Key {
    kid: String,
    signs: EncodingKey,
    verifies: DecodingKey,
}

struct State {
    keys: Arc<Vec<Key>>,
    modified: Option<SystemTime>,
    looked: Instant,
}

/// The signing keys, re-read when their file changes.
pub struct Keys {
    file: Option<PathBuf>,
    state: Mutex<State>,
}

impl Keys {
    /// The keys of a PEM text.
    ///
    /// # Errors
    /// When it holds no key that can be used.
    pub fn of_pem(pem: &str) -> Result<Self, String> {
        Ok(Self::with(None, parse(pem)?, None))
    }

    /// New keys that nobody keeps.
    ///
    /// # Errors
    /// When none can be made.
    pub fn fresh() -> Result<Self, String> {
        Self::of_pem(&new_pem()?)
    }

    /// The keys of a file, which is made when it is missing.
    ///
    /// # Errors
    /// When the file cannot be made or read, or holds no key that can be used.
    pub fn of_file(path: &Path) -> Result<Self, String> {
        if !path.exists() {
            write(path, &new_pem()?, false)?;
        }
        let (keys, modified) = read(path)?;
        Ok(Self::with(Some(path.to_owned()), keys, modified))
    }

    fn with(file: Option<PathBuf>, keys: Vec<Key>, modified: Option<SystemTime>) -> Self {
        Self {
            file,
            state: Mutex::new(State {
                keys: Arc::new(keys),
                modified,
                looked: Instant::now(),
            }),
        }
    }

    /// A signed token.
    ///
    /// # Errors
    /// When there is no key.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, String> {
        let keys = self.current(false);
        let key = keys.first().ok_or("there is no signing key")?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.kid.clone());
        jsonwebtoken::encode(&header, claims, &key.signs).map_err(|error| error.to_string())
    }

    /// What a token says, if one of the keys signed it for this audience and it holds now.
    ///
    /// # Errors
    /// One sentence that says what is wrong.
    pub fn verify(&self, token: &str, audience: &str, now: Moment) -> Result<Claims, String> {
        let unreadable = || "the access token cannot be read".to_owned();
        let kid = jsonwebtoken::decode_header(token)
            .map_err(|_| unreadable())?
            .kid
            .ok_or_else(unreadable)?;
        let mut keys = self.current(false);
        if !keys.iter().any(|key| key.kid == kid) {
            keys = self.current(true);
        }
        let key = keys
            .iter()
            .find(|key| key.kid == kid)
            .ok_or("the access token is signed by an unknown key")?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifies, &validation)
            .map_err(|_| "the access token is not signed by its key".to_owned())?
            .claims;
        let now = now.0.div_euclid(1_000_000);
        if claims.iss != ISSUER {
            return Err("the access token has another issuer".to_owned());
        }
        if claims.aud != audience {
            return Err("the token is meant for something else".to_owned());
        }
        if claims.nbf > now.saturating_add(LEEWAY) {
            return Err("the access token does not hold yet".to_owned());
        }
        if claims.exp <= now.saturating_sub(LEEWAY) {
            return Err("the access token has expired".to_owned());
        }
        Ok(claims)
    }

    fn current(&self, unknown: bool) -> Arc<Vec<Key>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &self.file
            && (unknown || state.looked.elapsed() >= LOOK_EVERY)
        {
            state.looked = Instant::now();
            let modified = std::fs::metadata(file)
                .and_then(|file| file.modified())
                .ok();
            if modified != state.modified {
                match read(file) {
                    Ok((keys, modified)) => {
                        state.keys = Arc::new(keys);
                        state.modified = modified;
                    }
                    Err(error) => {
                        tracing::warn!(error, "the signing keys stay as they were");
                    }
                }
            }
        }
        Arc::clone(&state.keys)
    }
}

/// Puts a new key in front of those of a file and keeps one older.
///
/// # Errors
/// When the file cannot be read or written.
pub fn rotate(path: &Path) -> Result<(), String> {
    write(path, &rotated_file(path)?, true)
}

/// What a file would hold after a rotation; it stays as it is.
///
/// # Errors
/// When the file cannot be read.
pub fn rotated_file(path: &Path) -> Result<String, String> {
    if !path.exists() {
        return new_pem();
    }
    let text = std::fs::read_to_string(path).map_err(|error| unusable(path, &error))?;
    rotated(&text).map_err(|error| unusable(path, &error))
}

/// A new key in front of the first of a PEM text.
///
/// # Errors
/// When the text holds no key that can be used.
pub fn rotated(pem: &str) -> Result<String, String> {
    parse(pem)?;
    let mut new = new_pem()?;
    if let Some(former) = blocks(pem)?.first() {
        new.push_str(&block(former));
    }
    Ok(new)
}

fn unusable(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("the signing keys {}: {error}", path.display())
}

fn read(path: &Path) -> Result<(Vec<Key>, Option<SystemTime>), String> {
    let modified = std::fs::metadata(path)
        .and_then(|file| file.modified())
        .ok();
    let text = std::fs::read_to_string(path).map_err(|error| unusable(path, &error))?;
    let keys = parse(&text).map_err(|error| unusable(path, &error))?;
    Ok((keys, modified))
}

/// Writes beside the file and moves into its place, so nobody reads half a key.
fn write(path: &Path, pem: &str, replace: bool) -> Result<(), String> {
    let failed = |error: std::io::Error| unusable(path, &error);
    if let Some(folder) = path.parent()
        && !folder.as_os_str().is_empty()
    {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside).map_err(failed)?;
    let written = file
        .write_all(pem.as_bytes())
        .and_then(|()| file.sync_all());
    let moved = written.and_then(|()| {
        if replace {
            return std::fs::rename(&beside, path);
        }
        // Another process may have made the file meanwhile; its keys stand.
        match std::fs::hard_link(&beside, path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    });
    if moved.is_err() || !replace {
        let _ = std::fs::remove_file(&beside);
    }
    moved.map_err(failed)
}

fn new_pem() -> Result<String, String> {
    let pair = Ed25519KeyPair::generate().map_err(|error| error.to_string())?;
    let pkcs8 = pair.to_pkcs8v1().map_err(|error| error.to_string())?;
    Ok(block(pkcs8.as_ref()))
}

fn block(pkcs8: &[u8]) -> String {
    format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        BASE64.encode(pkcs8)
    )
}

fn blocks(pem: &str) -> Result<Vec<Vec<u8>>, String> {
    pem.split("-----BEGIN PRIVATE KEY-----")
        .skip(1)
        .map(|part| {
            let text: String = part
                .split("-----END PRIVATE KEY-----")
                .next()
                .unwrap_or_default()
                .split_whitespace()
                .collect();
            BASE64
                .decode(text.as_bytes())
                .map_err(|_| "a signing key is no PEM".to_owned())
        })
        .collect()
}

fn parse(pem: &str) -> Result<Vec<Key>, String> {
    let blocks = blocks(pem)?;
    if blocks.is_empty() {
        return Err("there is no private key in PKCS8 among the signing keys".to_owned());
    }
    blocks
        .iter()
        .map(|pkcs8| {
            let pair = Ed25519KeyPair::from_pkcs8(pkcs8)
                .map_err(|_| "a signing key is no Ed25519 key in PKCS8".to_owned())?;
            let public = pair.public_key().as_ref();
            let print = digest::digest(&digest::SHA256, public);
            let mut kid = BASE64URL_NOPAD.encode(print.as_ref());
            kid.truncate(16);
            Ok(Key {
                kid,
                signs: EncodingKey::from_ed_der(pkcs8),
                verifies: DecodingKey::from_ed_der(public),
            })
        })
        .collect()
}
