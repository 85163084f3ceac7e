//! Documents that are sent once and named from then on, and documents that alone may be run.

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use dateline::{
    access::account::{self, NewAccount},
    editorial::vocabulary::Role,
    http::{Limits, Trusted, TrustedOnly},
};
use serde_json::{Value, json};

use crate::newsroom::{
    Database, Newsroom,
    server::{Server, dateline, run},
};

const HEADLINES: &str =
    "query Headlines($first: Int = 20) { articles(first: $first) { nodes { headline } } }";
const GRAPHQL: (&str, &str) = ("accept", "application/graphql-response+json");
const PASSWORD: &str = "correct horse battery";

fn sha256(text: &str) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn persisted(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

/// A request by hash alone.
fn by_hash(hash: &str) -> Value {
    json!({ "extensions": persisted(hash) })
}

/// A request that has a text persisted.
fn with_hash(text: &str) -> Value {
    json!({ "query": text, "extensions": persisted(&sha256(text)) })
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("no error: {answer}"))
}

fn message(answer: &Value) -> &str {
    answer["errors"][0]["message"].as_str().unwrap_or_default()
}

/// One alias more than a document may have.
fn too_many_aliases() -> String {
    let aliases: Vec<String> = (0..51)
        .map(|number| format!("a{number}: __typename"))
        .collect();
    aliases.join(" ")
}

async fn newsroom() -> Newsroom {
    let newsroom = Newsroom::open().await;
    newsroom.editor().publishes("Harbour reopens").await;
    newsroom
}

async fn trusting(newsroom: &Newsroom, only: TrustedOnly, file: &Value) -> Trusted {
    Trusted::read(
        &file.to_string(),
        only,
        &*newsroom.engine,
        &Limits::default(),
    )
    .await
    .expect("trusted documents")
}

#[tokio::test]
async fn a_document_is_persisted_with_its_hash_and_then_named_by_it() {
    let newsroom = newsroom().await;
    let served = newsroom.served_behind("").await;
    let hash = sha256(HEADLINES);
    for headers in [&[GRAPHQL][..], &[]] {
        // Clients of every kind expect 200, and know the error by its message.
        let (status, answer) = served.send(headers, &by_hash(&hash)).await;
        assert_eq!((status, code(&answer)), (200, "PERSISTED_QUERY_NOT_FOUND"));
        assert_eq!(message(&answer), "PersistedQueryNotFound");
        assert!(answer.get("data").is_none(), "{answer}");
    }
    let (status, answer) = served.send(&[GRAPHQL], &with_hash(HEADLINES)).await;
    assert_eq!(status, 200, "{answer}");
    let (status, named) = served.send(&[GRAPHQL], &by_hash(&hash)).await;
    assert_eq!((status, &named), (200, &answer));
    let id = format!("sha256:{hash}");
    assert_eq!(
        served.send(&[], &json!({ "documentId": id })).await.1,
        answer
    );
    let extensions = persisted(&hash).to_string();
    let parameters = [
        ("extensions", extensions.as_str()),
        ("variables", "{\"first\": 0}"),
    ];
    let (status, empty) = served.get(&parameters).await;
    assert_eq!(
        (status, &empty["data"]["articles"]["nodes"]),
        (200, &json!([]))
    );
}

#[tokio::test]
async fn a_batch_may_name_its_documents() {
    let newsroom = newsroom().await;
    let served = newsroom.served_behind("").await;
    let other = "{ site { name } }";
    let batch = json!([
        with_hash(HEADLINES),
        by_hash(&sha256(HEADLINES)),
        by_hash(&sha256(other)),
        with_hash(other)
    ]);
    let (status, answers) = served.send(&[GRAPHQL], &batch).await;
    assert_eq!(status, 200, "{answers}");
    assert_eq!(answers[0], answers[1]);
    assert_eq!(code(&answers[2]), "PERSISTED_QUERY_NOT_FOUND");
    assert!(answers[3]["data"]["site"].is_object(), "{answers}");
}

