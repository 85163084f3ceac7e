//! `dateline serve`.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use clap::Args;
use tokio::{net::TcpListener, task::JoinSet, time::timeout};

use super::{cdn::CdnSettings, clock, keys::KeysFile, oidc::Oidc, open, say};
use crate::{
    access::account,
    cache::Cache,
    content::article,
    editorial::gates::Gates,
    http::{self, DatelineEngine, Front, Limits, Proxies, Trusted, TrustedOnly},
    importers, jobs,
    platform::{
        config::Settings,
        db::{Db, without_password},
    },
};

/// For so long a stopping server waits for its last purge.
const LAST_PURGE: Duration = Duration::from_secs(5);

/// How to serve.
#[derive(Debug, Args)]
pub struct Serve {
    /// The address and port to listen on; port 0 takes any free one.
    #[arg(
        long,
        env = "DATELINE_LISTEN",
        default_value = "127.0.0.1:8080",
        value_parser = address_of,
        value_name = "ADDRESS"
    )]
    listen: SocketAddr,
    /// Whether an empty database is given the sample site.
    #[arg(long, env = "DATELINE_SAMPLE_SITE", default_value_t = true, action = clap::ArgAction::Set, value_name = "BOOL")]
    sample_site: bool,
    /// A file of publish gates, in TOML; `gates.example.toml` in the repository shows every kind. None unless given.
    #[arg(
        long,
        env = "DATELINE_PUBLISH_GATES",
        default_value = "",
        value_name = "FILE"
    )]
    publish_gates: String,
    /// What one query may cost: its fields, times the sizes of the lists they are in.
    #[arg(
        long,
        env = "DATELINE_MAX_COMPLEXITY",
        default_value_t = 100_000,
        value_name = "COST", value_parser = limit(1, 10000000))]
    max_complexity: usize,
    /// How deep the fields of a query may be nested.
    #[arg(
        long,
        env = "DATELINE_MAX_DEPTH",
        default_value_t = 15,
        value_name = "LEVELS", value_parser = limit(1, 100))]
    max_depth: usize,
    /// How many aliases a query may have.
    #[arg(
        long,
        env = "DATELINE_MAX_ALIASES",
        default_value_t = 50,
        value_name = "COUNT", value_parser = limit(0, 100000))]
    max_aliases: usize,
    /// How many root fields an operation may have.
    #[arg(
        long,
        env = "DATELINE_MAX_ROOT_FIELDS",
        default_value_t = 20,
        value_name = "COUNT", value_parser = limit(1, 10000))]
    max_root_fields: usize,
    /// How many tokens a query may have.
    #[arg(
        long,
        env = "DATELINE_MAX_TOKENS",
        default_value_t = 10_000,
        value_name = "COUNT", value_parser = limit(10, 1000000))]
    max_tokens: usize,
    /// How many selections a query may have when its fragments are written out.
    #[arg(
        long,
        env = "DATELINE_MAX_SELECTIONS",
        default_value_t = 5_000,
        value_name = "COUNT", value_parser = limit(1, 1000000))]
    max_selections: usize,
    /// How many operations one request may hold.
    #[arg(
        long,
        env = "DATELINE_MAX_BATCH",
        default_value_t = 10,
        value_name = "COUNT", value_parser = limit(1, 1000))]
    max_batch: usize,
    /// How large the body of a request may be.
    #[arg(
        long,
        env = "DATELINE_MAX_BODY_BYTES",
        default_value_t = 262_144,
        value_name = "BYTES", value_parser = limit(100, 1000000000))]
    max_body_bytes: usize,
    /// How many connections may be open at once; later ones wait.
    #[arg(
        long,
        env = "DATELINE_MAX_CONNECTIONS",
        default_value_t = 10_000,
        value_name = "COUNT", value_parser = limit(1, 1000000))]
    max_connections: usize,
    /// How long a request may take, in milliseconds.
    #[arg(
        long,
        env = "DATELINE_REQUEST_TIMEOUT_MS",
        default_value_t = 10_000,
        value_name = "MS", value_parser = clap::value_parser!(u64).range(10..=3600000))]
    request_timeout_ms: u64,
    /// How long a client may take to send the head of a request, and how long an unused connection is kept, in
    /// milliseconds.
    #[arg(
        long,
        env = "DATELINE_HEADER_TIMEOUT_MS",
        default_value_t = 10_000,
        value_name = "MS", value_parser = clap::value_parser!(u64).range(10..=3600000))]
    header_timeout_ms: u64,
    /// How long a client may take to send the body of a request, in milliseconds.
    #[arg(
        long,
        env = "DATELINE_BODY_TIMEOUT_MS",
        default_value_t = 15_000,
        value_name = "MS", value_parser = clap::value_parser!(u64).range(10..=3600000))]
    body_timeout_ms: u64,
    /// How long a stopping server waits for what is in flight, in milliseconds.
    #[arg(
        long,
        env = "DATELINE_SHUTDOWN_GRACE_MS",
        default_value_t = 30_000,
        value_name = "MS", value_parser = clap::value_parser!(u64).range(0..=3600000))]
    shutdown_grace_ms: u64,
    /// How much memory answers may take that are kept to be given again, in MiB; 0 keeps none.
    #[arg(
        long,
        env = "DATELINE_RESPONSE_CACHE_MB",
        default_value_t = 64,
        value_name = "MIB", value_parser = clap::value_parser!(u64).range(0..=1048576))]
    response_cache_mb: u64,
    /// For how long kept answers are given on when the database can no longer say whether they hold, in seconds.
    #[arg(
        long,
        env = "DATELINE_STALE_IF_ERROR_S",
        default_value_t = 0,
        value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=86400))]
    stale_if_error_s: u64,
    /// The proxies in front, whose X-Forwarded-For header says where a request came from: addresses and networks, with
    /// commas between them. None unless given; the header of anybody else is ignored.
    #[arg(
        long,
        env = "DATELINE_TRUSTED_PROXIES",
        default_value = "",
        value_name = "NETWORKS"
    )]
    trusted_proxies: Proxies,
    /// How much memory documents may take that clients have persisted by their hash, in KiB; 0 persists none.
    #[arg(
        long,
        env = "DATELINE_PERSISTED_DOCUMENTS_KB",
        default_value_t = 8_192,
        value_name = "KIB", value_parser = limit(0, 1000000))]
    persisted_documents_kb: usize,
    /// How much memory documents may take that are kept parsed, so that they are looked at once, in KiB; 0 keeps none.
    #[arg(
        long,
        env = "DATELINE_PARSED_DOCUMENTS_KB",
        default_value_t = 8_192,
        value_name = "KIB", value_parser = limit(0, 1000000))]
    parsed_documents_kb: usize,
    /// A file of trusted documents, which requests may name by their ids: Apollo's manifest of persisted queries, or a
    /// JSON object of ids and documents. None unless given.
    #[arg(
        long,
        env = "DATELINE_TRUSTED_DOCUMENTS",
        default_value = "",
        value_name = "FILE"
    )]
    trusted_documents: String,
    /// Who may run nothing but trusted documents.
    #[arg(
        long,
        env = "DATELINE_TRUSTED_DOCUMENTS_ONLY",
        default_value = "off",
        value_name = "WHO"
    )]
    trusted_documents_only: TrustedOnly,
    #[command(flatten)]
    cdn: CdnSettings,
    #[command(flatten)]
    keys: KeysFile,
    #[command(flatten)]
    oidc: Oidc,
}

