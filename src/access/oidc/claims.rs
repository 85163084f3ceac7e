//! What a token says, once its signature is known to be good: whether it holds here and now, for whom, in which role.
//!
//! Pure; nothing here looks at a key, a database or a clock.

use serde_json::{Map, Value};

use super::Settings;
use crate::editorial::{moment::Moment, vocabulary::Role};

/// How far the issuer's clock and ours may differ, in seconds.
const LEEWAY: i64 = 30;
/// The longest subject, as `OpenID` Connect has it.
const LONGEST_SUBJECT: usize = 255;
/// The longest name or address that is kept, in characters.
const LONGEST_TEXT: usize = 200;

/// What a token tells of its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The issuer's lasting name for the holder.
    pub subject: String,
    /// How people call the holder, if the token says.
    pub name: Option<String>,
    /// The address for mail, if the token says; good for reading, never for finding an account.
    pub email: Option<String>,
    /// The highest role that the token gives.
    pub role: Role,
    /// When the token was issued.
    pub issued: Moment,
}

/// Reads claims.
///
/// # Errors
/// When the token is not meant for us, does not hold now, names nobody or gives no role: one sentence.
pub fn told(claims: &Map<String, Value>, settings: &Settings, now: Moment) -> Result<Told, String> {
    if claims.get("iss").and_then(Value::as_str) != Some(settings.issuer.as_str()) {
        return Err("the token has another issuer".to_owned());
    }
    let audience = strings(claims.get("aud"));
    if !audience.contains(&settings.audience.as_str()) {
        return Err(format!(
            "the token is not meant for \"{}\"",
            settings.audience
        ));
    }
    let issued = holds(claims, now.0.div_euclid(1_000_000))?;
    let subject = text(claims, "sub").ok_or("the token does not say for whom it is (sub)")?;
    if subject.len() > LONGEST_SUBJECT {
        return Err(format!(
            "the token's subject has more than {LONGEST_SUBJECT} bytes"
        ));
    }
    let given = find(claims, &settings.roles_claim)
        .map(|value| strings(Some(value)))
        .unwrap_or_default();
    let role = highest(settings, &given).ok_or_else(|| {
        format!(
            "the token gives no role here: its claim \"{}\" holds none of the values that do",
            settings.roles_claim
        )
    })?;
    Ok(Told {
        subject: subject.to_owned(),
        name: text(claims, "name")
            .or_else(|| text(claims, "preferred_username"))
            .and_then(cleaned),
        email: text(claims, "email").and_then(cleaned),
        role,
        issued: Moment(issued.saturating_mul(1_000_000)),
    })
}

/// When the token was issued, if it holds now.
fn holds(claims: &Map<String, Value>, now: i64) -> Result<i64, String> {
    let expires =
        seconds(claims, "exp")?.ok_or("the token does not say until when it holds (exp)")?;
    if expires <= now.saturating_sub(LEEWAY) {
        return Err("the token has expired".to_owned());
    }
    if seconds(claims, "nbf")?.is_some_and(|from| from > now.saturating_add(LEEWAY)) {
        return Err("the token does not hold yet".to_owned());
    }
    let issued =
        seconds(claims, "iat")?.ok_or("the token does not say when it was issued (iat)")?;
    if issued > now.saturating_add(LEEWAY) {
        return Err("the token was issued in the future; do the clocks agree?".to_owned());
    }
    Ok(issued)
}

/// A time in seconds since 1970, which may have a fraction.
fn seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, String> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    if let Some(whole) = value.as_i64() {
        return Ok(Some(whole));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast from floating point saturates, and the fraction is not wanted"
    )]
    value
        .as_f64()
        .map(|number| Some(number.floor() as i64))
        .ok_or_else(|| format!("the token's claim \"{name}\" is no time"))
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

/// A text or a list of texts, as a list.
fn strings(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The claim of a path such as `realm_access.roles`. Names may have dots themselves, as those that are addresses do, so
/// every way to read the path is tried, the longest name first.
fn find<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(path) {
        return Some(value);
    }
    path.rmatch_indices('.').find_map(|(dot, _)| {
        let inner = claims.get(&path[..dot])?.as_object()?;
        find(inner, &path[dot + 1..])
    })
}

fn highest(settings: &Settings, given: &[&str]) -> Option<Role> {
    [Role::Admin, Role::Editor, Role::Reporter]
        .into_iter()
        .find(|role| {
            settings
                .roles
                .iter()
                .filter(|(gives, _)| gives == role)
                .flat_map(|(_, values)| values)
                .any(|value| given.contains(&value.as_str()))
        })
}

/// A text that can stand in a line of a log or a list.
fn cleaned(text: &str) -> Option<String> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_TEXT)
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_claim_is_found_whatever_dots_its_names_have() {
        let claims = claims(&json!({
            "roles": ["a"],
            "realm_access": { "roles": ["b"] },
            "https://news.example.org/roles": ["c"],
            "resource_access": { "press.room": { "roles": ["d"] } },
        }));
        for (path, value) in [
            ("roles", "a"),
            ("realm_access.roles", "b"),
            ("https://news.example.org/roles", "c"),
            ("resource_access.press.room.roles", "d"),
        ] {
            assert_eq!(find(&claims, path), Some(&json!([value])), "{path}");
        }
        for path in [
            "",
            ".",
            "roles.",
            ".roles",
            "realm_access",
            "realm_access.groups",
        ] {
            let found = find(&claims, path).is_some();
            assert_eq!(found, path == "realm_access", "{path}");
        }
    }

    #[test]
    fn the_highest_role_wins_and_values_are_compared_whole() {
        let settings = Settings {
            roles: vec![
                (
                    Role::Reporter,
                    vec!["writers".to_owned(), "desk".to_owned()],
                ),
                (Role::Editor, vec!["desk".to_owned()]),
                (Role::Admin, Vec::new()),
            ],
            ..Settings::default()
        };
        assert_eq!(highest(&settings, &["writers"]), Some(Role::Reporter));
        assert_eq!(highest(&settings, &["writers", "desk"]), Some(Role::Editor));
        assert_eq!(highest(&settings, &["Desk", "desk2", ""]), None);
    }

    #[test]
    fn a_time_may_have_a_fraction_but_must_be_a_number() {
        let claims = claims(&json!({ "a": 7, "b": 7.9, "c": 1e300, "d": "7", "e": null }));
        assert_eq!(seconds(&claims, "a"), Ok(Some(7)));
        assert_eq!(seconds(&claims, "b"), Ok(Some(7)));
        assert_eq!(seconds(&claims, "c"), Ok(Some(i64::MAX)));
        assert!(seconds(&claims, "d").is_err());
        assert!(seconds(&claims, "e").is_err());
        assert_eq!(seconds(&claims, "f"), Ok(None));
    }
}
