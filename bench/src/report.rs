//! The results as Markdown.

use std::fmt::{self, Display, Write};

use crate::{
    archive::{Database, Import},
    measure::{Kind, Results, Sample},
    queries::Query,
};

/// The number of connections whose results stand for the query.
const TYPICAL: usize = 16;
/// At most so many times the hand-written statement's processor time.
const MOST_OF_HANDWRITTEN: f64 = 1.3;
/// The same on PostgreSQL for the queries whose cost must not grow, where that statement builds its lists row by row.
const MOST_OF_LISTS: f64 = 0.5;
/// At most so much growth from the smallest archive to the largest.
const MOST_GROWTH: f64 = 1.3;
/// At most so many milliseconds from start to answer.
const LONGEST_START: f64 = 200.0;
/// At most so much memory before anything was asked, in MiB.
const MOST_IDLE: f64 = 40.0;
/// At least so many articles a second.
const SLOWEST_IMPORT: f64 = 5_000.0;
/// At most so much memory for an import, in MiB.
const MOST_IMPORTING: f64 = 300.0;
/// The queries whose cost must not grow.
const FLAT: [Query; 4] = [
    Query::FrontPage,
    Query::TagPage,
    Query::DeepPage,
    Query::SourcePage,
];

/// The whole report.
///
/// # Errors
/// When it cannot be formatted.
pub fn report(imports: &[Import], results: &[Results]) -> Result<String, fmt::Error> {
    let mut out = String::new();
    import_table(&mut out, imports)?;
    for results in results {
        summary(&mut out, results)?;
    }
    growth(&mut out, results)?;
    search(&mut out, results)?;
    for results in results {
        readiness(&mut out, results)?;
    }
    for results in results {
        details(&mut out, results)?;
    }
    Ok(out)
}

fn import_table(out: &mut String, imports: &[Import]) -> fmt::Result {
    writeln!(out, "### Import\n")?;
    writeln!(
        out,
        "Targets: {SLOWEST_IMPORT} articles/s, memory below {MOST_IMPORTING} MiB.\n"
    )?;
    writeln!(
        out,
        "| articles | database | dump, MiB | seconds | articles/s | processor s: importer | PostgreSQL | peak memory, MiB |"
    )?;
    writeln!(out, "|--:|---|--:|--:|--:|--:|--:|--:|")?;
    for import in imports {
        #[expect(clippy::cast_precision_loss, reason = "a number to be printed")]
        let rate = import.articles as f64 / import.seconds;
        writeln!(
            out,
            "| {} | {} | {:.0} | {:.1} | {:.0} {} | {:.1} | {:.1} | {:.0} {} |",
            thousands(import.articles),
            import.database,
            import.dump,
            import.seconds,
            rate,
            reached(rate >= SLOWEST_IMPORT),
            import.importer,
            import.database_time,
            import.peak,
            reached(import.peak < MOST_IMPORTING),
        )?;
    }
    Ok(())
}

