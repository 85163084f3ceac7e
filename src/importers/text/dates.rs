//! Finds dates and times of day as news pages print them, in several languages.
//!
//! It never invents what is not printed: a date without a year, an order of day and month that could be either, and a
//! time without a zone are told to the caller.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use regex::{Captures, Regex};

use super::words::pattern;

/// A date found in a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Byte range of the date with its time and zone.
    pub start: usize,
    pub end: usize,
    /// The moment; midnight UTC when no time is printed; `None` when the year is missing.
    pub at: Option<DateTime<Utc>>,
    /// What is unsure about it, as sentences.
    pub unsure: Vec<String>,
    /// Whether a word before it says that it is the time of a change.
    pub updated: bool,
}

const MONTHS: &[(&str, u32)] = &[
    ("jan", 1),
    ("ene", 1),
    ("gen", 1),
    ("jän", 1),
    ("feb", 2),
    ("fév", 2),
    ("fev", 2),
    ("mar", 3),
    ("mär", 3),
    ("mrz", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("may", 5),
    ("mai", 5),
    ("mag", 5),
    ("mei", 5),
    ("juin", 6),
    ("jun", 6),
    ("giu", 6),
    ("juil", 7),
    ("jul", 7),
    ("lug", 7),
    ("aug", 8),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("sep", 9),
    ("set", 9),
    ("oct", 10),
    ("okt", 10),
    ("out", 10),
    ("ott", 10),
    ("nov", 11),
    ("dec", 12),
    ("dez", 12),
    ("déc", 12),
    ("dic", 12),
];

const MONTH: &str = r"(?:jan(?:uary|uar|vier|eiro)?|jänner|enero|gennaio|feb(?:ruary|ruar|rero|braio)?|févr(?:ier)?|fevereiro|mar(?:ch|s|zo|ço)?|märz|mrz|apr(?:il|ile)?|avr(?:il)?|abr(?:il)?|may|mai|mayo|maio|maggio|june?|juni|juin|junio|junho|giugno|july?|juli|juil(?:let)?|julio|julho|luglio|aug(?:ust)?|août|aout|ago(?:sto)?|sept?(?:ember|embre|iembre)?|set(?:embro|tembre|iembre)?|oct(?:ober|obre|ubre)?|okt(?:ober)?|out(?:ubro)?|ottobre|nov(?:ember|embre|iembre|embro)?|dec(?:ember)?|dez(?:ember|embro)?|déc(?:embre)?|dic(?:iembre|embre)?)\b\.?";

/// The first date of a line. `english` tells how `3/4/2021` is read when both orders are possible.
#[must_use]
pub fn first(line: &str, english: bool) -> Option<Found> {
    static ISO: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})"));
    static DAY_FIRST: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            r"(?i)\b(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º|ª|\.)?\s+(?:de |of )?(?P<mon>{MONTH}),?\s*(?:de |del )?(?P<y>\d{{4}})\b"
        ))
    });
    static MONTH_FIRST: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            r"(?i)\b(?P<mon>{MONTH})\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|\s+)(?P<y>\d{{4}})\b"
        ))
    });
    static DOTTED: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\b(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})\b"));
    static SLASHED: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\b(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<y>\d{4})\b"));
    static NO_YEAR: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            r"(?i)\b(?:(?P<mon>{MONTH})\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?|(?P<d2>\d{{1,2}})\.?\s+(?P<mon2>{MONTH}))\b"
        ))
    });

    let mut earliest: Option<(Captures<'_>, usize)> = None;
    for (kind, regex) in [&ISO, &DAY_FIRST, &MONTH_FIRST, &DOTTED, &SLASHED]
        .into_iter()
        .enumerate()
    {
        let Some(found) = regex.captures(line) else {
            continue;
        };
        let start = found.get(0).map_or(0, |whole| whole.start());
        if earliest
            .as_ref()
            .is_none_or(|(other, _)| other.get(0).is_none_or(|whole| start < whole.start()))
        {
            earliest = Some((found, kind));
        }
    }
    let Some((found, kind)) = earliest else {
        let whole = NO_YEAR.find(line)?;
        let (_, length) = time_after(&line[whole.end()..]);
        return Some(Found {
            start: whole.start(),
            end: whole.end() + length,
            at: None,
            unsure: vec![format!(
                "the date “{}” has no year, so no date of publication was set",
                whole.as_str()
            )],
            updated: says_updated(&line[..whole.start()]),
        });
    };
    let whole = found.get(0)?;
    let mut unsure = Vec::new();
    let year: i32 = found["y"].parse().ok()?;
    let (month, day) = match kind {
        0 | 3 => (number(&found, "m")?, number(&found, "d")?),
        4 => slashed(&found, english, whole.as_str(), &mut unsure)?,
        _ => (month_of(&found["mon"])?, number(&found, "d")?),
    };
    let date = NaiveDate::from_ymd_opt(year, month, day)
        .filter(|date| (1600..2200).contains(&date.year()))?;
    let (time, length) = time_after(&line[whole.end()..]);
    let mut printed = &line[whole.end()..whole.end() + length];
    let mut start = whole.start();
    let mut time = time;
    if let Some((earlier, from)) = time_before(&line[..start]).filter(|_| time.is_none()) {
        printed = &line[from..start];
        start = from;
        time = Some(earlier);
    }
    let mut at =
        Utc.from_utc_datetime(&date.and_time(time.map_or(NaiveTime::MIN, |time| time.of_day)));
    match time.map(|time| time.zone) {
        Some(Zone::Minutes(minutes)) => at -= Duration::minutes(minutes),
        Some(Zone::American(standard)) => {
            at -= Duration::hours(if american_summer(date) {
                standard + 1
            } else {
                standard
            });
        }
        Some(Zone::None) => unsure.push(format!(
            "the time “{}” has no time zone and was taken as UTC",
            printed.trim_matches([' ', ',', '•', '|', '-', '–'])
        )),
        None => {}
    }
    let end = whole.end() + length;
    Some(Found {
        start,
        end,
        at: Some(at),
        unsure,
        updated: says_updated(&line[..start]),
    })
}

