//! The staff on the command line, and their tokens against a running server.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use data_encoding::BASE64URL_NOPAD;
use dateline::{editorial::moment::Moment, platform::clock::Clock};
use serde_json::{Value, json};

use crate::{
    newsroom::Database,
    newsroom::server::{Server, answer, dateline, run},
};

const PASSWORD: &str = "correct horse battery";

fn user(database: &Database, arguments: &[&str]) -> (bool, String) {
    let mut command = dateline(database);
    command
        .env("DATELINE_PASSWORD", PASSWORD)
        .arg("user")
        .args(arguments);
    run(&mut command)
}

fn create(database: &Database, name: &str, role: &str) -> Value {
    let email = format!("{}@example.com", name.to_lowercase());
    let arguments = ["create", "--email", &email, "--name", name, "--role", role];
    let (succeeded, text) = user(database, &arguments);
    assert!(succeeded, "{text}");
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
}

/// A server without a sample site, with its signing keys in this folder.
fn serve(database: &Database, folder: &Path) -> Server {
    let keys = folder.join("keys.pem");
    let keys = keys.to_str().expect("a path");
    Server::start(
        database,
        &["--sample-site", "false", "--signing-keys-file", keys],
    )
}

/// The head and the JSON of the answer to somebody with a token.
fn asks(server: &Server, bearer: &str, query: &str) -> (String, Value) {
    let body = json!({ "query": query }).to_string();
    let authorization = match bearer {
        "" => String::new(),
        bearer => format!("Authorization: Bearer {bearer}\r\n"),
    };
    let text = answer(server.send(&format!(
        "POST /graphql HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         {authorization}Content-Length: {}\r\n\r\n{body}",
        server.address,
        body.len()
    )));
    let (head, body) = text.split_once("\r\n\r\n").expect("a body");
    let body = serde_json::from_str(body).unwrap_or_else(|_| panic!("{text}"));
    (head.to_ascii_lowercase(), body)
}

/// The access token and the refresh token of somebody who signs in.
fn signs_in(server: &Server, email: &str) -> (String, String) {
    let query = format!(
        "mutation {{ signIn(email: \"{email}\", password: \"{PASSWORD}\") {{ credentials {{ accessToken refreshToken }} }} }}"
    );
    let (_, answer) = asks(server, "", &query);
    let credentials = &answer["data"]["signIn"]["credentials"];
    let text = |name: &str| {
        let text = credentials[name].as_str();
        text.unwrap_or_else(|| panic!("{answer}")).to_owned()
    };
    (text("accessToken"), text("refreshToken"))
}