fn summary(out: &mut String, results: &Results) -> fmt::Result {
    let connections = typical(results);
    writeln!(
        out,
        "\n### {} articles: processor seconds per 1,000 requests, server and database, {connections} connections\n",
        thousands(results.articles)
    )?;
    writeln!(
        out,
        "Target: at most {MOST_OF_HANDWRITTEN} times the one hand-written SQL on the same database; on PostgreSQL below \
         {MOST_OF_LISTS} times for Q1, Q3, Q4 and Q6. No answer is cached.\n"
    )?;
    writeln!(
        out,
        "| query | answer, kB | bytes from memory | one SQL, SQLite | Dateline, SQLite | ratio | one SQL, PostgreSQL | Dateline, PostgreSQL | of it PostgreSQL | ratio |"
    )?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
    for (query, size) in &results.sizes {
        let sample = |kind| sample(results, *query, connections, kind);
        let ratio = |database| {
            let ratio = sample(Kind::Dateline(database)).time()
                / sample(Kind::Handwritten(database)).time();
            let is_reached = if database == Database::Postgres && FLAT.contains(query) {
                ratio < MOST_OF_LISTS
            } else {
                ratio <= MOST_OF_HANDWRITTEN
            };
            format!("{ratio:.2} {}", reached(is_reached))
        };
        writeln!(
            out,
            "| {} {} | {:.1} | {} | {} | {} | {} | {} | {} | {} | {} |",
            query.name(),
            query.title(),
            kilobytes(*size),
            number(sample(Kind::Bytes).time()),
            number(sample(Kind::Handwritten(Database::Sqlite)).time()),
            number(sample(Kind::Dateline(Database::Sqlite)).time()),
            ratio(Database::Sqlite),
            number(sample(Kind::Handwritten(Database::Postgres)).time()),
            number(sample(Kind::Dateline(Database::Postgres)).time()),
            number(sample(Kind::Dateline(Database::Postgres)).database),
            ratio(Database::Postgres),
        )?;
    }
    writeln!(
        out,
        "\nAsked about, in turn: {} articles; {} tags from `{}` on; {} sources from `{}` on; {} pairs of words such as \
         `{}`; {} pages behind article {}.",
        results.subjects.articles.len(),
        results.subjects.tags.len(),
        first(&results.subjects.tags),
        results.subjects.sources.len(),
        first(&results.subjects.sources),
        results.subjects.words.len(),
        first(&results.subjects.words),
        results.subjects.places.len(),
        thousands(results.subjects.position),
    )
}

fn first(names: &[String]) -> &str {
    names.first().map_or("", String::as_str)
}

