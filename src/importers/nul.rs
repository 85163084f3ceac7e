//! Finds texts that hold a NUL, which PostgreSQL keeps in no text; what holds one is refused wherever it is imported.

use serde_json::Value;

/// What whoever imports it is told.
pub const REASON: &str =
    "it holds the character NUL (U+0000), which no text here can hold; take it out";

/// Whether a text in a value, or a name of one, holds a NUL.
pub fn is_in(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(is_in),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || is_in(value)),
        _ => false,
    }
}
