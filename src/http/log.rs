//! The id of every request, its span, and the one line it leaves in the log; kept answers leave theirs only on request.
//!
//! This module never writes a query, a variable, an address of a client or a credential.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument, debug, info, info_span};
use uuid::Builder;

use super::X_REQUEST_ID;

/// The id under which a request appears in the log and in its answer's `X-Request-Id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

/// What the endpoint ran, put into the answer's extensions for the log.
#[derive(Debug, Clone, Default)]
pub struct Ran {
    /// `query` or `mutation`; `batch` for several at once.
    pub kind: &'static str,
    /// The operation's name, cut to a decent length.
    pub name: Option<String>,
}

/// When a request arrived, put into its extensions.
#[derive(Debug, Clone, Copy)]
pub struct Begun(pub Instant);

/// Gives the request an id and a span, and logs one line when it is answered.
pub async fn identify_and_log(mut request: Request, next: Next) -> Response {
    let begun = request
        .extensions_mut()
        .remove()
        .map_or_else(Instant::now, |Begun(begun)| begun);
    let id = RequestId(given_id(request.headers()).unwrap_or_else(fresh_id));
    let header = HeaderValue::from_str(&id.0).ok();
    // What the span is made of is only looked at where the log wants it.
    let span = info_span!(
        target: "dateline::http",
        "request",
        request_id = %id.0,
        method = %request.method(),
        path = shortened(request.uri().path()),
    );
    request.extensions_mut().insert(id);

    let mut response = next.run(request).instrument(span.clone()).await;

    if let Some(header) = header {
        response.headers_mut().insert(X_REQUEST_ID, header);
    }
    let ran = response
        .extensions_mut()
        .remove::<Ran>()
        .unwrap_or_default();
    // Fields that a span is given later are formatted together with all that it had before; those of an event only once.
    span.in_scope(|| {
        info!(
            target: "dateline::http",
            operation_type = (!ran.kind.is_empty()).then_some(ran.kind),
            operation = ran.name.as_deref().map(shortened),
            status = response.status().as_u16(),
            duration_ms = millis_since(begun),
            "answered"
        );
    });
    response
}

/// Gives a kept answer its id. The line that it leaves is for those who look for it (`dateline::http=debug`): what it
/// would cost is more than the answer does, and how many there are, the metrics tell.
pub fn kept(headers: &HeaderMap, response: &mut Response, begun: Instant) {
    let id = given_id(headers).unwrap_or_else(fresh_id);
    debug!(
        target: "dateline::http",
        request_id = id,
        operation_type = "kept query",
        status = response.status().as_u16(),
        duration_ms = millis_since(begun),
        "answered"
    );
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
}

/// To the microsecond.
fn millis_since(begun: Instant) -> f64 {
    (begun.elapsed().as_secs_f64() * 1e6).round() / 1e3
}

/// A new id. Its random bytes come from this thread's generator: to ask the system for them at every request costs more
/// than all the rest of an id.
fn fresh_id() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    let millis = u64::try_from(millis).unwrap_or(u64::MAX);
    Builder::from_unix_timestamp_millis(millis, &rand::random())
        .into_uuid()
        .to_string()
}

/// An id from outside is taken only if it can do no harm in a header or a log.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(X_REQUEST_ID)?.to_str().ok()?;
    let is_sane = (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    is_sane.then(|| id.to_owned())
}

fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(96)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, HeaderValue::from_str(value).unwrap());
        given_id(&headers)
    }

    #[test]
    fn fresh_ids_differ_and_sort_by_their_moment() {
        let (one, other) = (fresh_id(), fresh_id());
        assert_ne!(one, other);
        assert_eq!(one.len(), 36);
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(fresh_id() > one);
    }

    #[test]
    fn a_sane_id_is_kept() {
        assert_eq!(given("edge-7/abc").as_deref(), Some("edge-7/abc"));
    }

    #[test]
    fn an_id_with_spaces_or_too_long_is_replaced() {
        assert_eq!(given("two words"), None);
        assert_eq!(given(&"x".repeat(65)), None);
        assert_eq!(given(""), None);
    }
}
