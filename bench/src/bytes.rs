//! The floor: a bare axum handler that answers each question with the same bytes from memory.
//!
//! It writes as many headers as Dateline does, reads the request's body, and does nothing else.

use std::{net::SocketAddr, path::Path};

use anyhow::Context;
use axum::{
    Router,
    http::header::{
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CONTENT_TYPE, HeaderName, VARY,
        X_CONTENT_TYPE_OPTIONS,
    },
    routing::post,
};
use bytes::Bytes;
use tokio::net::TcpListener;

use crate::queries::Query;

/// The same number of headers as Dateline's answers have, and about their lengths.
const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_TYPE, "application/json; charset=utf-8"),
    (VARY, "accept"),
    (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (
        ACCESS_CONTROL_EXPOSE_HEADERS,
        "allow, etag, retry-after, x-request-id",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("x-request-id"),
        "019ab4cb-7b6e-7d3f-8c43-0d4c4d4f5a10",
    ),
];

/// The name of the file, and of the path, with the answer to a question of a query.
pub fn name(query: Query, question: usize) -> String {
    format!("{}-{question}", query.name().to_ascii_lowercase())
}

/// Serves the answers that lie in a folder, each under the name of its file.
///
/// # Errors
/// When the folder cannot be read or the address is taken.
pub async fn serve(folder: &Path, address: SocketAddr) -> anyhow::Result<()> {
    let mut router = Router::new();
    for file in std::fs::read_dir(folder).context("there are no answers to serve")? {
        let file = file?;
        let answer = Bytes::from(std::fs::read(file.path())?);
        let path = format!("/{}", file.file_name().to_string_lossy());
        router = router.route(
            &path,
            post(move |_: Bytes| async move { (HEADERS, answer) }),
        );
    }
    axum::serve(TcpListener::bind(address).await?, router).await?;
    Ok(())
}