impl Serve {
    /// Runs it until it is told to stop.
    pub async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let mut database = settings.database();
        // A statement that outlives its request is of no use.
        database.statement_timeout = database
            .statement_timeout
            .min(Duration::from_millis(self.request_timeout_ms));
        let gates = read_gates(&self.publish_gates)?;
        let issuer = self.oidc.issuer()?;
        anyhow::ensure!(
            self.response_cache_mb > 0 || !self.cdn.is_on(),
            "cdn_max_age_s and purge_url tell content delivery networks of kept answers, and response_cache_mb = 0 keeps none; \
             give it a size"
        );
        let (cdn, webhook) = self.cdn.open()?;
        let purges = cdn.purges.clone();
        let db = open(&database).await?;
        if self.sample_site {
            load_sample_site(&db).await?;
        }
        let listener = TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("cannot listen on {}", self.listen))?;
        let address = listener.local_addr()?;
        let limits = self.limits();
        let keys = self.keys.open()?;
        let engine = DatelineEngine::new(db.clone(), clock(), self.max_complexity, keys)
            .with_gates(gates)
            .with_issuer(issuer);
        let trusted = self.trusted(&engine, &limits).await?;
        let mut background = JoinSet::new();
        let engine = if self.response_cache_mb == 0 {
            engine
        } else {
            let stale = Duration::from_secs(self.stale_if_error_s);
            let cache = Cache::new(self.response_cache_mb << 20, stale).with_cdn(cdn);
            let cache = Arc::new(cache);
            background.spawn(Arc::clone(&cache).keep_up(db.clone(), clock()));
            engine.with_cache(cache)
        };
        if let (Some(webhook), Some(purges)) = (webhook, &purges) {
            background.spawn(webhook.keep_sending(Arc::clone(purges)));
        }
        background.spawn(jobs::announce(db.clone(), clock()));
        background.spawn(jobs::prune(db.clone(), clock()));
        let front = Front::new(
            Arc::new(engine),
            limits.clone(),
            self.trusted_proxies,
            trusted,
        );
        tracing::info!(
            database = without_password(&database.url),
            "listening on http://{address}"
        );
        say(&format!(
            "Dateline listens on http://{address} (GraphiQL), the API is at http://{address}/graphql\n"
        ));
        if account::list(&db, 1).await?.is_empty() {
            say(
                "Nobody can sign in yet; `dateline user create --email E --name N --role ADMIN` creates the first account\n",
            );
        }
        http::serve(listener, front, limits, told_to_stop()).await?;
        if let Some(purges) = purges {
            // Nobody will know any more what was given out from here.
            purges.add_everything();
            if timeout(LAST_PURGE, purges.settle()).await.is_err() {
                tracing::warn!(
                    "not everything that was given to shared caches could be purged before the end"
                );
            }
        }
        background.shutdown().await;
        db.close().await;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    }

    /// Reads the trusted documents; a bad one names its file and itself and stops the start.
    async fn trusted(&self, engine: &DatelineEngine, limits: &Limits) -> anyhow::Result<Trusted> {
        let (file, only) = (&self.trusted_documents, self.trusted_documents_only);
        if file.is_empty() {
            anyhow::ensure!(
                only == TrustedOnly::Off,
                "trusted_documents_only lets nothing run without trusted documents; name their file as trusted_documents"
            );
            return Ok(Trusted::default());
        }
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("the trusted documents {file} cannot be read"))?;
        let trusted = Trusted::read(&text, only, engine, limits)
            .await
            .map_err(|error| anyhow::anyhow!("the trusted documents {file}: {error}"))?;
        tracing::info!(
            documents = trusted.len(),
            "trusted documents were read; the same limits hold for them as for all others"
        );
        Ok(trusted)
    }

    fn limits(&self) -> Limits {
        Limits {
            body_bytes: self.max_body_bytes,
            batch: self.max_batch,
            tokens: self.max_tokens,
            depth: self.max_depth,
            aliases: self.max_aliases,
            root_fields: self.max_root_fields,
            selections: self.max_selections,
            persisted_bytes: self.persisted_documents_kb * 1024,
            parsed_bytes: self.parsed_documents_kb * 1024,
            connections: self.max_connections,
            header_timeout: Duration::from_millis(self.header_timeout_ms),
            body_timeout: Duration::from_millis(self.body_timeout_ms),
            request_timeout: Duration::from_millis(self.request_timeout_ms),
            shutdown_grace: Duration::from_millis(self.shutdown_grace_ms),
            ..Limits::default()
        }
    }
}

