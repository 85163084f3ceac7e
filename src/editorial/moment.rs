//! A moment in time, as Dateline stores, orders and prints it.

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC, exact to the microsecond.
///
/// The database keeps the number of microseconds since 1970, so both databases order it alike; clients and dumps see
/// RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(pub i64);

impl Moment {
    /// As RFC 3339 in UTC, with as many digits of the second as it needs.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        self.to_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }

    /// As a date and time; the nearest representable one when out of chrono's range.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// Reads RFC 3339 with any offset, or a date alone, which is its first moment in UTC.
    ///
    /// # Errors
    /// A sentence that names the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(date) = text.parse::<NaiveDate>() {
            return Ok(Self(
                date.and_time(NaiveTime::MIN).and_utc().timestamp_micros(),
            ));
        }
        DateTime::parse_from_rfc3339(text)
            .map(|moment| Self(moment.timestamp_micros()))
            .map_err(|_| {
                format!(
                    "\"{text}\" is not a date and time in RFC 3339, such as 2026-03-01T09:30:00Z"
                )
            })
    }
}

impl From<DateTime<Utc>> for Moment {
    fn from(value: DateTime<Utc>) -> Self {
        Self(value.timestamp_micros())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_alone_is_its_first_moment() {
        assert_eq!(
            Moment::parse("2026-03-01"),
            Moment::parse("2026-03-01T00:00:00Z")
        );
        assert!(Moment::parse("2026-02-30").is_err());
    }

    #[test]
    fn a_moment_survives_its_printed_form() {
        for micros in [0, 1, 1_000, 1_700_000_000_123_456, -62_135_596_800_000_000] {
            let moment = Moment(micros);
            assert_eq!(Moment::parse(&moment.to_rfc3339()), Ok(moment));
        }
    }
}
