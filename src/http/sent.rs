//! What arrives at `/graphql`: the bytes of a body or an address, not yet looked into.

use std::borrow::Cow;

use axum::{
    body::Body,
    extract::Request,
    http::{Method, StatusCode, Uri, request::Parts},
};
use bytes::Bytes;

use super::{
    asked::{Asked, Batch, body},
    limits::Limits,
    negotiate::{asks_for_html, is_json, media_type_for},
    refusal::Refusal,
};

/// What the front has read already, put into the request's extensions.
#[derive(Clone)]
pub struct Read(pub Result<Sent, Refusal>);

/// What is asked, not yet looked into.
#[derive(Debug, Clone)]
pub enum Sent {
    /// In a body.
    Body(Bytes),
    /// In an address.
    Address(Uri),
}

impl Sent {
    /// Reads what is asked, refusing first what costs nothing to see. What the front has read is only taken up.
    ///
    /// # Errors
    /// When the method, the media types or the body will not do.
    pub async fn of(mut request: Request, limits: &Limits) -> Result<Self, Refusal> {
        if let Some(Read(sent)) = request.extensions_mut().remove() {
            return sent;
        }
        let (head, body) = request.into_parts();
        Self::read(&head, body, limits).await
    }

    /// Reads what is asked.
    ///
    /// # Errors
    /// When the method, the media types or the body will not do.
    pub async fn read(head: &Parts, sent: Body, limits: &Limits) -> Result<Self, Refusal> {
        if !matches!(head.method, Method::GET | Method::HEAD | Method::POST) {
            return Err(Refusal::of_method(
                "GraphQL is asked by POST, queries also by GET",
                "GET, HEAD, POST",
            ));
        }
        if media_type_for(&head.headers).is_none() {
            return Err(Refusal::of_request(
                StatusCode::NOT_ACCEPTABLE,
                "NOT_ACCEPTABLE",
                "answers are application/graphql-response+json or application/json; accept one of them",
            ));
        }
        if head.method != Method::POST {
            return Ok(Self::Address(head.uri.clone()));
        }
        if !is_json(&head.headers) {
            return Err(Refusal::of_request(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "the Content-Type must be application/json in UTF-8",
            ));
        }
        body(&head.headers, sent, limits).await.map(Self::Body)
    }

    /// The bytes by which exactly this is known again. No JSON begins with a question mark.
    pub fn key(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Body(body) => Cow::Borrowed(body),
            Self::Address(address) => {
                Cow::Owned(format!("?{}", address.query().unwrap_or_default()).into_bytes())
            }
        }
    }

    /// The operations in it.
    ///
    /// # Errors
    /// When they do not have the prescribed form.
    pub fn batch(&self, limits: &Limits) -> Result<Batch, Refusal> {
        match self {
            Self::Body(body) => Batch::from_body(body, limits),
            Self::Address(address) => Asked::from_address(address, limits).map(Batch::One),
        }
    }
}

/// Whether a person opened the address of the endpoint, and asks nothing yet.
pub fn is_person_with_browser(request: &Request) -> bool {
    let asks_nothing = !request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|parameter| parameter.split_once('='))
        .any(|(name, _)| {
            matches!(
                name,
                "query" | "extensions" | "documentId" | "id" | "doc_id"
            )
        });
    matches!(*request.method(), Method::GET | Method::HEAD)
        && asks_nothing
        && asks_for_html(request.headers())
}
