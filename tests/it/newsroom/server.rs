//! The server binary as a process of its own, to be asked over HTTP, stopped and killed.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::Database;

/// A running `dateline serve`, killed when the test ends.
pub struct Server {
    pub process: Child,
    pub address: String,
}

impl Server {
    /// Starts it and waits until it listens.
    pub fn start(database: &Database, arguments: &[&str]) -> Self {
        let mut process = dateline(database)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("standard output"))
            .read_line(&mut line)
            .expect("a line");
        let address = line
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split(' ').next())
            .unwrap_or_else(|| panic!("{line}"));
        Self {
            address: address.to_owned(),
            process,
        }
    }

    /// Sends bytes over a connection of their own.
    pub fn send(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).expect("the server accepts");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("a time limit");
        stream
            .write_all(request.as_bytes())
            .expect("the request is sent");
        stream
    }

    /// The whole answer to a GET.
    pub fn get(&self, path: &str) -> String {
        answer(self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        )))
    }

    /// The answer to a query of nobody in particular.
    pub fn ask(&self, query: &str) -> Value {
        let body = json!({ "query": query }).to_string();
        let text = answer(self.send(&format!(
            "POST /graphql HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )));
        let start = text.find("\r\n\r\n").expect("a body");
        serde_json::from_str(&text[start..]).unwrap_or_else(|_| panic!("{text}"))
    }

    /// The answer to an act under a token, or nothing when the server died before it had answered.
    pub fn tries(&self, token: &str, query: &str, variables: &Value) -> Option<Value> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .ok()?;
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        serde_json::from_str(text.split_once("\r\n\r\n")?.1).ok()
    }

    /// Kills it at once, as the system would that runs out of memory, and waits until it is gone.
    pub fn dies(mut self) {
        self.process.kill().expect("it is running");
        self.process.wait().expect("it ends");
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        Command::new("kill")
            .args([name, &self.process.id().to_string()])
            .status()
            .expect("a signal");
    }

    /// How it stopped, if it did so in time.
    pub fn stopped_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        let begin = Instant::now();
        while begin.elapsed() < limit {
            if let Some(status) = self.process.try_wait().expect("a status") {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads a connection to its end.
pub fn answer(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    text
}

/// A command of the binary, on this database.
pub fn dateline(database: &Database) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dateline"));
    command
        .env("DATELINE_DATABASE_URL", &database.url)
        .env("DATELINE_LOG", "warn");
    command
}

/// Whether a command succeeded, and what it said.
pub fn run(command: &mut Command) -> (bool, String) {
    let output = command.output().expect("the command runs");
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.success(), text)
}
