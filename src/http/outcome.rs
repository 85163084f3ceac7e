//! What goes back: the outcome of execution as bytes, status and headers.
//!
//! This module never passes on the words of an error that nobody wrote for clients.

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, Response as Outcome, ServerError, Value};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use tracing::error;

use super::{
    cached::{self, Wishes},
    log::{Ran, RequestId},
    negotiate::MediaType,
    refusal::Refusal,
};
use crate::cache::Kept;

/// An answer before it has a media type.
pub struct Answer {
    outcomes: Vec<(Outcome, Shows)>,
    is_batch: bool,
    /// `None` where the media type decides: 400 or, for plain JSON, 200.
    status: Option<StatusCode>,
    headers: HeaderMap,
    /// What was run, for the log.
    pub ran: Ran,
    /// The answer as it is kept.
    kept: Option<Arc<Kept>>,
}

/// Whether `data` is in the answer: the specification wants no such key when nothing was executed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    ErrorsOnly,
    Data,
}

impl Answer {
    /// The answer to what was executed, or refused by the schema's own validation.
    pub fn executed(mut outcome: Outcome, refused_by_the_schema: bool) -> Self {
        let headers = std::mem::take(&mut outcome.http_headers);
        let (shows, status) = if refused_by_the_schema {
            (Shows::ErrorsOnly, None)
        } else {
            (Shows::Data, Some(StatusCode::OK))
        };
        Self::one(outcome, shows, status, headers)
    }

    /// The answer to what was not executed for the client's sake.
    pub fn refused(refusal: Refusal) -> Self {
        let status = refusal.status;
        let mut headers = HeaderMap::new();
        // What is not known now may be known a moment later; nobody in between may keep that it was not.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(allow) = refusal.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        let outcome = Outcome::from_errors(vec![refusal.into()]);
        Self::one(outcome, Shows::ErrorsOnly, status, headers)
    }

    /// The answer to what failed for a reason of ours.
    pub fn fault(status: StatusCode, code: &str, message: &str) -> Self {
        let mut error = ServerError::new(message, None);
        set_code(&mut error, code);
        let outcome = Outcome::from_errors(vec![error]);
        Self::one(outcome, Shows::ErrorsOnly, Some(status), HeaderMap::new())
    }

    fn one(outcome: Outcome, shows: Shows, status: Option<StatusCode>, headers: HeaderMap) -> Self {
        Self {
            outcomes: vec![(outcome, shows)],
            is_batch: false,
            status,
            headers,
            ran: Ran::default(),
            kept: None,
        }
    }

    /// An answer that is kept.
    pub fn kept(kept: Arc<Kept>, ran: Ran) -> Self {
        Self {
            outcomes: Vec::new(),
            is_batch: false,
            status: Some(StatusCode::OK),
            headers: HeaderMap::new(),
            ran,
            kept: Some(kept),
        }
    }

    /// The answer as bytes to keep, when it is one that will do for others: executed, and without errors.
    pub fn to_keep(&self) -> Option<Vec<u8>> {
        match self.outcomes.as_slice() {
            [one @ (outcome, Shows::Data)]
                if outcome.errors.is_empty() && self.headers.is_empty() =>
            {
                serde_json::to_vec(&Written(one)).ok()
            }
            _ => None,
        }
    }

    /// The answers of a batch as one; each of them says for itself how it went.
    pub fn to_several(answers: Vec<Self>) -> Self {
        let mut headers = HeaderMap::new();
        let mut outcomes = Vec::with_capacity(answers.len());
        for answer in answers {
            headers.extend(answer.headers);
            outcomes.extend(answer.outcomes);
        }
        headers.remove(header::ALLOW);
        Self {
            outcomes,
            is_batch: true,
            status: Some(StatusCode::OK),
            headers,
            ran: Ran {
                kind: "batch",
                name: None,
            },
            kept: None,
        }
    }

    /// The answer in the media type that was agreed on.
    pub fn into_response(self, media_type: MediaType, wishes: &Wishes) -> Response {
        if let Some(kept) = &self.kept {
            let mut response = cached::response(kept, media_type, wishes);
            response.extensions_mut().insert(self.ran);
            return response;
        }
        let status = self.status.unwrap_or(match media_type {
            MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
            MediaType::Json => StatusCode::OK,
        });
        let written: Vec<Written> = self.outcomes.iter().map(Written).collect();
        let written = match written.as_slice() {
            [one] if !self.is_batch => serde_json::to_vec(one),
            several => serde_json::to_vec(several),
        };
        let (status, written) = match written {
            Ok(written) => (status, written),
            Err(error) => {
                error!(%error, "an answer could not be written as JSON");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    br#"{"errors":[{"message":"the server met a fault","extensions":{"code":"INTERNAL"}}]}"#
                        .to_vec(),
                )
            }
        };
        let mut response = (status, written).into_response();
        let headers = response.headers_mut();
        headers.extend(self.headers);
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(media_type.content_type()),
        );
        headers.append(
            header::VARY,
            HeaderValue::from_static("accept, accept-encoding, authorization"),
        );
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("private, no-store"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response.extensions_mut().insert(self.ran);
        response
    }
}