fn number(found: &Captures<'_>, name: &str) -> Option<u32> {
    found.name(name)?.as_str().parse().ok()
}

fn slashed(
    found: &Captures<'_>,
    english: bool,
    printed: &str,
    unsure: &mut Vec<String>,
) -> Option<(u32, u32)> {
    let (first, second) = (number(found, "a")?, number(found, "b")?);
    if first > 12 {
        return Some((second, first));
    }
    if second <= 12 && first != second {
        let order = if english {
            "month/day/year"
        } else {
            "day/month/year"
        };
        unsure.push(format!(
            "the order of day and month in “{printed}” is ambiguous; it was read as {order}"
        ));
    }
    Some(if english || second > 12 {
        (first, second)
    } else {
        (second, first)
    })
}

fn month_of(printed: &str) -> Option<u32> {
    let lower = printed.to_lowercase();
    MONTHS
        .iter()
        .find(|(start, _)| lower.starts_with(start))
        .map(|(_, month)| *month)
}

/// Whether the nearest label before a date is one of a change.
fn says_updated(before: &str) -> bool {
    static LABEL: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:(?P<updated>updated?|modified|amended|aktualisiert|actualizado|mis à jour|modifié|atualizado|aggiornato)|published|posted|created|veröffentlicht|publicado|publié|pubblicato)\b",
        )
    });
    let nearest = LABEL.captures_iter(before).last();
    nearest.is_some_and(|label| {
        let end = label.get(0).map_or(0, |whole| whole.end());
        label.name("updated").is_some() && before[end..].chars().count() <= 40
    })
}

