//! The HTTP side over a stand-in for the schema, so that slow, failing and panicking work can be had at will.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use async_graphql::{PathSegment, Request as Operation, Response as Outcome, ServerError, Value};
use axum::{
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use futures_util::{FutureExt, future::BoxFuture};
use http_body_util::BodyExt;
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

use super::{Engine, Front, Limits, Proxies, Trusted, serve};

/// Does what the operation's name says.
#[derive(Default)]
struct StandIn {
    database_is_down: bool,
    was_dropped: Arc<AtomicBool>,
}

impl Engine for StandIn {
    fn identify(
        &self,
        _: super::Credentials,
    ) -> BoxFuture<'_, Result<crate::access::Actor, super::Unidentified>> {
        async { Ok(crate::access::Actor::nobody()) }.boxed()
    }

    fn execute(&self, request: Operation, _: crate::access::Actor) -> BoxFuture<'_, Outcome> {
        let was_dropped = Arc::clone(&self.was_dropped);
        async move {
            match request.operation_name.as_deref() {
                Some("Slow") => {
                    let _guard = Guard(was_dropped);
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    Outcome::new("slow")
                }
                Some("Endless") => {
                    let _guard = Guard(was_dropped);
                    std::future::pending().await
                }
                Some("Panics") => panic!("at /home/someone/src/secret.rs"),
                Some("Fails") => Outcome::from_errors(vec![
                    ServerError::new("no such column: SELECT secret", None)
                        .with_path(vec![PathSegment::Field("site".to_owned())]),
                ]),
                name => Outcome::new(Value::from(name.unwrap_or("nameless"))),
            }
        }
        .boxed()
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), String>> {
        let ready = if self.database_is_down {
            Err("the database refuses connections".to_owned())
        } else {
            Ok(())
        };
        async { ready }.boxed()
    }

    fn sdl(&self) -> &'static str {
        "type Query { site: String }"
    }
}

