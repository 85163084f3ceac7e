//! The connections that read for requests.
//!
//! Each statement borrows one of them and gives it back at once. sqlx's own pools ask a connection that comes back
//! whether it still works: another trip to SQLite's thread, or over the network to PostgreSQL, for each statement that was
//! sent. Here only those are asked whose statement failed or was given up, and those that nobody has used for a while.
//!
//! PostgreSQL stops a statement by itself when it takes too long. SQLite asks its progress handler now and then whether
//! to go on; each of its connections has a deadline of its own, which is set before a statement without another trip to
//! the connection's thread, and which is over at once when nobody waits for the answer any more.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{DbBackend, DbErr, QueryResult, RuntimeErr, Statement, sea_query::Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection,
    postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};

use super::sql::with_literal_limits;

/// How many steps SQLite takes between two looks at the deadline; a fraction of a millisecond.
const STEPS: i32 = 10_000;
/// How long an unused connection is trusted; the network or the database may have closed it since.
const TRUSTED: Duration = Duration::from_secs(30);
/// How long an unused connection is kept, with its memory.
const KEPT: Duration = Duration::from_mins(5);
/// How long a connection lives, as those of a database that was upgraded or moved should not stay for ever.
const LIFETIME: Duration = Duration::from_mins(30);
/// How often somebody looks for connections that have become too old.
const SWEEP: Duration = Duration::from_secs(30);
/// How long a database that does not answer yet is tried.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// Connections that read.
#[derive(Debug, Clone)]
pub struct Readers(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    opens: Opens,
    count: u32,
    /// How long a statement on SQLite may take.
    timeout: Duration,
    /// Those that nobody uses. The one used last comes first, as its cache is warm.
    idle: Mutex<Vec<Reader>>,
    permits: Arc<Semaphore>,
    epoch: Instant,
}

/// How a connection is opened.
#[derive(Debug)]
enum Opens {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

#[derive(Debug)]
enum Open {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// An open connection.
#[derive(Debug)]
struct Reader {
    open: Open,
    /// When SQLite must be done with its statement, in microseconds since the epoch.
    deadline: Arc<AtomicU64>,
    opened: Instant,
    used: Instant,
    /// Whether nothing speaks against its working.
    is_trusted: bool,
}

impl Readers {
    /// At most so many connections to SQLite, whose statements may take so long; opened when they are wanted.
    #[must_use]
    pub fn sqlite(options: SqliteConnectOptions, count: u32, timeout: Duration) -> Self {
        Self::new(Opens::Sqlite(options), count, timeout)
    }

    /// At most so many connections to PostgreSQL, which keeps its own time; opened when they are wanted.
    #[must_use]
    pub fn postgres(options: PgConnectOptions, count: u32) -> Self {
        Self::new(Opens::Postgres(options), count, Duration::MAX)
    }

    fn new(opens: Opens, count: u32, timeout: Duration) -> Self {
        let count = count.max(1);
        let shared = Arc::new(Shared {
            opens,
            count,
            timeout,
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(count as usize)),
            epoch: Instant::now(),
        });
        let swept = Arc::downgrade(&shared);
        tokio::spawn(async move {
            loop {
                sleep(SWEEP).await;
                let Some(shared) = swept.upgrade() else {
                    return;
                };
                for reader in shared.outworn() {
                    let _ = reader.close().await;
                }
            }
        });
        Self(shared)
    }

