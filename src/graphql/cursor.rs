//! Cursors: a place in a total order, together with a fingerprint of the list it belongs to.
//!
//! A cursor is opaque to clients. Used with another list, filter or order it is refused, since its place would mean
//! nothing there.

use async_graphql::Error;
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64;

use super::errors::invalid;

/// The layout of cursors; raised when an old cursor can no longer be read.
const LAYOUT: u8 = 1;

/// What a list is ordered by, before the id decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Hash)]
pub enum Key {
    /// A number or a moment.
    Number(i64),
    /// A text, ordered by its bytes.
    Text(String),
}

/// A place in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Hash)]
pub struct Position {
    /// The order key of the item.
    pub key: Key,
    /// The item.
    pub id: Uuid,
}

/// Identifies a list: which one, how filtered, how ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(u32);

impl Fingerprint {
    /// The fingerprint of whatever describes the list.
    #[must_use]
    pub fn of(description: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(description).unwrap_or_default();
        let [a, b, c, d, ..] = xxh3_64(&bytes).to_le_bytes();
        Self(u32::from_le_bytes([a, b, c, d]))
    }
}

impl Position {
    /// As a cursor of the list.
    #[must_use]
    pub fn to_cursor(&self, list: Fingerprint) -> String {
        let mut bytes = vec![LAYOUT];
        bytes.extend(list.0.to_le_bytes());
        bytes.extend(self.id.as_bytes());
        match &self.key {
            Key::Number(number) => {
                bytes.push(0);
                bytes.extend(number.to_le_bytes());
            }
            Key::Text(text) => {
                bytes.push(1);
                bytes.extend(text.as_bytes());
            }
        }
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Reads a cursor of the list.
    ///
    /// # Errors
    /// `INVALID_CURSOR` when it is no cursor, or one of another list, filter or order.
    pub fn from_cursor(cursor: &str, list: Fingerprint) -> Result<Self, Error> {
        let unreadable = || {
            invalid(
                "INVALID_CURSOR",
                format!(
                    "\"{}\" is not a cursor of this API",
                    cursor.chars().take(80).collect::<String>()
                ),
            )
        };
        let bytes = BASE64URL_NOPAD
            .decode(cursor.as_bytes())
            .map_err(|_| unreadable())?;
        let (fixed, key) = bytes.split_at_checked(22).ok_or_else(unreadable)?;
        if fixed[0] != LAYOUT {
            return Err(unreadable());
        }
        if fixed[1..5] != list.0.to_le_bytes() {
            return Err(invalid(
                "INVALID_CURSOR",
                "this cursor belongs to a list with another filter or order; start that list again without it",
            ));
        }
        let id = Uuid::from_slice(&fixed[5..21]).map_err(|_| unreadable())?;
        let key = match fixed[21] {
            0 => Key::Number(i64::from_le_bytes(
                key.try_into().map_err(|_| unreadable())?,
            )),
            1 => Key::Text(String::from_utf8(key.to_vec()).map_err(|_| unreadable())?),
            _ => return Err(unreadable()),
        };
        Ok(Self { key, id })
    }
}

/// The cursor of a place in the change log.
#[must_use]
pub fn change_cursor(number: i64) -> String {
    let mut bytes = vec![LAYOUT, b'c'];
    bytes.extend(number.to_le_bytes());
    BASE64URL_NOPAD.encode(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_by_its_own_list_alone() {
        let here = Fingerprint::of(&("articles", "published"));
        let there = Fingerprint::of(&("articles", "title"));
        for key in [
            Key::Number(-5),
            Key::Number(i64::MAX),
            Key::Text("élan".to_owned()),
            Key::Text(String::new()),
        ] {
            let position = Position {
                key,
                id: Uuid::from_u128(7),
            };
            let cursor = position.to_cursor(here);
            assert_eq!(Position::from_cursor(&cursor, here).unwrap(), position);
            assert!(
                Position::from_cursor(&cursor, there)
                    .unwrap_err()
                    .message
                    .contains("another filter")
            );
        }
        for junk in ["", "AAAA", "!!!", "AQ", &"A".repeat(60)] {
            assert!(Position::from_cursor(junk, here).is_err(), "{junk}");
        }
    }
}