fn holds(server: &Server, bearer: &str) -> bool {
    let (head, answer) = asks(server, bearer, "{ viewer { name } }");
    if head.starts_with("http/1.1 200") {
        assert!(answer["data"]["viewer"]["name"].is_string(), "{answer}");
        return true;
    }
    assert!(head.starts_with("http/1.1 401"), "{head}");
    assert!(head.contains("www-authenticate: bearer"), "{head}");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_made_promoted_and_shut_out_on_the_command_line() {
    let database = Database::fresh().await;
    let ada = create(&database, "Ada", "ADMIN");
    let bob = create(&database, "Bob", "REPORTER");
    assert_eq!(bob["role"], "REPORTER");
    let (succeeded, text) = user(
        &database,
        &["role", "--email", "bob@example.com", "--role", "editor"],
    );
    assert!(succeeded && text.contains("\"role\":\"EDITOR\""), "{text}");
    let (succeeded, text) = user(&database, &["disable", "--email", "bob@example.com"]);
    assert!(succeeded && text.contains("\"version\":3"), "{text}");
    let (succeeded, text) = user(&database, &["disable", "--email", "ada@example.com"]);
    assert!(
        !succeeded && text.contains("last account that manages accounts"),
        "{text}"
    );
    let (succeeded, text) = user(&database, &["disable", "--email", "nobody@example.com"]);
    assert!(!succeeded && text.contains("nobody@example.com"), "{text}");
    let (succeeded, text) = user(&database, &["enable", "--email", "bob@example.com"]);
    assert!(succeeded && text.contains("\"disabledAt\":null"), "{text}");
    let (succeeded, text) = user(&database, &["list"]);
    assert!(succeeded && text.lines().count() == 2, "{text}");
    let audit = |arguments: &[&str]| {
        let (succeeded, text) = run(dateline(&database).arg("audit").args(arguments));
        assert!(succeeded, "{text}");
        let acts = text.lines().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{text}"));
            assert_eq!(line["actor"], "operator");
            let subject = line["subject"].as_str().unwrap_or_default();
            assert!(subject.starts_with("account_"), "{text}");
            line["act"].as_str().expect("an act").to_owned()
        });
        acts.collect::<Vec<_>>()
    };
    assert_eq!(
        audit(&[]),
        [
            "accountEnable",
            "accountDisable",
            "accountRoleSet",
            "accountCreate",
            "accountCreate"
        ]
    );
    assert_eq!(audit(&["--limit", "1"]), ["accountEnable"]);
    assert_eq!(
        audit(&["--subject", ada["id"].as_str().expect("an id")]),
        ["accountCreate"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_read_only_from_where_it_is_said_to_be() {
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("password");
    std::fs::write(&file, format!("{PASSWORD}\n")).expect("a file");
    let create = |email: &str| {
        let mut command = dateline(&database);
        command.env_remove("DATELINE_PASSWORD").args([
            "user", "create", "--name", "N", "--role", "EDITOR", "--email", email,
        ]);
        command
    };
    // A pipe into which nobody ever writes.
    let mut silent = create("one@example.com")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let pipe = silent.stdin.take();
    let begin = Instant::now();
    while silent.try_wait().expect("a status").is_none() {
        assert!(
            begin.elapsed() < Duration::from_mins(1),
            "it waits for the pipe"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(pipe);
    let output = silent.wait_with_output().expect("an output");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.starts_with("password: "),
        "{text}"
    );
    let (succeeded, text) = run(create("two@example.com").arg("--password-file").arg(&file));
    assert!(succeeded && !text.contains("password"), "{text}");
    let (succeeded, text) = run(create("three@example.com")
        .args(["--password-file", "-"])
        .stdin(std::fs::File::open(&file).expect("a file")));
    assert!(succeeded, "{text}");
    let (succeeded, text) = run(create("four@example.com").args(["--password-file", "/nowhere"]));
    assert!(!succeeded && text.contains("/nowhere"), "{text}");
    let server = serve(&database, folder.path());
    signs_in(&server, "two@example.com");
    signs_in(&server, "three@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_signing_keys_under_a_running_server_log_nobody_out() {
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    create(&database, "Ada", "ADMIN");
    let server = serve(&database, folder.path());
    let (first, refresh) = signs_in(&server, "ada@example.com");
    let keys = folder.path().join("keys.pem");
    let rotate = || {
        let mut command = dateline(&database);
        command
            .args(["keys", "rotate", "--signing-keys-file"])
            .arg(&keys);
        command
    };
    let (succeeded, text) = run(&mut rotate());
    assert!(succeeded, "{text}");
    assert!(
        !text.contains("PRIVATE KEY"),
        "a secret is not printed unasked"
    );
    let kid = |token: &str| {
        let header = token.split('.').next().expect("a header");
        BASE64URL_NOPAD.decode(header.as_bytes()).expect("base64")
    };
    let begin = Instant::now();
    let second = loop {
        let (second, _) = signs_in(&server, "ada@example.com");
        if kid(&second) != kid(&first) {
            break second;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "the server notices the new key"
        );
        std::thread::sleep(Duration::from_millis(200));
    };
    assert!(holds(&server, &first) && holds(&server, &second));
    let exchange = format!(
        "mutation {{ sessionRefresh(refreshToken: \"{refresh}\") {{ errors {{ code }} }} }}"
    );
    let (_, exchanged) = asks(&server, "", &exchange);
    assert_eq!(exchanged["data"]["sessionRefresh"]["errors"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_in_the_environment_are_printed_and_never_silently_left_behind() {
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("keys.pem");
    let rotate = |keys: Option<&str>, arguments: &[&str]| {
        let mut command = dateline(&database);
        command
            .args(["keys", "rotate", "--signing-keys-file"])
            .arg(&file)
            .args(arguments);
        if let Some(keys) = keys {
            command.env("DATELINE_SIGNING_KEYS", keys);
        }
        run(&mut command)
    };
    let blocks = |pem: &str| pem.matches("BEGIN PRIVATE KEY").count();
    let (succeeded, first) = rotate(None, &["--print"]);
    assert!(
        succeeded && blocks(&first) == 1 && !file.exists(),
        "{succeeded}"
    );
    let (succeeded, text) = rotate(Some(&first), &[]);
    assert!(
        !succeeded && text.contains("--print") && !file.exists(),
        "{text}"
    );
    let (succeeded, second) = rotate(Some(&first), &["--print"]);
    assert!(succeeded && blocks(&second) == 2 && second.ends_with(&first));
    let (succeeded, third) = rotate(Some(&second), &["--print"]);
    assert!(succeeded && blocks(&third) == 2 && !third.contains(first.trim()));
    let (succeeded, text) = rotate(Some("no key"), &["--print"]);
    assert!(
        !succeeded && text.contains("DATELINE_SIGNING_KEYS"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn api_tokens_over_http_expire_overlap_and_do_what_they_are_for() {
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    create(&database, "Ada", "ADMIN");
    let server = serve(&database, folder.path());
    let (ada, _) = signs_in(&server, "ada@example.com");
    assert!(!holds(&server, "dl_unknown") && !holds(&server, "nonsense"));
    let make = |expires: Moment| {
        let query = format!(
            "mutation {{ apiTokenCreate(input: {{name: \"feed\", scopes: [DRAFTS_READ], expiresAt: \"{}\"}}) {{ secret apiToken {{ id }} }} }}",
            expires.to_rfc3339()
        );
        let (_, answer) = asks(&server, &ada, &query);
        let made = answer["data"]["apiTokenCreate"].clone();
        let secret = made["secret"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"));
        (secret.to_owned(), made["apiToken"]["id"].clone())
    };
    let now = Clock::system().now();
    let (brief, _) = make(Moment(now.0 + 3_000_000));
    let (lasting, id) = make(Moment(now.0 + 3_600_000_000));
    let began = holds(&server, &brief);
    let late = Clock::system().now().0 >= now.0 + 3_000_000;
    assert!(began || late, "it holds until it expires");
    let publish = "mutation { articleDraftCreate(input: {}) { errors { ... on NotPermitted { missingScope } } } }";
    let (_, refused) = asks(&server, &lasting, publish);
    assert_eq!(
        refused["data"]["articleDraftCreate"]["errors"],
        json!([{"missingScope": "ARTICLES_WRITE"}])
    );
    let rotate = |version: i64, minutes: i64| {
        let query = format!(
            "mutation {{ apiTokenRotate(id: {id}, expectedVersion: {version}, overlapMinutes: {minutes}) {{ secret }} }}"
        );
        let (_, answer) = asks(&server, &ada, &query);
        let secret = answer["data"]["apiTokenRotate"]["secret"].as_str();
        secret.unwrap_or_else(|| panic!("{answer}")).to_owned()
    };
    let second = rotate(1, 60);
    assert!(holds(&server, &lasting) && holds(&server, &second));
    let third = rotate(2, 0);
    assert!(!holds(&server, &second) && holds(&server, &third));
    std::thread::sleep(Duration::from_secs(3));
    assert!(!holds(&server, &brief));
}
