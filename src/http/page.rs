//! The `GraphiQL` page, from files inside the binary, and the headers that let browsers keep them.
//!
//! This module never refers a browser to another origin: the page works without a network.

use axum::{
    body::Body,
    extract::{Path, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use xxhash_rust::xxh3::xxh3_64;

use super::not_found;

/// The page at `/`.
pub async fn index(request: Request) -> Response {
    let mut response = file(request.headers(), "index.html").await;
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CONTENT_SECURITY_POLICY),
    );
    response
}

/// One of the files that the page loads.
pub async fn asset(Path(name): Path<String>, request: Request) -> Response {
    file(request.headers(), &name).await
}

/// The body with its type and tag, or 304 when the client has it already.
pub fn tagged(
    asked: &HeaderMap,
    content_type: &'static str,
    tag: &HeaderValue,
    body: Body,
) -> Response {
    let known = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|value| value.trim().trim_start_matches("W/"))
        .any(|value| value == "*" || value.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(body);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag.clone());
    // Kept, but asked for again each time, so that an upgraded server never runs with a page of yesterday.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The tag of some content; equal content has equal tags over restarts and machines.
pub fn tag_of(content: &[u8]) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{:016x}\"", xxh3_64(content)))
        .unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// `GraphiQL` writes `<style>` elements while it runs; scripts are held to the files of the page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(RustEmbed)]
#[folder = "src/http/graphiql/"]
struct Files;

async fn file(asked: &HeaderMap, name: &str) -> Response {
    let Some(EmbeddedFile { data, .. }) = Files::get(name) else {
        return not_found().await;
    };
    let tag = tag_of(&data);
    let body = match data {
        std::borrow::Cow::Borrowed(bytes) => Body::from(bytes),
        std::borrow::Cow::Owned(bytes) => Body::from(bytes),
    };
    tagged(asked, content_type(name), &tag, body)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}