#[tokio::test]
async fn a_hash_of_another_text_is_refused_and_nothing_is_persisted() {
    let newsroom = newsroom().await;
    let served = newsroom.served_behind("").await;
    let (hash, other) = (sha256(HEADLINES), sha256("{ site { name } }"));
    let (status, answer) = served
        .send(
            &[GRAPHQL],
            &json!({ "query": HEADLINES, "extensions": persisted(&other) }),
        )
        .await;
    assert_eq!((status, code(&answer)), (400, "BAD_REQUEST"));
    assert!(message(&answer).contains(&hash) && message(&answer).contains(&other));
    for hash in [&hash, &other] {
        let (_, answer) = served.send(&[], &by_hash(hash)).await;
        assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_FOUND");
    }
    let long = "0".repeat(100_000);
    let (_, answer) = served
        .send(
            &[],
            &json!({ "query": HEADLINES, "extensions": persisted(&long) }),
        )
        .await;
    assert!(
        message(&answer).len() < 400,
        "a long hash is not repeated whole"
    );
}

#[tokio::test]
async fn a_document_that_cannot_be_run_is_not_persisted() {
    let newsroom = newsroom().await;
    let served = newsroom.served_behind("").await;
    let aliases = too_many_aliases();
    for (text, wanted) in [
        ("{ articles { ".to_owned(), "GRAPHQL_PARSE_FAILED"),
        (
            "{ nothingOfThisName }".to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "{ articles(first: \"many\") { nodes { id } } }".to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "{ x: site { name } x: viewer { name } }".to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (format!("{{{aliases} }}"), "LIMIT_EXCEEDED"),
    ] {
        for _ in 0..2 {
            let (status, answer) = served.send(&[GRAPHQL], &with_hash(&text)).await;
            assert_eq!((status, code(&answer)), (400, wanted), "{text}: {answer}");
        }
        let (_, answer) = served.send(&[], &by_hash(&sha256(&text))).await;
        assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_FOUND", "{text}");
    }
}

#[tokio::test]
async fn a_flood_of_documents_pushes_out_old_ones_and_a_huge_one_nobody() {
    let limits = Limits {
        persisted_bytes: 64 * 1024,
        parsed_bytes: 64 * 1024,
        ..Limits::default()
    };
    let newsroom = newsroom().await;
    let served = newsroom.served_with(limits, Trusted::default()).await;
    let text = |number: usize| format!("query Flood{number} {{ __typename }}");
    for number in 0..100 {
        served.send(&[], &with_hash(&text(number))).await;
    }
    let named = async |text: &str| served.send(&[], &by_hash(&sha256(text))).await.1;
    assert_eq!(code(&named(&text(0)).await), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(named(&text(99)).await["data"]["__typename"], "Query");
    let huge = format!("{{ __typename }} #{}", "x".repeat(100_000));
    assert!(
        served
            .send(&[], &with_hash(&huge))
            .await
            .1
            .get("errors")
            .is_none()
    );
    assert_eq!(code(&named(&huge).await), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(named(&text(99)).await["data"]["__typename"], "Query");
}

#[tokio::test]
async fn no_mutation_runs_by_get_whatever_names_it() {
    let newsroom = newsroom().await;
    let text = "mutation Act { __typename }";
    let file = json!({ "act": text });
    let trusted = trusting(&newsroom, TrustedOnly::Off, &file).await;
    let served = newsroom.served_with(Limits::default(), trusted).await;
    let extensions = persisted(&sha256(text)).to_string();
    for parameters in [
        [("extensions", extensions.as_str())],
        [("documentId", "act")],
    ] {
        let (status, answer) = served.get(&parameters).await;
        assert_eq!((status, code(&answer)), (405, "METHOD_NOT_ALLOWED"));
    }
    let (status, answer) = served
        .send(&[GRAPHQL], &json!({ "documentId": "act" }))
        .await;
    assert_eq!(
        (status, &answer["data"]["__typename"]),
        (200, &json!("Mutation"))
    );
}

#[tokio::test]
async fn without_room_for_them_clients_are_told_to_send_whole_documents() {
    let limits = Limits {
        persisted_bytes: 0,
        parsed_bytes: 0,
        ..Limits::default()
    };
    let newsroom = newsroom().await;
    let served = newsroom.served_with(limits, Trusted::default()).await;
    let (status, answer) = served.send(&[GRAPHQL], &by_hash(&sha256(HEADLINES))).await;
    assert_eq!(
        (status, code(&answer)),
        (200, "PERSISTED_QUERY_NOT_SUPPORTED")
    );
    assert_eq!(message(&answer), "PersistedQueryNotSupported");
    for _ in 0..2 {
        let (_, answer) = served.send(&[], &with_hash(HEADLINES)).await;
        assert_eq!(
            answer["data"]["articles"]["nodes"][0]["headline"],
            "Harbour reopens"
        );
    }
}

#[tokio::test]
async fn a_document_asked_for_again_is_refused_in_the_same_words() {
    let newsroom = newsroom().await;
    let served = newsroom.served_behind("").await;
    let filtered = "query ($first: Int, $tag: String!) { articles(first: $first, where: { tags: { any: [$tag] } }) { nodes { headline } } }";
    let ask = async |variables: Value| served.ask(&[GRAPHQL], filtered, variables).await;
    let good = json!({ "first": 2, "tag": "harbour" });
    let judged = |(status, answer): (u16, Value)| (status, answer["errors"].clone());
    for bad in [
        json!({ "first": "two", "tag": "harbour" }),
        json!({ "first": 2, "tag": ["harbour", 3.5] }),
        json!({ "first": 2, "tag": null }),
        json!({ "first": 2 }),
        json!({ "first": 101, "tag": "harbour" }),
        json!({ "first": 1_000_000, "tag": "harbour" }),
    ] {
        let fresh = newsroom.served_behind("").await;
        let first = judged(fresh.ask(&[GRAPHQL], filtered, bad.clone()).await);
        assert!(first.1.is_array(), "{bad} is refused");
        for _ in 0..2 {
            let (_, answer) = ask(good.clone()).await;
            assert!(answer.get("errors").is_none(), "{answer}");
        }
        assert_eq!(judged(ask(bad.clone()).await), first, "{bad}");
    }
    // One operation of a document says nothing of another.
    let two = "query Good { site { name } } query Bad($x: String) { articles(first: $x) { nodes { id } } }";
    let (status, answer) = served
        .send(
            &[GRAPHQL],
            &json!({ "query": two, "operationName": "Good" }),
        )
        .await;
    assert_eq!((status, code(&answer)), (400, "GRAPHQL_VALIDATION_FAILED"));
}

#[tokio::test]
async fn trusted_documents_are_named_in_every_way_that_clients_have() {
    let newsroom = newsroom().await;
    let apollo = json!({
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{ "id": "headlines-1", "name": "Headlines", "type": "query", "body": HEADLINES }]
    });
    let relay = json!({ "headlines-1": HEADLINES });
    for file in [apollo, relay] {
        let trusted = trusting(&newsroom, TrustedOnly::All, &file).await;
        let served = newsroom.served_with(Limits::default(), trusted).await;
        let hash = sha256(HEADLINES);
        for body in [
            json!({ "documentId": "headlines-1" }),
            json!({ "documentId": format!("sha256:{hash}") }),
            json!({ "documentId": hash }),
            json!({ "id": "headlines-1", "query": null }),
            json!({ "doc_id": "headlines-1" }),
            json!({ "query": HEADLINES }),
            by_hash("headlines-1"),
            by_hash(&hash),
            with_hash(HEADLINES),
        ] {
            let (status, answer) = served.send(&[GRAPHQL], &body).await;
            assert_eq!(status, 200, "{body}: {answer}");
            assert_eq!(
                answer["data"]["articles"]["nodes"][0]["headline"],
                "Harbour reopens"
            );
        }
        let (status, _) = served.get(&[("documentId", "headlines-1")]).await;
        assert_eq!(status, 200);
    }
}

#[tokio::test]
async fn who_is_held_to_trusted_documents_runs_nothing_else() {
    let newsroom = newsroom().await;
    let new = NewAccount {
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        role: Role::Admin,
        password: PASSWORD.to_owned(),
    };
    account::create(&newsroom.acting(), new)
        .await
        .expect("an account");
    let sign_in = "mutation In($e: String!, $p: String!) { signIn(email: $e, password: $p) { credentials { accessToken } errors { code } } }";
    let file = json!({ "headlines": HEADLINES, "in": sign_in });

    let open = newsroom.served_behind("").await;
    let who = json!({ "e": "ada@example.com", "p": PASSWORD });
    let (_, answer) = open.ask(&[], sign_in, who.clone()).await;
    let session = format!(
        "Bearer {}",
        answer["data"]["signIn"]["credentials"]["accessToken"]
            .as_str()
            .expect("a token")
    );
    let create = "mutation { apiTokenCreate(input: { name: \"Web\", scopes: [DRAFTS_READ] }) { secret errors { message } } }";
    let (_, answer) = open
        .ask(&[("authorization", &session)], create, Value::Null)
        .await;
    let token = format!(
        "Bearer {}",
        answer["data"]["apiTokenCreate"]["secret"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"))
    );
    let (session, token) = (
        ("authorization", session.as_str()),
        ("authorization", token.as_str()),
    );

    let other = "{ site { name } }";
    let introspection = "{ __schema { queryType { name } } }";
    for (only, token_is_held) in [(TrustedOnly::Anonymous, false), (TrustedOnly::All, true)] {
        let trusted = trusting(&newsroom, only, &file).await;
        let served = newsroom.served_with(Limits::default(), trusted).await;
        // People may run anything, and what they have persisted is not trusted for that.
        for body in [with_hash(other), json!({ "query": introspection })] {
            let (status, answer) = served.send(&[GRAPHQL, session], &body).await;
            assert_eq!(status, 200, "{answer}");
        }
        let (status, answer) = served
            .send(&[GRAPHQL, token], &json!({ "query": other }))
            .await;
        assert_eq!(status == 400, token_is_held, "{only:?}: {answer}");
        for body in [
            json!({ "query": other }),
            json!({ "query": introspection }),
            json!({ "query": format!("{HEADLINES} ") }),
            with_hash(other),
            by_hash(&sha256(other)),
            json!({ "documentId": "unknown" }),
        ] {
            let (status, answer) = served.send(&[GRAPHQL], &body).await;
            assert_eq!(
                (status, code(&answer)),
                (400, "DOCUMENT_NOT_TRUSTED"),
                "{body}"
            );
        }
        let batch = json!([{ "documentId": "headlines" }, { "query": other }]);
        let (status, answers) = served.send(&[GRAPHQL], &batch).await;
        assert_eq!((status, code(&answers[1])), (200, "DOCUMENT_NOT_TRUSTED"));
        assert!(answers[0]["data"]["articles"].is_object(), "{answers}");
        let (_, answer) = served
            .send(&[], &json!({ "documentId": "in", "variables": who }))
            .await;
        assert!(
            answer["data"]["signIn"]["credentials"]["accessToken"].is_string(),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn an_unknown_id_is_an_error_that_says_so() {
    let newsroom = newsroom().await;
    let served = newsroom.served_behind("").await;
    let (status, answer) = served
        .send(&[GRAPHQL], &json!({ "documentId": "front" }))
        .await;
    assert_eq!((status, code(&answer)), (400, "DOCUMENT_NOT_FOUND"));
    assert!(message(&answer).contains("\"front\""), "{answer}");
}

#[tokio::test]
async fn a_bad_trusted_document_is_named_with_its_reason() {
    let newsroom = newsroom().await;
    let deep = format!(
        "{{ articles {{ nodes {{ {} id {} }} }} }}",
        "authors { articles { nodes { ".repeat(6),
        "} } } ".repeat(6)
    );
    let many = too_many_aliases();
    for (file, words) in [
        (
            json!({ "a": "{ articles { " }),
            vec!["\"a\"", "cannot be parsed"],
        ),
        (
            json!({ "a": "{ nothing }" }),
            vec!["\"a\"", "nothing", "line 1, column 3"],
        ),
        (
            json!({ "a": "query ($n: Int) { articles(first: $m) { nodes { id } } }" }),
            vec!["\"a\"", "$n"],
        ),
        (
            json!({ "a": format!("{{{many} }}") }),
            vec!["\"a\"", "root fields"],
        ),
        (json!({ "a": deep }), vec!["\"a\"", "levels"]),
        (
            json!({ "a": "{ articles(first: 100) { nodes { sources { articles(first: 100) { nodes { sources { id } } } } } } }" }),
            vec!["\"a\"", "cost"],
        ),
        (
            json!({ "a": "subscription { x }" }),
            vec!["\"a\"", "subscription"],
        ),
        (json!({ "a": 1 }), vec!["\"a\"", "no text"]),
        (json!([]), vec!["no JSON object"]),
        (
            json!({ "format": "other", "operations": [] }),
            vec!["`format`"],
        ),
        (
            json!({ "format": "apollo-persisted-query-manifest", "version": 2 }),
            vec!["`version`"],
        ),
        (
            json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [{ "id": "a" }] }),
            vec!["operation 1", "`body`"],
        ),
    ] {
        let read = Trusted::read(
            &file.to_string(),
            TrustedOnly::Off,
            &*newsroom.engine,
            &Limits::default(),
        )
        .await;
        let said = read
            .err()
            .unwrap_or_else(|| panic!("{file} was taken"))
            .to_string();
        assert!(
            words.iter().all(|word| said.contains(word)),
            "{file}: {said}"
        );
    }
    // What an article page asks for with variables of every kind is no worse for having no values yet.
    let good = json!({
        "lists": "query Lists($n: Int!, $ids: [ID!]!, $by: ArticleBy!, $where: ArticleWhere, $show: Boolean!) { \
            articles(first: $n, where: $where) { nodes { id @include(if: $show) tags { name } } } nodes(ids: $ids) { id } article(by: $by) { id } }",
        "two": "query A { site { name } } query B { viewer { name } }",
        "act": "mutation ($e: String!, $p: String!) { signIn(email: $e, password: $p) { errors { code } } }",
    });
    assert_eq!(trusting(&newsroom, TrustedOnly::Off, &good).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_reads_its_trusted_documents_at_the_start() {
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("documents.json");
    let path = file.to_str().expect("a path");
    std::fs::write(&file, json!({ "front": "{ nothing }" }).to_string()).expect("a file");
    let (succeeded, text) = run(dateline(&database).args(["serve", "--trusted-documents", path]));
    assert!(
        !succeeded && text.contains(path) && text.contains("\"front\"") && text.contains("nothing"),
        "{text}"
    );
    let (succeeded, text) =
        run(dateline(&database).args(["serve", "--trusted-documents-only", "all"]));
    assert!(!succeeded && text.contains("trusted_documents"), "{text}");
    std::fs::write(&file, json!({ "front": "{ site { name } }" }).to_string()).expect("a file");
    let server = Server::start(
        &database,
        &[
            "--trusted-documents",
            path,
            "--trusted-documents-only",
            "anonymous",
        ],
    );
    assert!(server.get("/graphql?documentId=front").contains("\"site\""));
    assert_eq!(
        code(&server.ask("{ viewer { name } }")),
        "DOCUMENT_NOT_TRUSTED"
    );
    assert!(server.get("/schema.graphql").starts_with("HTTP/1.1 200"));
    assert!(server.get("/").starts_with("HTTP/1.1 200"));
}