    /// Which of the two databases this is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        match self.0.opens {
            Opens::Sqlite(_) => DbBackend::Sqlite,
            Opens::Postgres(_) => DbBackend::Postgres,
        }
    }

    /// The rows of a statement.
    ///
    /// # Errors
    /// When the database is closed, does not answer, or refuses.
    pub async fn all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut lent = self.lend().await?;
        let rows = match &mut lent.reader()?.open {
            Open::Sqlite(connection) => {
                let (text, values) = parts(with_literal_limits(statement));
                sqlx::query_with(text, values)
                    .fetch_all(connection)
                    .await
                    .map(|rows| rows.into_iter().map(Into::into).collect())
            }
            Open::Postgres(connection) => {
                let (text, values) = parts(statement);
                sqlx::query_with(text, values)
                    .fetch_all(connection)
                    .await
                    .map(|rows| rows.into_iter().map(Into::into).collect())
            }
        };
        lent.answered(rows)
    }

    /// The first row of a statement.
    ///
    /// # Errors
    /// When the database is closed, does not answer, or refuses.
    pub async fn one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut lent = self.lend().await?;
        let row = match &mut lent.reader()?.open {
            Open::Sqlite(connection) => {
                let (text, values) = parts(with_literal_limits(statement));
                sqlx::query_with(text, values)
                    .fetch_optional(connection)
                    .await
                    .map(|row| row.map(Into::into))
            }
            Open::Postgres(connection) => {
                let (text, values) = parts(statement);
                sqlx::query_with(text, values)
                    .fetch_optional(connection)
                    .await
                    .map(|row| row.map(Into::into))
            }
        };
        lent.answered(row)
    }

    /// A connection for one statement, as soon as one is free.
    async fn lend(&self) -> Result<Lent, DbErr> {
        let permits = Arc::clone(&self.0.permits);
        let permit = permits.acquire_owned().await.map_err(|_| closed())?;
        let idle = self.0.idle().pop();
        let reader = match idle {
            Some(reader) if reader.is_trusted && reader.used.elapsed() < TRUSTED => reader,
            Some(mut reader) => match reader.ping().await {
                Ok(()) => reader,
                Err(_) => self.0.open().await?,
            },
            None => self.0.open().await?,
        };
        reader.deadline.store(
            micros(self.0.epoch.elapsed()).saturating_add(micros(self.0.timeout)),
            Ordering::Relaxed,
        );
        Ok(Lent {
            reader: Some(reader),
            permit: Some(permit),
            home: Arc::clone(&self.0),
        })
    }

    /// Closes every connection when its statement has ended; no more are lent.
    pub async fn close(self) {
        let all = self.0.permits.acquire_many(self.0.count).await;
        self.0.permits.close();
        drop(all);
        let idle = std::mem::take(&mut *self.0.idle());
        for reader in idle {
            let _ = reader.close().await;
        }
    }
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that were unused for long, or have lived for long.
    fn outworn(&self) -> Vec<Reader> {
        self.idle()
            .extract_if(.., |reader| {
                reader.used.elapsed() > KEPT || reader.opened.elapsed() > LIFETIME
            })
            .collect()
    }

    /// Opens a connection; a database that is about to start is waited for.
    async fn open(&self) -> Result<Reader, DbErr> {
        let begun = Instant::now();
        loop {
            let error = match tokio::time::timeout(PATIENCE, self.try_to_open()).await {
                Ok(Ok(reader)) => return Ok(reader),
                Ok(Err(error)) if is_passing(&error) => error,
                Ok(Err(error)) => return Err(unconnected(error)),
                Err(_) => sqlx::Error::PoolTimedOut,
            };
            if begun.elapsed() + PAUSE > PATIENCE {
                return Err(unconnected(error));
            }
            sleep(PAUSE).await;
        }
    }

    async fn try_to_open(&self) -> Result<Reader, sqlx::Error> {
        let deadline = Arc::new(AtomicU64::new(u64::MAX));
        let open = match &self.opens {
            Opens::Sqlite(options) => {
                let mut connection = options.connect().await?;
                let (watched, epoch) = (Arc::clone(&deadline), self.epoch);
                let in_time = move || micros(epoch.elapsed()) < watched.load(Ordering::Relaxed);
                connection
                    .lock_handle()
                    .await?
                    .set_progress_handler(STEPS, in_time);
                Open::Sqlite(connection)
            }
            Opens::Postgres(options) => Open::Postgres(options.connect().await?),
        };
        let now = Instant::now();
        Ok(Reader {
            open,
            deadline,
            opened: now,
            used: now,
            is_trusted: true,
        })
    }

    /// Takes a connection back.
    fn keep(&self, mut reader: Reader) {
        reader.used = Instant::now();
        reader.is_trusted = true;
        let mut idle = self.idle();
        if !self.permits.is_closed() {
            idle.push(reader);
        }
    }
}

impl Reader {
    async fn ping(&mut self) -> Result<(), sqlx::Error> {
        match &mut self.open {
            Open::Sqlite(connection) => connection.ping().await,
            Open::Postgres(connection) => connection.ping().await,
        }
    }

