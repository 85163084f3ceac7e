//! Shapes of statements that several nouns share.

#![expect(
    clippy::disallowed_methods,
    reason = "commands look up what they were given by its key, whoever may see it"
)]

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
    QueryTrait, Value,
};

/// How many values one `IN` may name; SQLite takes 32,766 variables a statement.
const MOST_VALUES: usize = 10_000;

/// The values in pieces that one statement can name.
pub fn in_chunks<T>(values: &[T]) -> impl Iterator<Item = &[T]> {
    values.chunks(MOST_VALUES)
}

/// The rows whose `key` is among `values`, with only these columns.
///
/// # Errors
/// When the database refuses.
pub async fn select_in<E, C, V, T>(
    db: &impl ConnectionTrait,
    entity: E,
    columns: &[C],
    key: C,
    values: &[V],
) -> Result<Vec<T>, DbErr>
where
    E: EntityTrait<Column = C>,
    C: ColumnTrait,
    V: Into<Value> + Clone,
    T: FromQueryResult,
{
    let _ = entity;
    let mut rows = Vec::new();
    for chunk in in_chunks(values) {
        let mut statement = E::find()
            .select_only()
            .filter(key.is_in(chunk.iter().cloned()));
        for column in columns {
            statement = statement.column(*column);
        }
        for row in db.query_all(statement.as_query()).await? {
            rows.push(T::from_query_result(&row, "")?);
        }
    }
    Ok(rows)
}
