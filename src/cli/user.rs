//! `dateline user` and `dateline audit`.

use std::{
    io::{BufRead, IsTerminal},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{clock, open, say};
use crate::{
    access::{
        Acting, Actor,
        account::{self, Account, NewAccount},
        act::Act,
        audit,
        refusal::{Denied, Refusal},
        secret,
    },
    editorial::{
        identity::{AccountId, parse},
        moment::Moment,
        vocabulary::Role,
    },
    platform::config::Settings,
};

/// What to do with the staff.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Create an account. The password comes from `DATELINE_PASSWORD` or standard input; else one is made and printed.
    Create {
        /// The address to sign in with.
        #[arg(long)]
        email: String,
        /// The name.
        #[arg(long)]
        name: String,
        /// REPORTER, EDITOR or ADMIN.
        #[arg(long, value_parser = role_of)]
        role: Role,
    },
    /// Give an account a role.
    Role {
        /// The address of the account.
        #[arg(long)]
        email: String,
        /// REPORTER, EDITOR or ADMIN.
        #[arg(long, value_parser = role_of)]
        role: Role,
    },
    /// Shut an account out.
    Disable {
        /// The address of the account.
        #[arg(long)]
        email: String,
    },
    /// Let an account in again.
    Enable {
        /// The address of the account.
        #[arg(long)]
        email: String,
    },
    /// List the accounts as JSON, one a line.
    List,
}

/// Which acts to print.
#[derive(Debug, Args)]
pub struct Audit {
    /// How many, the newest first.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Only what was done to this.
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
}

impl User {
    /// Does it.
    pub async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let db = open(&settings.database()).await?;
        let acting = Acting {
            db,
            now: clock().now(),
            who: Arc::new(Actor::operator("operator")),
        };
        let done = match self {
            Self::Create { email, name, role } => {
                let (password, made) = password()?;
                let new = NewAccount {
                    name,
                    email,
                    role,
                    password: password.clone(),
                };
                let account = account::create(&acting, new).await.map_err(words)?;
                if made {
                    say(&format!("password: {password}\n"));
                }
                account
            }
            Self::Role { email, role } => {
                let (id, version) = named(&acting, &email).await?;
                account::set_role(&acting, id, version, role)
                    .await
                    .map_err(words)?
            }
            Self::Disable { email } => {
                let (id, version) = named(&acting, &email).await?;
                account::disable(&acting, id, version)
                    .await
                    .map_err(words)?
            }
            Self::Enable { email } => {
                let (id, version) = named(&acting, &email).await?;
                account::enable(&acting, id, version).await.map_err(words)?
            }
            Self::List => {
                for account in account::list(&acting.db, i64::MAX).await? {
                    say(&line(&account));
                }
                return Ok(ExitCode::SUCCESS);
            }
        };
        say(&line(&done));
        Ok(ExitCode::SUCCESS)
    }
}

impl Audit {
    /// Prints them.
    pub async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let db = open(&settings.database()).await?;
        let subject = self.subject.as_deref().map(parse).transpose();
        let wanted = audit::Wanted {
            subject: subject.map_err(anyhow::Error::msg)?.map(|(_, id)| id),
            most: self.limit,
            ..audit::Wanted::default()
        };
        for entry in audit::entries(&db, wanted).await? {
            let line = json!({
                "at": Moment(entry.at),
                "act": entry.act,
                "subject": entry.subject_id,
                "version": entry.version,
                "actor": entry.actor,
                "address": entry.address,
                "request": entry.request,
                "reason": entry.reason,
                "before": entry.before,
                "after": entry.after,
            });
            say(&format!("{line}\n"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn role_of(text: &str) -> Result<Role, String> {
    Role::ALL
        .iter()
        .copied()
        .find(|role| role.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| "give REPORTER, EDITOR or ADMIN".to_owned())
}

/// A password given, or a new one.
fn password() -> anyhow::Result<(String, bool)> {
    if let Ok(given) = std::env::var("DATELINE_PASSWORD") {
        return Ok((given, false));
    }
    let input = std::io::stdin();
    if !input.is_terminal() {
        let mut given = String::new();
        input
            .lock()
            .read_line(&mut given)
            .context("the password cannot be read")?;
        let given = given.trim_end_matches(['\r', '\n']);
        if !given.is_empty() {
            return Ok((given.to_owned(), false));
        }
    }
    Ok((secret::fresh("")?.chars().take(26).collect(), true))
}

async fn named(acting: &Acting, email: &str) -> anyhow::Result<(AccountId, i64)> {
    match account::by_email(&acting.db, email).await? {
        Some(account) => Ok((AccountId(account.id), account.version)),
        None => bail!("nobody has the address {email}"),
    }
}

fn line(account: &Account) -> String {
    let line = json!({
        "id": AccountId(account.id),
        "email": account.email,
        "name": account.name,
        "role": account.role(),
        "version": account.version,
        "disabledAt": account.disabled_at.map(Moment),
    });
    format!("{line}\n")
}

fn words(denied: Denied) -> anyhow::Error {
    match denied {
        Denied::Fault(error) => error.into(),
        Denied::Refused(refusals) => {
            let words: Vec<String> = refusals
                .into_iter()
                .map(|refusal| match refusal {
                    Refusal::Invalid { message, .. } | Refusal::NotFound { message, .. } => message,
                    Refusal::Conflict(conflict) => conflict.message,
                    _ => format!("{} is refused", Act::AccountUpdate.name()),
                })
                .collect();
            anyhow::anyhow!(words.join("; "))
        }
    }
}