    async fn close(self) -> Result<(), sqlx::Error> {
        match self.open {
            Open::Sqlite(connection) => connection.close().await,
            Open::Postgres(connection) => connection.close().await,
        }
    }
}

/// A connection lent for one statement.
struct Lent {
    reader: Option<Reader>,
    permit: Option<OwnedSemaphorePermit>,
    home: Arc<Shared>,
}

impl Lent {
    fn reader(&mut self) -> Result<&mut Reader, DbErr> {
        self.reader.as_mut().ok_or_else(closed)
    }

    /// Gives the connection back with its statement answered.
    fn answered<T>(mut self, answer: Result<T, sqlx::Error>) -> Result<T, DbErr> {
        let answer = answer.map_err(|error| {
            // What has broken this connection may have broken the others as well.
            for other in &mut *self.home.idle() {
                other.is_trusted = false;
            }
            DbErr::Query(RuntimeErr::SqlxError(error.into()))
        })?;
        if let Some(reader) = self.reader.take() {
            self.home.keep(reader);
        }
        Ok(answer)
    }
}

impl Drop for Lent {
    /// A statement that failed or was given up may still run; its connection is good again once it answers.
    fn drop(&mut self) {
        let (Some(mut reader), Some(permit)) = (self.reader.take(), self.permit.take()) else {
            return;
        };
        // Nobody waits for the answer; SQLite need not go on.
        reader.deadline.store(0, Ordering::Relaxed);
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let home = Arc::clone(&self.home);
        runtime.spawn(async move {
            if reader.ping().await.is_ok() {
                home.keep(reader);
            }
            drop(permit);
        });
    }
}

/// What sqlx takes.
fn parts(statement: Statement) -> (AssertSqlSafe<String>, SqlxValues) {
    let values = statement.values.unwrap_or(Values(Vec::new()));
    (AssertSqlSafe(statement.sql), SqlxValues(values))
}

/// Whether it may go away by itself: PostgreSQL refuses while it starts, and its address while it does not run.
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => matches!(
            error.kind(),
            std::io::ErrorKind::ConnectionRefused
                | std::io::ErrorKind::ConnectionAborted
                | std::io::ErrorKind::ConnectionReset
        ),
        sqlx::Error::Database(error) => error.is_transient_in_connect_phase(),
        _ => false,
    }
}

fn unconnected(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

fn closed() -> DbErr {
    DbErr::Custom("the database is closed".to_owned())
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn of_one_connection(timeout: Duration) -> Readers {
        let options = SqliteConnectOptions::from_str("sqlite::memory:").unwrap();
        Readers::sqlite(options, 1, timeout)
    }

    fn endless() -> Statement {
        let text = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT COUNT(*) FROM c";
        Statement::from_string(DbBackend::Sqlite, text)
    }

    async fn answer(readers: &Readers) -> i32 {
        let statement = Statement::from_string(DbBackend::Sqlite, "SELECT 42");
        let row = readers.one(statement).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    #[tokio::test]
    async fn a_statement_that_nobody_waits_for_is_stopped_and_its_connection_answers_again() {
        let readers = of_one_connection(Duration::from_hours(1));
        assert_eq!(answer(&readers).await, 42);
        let given_up = tokio::time::timeout(Duration::from_millis(50), readers.all(endless()));
        assert!(given_up.await.is_err());
        assert_eq!(answer(&readers).await, 42);
    }

    #[tokio::test]
    async fn a_statement_ends_at_its_deadline_and_its_connection_answers_again() {
        let readers = of_one_connection(Duration::from_millis(50));
        let error = readers.all(endless()).await.unwrap_err().to_string();
        assert!(error.contains("interrupted"), "{error}");
        assert_eq!(answer(&readers).await, 42);
    }

    #[tokio::test]
    async fn nothing_is_lent_after_closing() {
        let readers = of_one_connection(Duration::from_secs(1));
        assert_eq!(answer(&readers).await, 42);
        readers.clone().close().await;
        let statement = Statement::from_string(DbBackend::Sqlite, "SELECT 42");
        let error = readers.one(statement).await.unwrap_err().to_string();
        assert!(error.contains("the database is closed"), "{error}");
        assert!(readers.0.idle().is_empty());
    }
}
