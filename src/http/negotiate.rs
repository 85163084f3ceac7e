//! Which media type an answer has, and whether a request is JSON.
//!
//! Follows the GraphQL-over-HTTP specification: `application/graphql-response+json` for clients that name it,
//! `application/json` for those that accept anything or say nothing.
//! This module never looks at a body.

use axum::http::{
    HeaderMap,
    header::{ACCEPT, CONTENT_TYPE},
};

/// A media type in which the endpoint can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the status code tells whether the request could be executed.
    GraphqlResponse,
    /// `application/json`: the older way, 200 for every well-formed request.
    Json,
}

impl MediaType {
    /// The value of the `Content-Type` header.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    const fn subtype(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "graphql-response+json",
            Self::Json => "json",
        }
    }
}

/// The media type to answer in, or `None` when the client accepts neither.
#[must_use]
pub fn media_type_for(headers: &HeaderMap) -> Option<MediaType> {
    if accepted(headers).next().is_none() {
        return Some(MediaType::Json);
    }
    let graphql_response = preference(headers, MediaType::GraphqlResponse);
    let json = preference(headers, MediaType::Json);
    let best = if wins(graphql_response, json) {
        (MediaType::GraphqlResponse, graphql_response)
    } else {
        (MediaType::Json, json)
    };
    (best.1.quality > 0).then_some(best.0)
}

/// Whether the client names HTML, as a browser does when a person opens an address.
#[must_use]
pub fn asks_for_html(headers: &HeaderMap) -> bool {
    accepted(headers).any(|range| range.is("text", "html") && range.quality > 0)
}

/// Whether the body is declared to be JSON in UTF-8.
///
/// A browser sends this type to another origin only after a preflight, which keeps forms of foreign pages out.
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let Ok(value) = value.to_str() else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
        && parts.filter_map(parameter).all(is_utf8_or_no_charset)
}

#[derive(Debug)]
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// In thousandths, as the header allows three decimals.
    quality: u16,
    charset_is_utf8: bool,
}

impl Range<'_> {
    fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Preference {
    quality: u16,
    specificity: u8,
}

fn wins(graphql_response: Preference, json: Preference) -> bool {
    if graphql_response.quality != json.quality {
        return graphql_response.quality > json.quality;
    }
    // With `*/*` alone the specification asks for the older type; named by both names, for the newer.
    graphql_response.quality > 0 && graphql_response.specificity == 2
}

fn preference(headers: &HeaderMap, media_type: MediaType) -> Preference {
    let mut found = Preference {
        quality: 0,
        specificity: 0,
    };
    let mut seen = false;
    for range in accepted(headers).filter(|range| range.charset_is_utf8) {
        let specificity = if range.is("application", media_type.subtype()) {
            2
        } else if range.is("application", "*") {
            1
        } else if range.is("*", "*") {
            0
        } else {
            continue;
        };
        if !seen || specificity > found.specificity {
            seen = true;
            found = Preference {
                quality: range.quality,
                specificity,
            };
        }
    }
    found
}

fn accepted(headers: &HeaderMap) -> impl Iterator<Item = Range<'_>> {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(range)
}

fn range(text: &str) -> Option<Range<'_>> {
    let mut parts = text.split(';').map(str::trim);
    let (kind, subtype) = parts.next()?.split_once('/')?;
    let mut range = Range {
        kind: kind.trim(),
        subtype: subtype.trim(),
        quality: 1000,
        charset_is_utf8: true,
    };
    for (name, value) in parts.filter_map(parameter) {
        if name.eq_ignore_ascii_case("q") {
            range.quality = quality(value)?;
        } else if !is_utf8_or_no_charset((name, value)) {
            range.charset_is_utf8 = false;
        }
    }
    Some(range)
}

fn parameter(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    Some((name.trim(), value.trim().trim_matches('"')))
}

fn is_utf8_or_no_charset((name, value): (&str, &str)) -> bool {
    !name.eq_ignore_ascii_case("charset")
        || value.eq_ignore_ascii_case("utf-8")
        || value.eq_ignore_ascii_case("utf8")
}

/// Reads `0`, `1`, `0.5` or `0.123` as thousandths without a detour through floating point.
fn quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{fraction:0<3}").parse::<u16>().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" => (thousandths == 0).then_some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &str) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, value.parse().unwrap());
        media_type_for(&headers)
    }

    fn sending(value: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, value.parse().unwrap());
        is_json(&headers)
    }

    #[test]
    fn a_client_that_says_nothing_gets_json() {
        assert_eq!(media_type_for(&HeaderMap::new()), Some(MediaType::Json));
    }

    #[test]
    fn a_client_that_accepts_anything_gets_json() {
        assert_eq!(accepting("*/*"), Some(MediaType::Json));
        assert_eq!(accepting("application/*"), Some(MediaType::Json));
    }

    #[test]
    fn the_newer_type_is_answered_to_those_who_name_it() {
        let newer = Some(MediaType::GraphqlResponse);
        assert_eq!(accepting("application/graphql-response+json"), newer);
        assert_eq!(
            accepting("application/json, application/graphql-response+json"),
            newer
        );
        assert_eq!(
            accepting("application/graphql-response+json; charset=utf-8, application/json;q=0.9"),
            newer
        );
    }

    #[test]
    fn the_higher_quality_wins() {
        assert_eq!(
            accepting("application/graphql-response+json;q=0.8, application/json;q=0.9"),
            Some(MediaType::Json)
        );
        assert_eq!(
            accepting("application/graphql-response+json;q=0, */*"),
            Some(MediaType::Json)
        );
    }

    #[test]
    fn a_named_type_overrules_the_wildcard_beside_it() {
        assert_eq!(
            accepting("application/json;q=0, */*;q=0.1"),
            Some(MediaType::GraphqlResponse)
        );
    }

    #[test]
    fn several_accept_headers_are_read_as_one() {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT, "text/html".parse().unwrap());
        headers.append(ACCEPT, "application/json".parse().unwrap());
        assert_eq!(media_type_for(&headers), Some(MediaType::Json));
    }

    #[test]
    fn a_client_that_accepts_neither_type_gets_none() {
        assert_eq!(accepting("text/html"), None);
        assert_eq!(accepting("application/json; charset=iso-8859-1"), None);
        assert_eq!(accepting("application/json;q=0"), None);
    }

    #[test]
    fn a_browser_is_known_by_its_wish_for_html() {
        let mut headers = HeaderMap::new();
        headers.insert(
            ACCEPT,
            "text/html,application/xhtml+xml,*/*;q=0.8".parse().unwrap(),
        );
        assert!(asks_for_html(&headers));
        assert_eq!(media_type_for(&headers), Some(MediaType::Json));
    }

    #[test]
    fn only_json_in_utf8_counts_as_json() {
        assert!(sending("application/json"));
        assert!(sending("Application/JSON; Charset=\"UTF-8\""));
        assert!(!sending("application/json; charset=utf-16"));
        assert!(!sending("text/plain"));
        assert!(!sending("text/plain; application/json"));
        assert!(!sending("application/x-www-form-urlencoded"));
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn a_malformed_quality_does_not_count() {
        assert_eq!(accepting("application/json;q=2"), Some(MediaType::Json));
        assert_eq!(accepting("application/json;q=2, text/html"), None);
    }
}