/// A time directly before a date, as in "10:12 GMT, 12 March 2015", and where it begins.
fn time_before(text: &str) -> Option<(Time, usize)> {
    static TIME: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?P<time>\b\d{1,2}[:.]\d{2}(?:\s?[ap]\.?m\.?)?(?:\s?[A-Z]{2,4})?)\s*,?\s*(?:on\s+)?(?:\p{L}{3,9}day,?\s+)?$",
        )
    });
    let found = TIME.captures(text)?.name("time")?;
    Some((time_after(found.as_str()).0?, found.start()))
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Time {
    of_day: NaiveTime,
    zone: Zone,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Zone {
    None,
    /// East of Greenwich.
    Minutes(i64),
    /// Hours west of Greenwich in winter, one fewer in summer: -5 is kept as the negative it is.
    American(i64),
}

/// A time directly after a date, and the length of the text that it takes.
fn time_after(text: &str) -> (Option<Time>, usize) {
    static TIME: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?:T|\s*(?:,|•|·|\||-|–|—)?\s*(?:at|um|a las|às|à|alle|ore)?\s*\(?)(?P<h>\d{1,2})(?:(?:[:.]|\s?h\s?)(?P<m>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?)?\s*(?P<half>[ap]\.?m\b\.?)?(?:\s?(?:uhr|hrs?|h|horas)\b)?\s*(?:\(?\s*(?P<zone>Z\b|(?:UTC|GMT)(?:\s?[+-]\d{1,2}(?::?\d{2})?)?|[+-]\d{2}:?\d{2}|[A-Z]{2,4}\b)\s*\)?)?",
        )
    });
    let Some(found) = TIME.captures(text) else {
        return (None, 0);
    };
    let mut hour: u32 = found["h"].parse().unwrap_or(99);
    let minute: Option<u32> = found
        .name("m")
        .and_then(|minute| minute.as_str().parse().ok());
    let half = found.name("half").map(|half| half.as_str().to_lowercase());
    if minute.is_none() && half.is_none() {
        return (None, 0);
    }
    match half.as_deref() {
        Some(half) if half.starts_with('p') && hour < 12 => hour += 12,
        Some(half) if half.starts_with('a') && hour == 12 => hour = 0,
        _ => {}
    }
    let second = found
        .name("s")
        .and_then(|second| second.as_str().parse().ok())
        .unwrap_or(0);
    let Some(of_day) = NaiveTime::from_hms_opt(hour, minute.unwrap_or(0), second) else {
        return (None, 0);
    };
    let whole = found
        .get(0)
        .map_or(0, |whole| whole.as_str().trim_end().len());
    let zone = found.name("zone");
    match zone.map(|zone| zone_of(zone.as_str())) {
        Some(Zone::None) => (
            Some(Time {
                of_day,
                zone: Zone::None,
            }),
            zone.map_or(whole, |zone| {
                text[..zone.start()].trim_end_matches([' ', '(']).len()
            }),
        ),
        Some(zone) => (Some(Time { of_day, zone }), whole),
        None => (
            Some(Time {
                of_day,
                zone: Zone::None,
            }),
            whole,
        ),
    }
}

fn zone_of(printed: &str) -> Zone {
    let upper = printed.to_uppercase();
    let hours = match upper.as_str() {
        "Z" | "UTC" | "GMT" | "WET" => 0,
        "BST" | "CET" | "MEZ" | "WEST" => 1,
        "CEST" | "MESZ" | "EET" | "SAST" => 2,
        "EEST" | "MSK" => 3,
        "SGT" | "HKT" | "AWST" => 8,
        "JST" | "KST" => 9,
        "AEST" => 10,
        "AEDT" => 11,
        "NZST" => 12,
        "NZDT" => 13,
        "ART" | "BRT" => -3,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "ET" => return Zone::American(-5),
        "CT" => return Zone::American(-6),
        "MT" => return Zone::American(-7),
        "PT" => return Zone::American(-8),
        _ => return offset(&upper),
    };
    Zone::Minutes(hours * 60)
}

