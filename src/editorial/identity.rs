//! Typed, opaque identities: a prefix that says what it names and a UUID in base32, as the TypeID specification
//! (version 0.3) writes them: `article_01h455vb4pex5vsknk084sn02q`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// Crockford's base32 in lower case, as TypeID prescribes.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Declares an id newtype and its prefix.
macro_rules! identity {
    ($($(#[$meta:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// What its printed form begins with.
            pub const PREFIX: &'static str = $prefix;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Self::PREFIX)?;
                f.write_str("_")?;
                f.write_str(std::str::from_utf8(&encode(self.0)).map_err(|_| fmt::Error)?)
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let (prefix, uuid) = parse(text)?;
                if prefix == Self::PREFIX {
                    Ok(Self(uuid))
                } else {
                    Err(format!("\"{text}\" names another kind, {prefix}; this place wants {}", Self::PREFIX))
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

identity! {
    /// Names an article, whatever its version.
    ArticleId = "article";
    /// Names one immutable revision of an article.
    RevisionId = "revision";
    /// Names an author.
    AuthorId = "author";
    /// Names a tag.
    TagId = "tag";
    /// Names a source.
    SourceId = "source";
    /// Names one citation of one article.
    CitationId = "citation";
    /// Names a member of the staff.
    AccountId = "account";
    /// Names one signed-in device of a member of the staff.
    SessionId = "session";
    /// Names an API token, whatever its secret is at present.
    TokenId = "token";
    /// Names one entry of the audit log.
    EntryId = "entry";
}

/// Splits a printed identity into its prefix and its UUID.
///
/// # Errors
/// A sentence that names the text and says what an identity looks like.
pub fn parse(text: &str) -> Result<(&str, Uuid), String> {
    let unreadable =
        || format!("\"{text}\" is not an id; ids look like article_01h455vb4pex5vsknk084sn02q");
    let (prefix, suffix) = text.rsplit_once('_').ok_or_else(unreadable)?;
    let uuid = decode(suffix.as_bytes()).ok_or_else(unreadable)?;
    Ok((prefix, uuid))
}

/// An identity as it is printed.
#[must_use]
pub fn printed(prefix: &str, id: Uuid) -> String {
    format!("{prefix}_{}", String::from_utf8_lossy(&encode(id)))
}

fn encode(uuid: Uuid) -> [u8; 26] {
    let mut value = uuid.as_u128();
    let mut digits = [0; 26];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    digits
}

fn decode(digits: &[u8]) -> Option<Uuid> {
    if digits.len() != 26 || digits[0] > b'7' {
        return None;
    }
    let mut value = 0_u128;
    for digit in digits {
        let index = ALPHABET.iter().position(|known| known == digit)?;
        value = (value << 5) | index as u128;
    }
    Some(Uuid::from_u128(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_the_typeid_specification_says() {
        // From the specification's valid.yml.
        for (uuid, suffix) in [
            (
                "00000000-0000-0000-0000-000000000000",
                "00000000000000000000000000",
            ),
            (
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
                "7zzzzzzzzzzzzzzzzzzzzzzzzz",
            ),
            (
                "0110c853-1d09-52d8-d73e-1194e95b5f19",
                "0123456789abcdefghjkmnpqrs",
            ),
            (
                "01890a5d-ac96-774b-bcce-b302099a8057",
                "01h455vb4pex5vsknk084sn02q",
            ),
        ] {
            let id = ArticleId(uuid.parse().unwrap());
            assert_eq!(id.to_string(), format!("article_{suffix}"));
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn an_id_of_another_kind_is_named_in_the_refusal() {
        let refusal = "tag_01h455vb4pex5vsknk084sn02q"
            .parse::<ArticleId>()
            .unwrap_err();
        assert_eq!(
            refusal,
            "\"tag_01h455vb4pex5vsknk084sn02q\" names another kind, tag; this place wants article"
        );
        assert!(
            "article_8zzzzzzzzzzzzzzzzzzzzzzzzz"
                .parse::<ArticleId>()
                .is_err()
        );
        assert!(
            "article_01h455vb4pex5vsknk084sn02Q"
                .parse::<ArticleId>()
                .is_err()
        );
        assert!("harbour-reopens".parse::<ArticleId>().is_err());
    }
}
