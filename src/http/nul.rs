//! Refuses texts that hold a NUL: PostgreSQL keeps it in no text, and neither database finds anything by it.

use async_graphql::{Pos, Value, Variables};

use super::refusal::Refusal;

/// Refuses a value that stands at some places of the document, such as `the argument "slug"`.
///
/// # Errors
///
/// When a text in it holds a NUL.
pub fn check_value(value: &Value, what: &str, places: Vec<Pos>) -> Result<(), Refusal> {
    if !holds_nul(value) {
        return Ok(());
    }
    Err(Refusal::invalid(
        format!(
            "a text in {what} holds the character NUL (U+0000), which no text here can hold; take it out"
        ),
        places,
    ))
}

/// Refuses what is given for variables.
///
/// # Errors
///
/// When a text in it holds a NUL.
pub fn check_variables(given: &Variables) -> Result<(), Refusal> {
    given.iter().try_for_each(|(name, value)| {
        check_value(value, &format!("the variable ${name}"), Vec::new())
    })
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::List(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields.values().any(holds_nul),
        _ => false,
    }
}
