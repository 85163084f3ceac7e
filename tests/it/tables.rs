//! The tables as they are, for tests of what an interrupted act leaves behind.

use std::collections::{BTreeMap, BTreeSet};

use dateline::{editorial::vocabulary::RevisionAct, platform::db::Db};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};
use serde_json::Value;

/// Every row of every table, in an order of its own.
pub type Snapshot = BTreeMap<String, Vec<String>>;

/// The rows of a statement.
pub async fn rows(db: &Db, text: &str) -> Vec<QueryResult> {
    let statement = Statement::from_string(db.backend(), text.to_owned());
    db.maintenance()
        .query_all_raw(statement)
        .await
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

async fn texts(db: &Db, text: &str) -> Vec<String> {
    (rows(db, text).await.iter())
        .map(|row| row.try_get_by_index(0).expect("a text"))
        .collect()
}

/// One number of a statement.
pub async fn number(db: &Db, text: &str) -> i64 {
    rows(db, text).await[0]
        .try_get_by_index(0)
        .expect("a number")
}

/// Reads everything.
pub async fn snapshot(db: &Db) -> Snapshot {
    let is_sqlite = db.backend() == DbBackend::Sqlite;
    let names = if is_sqlite {
        // An index of words keeps its own books, which say the same in more than one way.
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
         AND name NOT LIKE 'article_search_%' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    } else {
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'"
    };
    let mut found = Snapshot::new();
    for table in texts(db, names).await {
        let row = if is_sqlite {
            let columns = format!("SELECT name FROM pragma_table_info('{table}')");
            let quoted: Vec<String> = (texts(db, &columns).await.iter())
                .map(|column| format!("quote(\"{column}\")"))
                .collect();
            quoted.join(" || ' ' || ")
        } else {
            "t::text".to_owned()
        };
        let mut lines = texts(db, &format!("SELECT {row} FROM \"{table}\" t")).await;
        lines.sort();
        found.insert(table, lines);
    }
    assert!(
        found.contains_key("revision") && found.contains_key("change"),
        "{:?}",
        found.keys()
    );
    found
}

/// What cannot be when every act happened altogether or not at all, whoever was killed meanwhile.
///
/// It holds for newsrooms whose articles all came from acts with an idempotency key.
pub async fn contradictions(db: &Db) -> Vec<String> {
    let mut found = Vec::new();
    let mut none = async |what: &str, text: &str| {
        let count = rows(db, text).await.len();
        if count > 0 {
            found.push(format!("{what}: {count}"));
        }
    };
    none("gaps in the change log", "SELECT 1 FROM change c WHERE c.number > 1 AND NOT EXISTS (SELECT 1 FROM change b WHERE b.number = c.number - 1)").await;
    none("articles whose versions have gaps", "SELECT a.id FROM article a WHERE a.version <> (SELECT COUNT(*) FROM revision r WHERE r.article_id = a.id) OR a.version <> (SELECT MAX(r.version) FROM revision r WHERE r.article_id = a.id)").await;
    none("articles that point to another revision than their newest", "SELECT a.id FROM article a JOIN revision r ON r.article_id = a.id AND r.version = a.version WHERE r.id <> a.revision_id").await;
    none(
        "revisions of no article",
        "SELECT 1 FROM revision r LEFT JOIN article a ON a.id = r.article_id WHERE a.id IS NULL",
    )
    .await;
    none("published articles that readers do not get", "SELECT a.id FROM article a LEFT JOIN published_article p ON p.id = a.id WHERE a.published_version IS NOT NULL AND a.withdrawn_at IS NULL AND p.id IS NULL").await;
    none("articles that readers get although they are unpublished or withdrawn", "SELECT p.id FROM published_article p JOIN article a ON a.id = p.id WHERE a.published_version IS NULL OR a.withdrawn_at IS NOT NULL").await;
    none("articles that readers get in another version", "SELECT p.id FROM published_article p JOIN article a ON a.id = p.id WHERE p.version <> a.published_version").await;
    none("published versions that are another revision", "SELECT a.id FROM article a JOIN revision r ON r.article_id = a.id AND r.version = a.published_version WHERE r.id <> a.published_revision_id").await;
    none("articles without a page", "SELECT p.id FROM published_article p LEFT JOIN published_detail d ON d.article_id = p.id WHERE d.article_id IS NULL").await;
    none("pages without an article", "SELECT d.article_id FROM published_detail d LEFT JOIN published_article p ON d.article_id = p.id WHERE p.id IS NULL").await;
    none("articles whose path leads elsewhere", "SELECT p.id FROM published_article p LEFT JOIN path w ON w.path = p.path WHERE w.article_id IS NULL OR w.article_id <> p.id").await;
    none("articles that are missing in the feed of their tag", "SELECT p.id FROM published_article p WHERE LENGTH(p.tag_ids) > 0 AND NOT EXISTS (SELECT 1 FROM tag_feed f WHERE f.article_id = p.id)").await;
    none("articles in a feed that readers do not get", "SELECT f.article_id FROM tag_feed f LEFT JOIN published_article p ON p.id = f.article_id WHERE p.id IS NULL").await;
    none("revisions that are not in the audit log", "SELECT r.id FROM revision r WHERE 1 <> (SELECT COUNT(*) FROM audit u WHERE u.subject_id = r.article_id AND u.version = r.version)").await;
    none("audit entries of no revision", "SELECT u.id FROM audit u WHERE u.subject_kind = 1 AND NOT EXISTS (SELECT 1 FROM revision r WHERE r.article_id = u.subject_id AND r.version = u.version)").await;
    none(
        "keys without an answer",
        "SELECT key FROM idempotency WHERE answer = ''",
    )
    .await;
    none("changes to a revision that does not exist", "SELECT c.number FROM change c WHERE c.subject_kind = 1 AND c.kind NOT IN (3, 7) AND NOT EXISTS (SELECT 1 FROM revision r WHERE r.id = c.revision_id)").await;
    none("articles that wait for an announcement and are not to be seen", "SELECT n.article_id FROM announcement n LEFT JOIN published_article p ON p.id = n.article_id WHERE p.id IS NULL OR p.published_at <> n.at").await;
    let [scheduled, withdrawn] =
        [RevisionAct::Scheduled, RevisionAct::Withdrawn].map(RevisionAct::code);
    let shown = [
        RevisionAct::Published,
        RevisionAct::Corrected,
        RevisionAct::UpdatedSilently,
        RevisionAct::Retracted,
        RevisionAct::Reinstated,
    ]
    .map(|act| act.code().to_string())
    .join(", ");
    none("revisions that readers got and nobody was told of, or twice", &format!("SELECT r.id FROM revision r WHERE r.act IN ({shown}) AND 1 <> (SELECT COUNT(*) FROM change c WHERE c.revision_id = r.id AND c.kind <> 7)")).await;
    none("withdrawals that nobody was told of, or twice", &format!("SELECT a.id FROM article a WHERE (SELECT COUNT(*) FROM revision r WHERE r.article_id = a.id AND r.act = {withdrawn}) <> (SELECT COUNT(*) FROM change c WHERE c.subject_id = a.id AND c.kind = 3)")).await;
    none("scheduled articles that were announced twice, or neither wait nor were announced", &format!("SELECT r.id FROM revision r JOIN article a ON a.published_revision_id = r.id WHERE r.act = {scheduled} AND a.withdrawn_at IS NULL AND 1 <> (SELECT COUNT(*) FROM change c WHERE c.revision_id = r.id AND c.kind <> 7) + (SELECT COUNT(*) FROM announcement n WHERE n.article_id = a.id)")).await;
    let keys = number(db, "SELECT COUNT(*) FROM idempotency").await;
    let revisions = number(db, "SELECT COUNT(*) FROM revision").await;
    if keys != revisions {
        found.push(format!("{keys} keys of acts, and {revisions} revisions"));
    }
    let mut answered = BTreeSet::new();
    for row in rows(db, "SELECT answer FROM idempotency").await {
        let answer: String = row.try_get_by_index(0).expect("a text");
        let done: Value = serde_json::from_str(&answer).unwrap_or_default();
        if !answered.insert((done["id"].to_string(), done["version"].to_string())) {
            found.push(format!("two keys have the answer {answer}"));
        }
    }
    found
}
