//! Many rows into one table with few statements.
//!
//! PostgreSQL gets one array a column (`unnest`), SQLite rows of placeholders in chunks of fixed sizes, so that either
//! database plans each statement once. A hundred rows cost a tenth of a hundred inserts. SQLite is told to `FAIL`: the
//! whole transaction is given up then, so it need not be able to take back half a statement.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Statement, Value,
    sea_query::{ArrayType, Values},
};

/// What a column holds; a nullable text is an empty one that becomes NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    /// A UUID; the nil UUID becomes NULL when the column is nullable.
    Id,
    /// A nullable UUID, NULL for the nil UUID.
    OptionalId,
    /// A 64-bit number or a moment.
    Big,
    /// A nullable 64-bit number, NULL for the smallest one.
    OptionalBig,
    /// A 32-bit number.
    Int,
    /// A code of a vocabulary.
    Code,
    /// A truth value.
    Flag,
    /// A text.
    Text,
    /// A nullable text, NULL for the empty one.
    OptionalText,
    /// Bytes.
    Bytes,
    /// A text that PostgreSQL reads as a `tsvector`.
    Terms,
}

/// A table with the columns that are filled.
#[derive(Debug)]
pub struct Target {
    /// The table.
    pub table: &'static str,
    /// Its columns and what they hold.
    pub columns: &'static [(&'static str, Is)],
    /// What follows the rows, such as an `ON CONFLICT` clause.
    pub suffix: &'static str,
}

/// Rows for one table, kept row after row.
#[derive(Debug)]
pub struct Rows {
    target: &'static Target,
    values: Vec<Value>,
}

impl Rows {
    /// No rows yet.
    #[must_use]
    pub fn into(target: &'static Target) -> Self {
        Self {
            target,
            values: Vec::new(),
        }
    }

    /// Adds a row; its values stand in the order of the columns.
    pub fn push<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.target.columns.len(), "{}", self.target.table);
        self.values.extend(row);
    }

    /// Adds a row whose length is known only at run time.
    pub fn extend(&mut self, row: Vec<Value>) {
        debug_assert_eq!(
            row.len(),
            self.target.columns.len(),
            "{}",
            self.target.table
        );
        self.values.extend(row);
    }

    /// Sends all rows.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn send(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        if self.values.is_empty() {
            return Ok(());
        }
        match db.get_database_backend() {
            DbBackend::Postgres => self.send_as_arrays(db).await,
            _ => self.send_in_chunks(db).await,
        }
    }

    async fn send_as_arrays(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        let Target {
            table,
            columns,
            suffix,
        } = self.target;
        let rows = self.values.len() / columns.len();
        let mut arrays: Vec<Vec<Value>> =
            columns.iter().map(|_| Vec::with_capacity(rows)).collect();
        for (index, value) in self.values.into_iter().enumerate() {
            arrays[index % columns.len()].push(value);
        }
        let names = columns
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(", ");
        let picks = columns
            .iter()
            .map(|(name, is)| match is {
                Is::OptionalText => format!("NULLIF({name}, '')"),
                Is::OptionalId => format!("NULLIF({name}, '00000000-0000-0000-0000-000000000000')"),
                Is::OptionalBig => format!("NULLIF({name}, {})", i64::MIN + 1),
                Is::Terms => format!("{name}::tsvector"),
                _ => (*name).to_owned(),
            })
            .collect::<Vec<_>>()
            .join(", ");
        let parameters = columns
            .iter()
            .enumerate()
            .map(|(index, (_, is))| format!("${}::{}[]", index + 1, is.postgres_type()))
            .collect::<Vec<_>>()
            .join(", ");
        let sql = format!(
            "INSERT INTO {table} ({names}) SELECT {picks} FROM unnest({parameters}) AS rows({names}) {suffix}"
        );
        let values = columns
            .iter()
            .zip(arrays)
            .map(|((_, is), array)| Value::Array(is.array_type(), Some(Box::new(array))))
            .collect();
        db.execute_raw(statement(DbBackend::Postgres, sql, values))
            .await
            .map(|_| ())
    }

    async fn send_in_chunks(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        let Target {
            table,
            columns,
            suffix,
        } = self.target;
        let names = columns
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(", ");
        let row = columns
            .iter()
            .map(|(_, is)| match is {
                Is::OptionalText => "NULLIF(?, '')",
                Is::OptionalId => "NULLIF(?, x'00000000000000000000000000000000')",
                Is::OptionalBig => "NULLIF(?, -9223372036854775807)",
                _ => "?",
            })
            .collect::<Vec<_>>()
            .join(", ");
        let mut left = self.values.len() / columns.len();
        let mut values = self.values.into_iter();
        for size in CHUNKS {
            while left >= size {
                let rows = vec![format!("({row})"); size].join(", ");
                let sql = format!("INSERT OR FAIL INTO {table} ({names}) VALUES {rows} {suffix}");
                let chunk = values.by_ref().take(size * columns.len()).collect();
                db.execute_raw(statement(DbBackend::Sqlite, sql, chunk))
                    .await?;
                left -= size;
            }
        }
        Ok(())
    }
}

impl Is {
    fn postgres_type(self) -> &'static str {
        match self {
            Self::Id | Self::OptionalId => "uuid",
            Self::Big | Self::OptionalBig => "bigint",
            Self::Int => "integer",
            Self::Code => "smallint",
            Self::Flag => "boolean",
            Self::Text | Self::OptionalText | Self::Terms => "text",
            Self::Bytes => "bytea",
        }
    }

    fn array_type(self) -> ArrayType {
        match self {
            Self::Id | Self::OptionalId => ArrayType::Uuid,
            Self::Big | Self::OptionalBig => ArrayType::BigInt,
            Self::Int => ArrayType::Int,
            Self::Code => ArrayType::SmallInt,
            Self::Flag => ArrayType::Bool,
            Self::Text | Self::OptionalText | Self::Terms => ArrayType::String,
            Self::Bytes => ArrayType::Bytes,
        }
    }
}

/// How many rows one statement of SQLite takes; few sizes mean few statements to prepare, and 1,024 rows of the widest
/// table stay below the 32,766 variables that it allows.
const CHUNKS: [usize; 6] = [1_024, 256, 64, 16, 4, 1];

/// The value of an absent 64-bit number.
pub const NO_NUMBER: i64 = i64::MIN + 1;

fn statement(backend: DbBackend, sql: String, values: Vec<Value>) -> Statement {
    Statement {
        sql,
        values: Some(Values(values)),
        db_backend: backend,
    }
}
