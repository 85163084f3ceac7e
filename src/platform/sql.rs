//! Statements in the words of SQL, for what is clearer that way.

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

/// A statement whose places are question marks, on either database.
pub fn sql(
    db: &impl ConnectionTrait,
    text: &str,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    statement(db.get_database_backend(), text, values)
}

/// A statement for one of the databases whose places are question marks.
pub fn statement(
    backend: DbBackend,
    text: &str,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(backend, places(backend, text), values)
}

/// A statement for SQLite with the limits of usual pages written into it.
///
/// SQLite plans a statement for the limit bound to it, and therefore once more at every execution, which takes longer
/// than to run it. A limit in the text is known beforehand. Rare limits stay bound, so that there are not too many texts
/// for a connection to keep.
#[must_use]
pub fn with_literal_limits(mut statement: Statement) -> Statement {
    const LIMIT: &str = "LIMIT ?";
    let Some(values) = statement.values.as_mut() else {
        return statement;
    };
    if !statement.sql.contains(LIMIT) {
        return statement;
    }
    let text = std::mem::take(&mut statement.sql);
    statement.sql.reserve(text.len() + 8);
    let mut bound = std::mem::take(&mut values.0).into_iter();
    // Texts and names in quotes are every other part; a question mark there is no place.
    for (index, part) in text.split_inclusive(['\'', '"']).enumerate() {
        if index % 2 == 1 {
            statement.sql.push_str(part);
            continue;
        }
        for part in part.split_inclusive('?') {
            let Some(value) = part.ends_with('?').then(|| bound.next()).flatten() else {
                statement.sql.push_str(part);
                continue;
            };
            let limit = part.ends_with(LIMIT).then(|| usual(&value)).flatten();
            if let Some(limit) = limit {
                statement.sql.push_str(part.trim_end_matches('?'));
                statement.sql.push_str(&limit.to_string());
            } else {
                statement.sql.push_str(part);
                values.0.push(value);
            }
        }
    }
    statement
}

/// A limit that is asked for again and again: that of a small page or a round one, one more than that to see whether the
/// list goes on, and the fixed ones, which are all round.
fn usual(limit: &Value) -> Option<u64> {
    let limit = match limit {
        Value::BigUnsigned(Some(limit)) => *limit,
        Value::BigInt(Some(limit)) => u64::try_from(*limit).ok()?,
        _ => return None,
    };
    (limit <= 13 || limit % 5 <= 1).then_some(limit)
}

/// Numbers the places as the database wants them.
fn places(backend: DbBackend, text: &str) -> String {
    if backend != DbBackend::Postgres {
        return text.to_owned();
    }
    let mut numbered = String::with_capacity(text.len() + 8);
    let mut number = 0;
    for part in text.split_inclusive('?') {
        match part.strip_suffix('?') {
            Some(before) => {
                number += 1;
                numbered.push_str(before);
                numbered.push('$');
                numbered.push_str(&number.to_string());
            }
            None => numbered.push_str(part),
        }
    }
    numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str, values: impl IntoIterator<Item = Value>) -> (String, Vec<Value>) {
        let made = with_literal_limits(statement(DbBackend::Sqlite, text, values));
        (
            made.sql,
            made.values.map(|values| values.0).unwrap_or_default(),
        )
    }

    #[test]
    fn the_limits_of_usual_pages_are_written_into_a_statement() {
        assert_eq!(
            literal(
                "SELECT * FROM (SELECT 1 FROM a WHERE b = ? LIMIT ?) UNION ALL SELECT c FROM d WHERE c > ? LIMIT ?",
                [7_i64.into(), 21_u64.into(), "x".into(), 10_001_i64.into()],
            ),
            (
                "SELECT * FROM (SELECT 1 FROM a WHERE b = ? LIMIT 21) UNION ALL SELECT c FROM d WHERE c > ? LIMIT 10001".to_owned(),
                vec![7_i64.into(), "x".into()],
            )
        );
    }

    #[test]
    fn rare_limits_and_question_marks_in_quotes_stay() {
        let text = "SELECT 'LIMIT ?', \"LIMIT ?\" FROM a WHERE b = ? AND c = 'it''s ?' LIMIT ?";
        let values: [Value; 2] = [3_i64.into(), 34_u64.into()];
        assert_eq!(
            literal(text, values.clone()),
            (text.to_owned(), values.to_vec())
        );
        assert_eq!(
            literal(text, [3_i64.into(), 31_u64.into()]),
            (text.replace("' LIMIT ?", "' LIMIT 31"), vec![3_i64.into()])
        );
    }

    #[test]
    fn there_are_not_many_usual_limits() {
        let usual = (0..=101_u64).filter(|limit| usual(&(*limit).into()).is_some());
        assert!(usual.count() < 60);
    }
}
