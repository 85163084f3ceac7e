//! Queries that anybody may ask, answered from what is kept; and what is kept, as it goes out.

use std::{fmt::Write, time::Duration};

use async_graphql::{
    Request as Operation, Response as Outcome, Value, Variables,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};

use super::{DatelineEngine, negotiate::MediaType};
use crate::{
    cache::{Cache, Encoding, Kept},
    content::seen::{Dependencies, Fields},
    editorial::moment::Moment,
};

/// The engine together with the answers that are kept of it.
pub struct Cached<'a> {
    /// The answers.
    pub cache: &'a Cache,
    /// Where they come from.
    pub engine: &'a DatelineEngine,
}

impl Cached<'_> {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.engine.now()
    }

    /// Runs a query for nobody in particular and says what the answer depends on.
    pub async fn compute(&self, operation: Operation, now: Moment) -> (Outcome, Dependencies) {
        let (outcome, mut dependencies) = self.engine.execute_watched(operation, now).await;
        dependencies.personal |= !outcome.cache_control.public;
        (outcome, dependencies)
    }
}

/// For how long shared caches may keep an answer at most, by the types and fields that are selected; no bound is none.
pub fn most_of(outcome: &Outcome) -> Option<Duration> {
    match outcome.cache_control.max_age {
        0 => None,
        seconds => Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0))),
    }
}

/// The bytes by which an operation is known whatever the request looked like: document, operation, variables in order.
pub fn meaning(operation: &Operation) -> Box<[u8]> {
    let mut text = String::with_capacity(operation.query.len() + 64);
    text.push_str(&operation.query);
    text.push('\u{0}');
    text.push_str(operation.operation_name.as_deref().unwrap_or_default());
    text.push('\u{0}');
    write_variables(&mut text, &operation.variables);
    text.into_bytes().into()
}

fn write_variables(text: &mut String, variables: &Variables) {
    let mut sorted: Vec<_> = variables.iter().collect();
    sorted.sort_unstable_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
    for (name, value) in sorted {
        text.push_str(name);
        text.push(':');
        write_value(text, value);
        text.push(';');
    }
}

fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::List(items) => {
            text.push('[');
            for item in items {
                write_value(text, item);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_unstable_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
            text.push('{');
            for (name, value) in sorted {
                text.push_str(name);
                text.push(':');
                write_value(text, value);
                text.push(',');
            }
            text.push('}');
        }
        other => {
            let _ = write!(text, "{other}");
        }
    }
}

/// Which fields of articles a document may show: every name that it selects anywhere.
pub fn fields_of(document: &ExecutableDocument) -> Fields {
    let mut fields = Fields::default();
    for (_, operation) in document.operations.iter() {
        add_fields(&operation.node.selection_set.node, &mut fields);
    }
    for fragment in document.fragments.values() {
        add_fields(&fragment.node.selection_set.node, &mut fields);
    }
    fields
}

