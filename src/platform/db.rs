//! The database: SQLite or PostgreSQL behind one handle.
//!
//! SQLite has one writer and some readers, in WAL mode; PostgreSQL has several of both. Reads that take longer than the
//! statement timeout are stopped by the database itself, since dropping a future stops nothing there.

use std::{
    path::Path,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{readers::Readers, sql::statement};
use futures_util::future::BoxFuture;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    FromQueryResult, IsolationLevel, QueryResult, SqlxPostgresConnector, SqlxSqliteConnector,
    Statement, StatementBuilder, TransactionOptions, TransactionTrait, Value,
};
use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

/// How a database is reached.
#[derive(Debug, Clone)]
pub struct DbOptions {
    /// `sqlite:` followed by a path, or a `postgres://` address.
    pub url: String,
    /// How many connections may read at once.
    pub connections: u32,
    /// How long one reading statement may take.
    pub statement_timeout: Duration,
    /// Whether a missing SQLite file is made; otherwise opening it fails.
    pub create: bool,
    /// A shorter way to a durable SQLite or PostgreSQL write: do not wait for the disk. For bulk imports alone.
    pub relaxed_durability: bool,
}

/// An open database.
#[derive(Debug, Clone)]
pub struct Db {
    readers: Readers,
    writer: DatabaseConnection,
    /// For dumps and imports, which read for longer than a request may.
    unhurried: DatabaseConnection,
    statements: Arc<AtomicU64>,
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is of no known kind.
    #[error("database address \"{0}\" is neither sqlite:PATH nor postgres://USER@HOST/NAME")]
    UnknownKind(String),
    /// The folder of the SQLite file could not be made.
    #[error("the folder for the database file {path} could not be made")]
    Folder {
        /// The database file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database did not answer.
    #[error("the database did not open")]
    Connect(#[from] sqlx::Error),
}

impl Db {
    /// Opens the database, making the SQLite file and its folder when they do not exist.
    ///
    /// # Errors
    /// When the address is of no known kind, or the database does not answer.
    pub async fn open(options: &DbOptions) -> Result<Self, OpenError> {
        if options.url.starts_with("sqlite:") {
            Self::open_sqlite(options).await
        } else if options.url.starts_with("postgres:") || options.url.starts_with("postgresql:") {
            Self::open_postgres(options).await
        } else {
            Err(OpenError::UnknownKind(without_password(&options.url)))
        }
    }

    async fn open_sqlite(options: &DbOptions) -> Result<Self, OpenError> {
        let connect = SqliteConnectOptions::from_str(&options.url)?
            .create_if_missing(options.create)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(if options.relaxed_durability {
                SqliteSynchronous::Off
            } else {
                SqliteSynchronous::Normal
            })
            .busy_timeout(Duration::from_secs(30))
            .statement_cache_capacity(256)
            .page_size(8192)
            .pragma("analysis_limit", "1000")
            .pragma("temp_store", "memory");
        let path = connect.get_filename().to_owned();
        if let Some(folder) = path
            .parent()
            .filter(|folder| options.create && *folder != Path::new(""))
        {
            std::fs::create_dir_all(folder).map_err(|source| OpenError::Folder {
                path: path.display().to_string(),
                source,
            })?;
        }
        // A first connection makes the file and turns WAL on, which no other connection could do beside it.
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_mins(1))
            .connect_with(if options.relaxed_durability {
                // A large cache, and pages that change often are copied into the file less often.
                connect
                    .clone()
                    .pragma("cache_size", "-65536")
                    .pragma("wal_autocheckpoint", "8000")
            } else {
                connect.clone().pragma("cache_size", "-16384")
            })
            .await?;
        let read_only = connect
            .pragma("query_only", "on")
            .pragma("cache_size", "-16384");
        // More threads than this only take turns on the processor.
        let most = std::thread::available_parallelism().map_or(4, |cores| cores.get() * 2);
        let count = options
            .connections
            .clamp(1, u32::try_from(most).unwrap_or(u32::MAX));
        let readers = Readers::sqlite(read_only.clone(), count, options.statement_timeout);
        let unhurried = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_lazy_with(read_only);
        Ok(Self {
            readers,
            writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
            unhurried: SqlxSqliteConnector::from_sqlx_sqlite_pool(unhurried),
            statements: Arc::default(),
        })
    }

    async fn open_postgres(options: &DbOptions) -> Result<Self, OpenError> {
        let timeout = options.statement_timeout.as_millis().to_string();
        let mut connect = PgConnectOptions::from_str(&options.url)?
            .application_name("dateline")
            .statement_cache_capacity(256)
            .options([("jit", "off"), ("max_parallel_workers_per_gather", "0")]);
        if options.relaxed_durability {
            // Terms of many articles go into the search index together.
            connect = connect.options([
                ("synchronous_commit", "off"),
                ("gin_pending_list_limit", "64MB"),
            ]);
        }
        // A pool tries again and again until its patience ends, and then does not say why.
        PgConnection::connect_with(&connect).await?.close().await?;
        let reading = connect.clone().options([
            ("statement_timeout", timeout.as_str()),
            // Every list is one walk of one index, whatever its arguments; planning it anew costs more.
            ("plan_cache_mode", "force_generic_plan"),
            // Of a search the planner knows neither how few articles match nor that the terms of each lie outside its
            // row; it would rather read the terms of a whole small archive.
            ("enable_seqscan", "off"),
        ]);
        // The writers wait for each other's place in the change log, so they have connections of their own.
        let writer = PgPoolOptions::new()
            .max_connections(options.connections.clamp(1, 8))
            .min_connections(0)
            .acquire_timeout(Duration::from_mins(1))
            .connect_lazy_with(connect);
        Ok(Self {
            readers: Readers::postgres(reading, options.connections),
            unhurried: SqlxPostgresConnector::from_sqlx_postgres_pool(writer.clone()),
            writer: SqlxPostgresConnector::from_sqlx_postgres_pool(writer),
            statements: Arc::default(),
        })
    }

    /// Which of the two databases this is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.readers.backend()
    }

