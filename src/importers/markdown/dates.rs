//! Reads the dates that front matter, file names and paths state.
//!
//! A date without a zone is midnight or the stated time in UTC; one with a zone becomes the instant. It never asks
//! the clock.

use std::sync::LazyLock;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use regex::Regex;

use super::regex;

/// The instant that a date states, in the forms that Jekyll, Hugo and Zola take.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Some(captures) = NUMERIC.captures(text) {
        let number = |index: usize| {
            captures
                .get(index)
                .and_then(|found| found.as_str().parse::<u32>().ok())
        };
        let day = NaiveDate::from_ymd_opt(captures[1].parse().ok()?, number(2)?, number(3)?)?;
        let time = day.and_hms_milli_opt(
            number(4).unwrap_or(0),
            number(5).unwrap_or(0),
            number(6).unwrap_or(0),
            milliseconds(captures.get(7).map_or("", |found| found.as_str())),
        )?;
        let ahead = captures
            .get(8)
            .map_or(Some(Duration::zero()), |zone| ahead_of_utc(zone.as_str()))?;
        return time.and_utc().checked_sub_signed(ahead);
    }
    if let Ok(time) = DateTime::parse_from_rfc2822(text) {
        return Some(time.to_utc());
    }
    let words = text
        .replace(',', " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    ["%B %d %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y"]
        .iter()
        .find_map(|form| NaiveDate::parse_from_str(&words, form).ok())
        .and_then(midnight)
}

/// A date at the beginning of a file name, and what follows it.
pub(super) fn day_in_name(stem: &str) -> Option<(DateTime<Utc>, &str)> {
    let captures = NAME.captures(stem)?;
    let day = day(&captures[1], &captures[2], &captures[3])?;
    Some((day, &stem[captures[0].len()..]))
}

/// A date that the folders of a path spell out: `2018/03/29`.
pub(super) fn day_in_path(path: &str) -> Option<DateTime<Utc>> {
    let captures = PATH.captures(path)?;
    day(&captures[1], &captures[2], &captures[3])
}

fn day(year: &str, month: &str, day: &str) -> Option<DateTime<Utc>> {
    midnight(NaiveDate::from_ymd_opt(
        year.parse().ok()?,
        month.parse().ok()?,
        day.parse().ok()?,
    )?)
}

fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

fn milliseconds(digits: &str) -> u32 {
    let three: String = digits.chars().chain("000".chars()).take(3).collect();
    three.parse().unwrap_or(0)
}

fn ahead_of_utc(zone: &str) -> Option<Duration> {
    let hours = match zone.to_ascii_uppercase().as_str() {
        "Z" | "UTC" | "GMT" => 0,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "BST" | "CET" => 1,
        "CEST" => 2,
        offset => {
            let (sign, digits) = offset.split_at_checked(1)?;
            let digits = digits.replace(':', "");
            let (hours, minutes) = if digits.len() > 2 {
                digits.split_at_checked(digits.len() - 2)?
            } else {
                (digits.as_str(), "0")
            };
            let ahead =
                Duration::hours(hours.parse().ok()?) + Duration::minutes(minutes.parse().ok()?);
            return Some(if sign == "-" { -ahead } else { ahead });
        }
    };
    Some(Duration::hours(hours))
}

static NUMERIC: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:(?:T|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(Z|[A-Z]{3,4}|[+-]\d{1,2}(?::?\d{2})?)?)?$",
    )
});
static NAME: LazyLock<Regex> = LazyLock::new(|| regex(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[-_ ]+|$)"));
static PATH: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?:^|/)((?:19|20)\d\d)/(\d{1,2})/(\d{1,2})(?:/|$)"));
