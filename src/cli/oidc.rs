//! The settings of the other issuer whose tokens are taken.

use clap::Args;

use crate::{
    access::oidc::{Issuer, Settings},
    editorial::vocabulary::Role,
};

/// Whose tokens are taken beside our own.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_field_names,
    reason = "a field bears the name of its setting"
)]
pub struct Oidc {
    /// The issuer whose `OpenID` Connect tokens are taken, exactly as they name it; nobody's unless given. It begins with
    /// https://, or with http:// on this machine.
    #[arg(
        long,
        env = "DATELINE_OIDC_ISSUER",
        default_value = "",
        value_name = "ADDRESS"
    )]
    oidc_issuer: String,
    /// Whom the issuer's tokens must be meant for (`aud`), mostly the client's id.
    #[arg(
        long,
        env = "DATELINE_OIDC_AUDIENCE",
        default_value = "",
        value_name = "AUDIENCE"
    )]
    oidc_audience: String,
    /// The claim that holds roles, a text or a list of texts; dots lead into it, as in `realm_access.roles`.
    #[arg(
        long,
        env = "DATELINE_OIDC_ROLES_CLAIM",
        default_value = "roles",
        value_name = "CLAIM"
    )]
    oidc_roles_claim: String,
    /// The values of the claim that give the role REPORTER, with commas between them; the highest role wins.
    #[arg(
        long,
        env = "DATELINE_OIDC_REPORTER",
        default_value = "",
        value_name = "VALUES"
    )]
    oidc_reporter: String,
    /// The values of the claim that give the role EDITOR.
    #[arg(
        long,
        env = "DATELINE_OIDC_EDITOR",
        default_value = "",
        value_name = "VALUES"
    )]
    oidc_editor: String,
    /// The values of the claim that give the role ADMIN.
    #[arg(
        long,
        env = "DATELINE_OIDC_ADMIN",
        default_value = "",
        value_name = "VALUES"
    )]
    oidc_admin: String,
}

impl Oidc {
    /// The issuer, if there is one.
    pub fn issuer(&self) -> anyhow::Result<Option<Issuer>> {
        if self.oidc_issuer.is_empty() {
            return Ok(None);
        }
        let settings = Settings {
            issuer: self.oidc_issuer.clone(),
            audience: self.oidc_audience.clone(),
            roles_claim: self.oidc_roles_claim.clone(),
            roles: vec![
                (Role::Reporter, values(&self.oidc_reporter)),
                (Role::Editor, values(&self.oidc_editor)),
                (Role::Admin, values(&self.oidc_admin)),
            ],
        };
        Issuer::new(settings).map(Some).map_err(anyhow::Error::msg)
    }
}

fn values(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|value| !value.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}
