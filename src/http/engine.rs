//! The schema behind the endpoint: gives every request one moment, one viewer and fresh loaders.

use std::{any::TypeId, sync::Arc};

use async_graphql::{Request, Response, parser::types::OperationType};
use futures_util::future::BoxFuture;

use super::{
    Credentials, Engine, Unidentified,
    cached::{Cached, fields_of},
    documents::Validated,
};
use crate::{
    access::{
        Acting, Actor, Viewer,
        keys::Keys,
        oidc::{Issuer, Unknown},
        session, token,
    },
    cache::Cache,
    content::{
        known::Known,
        reading::Reading,
        seen::{Dependencies, Fields},
    },
    editorial::{gates::Gates, moment::Moment},
    platform::{clock::Clock, db::Db},
    schema::{self, DatelineSchema},
};

/// Dateline's schema over a database.
pub struct DatelineEngine {
    schema: DatelineSchema,
    /// The same for documents that it has validated before.
    trusting: DatelineSchema,
    sdl: String,
    db: Db,
    clock: Clock,
    complexity: usize,
    known: Arc<Known>,
    gates: Arc<Gates>,
    keys: Arc<Keys>,
    issuer: Option<Issuer>,
    cache: Option<Arc<Cache>>,
}

impl DatelineEngine {
    /// A schema whose queries may cost at most `complexity`, and which signs access tokens with these keys.
    #[must_use]
    pub fn new(db: Db, clock: Clock, complexity: usize, keys: Keys) -> Self {
        Self {
            schema: schema::build(complexity),
            trusting: schema::build_trusting(complexity),
            sdl: schema::print(),
            db,
            clock,
            complexity,
            known: Arc::default(),
            gates: Arc::default(),
            keys: Arc::new(keys),
            issuer: None,
            cache: None,
        }
    }

    /// The same, with publish gates.
    #[must_use]
    pub fn with_gates(mut self, gates: Gates) -> Self {
        self.gates = Arc::new(gates);
        self
    }

    /// The same, keeping answers.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<Cache>) -> Self {
        self.cache = Some(cache);
        self
    }

    /// The same, with another issuer whose tokens are taken, if there is one.
    #[must_use]
    pub fn with_issuer(mut self, issuer: Option<Issuer>) -> Self {
        self.issuer = issuer;
        self
    }
}

impl DatelineEngine {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Runs one operation for somebody. What it changed is gone from the kept answers when it returns.
    pub async fn execute_as(&self, mut request: Request, who: Actor) -> Response {
        let is_mutation = request.parsed_query().is_ok_and(|document| {
            let mut operations = document.operations.iter();
            operations.any(|(_, operation)| operation.node.ty == OperationType::Mutation)
        });
        let reading = self.reading(self.clock.now());
        let response = self.run(request, Arc::new(reading), who).await;
        if is_mutation {
            self.follow().await;
        }
        response
    }

    /// Runs a query for nobody in particular at a moment, and says what the answer depends on.
    pub async fn execute_watched(
        &self,
        mut request: Request,
        now: Moment,
    ) -> (Response, Dependencies) {
        let fields = request.parsed_query().map_or(Fields::ALL, fields_of);
        let reading = Arc::new(self.reading(now).watched(fields));
        let response = self
            .run(request, Arc::clone(&reading), Actor::nobody())
            .await;
        (response, reading.dependencies().unwrap_or_default())
    }

    /// Lets the kept answers follow the change log up to what is committed now.
    pub async fn follow(&self) {
        if let Some(cache) = &self.cache
            && let Err(error) = cache.follow(&self.db, self.clock.now()).await
        {
            tracing::warn!(%error, "the change log cannot be followed; answers are not kept until it can");
        }
    }

    fn reading(&self, now: Moment) -> Reading {
        Reading::new(
            self.db.clone(),
            now,
            Viewer::Anonymous,
            Arc::clone(&self.known),
        )
    }

    async fn run(&self, request: Request, reading: Arc<Reading>, who: Actor) -> Response {
        let acting = Acting {
            db: self.db.clone(),
            now: reading.now,
            who: Arc::new(who),
        };
        let schema = if request.data.contains_key(&TypeId::of::<Validated>()) {
            &self.trusting
        } else {
            &self.schema
        };
        let request = request
            .data(reading)
            .data(Arc::new(acting))
            .data(Arc::clone(&self.gates))
            .data(Arc::clone(&self.keys));
        let mut response = schema.execute(request).await;
        for error in &mut response.errors {
            if error.message == "Query is too complex." {
                error.message = format!(
                    "the query may cost more than {}, counting its fields times the sizes of the lists they are in; \
                         ask for smaller pages or fewer fields",
                    self.complexity
                );
                let extensions = error.extensions.get_or_insert_default();
                extensions.set("code", "LIMIT_EXCEEDED");
                extensions.set("limit", "complexity");
                extensions.set("maximum", self.complexity as u64);
            }
        }
        response
    }
}

impl Engine for DatelineEngine {
    fn execute(&self, request: Request, who: Actor) -> BoxFuture<'_, Response> {
        Box::pin(self.execute_as(request, who))
    }

    fn identify(&self, credentials: Credentials) -> BoxFuture<'_, Result<Actor, Unidentified>> {
        Box::pin(async move {
            let now = self.clock.now();
            let nobody = Actor {
                address: credentials.address,
                user_agent: credentials.user_agent,
                request: Some(credentials.request),
                ..Actor::nobody()
            };
            let found = match (&credentials.bearer, &self.issuer) {
                (None, _) => return Ok(nobody),
                (Some(secret), _) if secret.starts_with(token::PREFIX) => {
                    token::identify(&self.db, secret, now).await
                }
                (Some(bearer), Some(issuer)) if issuer.is_named_by(bearer) => {
                    let acting = Acting {
                        db: self.db.clone(),
                        now,
                        who: Arc::new(nobody.clone()),
                    };
                    match issuer.identify(&acting, bearer).await {
                        Ok(actor) => Ok(Ok(actor)),
                        Err(Unknown::Refused(reason)) => Ok(Err(reason)),
                        Err(Unknown::Unavailable(reason)) => {
                            return Err(Unidentified::Unavailable(reason));
                        }
                        Err(Unknown::Fault(error)) => Err(error),
                    }
                }
                (Some(access), _) => session::identify(&self.db, &self.keys, access, now).await,
            };
            let found = found.map_err(|error| {
                tracing::error!(%error, "who asks cannot be found out");
                Unidentified::Fault
            })?;
            let actor = found.map_err(Unidentified::Refused)?;
            Ok(Actor {
                address: nobody.address,
                user_agent: nobody.user_agent,
                request: nobody.request,
                ..actor
            })
        })
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async {
            self.db.ping().await.map_err(|error| {
                tracing::warn!(error = %error, "the database does not answer");
                "the database does not answer".to_owned()
            })
        })
    }

    fn cached(&self) -> Option<Cached<'_>> {
        let cache = self.cache.as_deref()?;
        Some(Cached {
            cache,
            engine: self,
        })
    }

    fn sdl(&self) -> &str {
        &self.sdl
    }
}
