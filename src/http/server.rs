//! The accept loop: who may hold a connection, for how long, and how the server stops.
//!
//! A client costs something only while it moves: heads, bodies and answers that stand still end their connection.
//! This module never reads a request.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{body::Body, extract::Request};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, Sleep, sleep, sleep_until, timeout},
};
use tracing::{debug, info, warn};

use super::{front::Front, limits::Limits};

/// Serves until `shutdown` is done, then finishes what is in flight within the grace time.
///
/// # Errors
///
/// When the listener is not usable at all; trouble with a single connection ends only that one.
pub async fn serve(
    listener: TcpListener,
    front: Front,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    listener.local_addr()?;
    let server = connection_builder(&limits);
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);

    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            (accepted, place) = accepted => match accepted {
                Ok((stream, _)) => {
                    let connection = connection(stream, &server, &front, &limits, &graceful);
                    connections.spawn(async move {
                        connection.await;
                        drop(place);
                    });
                }
                Err(error) => {
                    // Out of file descriptors, usually: some are freed in a moment, and a loop without rest would take all CPU.
                    warn!(%error, "a connection could not be accepted");
                    sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }

    drop(listener);
    info!(
        connections = graceful.count(),
        "stopping; what is in flight is finished first"
    );
    if timeout(limits.shutdown_grace, graceful.shutdown())
        .await
        .is_err()
    {
        warn!("some requests did not finish within the grace time and were dropped");
    }
    connections.shutdown().await;
    Ok(())
}

fn connection_builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(128 * 1024);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(64 * 1024)
        .keep_alive_interval(limits.stall_timeout / 2)
        .keep_alive_timeout(limits.header_timeout);
    server
}

fn connection(
    stream: TcpStream,
    server: &auto::Builder<TokioExecutor>,
    front: &Front,
    limits: &Limits,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + Send + 'static {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "small answers may be delayed on a connection");
    }
    let activity = Arc::new(Activity::new());
    let peer = stream.peer_addr().ok();
    let service = {
        let (front, activity) = (front.clone(), Arc::clone(&activity));
        service_fn(move |request: Request<Incoming>| {
            let working = Working::begin(&activity);
            let front = front.clone();
            // In a box, as a connection that waits for its next request would keep the room for answering it.
            Box::pin(async move {
                let answer = front.answer(request.map(Body::new), peer).await;
                drop(working);
                Ok::<_, Infallible>(answer)
            })
        })
    };
    let io = TokioIo::new(Watched {
        stream,
        activity: Arc::clone(&activity),
        lingering: None,
    });
    // In a box, as every future that it is moved into would keep room for it twice.
    let exchange = Box::pin(
        graceful.watch(
            server
                .serve_connection_with_upgrades(io, service)
                .into_owned(),
        ),
    );
    let (header_timeout, stall_timeout) = (limits.header_timeout, limits.stall_timeout);
    async move {
        tokio::select! {
            ended = exchange => if let Err(error) = ended {
                debug!(error, "a connection ended early");
            },
            () = activity.ends(header_timeout, stall_timeout) => {
                debug!("a connection that stood still was closed");
            }
        }
    }
}

/// When a connection last did something.
///
/// hyper's own timeout begins only once it knows the HTTP version, so a client that sends nothing would never meet it.
struct Activity {
    opened: Instant,
    has_asked: AtomicBool,
    working: AtomicUsize,
    /// Milliseconds after `opened`.
    moved: AtomicU64,
}

impl Activity {
    fn new() -> Self {
        Self {
            opened: Instant::now(),
            has_asked: AtomicBool::new(false),
            working: AtomicUsize::new(0),
            moved: AtomicU64::new(0),
        }
    }

    fn moves(&self) {
        let passed = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved.store(passed, Ordering::Relaxed);
    }

    /// Waits until no first request came in time, or nothing moved for too long.
    async fn ends(&self, header_timeout: Duration, stall_timeout: Duration) {
        sleep_until(self.opened + header_timeout).await;
        if !self.has_asked.load(Ordering::Relaxed) {
            return;
        }
        loop {
            let moved = Duration::from_millis(self.moved.load(Ordering::Relaxed));
            let due = if self.working.load(Ordering::Relaxed) > 0 {
                Instant::now() + stall_timeout
            } else {
                self.opened + moved + stall_timeout
            };
            if due <= Instant::now() {
                return;
            }
            sleep_until(due).await;
        }
    }
}

/// Counts a request as being worked on, also when its future is dropped.
struct Working(Arc<Activity>);

impl Working {
    fn begin(activity: &Arc<Activity>) -> Self {
        activity.has_asked.store(true, Ordering::Relaxed);
        activity.working.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(activity))
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.moves();
        self.0.working.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream that remembers when bytes last moved, and is closed so that the last answer is not lost.
struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
    /// Since our side was closed: until when to wait for the other, and how many bytes to throw away meanwhile.
    lingering: Option<(Pin<Box<Sleep>>, usize)>,
}

/// How long a client may still send after its answer, and how much.
const LINGER: (Duration, usize) = (Duration::from_secs(1), 8 * 1024 * 1024);

impl Watched {
    fn note<T>(&self, moved: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if moved.is_ready() {
            self.activity.moves();
        }
        moved
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let moved = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.note(moved)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let moved = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(moved)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let moved = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.note(moved)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Closing a socket that holds unread bytes resets it, and the client may never see why it was refused.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.lingering.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
        }
        let (time, quantity) = LINGER;
        let (until, left) = this
            .lingering
            .get_or_insert_with(|| (Box::pin(sleep(time)), quantity));
        let mut bytes = [0; 4096];
        while *left > 0 && until.as_mut().poll(context).is_pending() {
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = ready!(Pin::new(&mut this.stream).poll_read(context, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                break;
            }
            *left = left.saturating_sub(buffer.filled().len());
        }
        Poll::Ready(Ok(()))
    }
}
