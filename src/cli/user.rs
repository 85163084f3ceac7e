//! `dateline user` and `dateline audit`.

use std::{
    io::BufRead,
    path::{Path, PathBuf},
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
        account::{self, Account, Changed, NewAccount},
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
    /// Create an account. The password comes from `--password-file` or `DATELINE_PASSWORD`; else one is made and printed.
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
        /// The file whose first line is the password; `-` is standard input.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Give an account a role, and take back the API tokens that it holds and could not create in that role.
    Role {
        /// The address of the account.
        #[arg(long)]
        email: String,
        /// REPORTER, EDITOR or ADMIN.
        #[arg(long, value_parser = role_of)]
        role: Role,
    },
    /// Shut an account out, end its sessions and take back the API tokens that it holds.
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
            Self::Create {
                email,
                name,
                role,
                password_file,
            } => {
                let (password, made) = password(password_file.as_deref())?;
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
                narrowed(account::set_role(&acting, id, version, role).await)?
            }
            Self::Disable { email } => {
                let (id, version) = named(&acting, &email).await?;
                narrowed(account::disable(&acting, id, version).await)?
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
                "subject": entry.subject(),
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

/// A password given, or a new one. Standard input is read only when it is asked for, since nobody may ever write to it.
fn password(file: Option<&Path>) -> anyhow::Result<(String, bool)> {
    let Some(file) = file else {
        return Ok(match std::env::var("DATELINE_PASSWORD") {
            Ok(given) => (given, false),
            Err(_) => (secret::fresh("")?.chars().take(26).collect(), true),
        });
    };
    let unreadable = || format!("the password file {} cannot be read", file.display());
    let mut given = String::new();
    if file == Path::new("-") {
        std::io::stdin().lock().read_line(&mut given)
    } else {
        std::fs::File::open(file)
            .map(std::io::BufReader::new)
            .and_then(|mut file| file.read_line(&mut given))
    }
    .with_context(unreadable)?;
    let given = given.trim_end_matches(['\r', '\n']);
    if given.is_empty() {
        bail!(
            "the first line of the password file {} is empty; it is to be the password",
            file.display()
        );
    }
    Ok((given.to_owned(), false))
}

/// The account, after saying which API tokens went with the change.
fn narrowed(result: Result<Changed, Denied>) -> anyhow::Result<Account> {
    let done = result.map_err(words)?;
    if done.tokens_revoked > 0 {
        eprintln!("API tokens taken back: {}", done.tokens_revoked);
    }
    Ok(done.account)
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
