//! The first that a request meets: an answer that is kept goes out from here, and everything else goes on to the router.
//!
//! A kept answer is some microseconds of work, of which a router, a span and a line of the log would be the larger part.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    response::Response,
};
use tower::ServiceExt;

use super::{
    Engine, Limits, Proxies, Trusted,
    cached::{self, Wishes},
    endpoint::Endpoint,
    log::{self, Begun},
    negotiate::{MediaType, media_type_for},
    open, router,
    sent::{Read, Sent, is_person_with_browser},
};

/// Where GraphQL is asked.
pub const ENDPOINT: &str = "/graphql";

/// All that Dateline serves over HTTP.
#[derive(Clone)]
pub struct Front {
    endpoint: Arc<Endpoint>,
    router: Router,
}

impl Front {
    /// Over a schema.
    #[must_use]
    pub fn new(
        engine: Arc<dyn Engine>,
        limits: Limits,
        proxies: Proxies,
        trusted: Trusted,
    ) -> Self {
        let endpoint = Arc::new(Endpoint::new(engine, limits, proxies, trusted));
        Self {
            router: router(Arc::clone(&endpoint)),
            endpoint,
        }
    }

    /// Answers a request that came from this address, if that is known.
    pub async fn answer(&self, request: Request, peer: Option<SocketAddr>) -> Response {
        let begun = Instant::now();
        let mut request = match self.kept(request, begun).await {
            Ok(response) => return response,
            Err(request) => request,
        };
        request.extensions_mut().insert(Begun(begun));
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// The answer that is kept to exactly this request, or else the request with what was read of it.
    async fn kept(&self, request: Request, begun: Instant) -> Result<Response, Request> {
        if request.uri().path() != ENDPOINT || is_person_with_browser(&request) {
            return Err(request);
        }
        let Some(cached) = self.endpoint.cached_for(&request) else {
            return Err(request);
        };
        let (head, body) = request.into_parts();
        let sent = Sent::read(&head, body, self.endpoint.limits()).await;
        let kept = sent
            .as_ref()
            .ok()
            .and_then(|sent| cached.cache.find(&sent.key(), cached.now()));
        let Some(kept) = kept else {
            let mut request = Request::from_parts(head, axum::body::Body::empty());
            request.extensions_mut().insert(Read(sent));
            return Err(request);
        };
        let media_type = media_type_for(&head.headers).unwrap_or(MediaType::Json);
        let wishes = Wishes::of(&head.method, &head.headers);
        let mut response = cached::response(&kept, media_type, &wishes);
        open(response.headers_mut());
        log::kept(&head.headers, &mut response, begun);
        Ok(response)
    }
}
