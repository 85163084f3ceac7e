//! The archives: generated, imported into both databases, and kept for the next run.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::{
    cluster::Cluster,
    process::{Process, processor_time},
};

/// One of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Database {
    /// SQLite, in the server's own process.
    Sqlite,
    /// PostgreSQL, beside it.
    Postgres,
}

impl Database {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// What an import took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Import {
    /// Into which database.
    pub database: Database,
    /// How many articles.
    pub articles: u64,
    /// From the start of the command to its end.
    pub seconds: f64,
    /// The most memory that the importer held, in MiB.
    pub peak: f64,
    /// Processor seconds of the importer.
    pub importer: f64,
    /// Processor seconds of PostgreSQL meanwhile.
    pub database_time: f64,
    /// The size of the dump, in MiB.
    pub dump: f64,
}

/// A loaded archive.
#[derive(Debug)]
pub struct Archive {
    /// How many articles it has.
    pub articles: u64,
    /// What the imports took, now or when they were made.
    pub imports: Vec<Import>,
    sqlite: String,
    postgres: String,
}

/// What loads archives.
#[derive(Debug)]
pub struct Loader<'a> {
    /// The binary.
    pub dateline: &'a Path,
    /// Where everything is kept.
    pub folder: &'a Path,
    /// Whether what was kept is thrown away.
    pub fresh: bool,
}

impl Archive {
    /// Where it is in a database.
    pub fn url(&self, database: Database) -> &str {
        match database {
            Database::Sqlite => &self.sqlite,
            Database::Postgres => &self.postgres,
        }
    }
}

impl Loader<'_> {
    /// Loads an archive into both databases, unless that was done before with the same tables.
    ///
    /// # Errors
    /// When a command fails.
    pub async fn load(&self, cluster: &Cluster, articles: u64) -> anyhow::Result<Archive> {
        let name = format!("archive_{articles}_{:08x}", key()? >> 32);
        let file = self.folder.join(format!("{name}.db"));
        let archive = Archive {
            articles,
            imports: Vec::new(),
            sqlite: format!("sqlite:{}", file.display()),
            postgres: cluster.url(&name),
        };
        self.forget_others(cluster, articles, &name).await?;
        let dump = self.folder.join(format!("{name}.ndjson"));
        let mut imports = Vec::new();
        for database in Database::ALL {
            let record = self
                .folder
                .join(format!("{name}.{database}.json").to_lowercase());
            let known = fs::read_to_string(&record)
                .ok()
                .filter(|_| !self.fresh)
                .and_then(|text| serde_json::from_str::<Import>(&text).ok());
            if let Some(import) = known {
                imports.push(import);
                continue;
            }
            if !dump.exists() {
                self.generate(&dump, articles)?;
            }
            match database {
                Database::Sqlite => {
                    for suffix in ["", "-wal", "-shm"] {
                        let _ = fs::remove_file(format!("{}{suffix}", file.display()));
                    }
                }
                Database::Postgres => {
                    let drop = format!("DROP DATABASE IF EXISTS {name}");
                    let create = format!("CREATE DATABASE {name}");
                    cluster.execute("postgres", &[&drop, &create]).await?;
                }
            }
            let import = self.import(&archive, database, &dump, cluster)?;
            if database == Database::Postgres {
                // What the autovacuum would do in a minute or two, done before anything is measured.
                cluster
                    .execute(&name, &["VACUUM (ANALYZE)", "CHECKPOINT"])
                    .await?;
            }
            fs::write(&record, serde_json::to_string(&import)?)?;
            imports.push(import);
        }
        let _ = fs::remove_file(&dump);
        Ok(Archive { imports, ..archive })
    }

    /// Throws away what was loaded of this size with other tables.
    async fn forget_others(
        &self,
        cluster: &Cluster,
        articles: u64,
        name: &str,
    ) -> anyhow::Result<()> {
        let size = format!("archive_{articles}_");
        for entry in fs::read_dir(self.folder)? {
            let file = entry?.path();
            let stem = file
                .file_name()
                .and_then(|file| file.to_str())
                .and_then(|file| file.split('.').next())
                .unwrap_or_default()
                .to_owned();
            if !stem.starts_with(&size) || stem == name {
                continue;
            }
            fs::remove_file(&file)?;
            let drop = format!("DROP DATABASE IF EXISTS {stem}");
            cluster.execute("postgres", &[&drop]).await?;
        }
        Ok(())
    }

    fn generate(&self, dump: &Path, articles: u64) -> anyhow::Result<()> {
        eprintln!("generating {articles} articles");
        let status = Command::new(self.dateline)
            .args(["generate", "--seed", "1", "--articles"])
            .arg(articles.to_string())
            .arg("--out")
            .arg(dump)
            .status()
            .with_context(|| format!("{} cannot be started", self.dateline.display()))?;
        ensure!(status.success(), "dateline generate failed");
        Ok(())
    }

    fn import(
        &self,
        archive: &Archive,
        database: Database,
        dump: &Path,
        cluster: &Cluster,
    ) -> anyhow::Result<Import> {
        eprintln!("importing {} articles into {database}", archive.articles);
        let command = [
            &*self.dateline.to_string_lossy(),
            "import",
            "--relaxed-durability",
            "--database-url",
            archive.url(database),
            &*dump.to_string_lossy(),
        ];
        let log = self.folder.join("import.log");
        let before = processor_time(cluster.id())?;
        let begun = Instant::now();
        let (importer, memory) = Process::start(&command, &log, "TERM")?
            .watch()
            .with_context(|| format!("dateline import failed; see {}", log.display()))?;
        let seconds = begun.elapsed().as_secs_f64();
        let used = processor_time(cluster.id())?.saturating_sub(before);
        #[expect(clippy::cast_precision_loss, reason = "a size to be printed")]
        let size = fs::metadata(dump)?.len() as f64;
        Ok(Import {
            database,
            articles: archive.articles,
            seconds,
            peak: memory.peak,
            importer: importer.as_secs_f64(),
            database_time: used.as_secs_f64(),
            dump: size / 1_048_576.0,
        })
    }
}

/// A key that changes when the tables do, or the archive.
fn key() -> anyhow::Result<u64> {
    let mut files: Vec<PathBuf> = fs::read_dir("migration/src")
        .context("this must run in the root of the repository")?
        .map(|entry| Ok(entry?.path()))
        .collect::<anyhow::Result<_>>()?;
    files.push(PathBuf::from("src/importers/archive.rs"));
    files.sort();
    let mut text = Vec::new();
    for file in files {
        text.extend(fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    Ok(xxh3_64(&text))
}
