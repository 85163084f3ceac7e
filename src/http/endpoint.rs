//! GraphQL over HTTP: from a request's head and body to one answer, and back to a status.
//!
//! A request is read (`negotiate`, [`Asked`]), its document found and weighed ([`Documents`]), run within its time, and
//! written.
//! This module never shows the words of a fault: an error without a code that comes from a resolver
//! goes to the log, and the client gets `INTERNAL`.

use std::{
    any::Any,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use async_graphql::{
    Extensions, Positioned, Request as Operation, Response as Outcome,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use futures_util::FutureExt;
use tokio::time::{Instant, timeout_at};
use tracing::{error, warn};

use crate::{access::Actor, cache};

use super::{
    Credentials, Engine, Unidentified,
    asked::{Asked, Batch},
    cached::{self, Cached, Wishes},
    documents::{Documents, Found, Trusted, Validated, Way},
    limits::Limits,
    log::{Ran, RequestId},
    negotiate::{MediaType, media_type_for},
    nul,
    outcome::{Answer, is_refused_by_the_schema, presentable},
    overlap::Outline,
    page,
    proxy::Proxies,
    refusal::Refusal,
    sent::{Sent, is_person_with_browser},
};

/// The endpoint's state: the schema behind it and what it allows.
pub struct Endpoint {
    engine: Arc<dyn Engine>,
    limits: Limits,
    proxies: Proxies,
    documents: Documents,
    schema_tag: HeaderValue,
}

/// An operation that may be given to the schema.
struct Prepared {
    operation: Operation,
    ran: Ran,
    found: Found,
    way: Option<Way>,
}

impl Endpoint {
    /// An endpoint over a schema, which is read once for the types of its fields.
    pub fn new(
        engine: Arc<dyn Engine>,
        limits: Limits,
        proxies: Proxies,
        trusted: Trusted,
    ) -> Self {
        let outline = Outline::read(engine.sdl()).unwrap_or_else(|error| {
            warn!(%error, "the printed schema cannot be read; conflicting fields are found less exactly");
            Outline::default()
        });
        let schema_tag = page::tag_of(engine.sdl().as_bytes());
        Self {
            engine,
            documents: Documents::new(limits.clone(), outline, trusted),
            limits,
            proxies,
            schema_tag,
        }
    }

    /// The answers that are kept, for a request that may be given one: who names credentials may see more than others,
    /// and is told at once when they do not hold.
    pub fn cached_for(&self, request: &Request) -> Option<Cached<'_>> {
        self.engine
            .cached()
            .filter(|_| !request.headers().contains_key(header::AUTHORIZATION))
    }

    /// The schema.
    pub fn engine(&self) -> &dyn Engine {
        &*self.engine
    }

    /// What is allowed.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The entity tag of the printed schema.
    pub fn schema_tag(&self) -> &HeaderValue {
        &self.schema_tag
    }

    async fn identify(&self, credentials: Result<Credentials, Refusal>) -> Result<Actor, Answer> {
        let credentials = credentials.map_err(Answer::refused)?;
        let found = timeout_at(
            Instant::now() + self.limits.request_timeout,
            self.engine.identify(credentials),
        );
        match found.await {
            Ok(Ok(who)) => Ok(who),
            Ok(Err(Unidentified::Refused(reason))) => Err(Answer::refused(unauthenticated(reason))),
            Ok(Err(Unidentified::Unavailable(reason))) => Err(Answer::fault(
                StatusCode::SERVICE_UNAVAILABLE,
                "INTERNAL",
                &reason,
            )),
            Ok(Err(Unidentified::Fault)) | Err(_) => Err(Answer::fault(
                StatusCode::SERVICE_UNAVAILABLE,
                "INTERNAL",
                "who asks cannot be found out at present; try again",
            )),
        }
    }

    async fn run(&self, batch: Batch, who: Actor, method: &Method, id: &RequestId) -> Answer {
        let deadline = Instant::now() + self.limits.request_timeout;
        match batch {
            Batch::One(asked) => self.run_one(asked, who.clone(), method, id, deadline).await,
            Batch::Several(several) => {
                let mut answers = Vec::with_capacity(several.len());
                for asked in several {
                    answers.push(self.run_one(asked, who.clone(), method, id, deadline).await);
                }
                Answer::to_several(answers)
            }
        }
    }

    async fn run_one(
        &self,
        asked: Asked,
        who: Actor,
        method: &Method,
        id: &RequestId,
        deadline: Instant,
    ) -> Answer {
        match self.prepared(asked, &who, method, id) {
            Ok(prepared) => self.execute(prepared, who, id, deadline).await,
            Err(answer) => *answer,
        }
    }

    async fn execute(
        &self,
        prepared: Prepared,
        who: Actor,
        id: &RequestId,
        deadline: Instant,
    ) -> Answer {
        let Prepared {
            operation,
            ran,
            found,
            way,
        } = prepared;
        // The call itself stands inside, as it may panic before there is a future.
        let execution = async { self.engine.execute(operation.data(id.clone()), who).await };
        let mut answer = match self.in_time(execution, id, deadline).await {
            Ok(outcome) => self.remembered(outcome, &found, way, id),
            Err(answer) => *answer,
        };
        answer.ran = ran;
        answer
    }

    /// The outcome as an answer; a document that passed need not be looked at again.
    fn remembered(
        &self,
        outcome: Outcome,
        found: &Found,
        way: Option<Way>,
        id: &RequestId,
    ) -> Answer {
        if !is_refused_by_the_schema(&outcome) {
            self.documents.remember(found, way);
        }
        answered(outcome, id)
    }

    /// Answers a query that anybody may ask from what is kept, or computes the answer and keeps it.
    async fn run_cached(
        &self,
        cached: &Cached<'_>,
        key: &[u8],
        asked: Asked,
        who: Actor,
        method: &Method,
        id: &RequestId,
    ) -> Answer {
        let deadline = Instant::now() + self.limits.request_timeout;
        let prepared = match self.prepared(asked, &who, method, id) {
            Ok(prepared) => prepared,
            Err(answer) => return *answer,
        };
        if prepared.ran.kind != "query" {
            return self.execute(prepared, who, id, deadline).await;
        }
        let Prepared {
            operation,
            ran,
            found,
            way,
        } = prepared;
        let now = cached.now();
        let computing = match self
            .in_time(
                cached.cache.ask(key, cached::meaning(&operation), now),
                id,
                deadline,
            )
            .await
        {
            Ok(cache::Asked::Answered(kept)) => return Answer::kept(kept, ran),
            Ok(cache::Asked::Compute(computing)) => computing,
            Err(answer) => return *answer,
        };
        let execution = async { cached.compute(operation.data(id.clone()), now).await };
        let (mut answer, keeping) = match self.in_time(execution, id, deadline).await {
            Ok((outcome, dependencies)) => {
                let at_most = cached::most_of(&outcome);
                let answer = self.remembered(outcome, &found, way, id);
                (answer, Some((dependencies, at_most)))
            }
            Err(answer) => (*answer, None),
        };
        match (answer.to_keep(), keeping) {
            (Some(body), Some((dependencies, at_most))) if !dependencies.personal => {
                let kept = cached
                    .cache
                    .keep(key, &computing, body, dependencies, at_most);
                Answer::kept(kept, ran)
            }
            _ => {
                answer.ran = ran;
                answer
            }
        }
    }

    /// The parser and the schema are not ours: a panic in either costs the client its answer, not the connection.
    fn prepared(
        &self,
        asked: Asked,
        who: &Actor,
        method: &Method,
        id: &RequestId,
    ) -> Result<Prepared, Box<Answer>> {
        match catch_unwind(AssertUnwindSafe(|| self.prepare(asked, who, method))) {
            Ok(Ok(prepared)) => Ok(prepared),
            Ok(Err(refusal)) => Err(Box::new(Answer::refused(refusal))),
            Err(panic) => Err(Box::new(panicked(&*panic, id))),
        }
    }

    async fn in_time<T>(
        &self,
        execution: impl Future<Output = T>,
        id: &RequestId,
        deadline: Instant,
    ) -> Result<T, Box<Answer>> {
        match timeout_at(deadline, AssertUnwindSafe(execution).catch_unwind()).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(panic)) => Err(Box::new(panicked(&*panic, id))),
            Err(_) => Err(Box::new(Answer::fault(
                StatusCode::SERVICE_UNAVAILABLE,
                "TIMEOUT",
                &format!(
                    "the operation took longer than {} ms and was stopped; ask for less at once",
                    self.limits.request_timeout.as_millis()
                ),
            ))),
        }
    }

    /// Everything that can be refused before the schema is asked, cheapest first.
    fn prepare(&self, asked: Asked, who: &Actor, method: &Method) -> Result<Prepared, Refusal> {
        let found = self.documents.find(&asked, who)?;
        let document = &found.document;
        let (name, definition) = chosen(&document.parsed, asked.operation_name.as_deref())?;
        let kind = match definition.node.ty {
            OperationType::Query => "query",
            OperationType::Mutation if *method == Method::POST => "mutation",
            OperationType::Mutation => {
                return Err(Refusal::of_method(
                    "a mutation must be sent by POST",
                    "POST",
                ));
            }
            OperationType::Subscription if *method == Method::POST => {
                return Err(Refusal::unusable_operation(
                    "a subscription cannot be answered by a single response",
                ));
            }
            OperationType::Subscription => {
                return Err(Refusal::of_method(
                    "a subscription cannot be answered by GET",
                    "POST",
                ));
            }
        };
        let ran = Ran {
            kind,
            name: name.map(ToOwned::to_owned),
        };
        check_variables(definition, &asked.variables)?;
        nul::check_variables(&asked.variables)?;
        let way = Way::of(definition, &asked.variables);
        let mut operation = Operation::new(&*document.text).variables(asked.variables);
        if way.is_some_and(|way| document.has_passed(way)) {
            operation = operation.data(Validated);
        }
        operation.operation_name = asked.operation_name;
        operation.extensions = Extensions(asked.extensions);
        operation.set_parsed_query(document.parsed.clone());
        Ok(Prepared {
            operation,
            ran,
            found,
            way,
        })
    }
}

