//! Tokens of one other issuer, after `OpenID` Connect: who signs in there is a member of the staff here.
//!
//! The issuer says who it is and, by a claim, which role; Dateline keeps an account beside it, so that acts have a name
//! and somebody can be shut out. The two are linked by issuer and subject, never by an address for mail: whoever could
//! choose an address at the issuer would otherwise take over the account that has it here.

mod claims;
mod keys;
mod linked;

use std::sync::Arc;

use jsonwebtoken::{Header, Validation};
use sea_orm::DbErr;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use self::keys::{Missing, PublishedKeys};
use super::{Acting, Actor};
use crate::{
    editorial::{identity::AccountId, moment::Moment, vocabulary::Role},
    platform::fetch::is_loopback,
};

/// Whose tokens are taken, and what they must say.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The issuer, exactly as its tokens name it.
    pub issuer: String,
    /// Whom the tokens must be meant for.
    pub audience: String,
    /// The claim that holds roles: a name, or names with dots between them.
    pub roles_claim: String,
    /// Which values of the claim give which role.
    pub roles: Vec<(Role, Vec<String>)>,
}

/// Why nobody knows who holds a token.
#[derive(Debug)]
pub enum Unknown {
    /// The token does not hold here; one sentence.
    Refused(String),
    /// The issuer cannot be asked; one sentence.
    Unavailable(String),
    /// The database failed.
    Fault(DbErr),
}

impl From<DbErr> for Unknown {
    fn from(error: DbErr) -> Self {
        Self::Fault(error)
    }
}

/// The other issuer.
pub struct Issuer {
    settings: Settings,
    keys: Arc<PublishedKeys>,
}

impl Issuer {
    /// An issuer; it is first asked for its keys when a token comes.
    ///
    /// # Errors
    /// When a setting cannot be used: one sentence that names it.
    pub fn new(settings: Settings) -> Result<Self, String> {
        let named = &settings.issuer;
        let address = Url::parse(named)
            .map_err(|error| format!("oidc_issuer: \"{named}\" is no address: {error}"))?;
        let loopback = is_loopback(&address);
        if address.scheme() != "https" && !(address.scheme() == "http" && loopback) {
            return Err(format!(
                "oidc_issuer: \"{named}\" must begin with https://; http:// will do on this machine alone"
            ));
        }
        if named.contains(['?', '#', ' ']) || !address.username().is_empty() {
            return Err(format!(
                "oidc_issuer: \"{named}\" must have no user, query, fragment or blank"
            ));
        }
        if settings.audience.is_empty() {
            return Err(
                "oidc_audience: name whom the issuer's tokens are meant for, mostly the client's id"
                    .to_owned(),
            );
        }
        if settings.roles_claim.is_empty() {
            return Err("oidc_roles_claim: name the claim that holds roles".to_owned());
        }
        if settings.roles.iter().all(|(_, values)| values.is_empty()) {
            return Err(
                "oidc_reporter, oidc_editor, oidc_admin: at least one must name a value that gives its role"
                    .to_owned(),
            );
        }
        let keys = PublishedKeys::new(named, loopback).map_err(|error| {
            format!(
                "oidc_issuer: it cannot be asked over TLS; are there certificates to trust? {error}"
            )
        })?;
        let keys = Arc::new(keys);
        Ok(Self { settings, keys })
    }

    /// Whether a token says of itself that it comes from here. Nothing is checked: it only decides who checks.
    #[must_use]
    pub fn is_named_by(&self, token: &str) -> bool {
        #[derive(Deserialize)]
        struct Named {
            iss: String,
        }
        jsonwebtoken::dangerous::insecure_decode_claims::<Named>(token)
            .is_ok_and(|named| named.iss == self.settings.issuer)
    }

    /// Who holds a token, with the role that the token gives.
    ///
    /// # Errors
    /// When the token does not hold, gives no role, or its account is shut out; when its key cannot be had; when the
    /// database fails.
    pub async fn identify(&self, acting: &Acting, token: &str) -> Result<Actor, Unknown> {
        let claims = self.verified(token, acting.now).await?;
        let told = claims::told(&claims, &self.settings, acting.now).map_err(Unknown::Refused)?;
        let account = linked::account_of(acting, &self.settings.issuer, &told).await?;
        if account.disabled_at.is_some() {
            return Err(Unknown::Refused("the account is shut out".to_owned()));
        }
        Ok(Actor::staff(
            AccountId(account.id),
            &account.name,
            told.role,
        ))
    }

    /// The claims of a token that one of the issuer's keys has signed.
    async fn verified(&self, token: &str, now: Moment) -> Result<Map<String, Value>, Unknown> {
        let refused = |words: &str| Unknown::Refused(words.to_owned());
        let header = jsonwebtoken::decode_header(token)
            .map_err(|_| refused("the token cannot be read, or is not signed with a public key"))?;
        if !is_of_a_known_type(&header) {
            return Err(refused(
                "the token is neither an access token nor an ID token",
            ));
        }
        let kid = header
            .kid
            .ok_or_else(|| refused("the token does not name the key that signed it (kid)"))?;
        let key = self
            .keys
            .find(&kid, now)
            .await
            .map_err(|missing| match missing {
                Missing::Key => refused("the token is signed by a key that its issuer does not publish"),
                Missing::Issuer => Unknown::Unavailable(format!(
                    "the issuer {} does not give its keys, so its tokens cannot be checked at present; try again",
                    self.settings.issuer
                )),
            })?;
        // The algorithm is the key's own; what the token says only has to agree.
        let mut validation = Validation::new(key.algorithm);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        jsonwebtoken::decode::<Map<String, Value>>(token, &key.verifies, &validation)
            .map(|decoded| decoded.claims)
            .map_err(|_| refused("the token is not signed by the key that it names"))
    }
}

/// Issuers sign other things for the same audience as well, such as notices that somebody has signed out.
fn is_of_a_known_type(header: &Header) -> bool {
    let named = header.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
    let named = named.strip_prefix("application/").unwrap_or(&named);
    matches!(named, "jwt" | "at+jwt") && header.crit.is_none()
}
