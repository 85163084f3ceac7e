//! The floor: a bare axum handler that answers each query with the same bytes from memory.

use std::{net::SocketAddr, path::Path};

use axum::{Router, http::header::CONTENT_TYPE, routing::post};
use bytes::Bytes;
use tokio::net::TcpListener;

use crate::queries::Query;

/// Serves the answers that lie in a folder, one file a query; a query without a file is not answered.
///
/// # Errors
/// When the address is taken.
pub async fn serve(folder: &Path, address: SocketAddr) -> anyhow::Result<()> {
    let mut router = Router::new();
    for query in Query::ALL {
        let Ok(answer) = std::fs::read(folder.join(query.name())).map(Bytes::from) else {
            continue;
        };
        router =
            router.route(
                &query.path(),
                post(move |_: Bytes| async move {
                    ([(CONTENT_TYPE, "application/json")], answer.clone())
                }),
            );
    }
    axum::serve(TcpListener::bind(address).await?, router).await?;
    Ok(())
}
