//! The connections that read for requests.
//!
//! PostgreSQL stops a statement by itself when it takes too long. SQLite asks its progress handler now and then whether
//! to go on; each of its connections has a deadline of its own, which is set before a statement without another trip to
//! the connection's thread, and which is over at once when nobody waits for the answer any more.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{DatabaseConnection, DbErr, SqlxSqliteConnector};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How many steps SQLite takes between two looks at the deadline; a fraction of a millisecond.
const STEPS: i32 = 10_000;

/// Connections that read.
#[derive(Debug, Clone)]
pub enum Readers {
    /// A pool that keeps its own time.
    Pool(DatabaseConnection),
    /// SQLite's connections, each with its deadline.
    Timed(Arc<Timed>),
}

/// SQLite's connections, each with its deadline.
#[derive(Debug)]
pub struct Timed {
    connections: Vec<Connection>,
    /// Those that nobody uses; the one used last comes first, as its cache is warm.
    idle: Mutex<Vec<usize>>,
    permits: Semaphore,
    timeout: Duration,
    epoch: Instant,
}

#[derive(Debug)]
struct Connection {
    /// A pool of one connection.
    pool: DatabaseConnection,
    /// When its statement must be over, in microseconds since the epoch.
    deadline: Arc<AtomicU64>,
}

impl Timed {
    /// Connections that are opened when they are first used.
    #[must_use]
    pub fn new(options: &SqliteConnectOptions, count: u32, timeout: Duration) -> Self {
        let epoch = Instant::now();
        let connections: Vec<Connection> = (0..count)
            .map(|_| {
                let deadline = Arc::new(AtomicU64::new(u64::MAX));
                let watched = Arc::clone(&deadline);
                let pool = SqlitePoolOptions::new()
                    .max_connections(1)
                    .idle_timeout(Duration::from_mins(5))
                    .test_before_acquire(false)
                    .after_connect(move |connection, _| {
                        let deadline = Arc::clone(&watched);
                        Box::pin(async move {
                            let in_time =
                                move || micros_since(epoch) < deadline.load(Ordering::Relaxed);
                            connection
                                .lock_handle()
                                .await?
                                .set_progress_handler(STEPS, in_time);
                            Ok(())
                        })
                    })
                    .connect_lazy_with(options.clone());
                Connection {
                    pool: SqlxSqliteConnector::from_sqlx_sqlite_pool(pool),
                    deadline,
                }
            })
            .collect();
        Self {
            idle: Mutex::new((0..connections.len()).collect()),
            permits: Semaphore::new(connections.len()),
            connections,
            timeout,
            epoch,
        }
    }
}

fn micros_since(epoch: Instant) -> u64 {
    u64::try_from(epoch.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// A connection lent for one statement.
pub enum Lent<'a> {
    /// Of a pool.
    Pool(&'a DatabaseConnection),
    /// Of SQLite, with its deadline running.
    Timed {
        /// Where it goes back to.
        home: &'a Timed,
        /// Which one it is.
        index: usize,
        /// Whether its statement has ended.
        finished: bool,
        /// The right to have one.
        _permit: SemaphorePermit<'a>,
    },
}

impl Readers {
    /// A connection for one statement, as soon as one is free.
    ///
    /// # Errors
    /// When the database is closed.
    pub async fn lend(&self) -> Result<Lent<'_>, DbErr> {
        match self {
            Self::Pool(pool) => Ok(Lent::Pool(pool)),
            Self::Timed(timed) => {
                let permit = timed
                    .permits
                    .acquire()
                    .await
                    .map_err(|_| DbErr::Custom("the database is closed".to_owned()))?;
                let index = timed
                    .idle
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .pop()
                    .unwrap_or_default();
                let deadline = micros_since(timed.epoch)
                    .saturating_add(u64::try_from(timed.timeout.as_micros()).unwrap_or(u64::MAX));
                timed.connections[index]
                    .deadline
                    .store(deadline, Ordering::Relaxed);
                Ok(Lent::Timed {
                    home: timed,
                    index,
                    finished: false,
                    _permit: permit,
                })
            }
        }
    }

    /// One of the connections, to learn what sort of database it is.
    #[must_use]
    pub fn any(&self) -> &DatabaseConnection {
        match self {
            Self::Pool(pool) => pool,
            Self::Timed(timed) => &timed.connections[0].pool,
        }
    }

    /// Closes every connection.
    pub async fn close(self) {
        match self {
            Self::Pool(pool) => {
                let _ = pool.close().await;
            }
            Self::Timed(timed) => {
                timed.permits.close();
                for connection in &timed.connections {
                    let _ = connection.pool.clone().close().await;
                }
            }
        }
    }
}

impl Lent<'_> {
    /// The connection.
    #[must_use]
    pub fn connection(&self) -> &DatabaseConnection {
        match self {
            Self::Pool(pool) => pool,
            Self::Timed { home, index, .. } => &home.connections[*index].pool,
        }
    }

    /// Gives it back with its statement ended.
    pub fn finish(mut self) {
        if let Self::Timed { finished, .. } = &mut self {
            *finished = true;
        }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Self::Timed {
            home,
            index,
            finished,
            ..
        } = self
        {
            if !*finished {
                // Nobody waits for the answer; SQLite need not go on.
                home.connections[*index]
                    .deadline
                    .store(0, Ordering::Relaxed);
            }
            home.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(*index);
        }
    }
}
