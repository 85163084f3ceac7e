//! The load: keep-alive HTTP/1.1 over loopback, written by hand so that it costs little beside what it measures.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use memchr::memmem::Finder;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How large an answer may be.
const LARGEST: usize = 16 << 20;

/// Before the number of a change, in whatever shows it; eight digits follow.
pub const MARK: &str = "change-";

/// Looks for answers that are older than what was known when they were asked for.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// The number of the newest change whose answer has arrived.
    pub acknowledged: Arc<AtomicU64>,
    /// Whether every answer must show a change; else only those that show one are judged.
    pub all: bool,
    /// How many answers were judged.
    pub judged: Arc<AtomicU64>,
    /// How many of them were too old.
    pub stale: Arc<AtomicU64>,
}

impl Watch {
    fn judge(&self, mark: &Finder<'_>, body: &[u8], least: u64) {
        let shown = mark.find(body).and_then(|at| {
            let digits = body.get(at + MARK.len()..at + MARK.len() + 8)?;
            std::str::from_utf8(digits).ok()?.parse::<u64>().ok()
        });
        if shown.is_none() && !self.all {
            return;
        }
        self.judged.fetch_add(1, Ordering::Relaxed);
        if shown.unwrap_or_default() < least {
            self.stale.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What a slice of load came to.
#[derive(Debug, Clone, Default)]
pub struct Slice {
    /// How many requests were answered.
    pub requests: u64,
    /// How long that took.
    pub elapsed: Duration,
    /// The latency of each, in microseconds, in ascending order.
    pub latencies: Vec<u32>,
}

impl Slice {
    /// The latency below which this share of the requests stayed, in milliseconds.
    pub fn quantile(&self, share: f64) -> f64 {
        if self.latencies.is_empty() {
            return f64::NAN;
        }
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index into a list of a slice's latencies"
        )]
        let index = ((self.latencies.len() - 1) as f64 * share).round() as usize;
        f64::from(self.latencies[index]) / 1_000.0
    }
}

/// A whole request, ready to be sent again and again.
pub fn request(path: &str, body: &[u8]) -> Vec<u8> {
    request_as(None, path, body)
}

/// The same with an access token.
pub fn request_as(token: Option<&str>, path: &str, body: &[u8]) -> Vec<u8> {
    let token = token.map_or_else(String::new, |token| {
        format!("Authorization: Bearer {token}\r\n")
    });
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n{token}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// Sends one request on a connection of its own and gives back the body of its answer.
///
/// # Errors
/// When there is no answer, or it is not 200.
pub async fn ask(address: SocketAddr, request: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut connection = Connection::open(address).await?;
    connection.ask(request).await
}

/// Sends requests in turn on some connections until the time is over, then waits for what is under way.
///
/// # Errors
/// When an answer is missing, is not 200, or holds errors.
pub async fn run(
    address: SocketAddr,
    requests: &[Vec<u8>],
    connections: usize,
    time: Duration,
    watch: Option<&Watch>,
) -> anyhow::Result<Slice> {
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(Connection::open(address).await?);
    }
    ensure!(!requests.is_empty(), "there is nothing to ask");
    let begun = Instant::now();
    let until = begun + time;
    let requests: Arc<[Vec<u8>]> = requests.into();
    let mut tasks = tokio::task::JoinSet::new();
    for (begin, mut connection) in open.into_iter().enumerate() {
        let (requests, watch) = (Arc::clone(&requests), watch.cloned());
        tasks.spawn(async move {
            let errors = Finder::new(b"\"errors\":");
            let mark = Finder::new(MARK);
            let mut latencies: Vec<u32> = Vec::with_capacity(4_096);
            for request in requests.iter().cycle().skip(begin % requests.len()) {
                let sent = Instant::now();
                if sent >= until {
                    break;
                }
                let known = watch
                    .as_ref()
                    .map_or(0, |watch| watch.acknowledged.load(Ordering::Acquire));
                let (from, to) = connection.exchange(request).await?;
                let latency = sent.elapsed().as_micros();
                latencies.push(u32::try_from(latency).unwrap_or(u32::MAX));
                let body = &connection.buffer[from..to];
                if errors.find(body).is_some() {
                    bail!("an answer holds errors: {}", String::from_utf8_lossy(body));
                }
                if let Some(watch) = &watch {
                    watch.judge(&mark, body, known);
                }
            }
            Ok(latencies)
        });
    }
    let mut slice = Slice::default();
    // One clock for all of them: a timer for every exchange would cost the load more than the slowest of its parts.
    let all = async {
        while let Some(done) = tasks.join_next().await {
            slice.latencies.extend(done??);
        }
        anyhow::Ok(())
    };
    timeout(time + PATIENCE, all)
        .await
        .context("an answer took too long")??;
    slice.elapsed = begun.elapsed();
    slice.requests = slice.latencies.len() as u64;
    slice.latencies.sort_unstable();
    Ok(slice)
}

/// A connection that is kept.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Opens one.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("nobody answers at {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; 64 << 10],
        })
    }

    /// Sends a request and gives back the body of its answer.
    ///
    /// # Errors
    /// When there is no answer in time, or it is not 200.
    pub async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Vec<u8>> {
        let (from, to) = timeout(PATIENCE, self.exchange(request))
            .await
            .context("an answer took too long")??;
        Ok(self.buffer[from..to].to_vec())
    }

    /// Lets go of what it reads into, as an idle client would.
    pub fn shrink(&mut self) {
        self.buffer = vec![0; 1 << 10];
    }

    /// Sends a request and reads its answer; gives back where its body lies in the buffer.
    async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<(usize, usize)> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let mut body = None;
        loop {
            if let Some((_, to)) = body
                && filled >= to
            {
                ensure!(filled == to, "an answer is longer than it says");
                return body.context("an answer without a body");
            }
            if filled == self.buffer.len() {
                self.buffer.resize(filled * 2, 0);
            }
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            ensure!(read > 0, "the server closed the connection");
            filled += read;
            if body.is_none() {
                body = head(&self.buffer[..filled])?;
            }
        }
    }
}