fn growth(out: &mut String, results: &[Results]) -> fmt::Result {
    let (Some(small), Some(large)) = (results.first(), results.last()) else {
        return Ok(());
    };
    if small.articles == large.articles {
        return Ok(());
    }
    writeln!(
        out,
        "\n### Growth of processor time from {} to {} articles, {} connections\n",
        thousands(small.articles),
        thousands(large.articles),
        typical(large),
    )?;
    writeln!(out, "Target for Q1, Q3, Q4 and Q6: {MOST_GROWTH}.\n")?;
    writeln!(
        out,
        "| query | one SQL, SQLite | Dateline, SQLite | one SQL, PostgreSQL | Dateline, PostgreSQL |"
    )?;
    writeln!(out, "|---|--:|--:|--:|--:|")?;
    for query in large.sizes.keys() {
        write!(out, "| {} {} |", query.name(), query.title())?;
        for kind in &Kind::ALL[1..] {
            let time = |results| sample(results, *query, typical(results), *kind).time();
            let ratio = time(large) / time(small);
            let judged = matches!(kind, Kind::Dateline(_)) && FLAT.contains(query);
            let mark = if judged {
                reached(ratio <= MOST_GROWTH)
            } else {
                ""
            };
            write!(out, " {ratio:.2} {mark} |")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// How long a search waits in the tail, in each archive.
fn search(out: &mut String, results: &[Results]) -> fmt::Result {
    let Some(small) = results
        .first()
        .filter(|results| results.sizes.contains_key(&Query::Search))
    else {
        return Ok(());
    };
    writeln!(
        out,
        "\n### Q5 search: 99 of 100 answered within, ms, {} connections\n",
        typical(small)
    )?;
    write!(out, "| server |")?;
    for results in results {
        write!(out, " {} articles |", thousands(results.articles))?;
    }
    writeln!(out, " growth |\n|---|{}--:|", "--:|".repeat(results.len()))?;
    for kind in &Kind::ALL[1..] {
        let p99 = |results| sample(results, Query::Search, typical(results), *kind).p99;
        write!(out, "| {} |", kind.name())?;
        for results in results {
            write!(out, " {:.1} |", p99(results))?;
        }
        let large = results.last().unwrap_or(small);
        writeln!(out, " {:.2} |", p99(large) / p99(small))?;
    }
    Ok(())
}

fn readiness(out: &mut String, results: &Results) -> fmt::Result {
    writeln!(
        out,
        "\n### {} articles: start and memory\n",
        thousands(results.articles)
    )?;
    writeln!(
        out,
        "Targets: the first answer within {LONGEST_START} ms of the start, below {MOST_IDLE} MiB when idle.\n"
    )?;
    writeln!(
        out,
        "| server | start to first answer, ms | idle, MiB | of it its own | after the run, MiB | of it its own |"
    )?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|")?;
    for (kind, (idle, after)) in &results.memory {
        let (start, judged) = match kind {
            Kind::Dateline(database) => {
                let start = results.starts.get(database).copied().unwrap_or(f64::NAN);
                (
                    format!("{start:.0} {}", reached(start <= LONGEST_START)),
                    reached(idle.resident < MOST_IDLE),
                )
            }
            _ => (String::new(), ""),
        };
        writeln!(
            out,
            "| {} | {start} | {:.1} {judged} | {:.1} | {:.1} | {:.1} |",
            kind.name(),
            idle.resident,
            idle.own,
            after.resident,
            after.own,
        )?;
    }
    Ok(())
}

fn details(out: &mut String, results: &Results) -> fmt::Result {
    writeln!(
        out,
        "\n### {} articles: everything\n",
        thousands(results.articles)
    )?;
    writeln!(
        out,
        "Ratios are of requests a second: to the bytes from memory, and to the one SQL on the same database. Processor time is in seconds per 1,000 requests.\n"
    )?;
    writeln!(
        out,
        "| query | connections | server | requests/s | to bytes | to one SQL | p50, ms | p99, ms | processor | of it PostgreSQL |"
    )?;
    writeln!(out, "|---|--:|---|--:|--:|--:|--:|--:|--:|--:|")?;
    let mut places: Vec<(Query, usize)> = results
        .samples
        .keys()
        .map(|(query, connections, _)| (*query, *connections))
        .collect();
    places.dedup();
    for (query, connections) in places {
        for kind in Kind::ALL {
            let this = sample(results, query, connections, kind);
            let to = |other| {
                let ratio = this.rate / sample(results, query, connections, other).rate;
                number(ratio)
            };
            let to_handwritten = match kind {
                Kind::Dateline(database) => to(Kind::Handwritten(database)),
                _ => String::new(),
            };
            let beside = match kind.database() {
                Some(Database::Postgres) => number(this.database),
                _ => String::new(),
            };
            writeln!(
                out,
                "| {} | {connections} | {} | {:.0} | {} | {to_handwritten} | {:.2} | {:.2} | {} | {beside} |",
                query.name(),
                kind.name(),
                this.rate,
                to(Kind::Bytes),
                this.p50,
                this.p99,
                number(this.time()),
            )?;
        }
    }
    Ok(())
}

fn sample(results: &Results, query: Query, connections: usize, kind: Kind) -> Sample {
    results
        .samples
        .get(&(query, connections, kind))
        .copied()
        .unwrap_or_default()
}

/// The measured number of connections that is nearest to the typical one.
fn typical(results: &Results) -> usize {
    results
        .samples
        .keys()
        .map(|(_, connections, _)| *connections)
        .min_by_key(|connections| connections.abs_diff(TYPICAL))
        .unwrap_or(TYPICAL)
}

/// Whether a target was reached.
pub fn reached(is: bool) -> &'static str {
    if is { "✓" } else { "✗" }
}

/// A number with three significant digits.
pub fn number(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        v if v >= 0.1 => 3,
        _ => 4,
    };
    format!("{value:.decimals$}")
}

fn kilobytes(bytes: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a size to be printed")]
    let bytes = bytes as f64;
    bytes / 1_000.0
}

/// A number with commas.
pub fn thousands(number: impl Display) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
