//! What all types of the schema share: ids, moments, cursors, connections, batched loads and errors.

pub mod batch;
pub mod connection;
pub mod cursor;
pub mod errors;
pub mod scalars;
pub mod user_errors;