/// Answers whatever is sent to `/graphql`.
pub async fn answer(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let id = request
        .extensions()
        .get::<RequestId>()
        .cloned()
        .unwrap_or_else(|| RequestId(String::new()));
    if is_person_with_browser(&request) {
        return Redirect::temporary("/").into_response();
    }
    let media_type = media_type_for(request.headers()).unwrap_or(MediaType::Json);
    let method = request.method().clone();
    let credentials = credentials(&request, &id, &endpoint.proxies);
    let wishes = Wishes::of(&method, request.headers());
    let cached = endpoint.cached_for(&request);
    let answer = match Sent::of(request, &endpoint.limits).await {
        Ok(sent) => match sent.batch(&endpoint.limits) {
            Err(refusal) => Answer::refused(refusal),
            Ok(batch) => match (endpoint.identify(credentials).await, &cached, batch) {
                (Err(answer), ..) => answer,
                (Ok(who), Some(cached), Batch::One(asked)) if who.is_nobody() => {
                    let key = sent.key();
                    endpoint
                        .run_cached(cached, &key, asked, who, &method, &id)
                        .await
                }
                (Ok(who), _, batch) => endpoint.run(batch, who, &method, &id).await,
            },
        },
        Err(refusal) => Answer::refused(refusal),
    };
    let mut response = answer.into_response(media_type, &wishes);
    if response.status() == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// What the head of a request says of who sends it; a header of another form is no less wrong than a false token.
fn credentials(
    request: &Request,
    id: &RequestId,
    proxies: &Proxies,
) -> Result<Credentials, Refusal> {
    let mut given = request.headers().get_all(header::AUTHORIZATION).iter();
    let bearer = match (given.next(), given.next()) {
        (None, _) => None,
        (Some(value), None) => {
            let token = value
                .to_str()
                .ok()
                .and_then(|text| text.split_once(' '))
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
                .map(|(_, token)| token.trim().to_owned());
            Some(token.ok_or_else(|| {
                unauthenticated("the Authorization header must be Bearer and a token")
            })?)
        }
        _ => return Err(unauthenticated("there are several Authorization headers")),
    };
    Ok(Credentials {
        bearer,
        address: request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map(|peer| proxies.client(peer.0.ip(), request.headers())),
        user_agent: user_agent(request),
        request: id.0.clone(),
    })
}

/// What the client calls itself, fit for a line of a log and not longer than anybody reads.
fn user_agent(request: &Request) -> Option<String> {
    let given = request.headers().get(header::USER_AGENT)?;
    let text: String = String::from_utf8_lossy(given.as_bytes())
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn unauthenticated(message: impl Into<String>) -> Refusal {
    Refusal::of_request(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message)
}

/// Refuses an operation that lacks a variable it cannot do without; execution would only find the argument unusable.
fn check_variables(
    definition: &Positioned<OperationDefinition>,
    given: &async_graphql::Variables,
) -> Result<(), Refusal> {
    for variable in &definition.node.variable_definitions {
        let async_graphql::parser::types::VariableDefinition {
            name,
            var_type,
            default_value,
            ..
        } = &variable.node;
        let absent = given
            .get(&name.node)
            .is_none_or(|value| *value == async_graphql::Value::Null);
        if absent && !var_type.node.nullable && default_value.is_none() {
            return Err(Refusal::invalid(
                format!(
                    "the variable ${} of the type {} is not given",
                    name.node, var_type.node
                ),
                vec![variable.pos],
            ));
        }
    }
    Ok(())
}

fn chosen<'a>(
    document: &'a ExecutableDocument,
    wanted: Option<&str>,
) -> Result<(Option<&'a str>, &'a Positioned<OperationDefinition>), Refusal> {
    match (&document.operations, wanted) {
        (DocumentOperations::Single(operation), None) => Ok((None, operation)),
        (DocumentOperations::Multiple(named), Some(wanted)) => named
            .get_key_value(wanted)
            .map(|(name, operation)| (Some(name.as_str()), operation))
            .ok_or_else(|| unknown_operation(wanted)),
        (DocumentOperations::Single(_), Some(wanted)) => Err(unknown_operation(wanted)),
        (DocumentOperations::Multiple(named), None) => {
            let mut all = named.iter();
            match (all.next(), all.next()) {
                (Some((name, operation)), None) => Ok((Some(name.as_str()), operation)),
                _ => Err(Refusal::unusable_operation(
                    "the document has several operations; say which by operationName",
                )),
            }
        }
    }
}

fn unknown_operation(wanted: &str) -> Refusal {
    Refusal::unusable_operation(format!("the document has no operation named \"{wanted}\""))
}

fn answered(mut outcome: Outcome, id: &RequestId) -> Answer {
    let refused_by_the_schema = is_refused_by_the_schema(&outcome);
    presentable(&mut outcome, refused_by_the_schema, id);
    Answer::executed(outcome, refused_by_the_schema)
}

fn panicked(panic: &(dyn Any + Send), id: &RequestId) -> Answer {
    let words = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message");
    error!(request_id = %id.0, panic = words, "an operation panicked");
    Answer::fault(
        StatusCode::INTERNAL_SERVER_ERROR,
        "INTERNAL",
        &format!(
            "the server met a fault; its log names it under request {}",
            id.0
        ),
    )
}