struct Guard(Arc<AtomicBool>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn short_limits() -> Limits {
    Limits {
        header_timeout: Duration::from_millis(200),
        body_timeout: Duration::from_millis(200),
        request_timeout: Duration::from_secs(1),
        shutdown_grace: Duration::from_millis(800),
        ..Limits::default()
    }
}

fn app() -> Front {
    Front::new(
        Arc::new(StandIn::default()),
        short_limits(),
        Proxies::default(),
        Trusted::default(),
    )
}

async fn send(app: Front, request: Request<Body>) -> (Response<()>, String) {
    let (head, body) = app.answer(request, None).await.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (
        Response::from_parts(head, ()),
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

fn named(name: &str) -> Json {
    json!({ "query": format!("query {name} {{ site }}"), "operationName": name })
}

fn asking(body: &Json) -> Request<Body> {
    Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

async fn ask(app: Front, body: Json) -> (StatusCode, Json) {
    let (head, body) = send(app, asking(&body)).await;
    (head.status(), serde_json::from_str(&body).unwrap())
}

async fn get(path: &str) -> (Response<()>, String) {
    send(app(), Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn an_endless_operation_is_stopped_and_its_work_dropped() {
    let engine = StandIn::default();
    let was_dropped = Arc::clone(&engine.was_dropped);
    let limits = Limits {
        request_timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    let (status, answer) = ask(
        Front::new(
            Arc::new(engine),
            limits,
            Proxies::default(),
            Trusted::default(),
        ),
        named("Endless"),
    )
    .await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "TIMEOUT");
    assert!(was_dropped.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_panic_is_answered_without_its_words() {
    let (status, answer) = ask(app(), named("Panics")).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL");
    assert!(!answer.to_string().contains("secret"));
}

#[tokio::test]
async fn a_fault_in_a_field_is_answered_without_its_words() {
    let (status, answer) = ask(app(), named("Fails")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL");
    assert!(!answer.to_string().contains("SELECT"));
    assert!(answer.get("data").is_some());
}

#[tokio::test]
async fn a_batch_is_answered_in_order_whatever_fails_in_it() {
    let (status, answers) = ask(
        app(),
        json!([named("A"), named("Panics"), { "query": "{" }, named("B")]),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answers[0]["data"], "A");
    assert_eq!(answers[1]["errors"][0]["extensions"]["code"], "INTERNAL");
    assert_eq!(
        answers[2]["errors"][0]["extensions"]["code"],
        "GRAPHQL_PARSE_FAILED"
    );
    assert_eq!(answers[3]["data"], "B");
}

#[tokio::test]
async fn several_operations_need_a_name_and_get_the_one_that_is_named() {
    let query = "query A { site } query B { site }";
    let (_, answer) = ask(app(), json!({ "query": query, "operationName": "B" })).await;
    assert_eq!(answer["data"], "B");
    let (_, answer) = ask(app(), json!({ "query": query })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    let (_, answer) = ask(app(), json!({ "query": query, "operationName": "C" })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST");
}

#[tokio::test]
async fn health_and_readiness_are_told_apart() {
    let (head, body) = get("/healthz").await;
    assert_eq!((head.status(), body.as_str()), (StatusCode::OK, "ok"));
    let (head, _) = get("/readyz").await;
    assert_eq!(head.status(), StatusCode::OK);
    let engine = StandIn {
        database_is_down: true,
        ..StandIn::default()
    };
    let request = Request::get("/readyz").body(Body::empty()).unwrap();
    let (head, body) = send(
        Front::new(
            Arc::new(engine),
            Limits::default(),
            Proxies::default(),
            Trusted::default(),
        ),
        request,
    )
    .await;
    assert_eq!(head.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(body, "the database refuses connections");
}

#[tokio::test]
async fn the_page_and_the_schema_are_not_sent_twice() {
    for path in ["/", "/graphiql/page.js", "/schema.graphql"] {
        let (head, body) = get(path).await;
        assert_eq!(head.status(), StatusCode::OK, "{path}");
        assert!(!body.is_empty());
        let again = Request::get(path)
            .header(header::IF_NONE_MATCH, &head.headers()[header::ETAG])
            .body(Body::empty())
            .unwrap();
        let (head, body) = send(app(), again).await;
        assert_eq!(head.status(), StatusCode::NOT_MODIFIED);
        assert!(body.is_empty());
    }
}

#[tokio::test]
async fn the_page_may_load_nothing_from_elsewhere() {
    let (head, body) = get("/").await;
    let policy = head.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
    assert!(!body.contains("://"));
}

#[tokio::test]
async fn head_has_the_headers_and_no_body() {
    for path in [
        "/",
        "/healthz",
        "/schema.graphql",
        "/graphql?query=%7Bsite%7D",
    ] {
        let request = Request::head(path).body(Body::empty()).unwrap();
        let (head, body) = send(app(), request).await;
        assert_eq!(head.status(), StatusCode::OK, "{path}");
        assert!(body.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_json() {
    for (path, status) in [
        ("/nothing", StatusCode::NOT_FOUND),
        ("/graphiql/nothing", StatusCode::NOT_FOUND),
        ("/graphiql/..%2Fmod.rs", StatusCode::NOT_FOUND),
    ] {
        let (head, body) = get(path).await;
        assert_eq!(head.status(), status, "{path}");
        assert!(serde_json::from_str::<Json>(&body).is_ok());
    }
    let put = Request::put("/graphql").body(Body::empty()).unwrap();
    let (head, _) = send(app(), put).await;
    assert_eq!(head.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(head.headers()[header::ALLOW], "GET, HEAD, POST");
    let post = Request::post("/healthz").body(Body::empty()).unwrap();
    let (head, _) = send(app(), post).await;
    assert_eq!(head.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(head.headers()[header::ALLOW], "GET,HEAD");
}

#[tokio::test]
async fn a_person_with_a_browser_is_sent_to_the_page() {
    let html = "text/html,application/xhtml+xml,*/*;q=0.8";
    let person = Request::get("/graphql")
        .header(header::ACCEPT, html)
        .body(Body::empty())
        .unwrap();
    let (head, _) = send(app(), person).await;
    assert_eq!(head.headers()[header::LOCATION], "/");
    let query = Request::get("/graphql?query=%7Bsite%7D")
        .header(header::ACCEPT, html)
        .body(Body::empty())
        .unwrap();
    let (head, _) = send(app(), query).await;
    assert_eq!(head.status(), StatusCode::OK);
}

#[tokio::test]
async fn other_origins_may_ask_without_credentials() {
    let preflight = Request::options("/graphql")
        .header(header::ORIGIN, "https://news.example")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .body(Body::empty())
        .unwrap();
    let (head, _) = send(app(), preflight).await;
    assert_eq!(head.status(), StatusCode::NO_CONTENT);
    let headers = head.headers();
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    let (head, _) = send(app(), asking(&named("A"))).await;
    assert_eq!(head.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
}

/// A running server on a free port.
struct Running {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Running {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve(listener, app(), short_limits(), async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop,
            server,
        }
    }

    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }
}

fn written(body: &Json) -> String {
    let body = body.to_string();
    format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn until_closed(mut stream: TcpStream) -> String {
    let mut received = Vec::new();
    // A reset ends the connection as well as a proper close does.
    let _ = stream.read_to_end(&mut received).await;
    String::from_utf8_lossy(&received).into_owned()
}

#[tokio::test]
async fn connections_that_stand_still_are_closed() {
    let running = Running::start().await;
    let begun = Instant::now();
    for beginning in [
        "",
        "P",
        "PRI * HTTP/2.0\r\n\r\nSM",
        "GET / HTTP/1.1\r\nhost: x\r\n",
    ] {
        let stream = running.send(beginning).await;
        let received = until_closed(stream).await;
        assert!(!received.contains("200 OK"), "{beginning}: {received}");
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_body_that_stands_still_is_answered_and_closed() {
    let running = Running::start().await;
    let stream = running
        .send("POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{")
        .await;
    let received = until_closed(stream).await;
    assert!(received.starts_with("HTTP/1.1 408 "), "{received}");
}

#[tokio::test]
async fn stopping_finishes_what_is_in_flight_and_takes_nothing_new() {
    let running = Running::start().await;
    let slow = running.send(&written(&named("Slow"))).await;
    let idle = running.send(&written(&named("A"))).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    running.stop.send(()).unwrap();
    let received = until_closed(slow).await;
    assert!(received.contains(r#"{"data":"slow"}"#), "{received}");
    assert!(until_closed(idle).await.contains(r#"{"data":"A"}"#));
    running.server.await.unwrap().unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
}

#[tokio::test]
async fn stopping_does_not_wait_longer_than_the_grace_time() {
    let running = Running::start().await;
    let stuck = running.send("POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n").await;
    let endless = running.send(&written(&named("Endless"))).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begun = Instant::now();
    running.stop.send(()).unwrap();
    running.server.await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_millis(1500));
    drop((stuck, endless));
}