/// A parser of a number between two bounds.
fn limit(
    lowest: usize,
    highest: usize,
) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| match text.parse() {
        Ok(number) if (lowest..=highest).contains(&number) => Ok(number),
        _ => Err(format!("give a number from {lowest} to {highest}")),
    }
}

/// Reads an address to listen on; a name is looked up.
fn address_of(text: &str) -> Result<SocketAddr, String> {
    let spelt_out = if text.starts_with(':') {
        format!("0.0.0.0{text}")
    } else {
        text.to_owned()
    };
    spelt_out
        .to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next())
        .ok_or_else(|| {
            "give an address and a port, such as 127.0.0.1:8080 or localhost:8080".to_owned()
        })
}

/// Reads the publish gates; a bad file names itself and stops the start.
fn read_gates(file: &str) -> anyhow::Result<Gates> {
    if file.is_empty() {
        return Ok(Gates::default());
    }
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the publish gates {file} cannot be read"))?;
    Gates::read(&text).map_err(|error| anyhow::anyhow!("the publish gates {file}: {error}"))
}

/// Gives an empty database something worth reading.
async fn load_sample_site(db: &Db) -> anyhow::Result<()> {
    if !article::store::is_empty(db.maintenance()).await? {
        return Ok(());
    }
    let report = importers::sample_site(db, clock().now())
        .await
        .context("the sample site cannot be loaded")?;
    tracing::info!(
        articles = report.articles.created,
        "the database was empty; the sample site was loaded"
    );
    Ok(())
}

/// Waits for an interrupt or a termination signal.
async fn told_to_stop() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