/// Where the body lies that a head announces, once the head is complete.
fn head(bytes: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    ensure!(
        bytes.starts_with(b"HTTP/1.1 200"),
        "an answer was not 200: {}",
        String::from_utf8_lossy(bytes)
    );
    for line in bytes[..end].split(|byte| *byte == b'\n') {
        let Some(colon) = memchr::memchr(b':', line) else {
            continue;
        };
        if line[..colon].eq_ignore_ascii_case(b"content-length") {
            let length: usize = std::str::from_utf8(&line[colon + 1..])?.trim().parse()?;
            ensure!(length < LARGEST, "an answer of {length} bytes");
            return Ok(Some((end + 4, end + 4 + length)));
        }
    }
    bail!("an answer without a content length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(all: bool, body: &str, least: u64) -> (u64, u64) {
        let watch = Watch {
            all,
            ..Watch::default()
        };
        watch.judge(&Finder::new(MARK), body.as_bytes(), least);
        let number = |number: &AtomicU64| number.load(Ordering::Relaxed);
        (number(&watch.judged), number(&watch.stale))
    }

    #[test]
    fn an_answer_that_shows_less_than_was_acknowledged_is_too_old() {
        let body = r#"{"headline":"Bridge reopens change-00000007"}"#;
        assert_eq!(judged(false, body, 7), (1, 0));
        assert_eq!(judged(false, body, 6), (1, 0));
        assert_eq!(judged(false, body, 8), (1, 1));
    }

    #[test]
    fn an_answer_without_a_change_is_too_old_only_where_one_must_be_shown() {
        assert_eq!(judged(false, "{}", 3), (0, 0));
        assert_eq!(judged(true, "{}", 3), (1, 1));
    }
}
