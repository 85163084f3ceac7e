//! The HTTP side: everything between a socket and the schema's `execute`.
//!
//! A request walks `server` (connections, timeouts) → `front` (what is kept goes out from here) → `log` (request id, one
//! line) → `endpoint` (GraphQL over HTTP) → `documents` (which document is asked for) → `glance`, `budget` and `overlap` (what it may cost and
//! mean) → [`Engine`].
//! It speaks JSON only, reads no cookies and runs no mutation by GET, so a foreign page can make a browser do nothing here.
//! Apart from `engine`, nothing here knows the schema or the database, and nothing ever shows a client the words of a fault.

mod asked;
mod budget;
mod cached;
mod documents;
mod endpoint;
mod engine;
mod front;
mod glance;
mod limits;
mod log;
mod negotiate;
mod nul;
mod outcome;
mod overlap;
mod page;
mod proxy;
mod refusal;
mod sent;
mod server;
#[cfg(test)]
mod tests;

use std::{fmt::Write, net::IpAddr, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use futures_util::future::BoxFuture;

use self::endpoint::Endpoint;
pub use self::{
    cached::Cached,
    documents::{Trusted, TrustedError, TrustedOnly},
    engine::DatelineEngine,
    front::Front,
    limits::Limits,
    log::RequestId,
    proxy::Proxies,
    server::serve,
};
use crate::access::Actor;

/// What the endpoint asks of the schema; `engine` is the only file here that knows the schema and the database.
pub trait Engine: Send + Sync + 'static {
    /// Runs one operation of a document that was parsed and found small enough.
    ///
    /// The request's data holds a [`RequestId`], and `Validated` when the schema need not validate it again; dropping the future must stop the work.
    fn execute(
        &self,
        request: async_graphql::Request,
        who: Actor,
    ) -> BoxFuture<'_, async_graphql::Response>;

    /// Who asks, found out once for an HTTP request.
    fn identify(&self, credentials: Credentials) -> BoxFuture<'_, Result<Actor, Unidentified>>;

    /// Whether the database answers; the error is one plain sentence.
    fn ready(&self) -> BoxFuture<'_, Result<(), String>>;

    /// The answers that are kept, when any are.
    fn cached(&self) -> Option<Cached<'_>> {
        None
    }

    /// The schema as printed.
    fn sdl(&self) -> &str;
}

/// What a request says of who sends it.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// The access token or the secret of an API token, if there is one.
    pub bearer: Option<String>,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// The request.
    pub request: String,
}

/// Why nobody knows who asks.
#[derive(Debug)]
pub enum Unidentified {
    /// The credentials do not hold; one plain sentence.
    Refused(String),
    /// Whoever could vouch for them does not answer; one plain sentence.
    Unavailable(String),
    /// The database does not answer.
    Fault,
}

/// What is served where.
fn router(endpoint: Arc<Endpoint>) -> Router {
    Router::new()
        .route(front::ENDPOINT, any(endpoint::answer))
        .route("/schema.graphql", get(schema))
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/", get(page::index))
        .route("/graphiql/{file}", get(page::asset))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(middleware::from_fn(open_to_other_origins))
        .layer(middleware::from_fn(log::identify_and_log))
        .with_state(endpoint)
}

/// Lets browsers of any origin read and ask, as the content is public and nothing here depends on cookies.
async fn open_to_other_origins(request: Request, next: Next) -> Response {
    let is_preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_preflight {
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST"),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "accept, authorization, content-type, if-none-match, x-request-id",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "86400"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    } else {
        next.run(request).await
    };
    open(response.headers_mut());
    response
}

fn open(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "allow, etag, retry-after, x-request-id",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

async fn schema(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    page::tagged(
        request.headers(),
        "text/plain; charset=utf-8",
        endpoint.schema_tag(),
        Body::from(endpoint.engine().sdl().to_owned()),
    )
}

/// What the cache has done, as Prometheus reads it.
async fn metrics(State(endpoint): State<Arc<Endpoint>>) -> Response {
    let mut text = String::new();
    if let Some(cached) = endpoint.engine().cached() {
        let figures = cached.cache.figures();
        for (name, kind, help, value) in [
            (
                "hits_total",
                "counter",
                "Answers served from the cache.",
                figures.hits,
            ),
            (
                "misses_total",
                "counter",
                "Answers that had to be computed.",
                figures.misses,
            ),
            (
                "bypassed_total",
                "counter",
                "Requests for which the cache stepped aside, as it could not follow the change log.",
                figures.unvouched,
            ),
            ("kept_total", "counter", "Answers kept.", figures.kept),
            (
                "late_total",
                "counter",
                "Answers not kept, as a change came while they were computed.",
                figures.late,
            ),
            (
                "invalidated_total",
                "counter",
                "Answers given up because a change touched them.",
                figures.given_up,
            ),
            (
                "cleared_total",
                "counter",
                "Times that everything was given up.",
                figures.cleared,
            ),
            ("bytes", "gauge", "Bytes held, estimated.", figures.bytes),
            (
                "position",
                "gauge",
                "The entry of the change log up to which the cache has read.",
                u64::try_from(figures.position).unwrap_or_default(),
            ),
            (
                "following",
                "gauge",
                "1 while the change log can be followed.",
                u64::from(figures.is_following),
            ),
        ] {
            write_metric(&mut text, &format!("cache_{name}"), kind, help, value);
        }
        if let Some(figures) = cached.cache.purge_figures() {
            for (name, kind, help, value) in [
                (
                    "tags_total",
                    "counter",
                    "Tags of which purges were taken, repetitions included.",
                    figures.sent,
                ),
                (
                    "everything_total",
                    "counter",
                    "Times that everything was purged, repetitions included.",
                    figures.everything,
                ),
                (
                    "failed_total",
                    "counter",
                    "Requests to purge that were not taken.",
                    figures.failed,
                ),
                (
                    "waiting",
                    "gauge",
                    "Purges that wait to be taken.",
                    figures.waiting,
                ),
            ] {
                write_metric(&mut text, &format!("purge_{name}"), kind, help, value);
            }
        }
    }
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

fn write_metric(text: &mut String, name: &str, kind: &str, help: &str, value: u64) {
    let _ = write!(
        text,
        "# HELP dateline_{name} {help}\n# TYPE dateline_{name} {kind}\ndateline_{name} {value}\n"
    );
}

async fn ready(State(endpoint): State<Arc<Endpoint>>) -> Response {
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    let patience = endpoint.limits().request_timeout;
    match tokio::time::timeout(patience, endpoint.engine().ready()).await {
        Ok(Ok(())) => (no_store, "ready").into_response(),
        Ok(Err(sentence)) => (StatusCode::SERVICE_UNAVAILABLE, no_store, sentence).into_response(),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            no_store,
            "the database does not answer in time",
        )
            .into_response(),
    }
}

async fn not_found() -> Response {
    plain_error(
        StatusCode::NOT_FOUND,
        "NOT_FOUND",
        "nothing is served here; the API is at /graphql",
    )
}

async fn method_not_allowed() -> Response {
    plain_error(
        StatusCode::METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        "this address only answers GET and HEAD",
    )
}

fn plain_error(status: StatusCode, code: &str, message: &str) -> Response {
    let body = serde_json::json!({
        "errors": [{ "message": message, "extensions": { "code": code } }]
    });
    (
        status,
        [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
        body.to_string(),
    )
        .into_response()
}

/// The header that carries a request's id in both directions.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
