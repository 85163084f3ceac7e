//! The competitor: axum, sqlx and one hand-written SQL statement per query, which builds the JSON in the database.
//!
//! It reads the same tables as Dateline, with the same feeds and counters. It is spared what a statement does badly:
//! ids stay plain UUIDs, moments stay microseconds, codes stay numbers.

mod postgres;
mod sqlite;

use std::{
    net::SocketAddr,
    str::FromStr,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Deserialize;
use sqlx::{
    AssertSqlSafe, Database, Encode, Executor, IntoArguments, Pool, Postgres, Sqlite, Type,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::queries::Query;

/// As many as Dateline opens unless told otherwise.
const CONNECTIONS: u32 = 16;

/// What a request asks about; each query takes what it needs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Parameters {
    text: String,
    at: i64,
    id: Uuid,
}

/// Serves the six queries from a database.
///
/// # Errors
/// When the database cannot be opened or the address is taken.
pub async fn serve(url: &str, address: SocketAddr) -> anyhow::Result<()> {
    let router = if url.starts_with("sqlite:") {
        router(open_sqlite(url).await?, sqlite::statement)
    } else {
        router(open_postgres(url).await?, postgres::statement)
    };
    axum::serve(TcpListener::bind(address).await?, router).await?;
    Ok(())
}

/// Opens a SQLite file to read, as Dateline does.
///
/// # Errors
/// When it cannot be opened.
pub async fn open_sqlite(url: &str) -> anyhow::Result<Pool<Sqlite>> {
    let options = SqliteConnectOptions::from_str(url)?
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_secs(30))
        .statement_cache_capacity(256)
        .pragma("temp_store", "memory")
        .pragma("mmap_size", "268435456")
        .pragma("query_only", "on")
        .pragma("cache_size", "-8192");
    SqlitePoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .with_context(|| format!("cannot open {url}"))
}

async fn open_postgres(url: &str) -> anyhow::Result<Pool<Postgres>> {
    let options = PgConnectOptions::from_str(url)?
        .statement_cache_capacity(256)
        // Planning anew what is always planned alike would double the cost of the smaller statements.
        .options([("jit", "off"), ("plan_cache_mode", "force_generic_plan")]);
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .with_context(|| format!("cannot open {url}"))
}

fn router<DB>(pool: Pool<DB>, statement: fn(Query) -> String) -> Router
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'q> DB::Arguments: IntoArguments<DB>,
    for<'q> i64: Encode<'q, DB> + Type<DB>,
    for<'q> String: Encode<'q, DB> + Type<DB>,
    for<'q> Uuid: Encode<'q, DB> + Type<DB>,
    (String,): for<'r> sqlx::FromRow<'r, DB::Row> + Send + Unpin,
{
    let mut router = Router::new();
    for query in Query::ALL {
        let text: Arc<str> = statement(query).into();
        router = router.route(
            &query.path(),
            post(
                move |State(pool): State<Pool<DB>>, body: Bytes| async move {
                    match answer(&pool, query, &text, &body).await {
                        Ok(json) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
                        Err(error) => refused(&error),
                    }
                },
            ),
        );
    }
    router.with_state(pool)
}

async fn answer<DB>(
    pool: &Pool<DB>,
    query: Query,
    text: &Arc<str>,
    body: &[u8],
) -> anyhow::Result<String>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'q> DB::Arguments: IntoArguments<DB>,
    for<'q> i64: Encode<'q, DB> + Type<DB>,
    for<'q> String: Encode<'q, DB> + Type<DB>,
    for<'q> Uuid: Encode<'q, DB> + Type<DB>,
    (String,): for<'r> sqlx::FromRow<'r, DB::Row> + Send + Unpin,
{
    let parameters: Parameters = serde_json::from_slice(body)?;
    // What is published later than now is not visible, here as there.
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
    let statement =
        sqlx::query_as::<DB, (String,)>(AssertSqlSafe(Arc::clone(text))).bind(i64::try_from(now)?);
    let statement = match query {
        Query::FrontPage => statement,
        Query::DeepPage => statement.bind(parameters.at).bind(parameters.id),
        Query::Search => statement.bind(postgres_or_fts5::<DB>(&parameters.text)),
        Query::ArticlePage | Query::TagPage | Query::SourcePage => statement.bind(parameters.text),
    };
    let (json,) = statement.fetch_one(pool).await?;
    Ok(json)
}

/// Two words that must both be there, as the database writes it.
fn postgres_or_fts5<DB: Database>(words: &str) -> String {
    let and = if DB::NAME == Postgres::NAME {
        " & "
    } else {
        " AND "
    };
    words.split_whitespace().collect::<Vec<_>>().join(and)
}

fn refused(error: &anyhow::Error) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response()
}

/// Every statement, to look at.
pub fn statements() -> String {
    let mut all = String::new();
    for query in Query::ALL {
        for (database, statement) in [
            (Sqlite::NAME, sqlite::statement(query)),
            (Postgres::NAME, postgres::statement(query)),
        ] {
            all.extend([
                "-- ",
                query.name(),
                " ",
                database,
                "\n",
                &statement,
                ";\n\n",
            ]);
        }
    }
    all
}
