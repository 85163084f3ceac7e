//! A database of its own for every test.

use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectionTrait, Database as SeaDatabase};
use tempfile::TempDir;

/// A database that nobody else uses.
pub struct Database {
    pub url: String,
    _folder: Option<TempDir>,
}

/// The PostgreSQL server that this run of the suite uses, if any: an address without a database name.
fn server() -> Option<String> {
    std::env::var("DATELINE_TEST_POSTGRES")
        .ok()
        .filter(|address| !address.is_empty())
}

impl Database {
    /// An empty database of the kind that this run is about.
    pub async fn fresh() -> Self {
        match server() {
            Some(server) => Self::postgres(&server).await,
            None => Self::sqlite(),
        }
    }

    /// An empty database of the other kind where there is one, else of the same.
    pub async fn other() -> Self {
        match server() {
            Some(_) => Self::sqlite(),
            None => Self::fresh().await,
        }
    }

    /// A database that another `Database` keeps.
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            _folder: None,
        }
    }

    fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("dateline.db").display());
        Self {
            url,
            _folder: Some(folder),
        }
    }

    async fn postgres(server: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "t_{}_{}",
            std::process::id(),
            MADE.fetch_add(1, Ordering::SeqCst)
        );
        let admin = SeaDatabase::connect(format!("{server}/postgres"))
            .await
            .expect("the test server answers");
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .expect("a database is made");
        admin.close().await.expect("the connection closes");
        Self {
            url: format!("{server}/{name}"),
            _folder: None,
        }
    }
}