fn offset(printed: &str) -> Zone {
    let printed = printed
        .trim_start_matches("UTC")
        .trim_start_matches("GMT")
        .trim();
    let sign = match printed.chars().next() {
        Some('+') => 1,
        Some('-') => -1,
        _ => return Zone::None,
    };
    let digits: String = printed.chars().filter(char::is_ascii_digit).collect();
    let Ok(value) = digits.parse::<i64>() else {
        return Zone::None;
    };
    let minutes = if digits.len() > 2 {
        value / 100 * 60 + value % 100
    } else {
        value * 60
    };
    Zone::Minutes(sign * minutes)
}

/// Whether summer time rules in the United States on that day (the rule since 2007).
fn american_summer(date: NaiveDate) -> bool {
    let start = NaiveDate::from_weekday_of_month_opt(date.year(), 3, Weekday::Sun, 2);
    let end = NaiveDate::from_weekday_of_month_opt(date.year(), 11, Weekday::Sun, 1);
    start
        .zip(end)
        .is_some_and(|(start, end)| (start..end).contains(&date))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: &str) -> String {
        first(line, true)
            .and_then(|found| found.at)
            .map_or("none".to_owned(), |at| {
                at.format("%Y-%m-%dT%H:%M").to_string()
            })
    }

    #[test]
    fn dates_are_read_as_news_sites_print_them() {
        for (line, moment) in [
            ("02/23/2023 / By Ada Holm", "2023-02-23T00:00"),
            ("Published 5 March 2021", "2021-03-05T00:00"),
            ("2021-03-05", "2021-03-05T00:00"),
            ("2021-03-05T16:30:00+01:00", "2021-03-05T15:30"),
            ("2021-03-05T16:30:00Z", "2021-03-05T16:30"),
            ("March 5, 2021 at 4:30 p.m. ET", "2021-03-05T21:30"),
            ("July 5, 2021 at 4:30 p.m. ET", "2021-07-05T20:30"),
            ("05.03.2021", "2021-03-05T00:00"),
            ("Stand: 5. März 2021, 16:30 Uhr", "2021-03-05T16:30"),
            ("5 mars 2021 à 16h30", "2021-03-05T16:30"),
            ("5 de marzo de 2021", "2021-03-05T00:00"),
            ("Sunday, Feb 1, 2015 11:57 AM UTC", "2015-02-01T11:57"),
            ("16 November 2017 • 2:15pm", "2017-11-16T14:15"),
            ("March 13, 2015 9:00PM", "2015-03-13T21:00"),
            ("8:15 am, Oct. 3rd 2019", "2019-10-03T08:15"),
            ("1er juin 2020", "2020-06-01T00:00"),
            ("12 May 2020 09:05 BST", "2020-05-12T08:05"),
            ("the 300 boats of 1987", "none"),
            ("31/31/2020", "none"),
        ] {
            assert_eq!(at(line), moment, "{line}");
        }
    }

    #[test]
    fn an_order_that_could_be_either_is_a_doubt() {
        let unsure = |line| first(line, true).map(|found| found.unsure.len());
        assert_eq!(unsure("03/04/2021"), Some(1));
        assert_eq!(unsure("04/04/2021"), Some(0));
        assert_eq!(unsure("23/04/2021"), Some(0));
        let not_english = first("03/04/2021", false).and_then(|found| found.at);
        assert_eq!(not_english.map(|at| at.month()), Some(4));
    }

    #[test]
    fn a_date_without_a_year_is_found_but_not_guessed() {
        let found = first("By Ada Holm March 18 at 3:57 PM Follow @ada", true).expect("a date");
        assert_eq!(found.at, None);
        assert_eq!(found.unsure.len(), 1);
        assert_eq!(
            &"By Ada Holm March 18 at 3:57 PM Follow @ada"[found.end..],
            " Follow @ada"
        );
    }

    #[test]
    fn a_time_of_change_is_told_from_the_time_of_publication() {
        assert!(
            first("Updated: April 29, 2019 at 3:33 pm", true).is_some_and(|found| found.updated)
        );
        assert!(!first("Published April 29, 2019", true).is_some_and(|found| found.updated));
    }
}
