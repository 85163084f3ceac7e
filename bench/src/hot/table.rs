//! What was measured with the cache, as Markdown.

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
};

use super::{Asked, CONNECTIONS, Hot, Who};
use crate::{
    archive::Database,
    measure::Sample,
    report::{number, reached, thousands},
};

/// At least this share of the requests a second that the bytes from memory answer.
const LEAST_OF_BYTES: f64 = 0.9;
/// The same while somebody writes.
const LEAST_WITH_WRITES: f64 = 0.6;

impl Hot {
    /// The results as Markdown.
    ///
    /// # Errors
    /// When they cannot be formatted.
    pub fn report(&self, out: &mut String) -> fmt::Result {
        let cache = self.cache.map_or_else(
            || "this binary has no response cache".to_owned(),
            |bound| format!("a response cache of {bound} MiB"),
        );
        if !self.quiet.is_empty() {
            writeln!(
                out,
                "\n### {} articles, hot: the answers stand in the cache, {CONNECTIONS} connections, {cache}\n",
                thousands(self.articles)
            )?;
            let explained = "Ratios are to the bytes from memory: of requests a second, and of processor time turned round, so that \
             more is better in both. Processor time is that of the servers in µs a request, PostgreSQL included.";
            writeln!(
                out,
                "Target: at least {LEAST_OF_BYTES} of its requests a second. {explained}\n"
            )?;
            table(out, &self.quiet, LEAST_OF_BYTES)?;
        }
        if self.written.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\n### {} articles, hot with writes: an article of the front page is changed every 100 ms, {CONNECTIONS} connections\n",
            thousands(self.articles)
        )?;
        writeln!(
            out,
            "Target: at least {LEAST_WITH_WRITES} of the requests a second of the bytes from memory, to which nobody writes, and \
             no answer older than a change that was acknowledged before it was asked for. The processor time holds the \
             changes too.\n"
        )?;
        table(out, &self.written, LEAST_WITH_WRITES)?;
        writeln!(
            out,
            "\n| server | changes | a second | answers judged | too old |"
        )?;
        writeln!(out, "|---|--:|--:|--:|--:|")?;
        for (who, changes) in &self.changes {
            #[expect(clippy::cast_precision_loss, reason = "a number to be printed")]
            let rate = changes.made as f64 / changes.seconds;
            writeln!(
                out,
                "| {} | {} | {rate:.1} | {} | {} {} |",
                who.name(),
                changes.made,
                thousands(changes.judged),
                changes.stale,
                reached(changes.stale == 0 && changes.judged > 0),
            )?;
        }
        Ok(())
    }
}

fn table(out: &mut String, samples: &BTreeMap<(Asked, Who), Sample>, least: f64) -> fmt::Result {
    writeln!(
        out,
        "| query | server | requests/s | ratio | p50, ms | p99, ms | processor, µs | of it PostgreSQL | ratio |"
    )?;
    writeln!(out, "|---|---|--:|--:|--:|--:|--:|--:|--:|")?;
    for ((asked, who), sample) in samples {
        let floor = samples
            .get(&(*asked, Who::Bytes))
            .copied()
            .unwrap_or_default();
        let name = asked.map_or("all in turn".to_owned(), |query| {
            format!("{} {}", query.name(), query.title())
        });
        let (rate, cost) = (sample.rate / floor.rate, floor.time() / sample.time());
        let ratios = match who {
            Who::Bytes => (String::new(), String::new()),
            _ => (
                format!("{} {}", number(rate), reached(rate >= least)),
                number(cost),
            ),
        };
        let database = match who.database() {
            Some(Database::Postgres) => number(sample.database * 1_000.0),
            _ => String::new(),
        };
        writeln!(
            out,
            "| {name} | {} | {:.0} | {} | {:.2} | {:.2} | {} | {database} | {} |",
            who.name(),
            sample.rate,
            ratios.0,
            sample.p50,
            sample.p99,
            number(sample.time() * 1_000.0),
            ratios.1,
        )?;
    }
    Ok(())
}