    /// The rows of a reading statement.
    ///
    /// # Errors
    /// When the database refuses or does not answer in time.
    pub async fn all<T: FromQueryResult>(
        &self,
        statement: &impl StatementBuilder,
    ) -> Result<Vec<T>, DbErr> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let rows = self.send(self.backend().build(statement)).await?;
        rows.iter()
            .map(|row| T::from_query_result(row, ""))
            .collect()
    }

    /// The first row of a reading statement.
    ///
    /// # Errors
    /// When the database refuses or does not answer in time.
    pub async fn one<T: FromQueryResult>(
        &self,
        statement: &impl StatementBuilder,
    ) -> Result<Option<T>, DbErr> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let row = Box::pin(self.readers.one(self.backend().build(statement))).await?;
        row.map(|row| T::from_query_result(&row, "")).transpose()
    }

    /// The rows of a reading statement in the words of SQL, with question marks for places.
    ///
    /// # Errors
    /// When the database refuses or does not answer in time.
    pub async fn rows(
        &self,
        text: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<QueryResult>, DbErr> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        self.send(statement(self.backend(), text, values)).await
    }

    /// In a box, as every future that reads would take the room for what the database's driver does.
    fn send(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<QueryResult>, DbErr>> {
        Box::pin(self.readers.all(statement))
    }

    /// The first row of such a statement.
    ///
    /// # Errors
    /// When the database refuses or does not answer in time.
    pub async fn row(
        &self,
        text: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.rows(text, values).await?.into_iter().next())
    }

    /// How many reading statements this handle and its clones have sent.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Begins a writing transaction. On SQLite it holds the only writer from here on.
    ///
    /// # Errors
    /// When the database does not answer, or another process writes for longer than 30 s.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.writer
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(sea_orm::SqliteTransactionMode::Immediate),
                ..Default::default()
            })
            .await
    }

    /// Begins a reading transaction that sees one state of the database throughout and may take its time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        match self.backend() {
            DbBackend::Postgres => {
                self.unhurried
                    .begin_with_config(
                        Some(IsolationLevel::RepeatableRead),
                        Some(AccessMode::ReadOnly),
                    )
                    .await
            }
            _ => self.unhurried.begin().await,
        }
    }

    /// The connection that migrations and maintenance use.
    #[must_use]
    pub fn maintenance(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Lets the database look at tables that have grown much, so that it plans for what they hold.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn settle(&self, tables: &[&str]) -> Result<(), DbErr> {
        for table in tables {
            // PostgreSQL's vacuum also merges what waits before the search index and lets feeds be read from their
            // indexes alone.
            let statement = match self.backend() {
                DbBackend::Postgres => format!("VACUUM (ANALYZE) {table}"),
                _ => format!("ANALYZE {table}"),
            };
            self.writer.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), DbErr> {
        let statement = Statement::from_string(self.backend(), "SELECT 1");
        self.readers.one(statement).await.map(|_| ())
    }

    /// Closes every connection; on SQLite the write-ahead log goes into the file.
    pub async fn close(self) {
        self.readers.close().await;
        let _ = self.unhurried.close().await;
        let _ = self.writer.close().await;
    }
}

/// An address that may be shown: without its password.
#[must_use]
pub fn without_password(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            let _ = parsed.set_password(Some("***"));
            parsed.to_string()
        }
        _ => url.to_owned(),
    }
}