fn add_fields(selections: &SelectionSet, fields: &mut Fields) {
    for selection in &selections.items {
        match &selection.node {
            Selection::Field(field) => {
                fields.add(Fields::named([field.node.name.node.as_str()]));
                add_fields(&field.node.selection_set.node, fields);
            }
            Selection::InlineFragment(fragment) => {
                add_fields(&fragment.node.selection_set.node, fields);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// In which form a client wants an answer, and which it has already.
pub struct Wishes {
    encoding: Encoding,
    known: Option<HeaderValue>,
    /// Whether a cache in between may keep the answer.
    is_shareable: bool,
}

impl Wishes {
    /// What the head of a request says.
    pub fn of(method: &Method, headers: &HeaderMap) -> Self {
        let known = headers.get(header::IF_NONE_MATCH);
        let is_shareable = *method != Method::POST;
        Self {
            encoding: encoding_for(headers),
            known: known.filter(|_| is_shareable).cloned(),
            is_shareable,
        }
    }
}

/// The best encoding that a client takes: the smallest first, unless it prefers another.
fn encoding_for(headers: &HeaderMap) -> Encoding {
    let mut best = (0.0, Encoding::Identity);
    for value in headers.get_all(header::ACCEPT_ENCODING) {
        let Ok(value) = value.to_str() else { continue };
        for offer in value.split(',') {
            let mut parts = offer.split(';').map(str::trim);
            let encoding = match parts.next() {
                Some("br") => Encoding::Brotli,
                Some("zstd") => Encoding::Zstd,
                Some("gzip" | "x-gzip" | "*") => Encoding::Gzip,
                _ => continue,
            };
            let quality = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(1.0, |quality| quality.parse::<f32>().unwrap_or(0.0));
            let rank = |encoding| match encoding {
                Encoding::Brotli => 3,
                Encoding::Zstd => 2,
                Encoding::Gzip => 1,
                Encoding::Identity => 0,
            };
            if quality > best.0
                || (quality > 0.0 && quality >= best.0 && rank(encoding) > rank(best.1))
            {
                best = (quality, encoding);
            }
        }
    }
    best.1
}

/// A kept answer as a response.
pub fn response(kept: &Kept, media_type: MediaType, wishes: &Wishes) -> Response {
    let (body, encoding) = kept.encoded(wishes.encoding);
    let (name, suffix) = match encoding {
        Encoding::Identity => (None, ""),
        Encoding::Brotli => (Some("br"), "-br"),
        Encoding::Zstd => (Some("zstd"), "-zstd"),
        Encoding::Gzip => (Some("gzip"), "-gzip"),
    };
    let kind = match media_type {
        MediaType::GraphqlResponse => "g",
        MediaType::Json => "j",
    };
    // A strong tag is of one representation: these bytes, in this media type, so encoded.
    let tag = HeaderValue::try_from(format!("\"{:032x}{kind}{suffix}\"", kept.tag()));
    let is_known = tag.as_ref().is_ok_and(|tag| is_among(tag, wishes));
    let mut response = Response::new(if is_known {
        Body::empty()
    } else {
        Body::from(body.clone())
    });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.reserve(12);
    if !is_known {
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(media_type.content_type()),
        );
        if let Some(name) = name {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
    }
    if let Ok(tag) = tag {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(
        header::VARY,
        HeaderValue::from_static("accept, accept-encoding, authorization"),
    );
    let for_cdns = wishes.is_shareable.then(|| kept.for_cdns()).flatten();
    headers.insert(
        header::CACHE_CONTROL,
        for_cdns
            .and_then(|said| said.cache_control.clone())
            .unwrap_or(HeaderValue::from_static(
                "public, max-age=0, must-revalidate",
            )),
    );
    if let Some((surrogate_key, cache_tag)) = for_cdns.and_then(|said| said.tags.as_ref()) {
        headers.insert(SURROGATE_KEY, surrogate_key.clone());
        headers.insert(CACHE_TAG, cache_tag.clone());
    }
    response
}

/// Tags with blanks between them.
const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");
/// Tags with commas between them.
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");

fn is_among(tag: &HeaderValue, wishes: &Wishes) -> bool {
    let Some(known) = wishes.known.as_ref().and_then(|known| known.to_str().ok()) else {
        return false;
    };
    known == "*"
        || known
            .split(',')
            .any(|one| one.trim().trim_start_matches("W/").as_bytes() == tag.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding(value: &str) -> Encoding {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_str(value).unwrap(),
        );
        encoding_for(&headers)
    }

    #[test]
    fn the_smallest_encoding_is_taken_unless_the_client_prefers_another() {
        assert_eq!(encoding("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(encoding("gzip;q=1.0, br;q=0.5"), Encoding::Gzip);
        assert_eq!(encoding("br;q=0, gzip"), Encoding::Gzip);
        assert_eq!(encoding("identity"), Encoding::Identity);
        assert_eq!(encoding("gzip;q=0"), Encoding::Identity);
        assert_eq!(encoding("*"), Encoding::Gzip);
    }

    #[test]
    fn variables_in_another_order_mean_the_same() {
        let meant = |json: &str| {
            let variables = Variables::from_json(serde_json::from_str(json).unwrap());
            meaning(&Operation::new("{ a }").variables(variables))
        };
        assert_eq!(
            meant(r#"{"a": 1, "b": {"c": "x", "d": [1]}}"#),
            meant(r#"{"b": {"d": [1], "c": "x"}, "a": 1}"#)
        );
        assert_ne!(meant(r#"{"a": "1"}"#), meant(r#"{"a": 1}"#));
        assert_ne!(meant(r#"{"a": ["x,y"]}"#), meant(r#"{"a": ["x", "y"]}"#));
    }
}