/// Whether the schema refused the operation before running any of it.
///
/// Errors of execution have the path of their field; those of validation have none.
pub fn is_refused_by_the_schema(outcome: &Outcome) -> bool {
    !outcome.errors.is_empty()
        && outcome.data == Value::Null
        && outcome.errors.iter().all(|error| error.path.is_empty())
}

/// The errors as a client may see them: each with a code, no more than are of use, and no fault's own words.
pub fn presentable(outcome: &mut Outcome, refused_by_the_schema: bool, id: &RequestId) {
    outcome.errors.truncate(MOST_ERRORS);
    for error in &mut outcome.errors {
        if error
            .extensions
            .as_ref()
            .is_some_and(|extensions| extensions.get("code").is_some())
        {
            continue;
        }
        if error.source.is_none() && refused_by_the_schema {
            set_code(error, "GRAPHQL_VALIDATION_FAILED");
        } else if error.source.is_none() && is_about_input(&error.message) {
            set_code(error, "BAD_USER_INPUT");
        } else {
            error!(request_id = %id.0, path = ?error.path, message = %error.message, "a field met a fault");
            error.message = format!(
                "the server met a fault; its log names it under request {}",
                id.0
            );
            error.extensions = None;
            set_code(error, "INTERNAL");
        }
    }
}

/// Enough to mend a document by; a hostile one can be wrong in thousands of places.
const MOST_ERRORS: usize = 100;

/// async-graphql reads arguments while it executes, and its messages about them carry no code.
fn is_about_input(message: &str) -> bool {
    [
        "Failed to parse \"",
        "Expected input type \"",
        "Invalid value for argument ",
    ]
    .iter()
    .any(|beginning| message.starts_with(beginning))
}

fn set_code(error: &mut ServerError, code: &str) {
    set(error, "code", code);
}

fn set(error: &mut ServerError, name: &str, value: &str) {
    error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default)
        .set(name, value);
}

/// An outcome in the order a reader wants: what went wrong, then what there is.
struct Written<'a>(&'a (Outcome, Shows));

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self((outcome, shows)) = self;
        let mut map = serializer.serialize_map(None)?;
        if !outcome.errors.is_empty() {
            map.serialize_entry("errors", &outcome.errors)?;
        }
        if *shows == Shows::Data {
            map.serialize_entry("data", &outcome.data)?;
        }
        if !outcome.extensions.is_empty() {
            map.serialize_entry("extensions", &outcome.extensions)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::PathSegment;

    use super::*;

    fn presented(error: ServerError) -> serde_json::Value {
        let mut outcome = Outcome::from_errors(vec![error]);
        let refused = is_refused_by_the_schema(&outcome);
        presentable(&mut outcome, refused, &RequestId("r1".to_owned()));
        serde_json::to_value(&outcome.errors[0]).unwrap()
    }

    fn in_field(message: &str) -> ServerError {
        ServerError::new(message, None).with_path(vec![PathSegment::Field("site".to_owned())])
    }

    #[test]
    fn the_words_of_a_fault_stay_in_the_log() {
        let error = presented(in_field("no such table: article in SELECT * FROM article"));
        assert_eq!(error["extensions"]["code"], "INTERNAL");
        assert!(!error.to_string().contains("SELECT"));
        assert!(error["message"].as_str().unwrap().contains("r1"));
    }

    #[test]
    fn an_error_with_a_code_is_shown_as_it_was_written() {
        let mut error = in_field("`first` is 500, at most 100 is allowed");
        set_code(&mut error, "LIMIT_EXCEEDED");
        let error = presented(error);
        assert_eq!(error["message"], "`first` is 500, at most 100 is allowed");
    }

    #[test]
    fn what_is_wrong_with_an_argument_is_said() {
        let error = presented(in_field("Failed to parse \"ID\": not an article"));
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
    }

    #[test]
    fn an_error_without_a_path_is_one_of_validation() {
        let error = presented(ServerError::new("Unknown field \"x\"", None));
        assert_eq!(error["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    }
}
